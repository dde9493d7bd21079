using System.Globalization;

namespace FastAdam.Tests.Support;

/// <summary>The seed of the tests that draw their own numbers: fixed, or the environment's FASTADAM_TEST_SEED.</summary>
internal static class Seeds
{
    public const string EnvironmentVariable = "FASTADAM_TEST_SEED";

    public static int Base { get; } =
        int.TryParse(Environment.GetEnvironmentVariable(EnvironmentVariable), CultureInfo.InvariantCulture, out int seed) ? seed : 1;

    /// <summary>Says how to run a failed test again with the same numbers.</summary>
    public static string Replay => $"(replay with {EnvironmentVariable}={Base})";
}
