namespace FastAdam.Benchmarks.Bitsandbytes;

/// <summary>
/// The numbers that the 256 codes of an 8-bit moment stand for, in parts of the largest magnitude of its block: bitsandbytes' "dynamic"
/// map, which has more digits for large numbers than for small ones. In each decade from 1e-7 to 1 they are the middles of equal parts,
/// whose number doubles from decade to decade; 0 and 1 are added.
/// </summary>
internal static class QuantizationMap
{
    private const int Decades = 7;

    /// <summary>Codes.</summary>
    public const int Count = 256;

    /// <summary>For first moments.</summary>
    public static float[] Signed { get; } = Create(isSigned: true);

    /// <summary>For second moments, which are not below 0: twice the digits.</summary>
    public static float[] Unsigned { get; } = Create(isSigned: false);

    private static float[] Create(bool isSigned)
    {
        List<float> map = [0, 1];
        for (int decade = 0; decade < Decades; decade++)
        {
            int parts = (isSigned ? 1 : 2) << decade;
            double unit = Math.Pow(10, decade - Decades + 1);
            for (int part = 0; part < parts; part++)
            {
                float middle = (float)(unit * (0.1 + (0.9 * (part + 0.5) / parts)));
                map.Add(middle);
                if (isSigned)
                {
                    map.Add(-middle);
                }
            }
        }

        map.Sort();
        return map.Count == Count ? [.. map] : throw new InvalidOperationException($"The map has {map.Count} numbers.");
    }
}
