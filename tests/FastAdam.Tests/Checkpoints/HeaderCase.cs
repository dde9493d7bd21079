using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FastAdam.Tests.Checkpoints;

/// <summary>A file of Headers.json, which Python's tests read as well.</summary>
/// <param name="What">What it is about.</param>
/// <param name="Hex">The whole file, where there is no header.</param>
/// <param name="Header">The header's text; in it stand @DEEP@ for 100,000 opening brackets, @DEEPER@ for 100,000 objects in each other,
/// @NINES@ for 10,000 digits.</param>
/// <param name="Length">The length that the file claims for the header, where that is not its own.</param>
/// <param name="Data">Bytes behind the header: 0, 1, 2 ...</param>
/// <param name="Says">What the error says, as a regular expression.</param>
/// <param name="Tensors">What a valid file has: name, dtype, shape, begin, end.</param>
/// <param name="Metadata">The texts of a valid file.</param>
public sealed record HeaderCase(
    string What,
    string? Hex,
    string? Header,
    ulong? Length,
    int Data,
    string? Says,
    JsonElement[][]? Tensors,
    Dictionary<string, string>? Metadata)
{
    private static readonly Table _table = Read();

    /// <summary>Files that are none of the format.</summary>
    public static IReadOnlyList<HeaderCase> Invalid => _table.Invalid;

    /// <summary>Files of the format.</summary>
    public static IReadOnlyList<HeaderCase> Valid => _table.Valid;

    public byte[] File()
    {
        if (Hex is not null)
        {
            return Convert.FromHexString(Hex);
        }

        byte[] header = Encoding.UTF8.GetBytes(Header!
            .Replace("@DEEP@", new string('[', 100_000), StringComparison.Ordinal)
            .Replace("@DEEPER@", string.Concat(Enumerable.Repeat("{\"a\":", 100_000)), StringComparison.Ordinal)
            .Replace("@NINES@", new string('9', 10_000), StringComparison.Ordinal));
        byte[] length = BitConverter.GetBytes(Length ?? (ulong)header.Length);
        return [.. length, .. header, .. Enumerable.Range(0, Data).Select(i => (byte)i)];
    }

    public override string ToString() => What;

    private static Table Read()
    {
        using Stream stream = typeof(HeaderCase).Assembly.GetManifestResourceStream("Headers.json")!;
        return JsonSerializer.Deserialize<Table>(stream, JsonSerializerOptions.Web)!;
    }

    private sealed record Table(
        [property: JsonPropertyName("invalid")] HeaderCase[] Invalid, [property: JsonPropertyName("valid")] HeaderCase[] Valid);
}
