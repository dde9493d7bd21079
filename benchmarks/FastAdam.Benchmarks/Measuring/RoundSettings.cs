namespace FastAdam.Benchmarks.Measuring;

/// <summary>How many rounds are measured: until the time is up, but at least and at most so many.</summary>
internal sealed record RoundSettings(int Least, int Most, TimeSpan Time)
{
    public static RoundSettings Full { get; } = new(15, 101, TimeSpan.FromSeconds(4));

    public static RoundSettings Quick { get; } = new(9, 51, TimeSpan.FromSeconds(1.5));

    public static RoundSettings Exactly(int rounds) => new(rounds, rounds, TimeSpan.Zero);

    public bool IsEnough(int rounds, TimeSpan elapsed) => rounds >= Most || (rounds >= Least && elapsed >= Time);
}
