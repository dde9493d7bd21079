using System.Globalization;

namespace FastAdam.Tests.Support;

/// <summary>How often a test of random cases draws: less where NEON is tested, which is under emulation; FASTADAM_TEST_ROUNDS times as
/// often where the environment has it, to look for rare cases.</summary>
internal static class Rounds
{
    private static readonly int _factor =
        int.TryParse(Environment.GetEnvironmentVariable("FASTADAM_TEST_ROUNDS"), CultureInfo.InvariantCulture, out int factor) ? factor : 1;

    /// <summary>Whether rare cases are looked for, in minutes instead of seconds.</summary>
    public static bool AreMany => _factor > 1;

    /// <summary>For a test that is quick enough to be the same under emulation.</summary>
    public static int Everywhere(int rounds) => rounds * _factor;

    public static int Of(int rounds) =>
        InstructionSets.IsSupported(InstructionSet.Neon) ? (rounds / 25) + 1 : rounds * _factor;
}
