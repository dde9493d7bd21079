using System.Globalization;

namespace FastAdam.Benchmarks.Reports;

/// <summary>Numbers of elements as people write them: 4K, 16M, in powers of 1024.</summary>
internal static class Sizes
{
    private const int Unit = 1024;

    public static string Format(long size) => size switch
    {
        _ when size % (Unit * Unit) == 0 => string.Create(CultureInfo.InvariantCulture, $"{size / (Unit * Unit)}M"),
        _ when size % Unit == 0 => string.Create(CultureInfo.InvariantCulture, $"{size / Unit}K"),
        _ => size.ToString(CultureInfo.InvariantCulture),
    };

    public static bool TryParse(string text, out long size)
    {
        long unit = text.Length == 0 ? 1 : char.ToUpperInvariant(text[^1]) switch
        {
            'K' => Unit,
            'M' => Unit * Unit,
            _ => 1,
        };
        bool valid = int.TryParse(
            unit == 1 ? text : text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out int number);
        size = number * unit;
        return valid && size is > 0 and <= int.MaxValue;
    }
}
