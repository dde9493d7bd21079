namespace FastAdam.Tests.Support;

/// <summary>Numbers for tests of bits: of training's magnitudes mostly, of every other kind now and then.</summary>
internal static class TestNumbers
{
    /// <summary>Numbers for one run of a kernel: of every kind; or of training's magnitudes only, which all loops take without a
    /// detour; or of those with a rare exception.</summary>
    public static Func<float> Source(Random random) => random.Next(3) switch
    {
        0 => () => Next(random),
        1 => () => NextOrdinary(random),
        _ => () => random.Next(100) == 0 ? Next(random) : NextOrdinary(random),
    };

    public static float Next(Random random)
    {
        float sign = random.Next(2) == 0 ? 1 : -1;
        return random.Next(16) switch
        {
            0 => 0 * sign,
            1 => sign * BitConverter.UInt32BitsToSingle((uint)random.Next(1, 0x0080_0000)),
            2 => BitConverter.UInt32BitsToSingle((uint)random.NextInt64(1L << 32)),
            3 when random.Next(8) == 0 => sign * float.PositiveInfinity,
            3 when random.Next(8) == 0 => float.NaN,
            < 8 => (float)(sign * Math.Pow(10, (random.NextDouble() * 60) - 30)),
            _ => NextOrdinary(random),
        };
    }

    private static float NextOrdinary(Random random) =>
        (float)((random.Next(2) == 0 ? 1 : -1) * Math.Pow(10, (random.NextDouble() * 6) - 5));
}
