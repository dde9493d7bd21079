namespace FastAdam.Tests.Support;

/// <summary>Numbers for tests of bits: of training's magnitudes mostly, of every other kind now and then.</summary>
internal static class TestNumbers
{
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
            _ => (float)(sign * Math.Pow(10, (random.NextDouble() * 6) - 5)),
        };
    }
}
