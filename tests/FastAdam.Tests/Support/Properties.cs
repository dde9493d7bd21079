using FsCheck;
using FsCheck.Fluent;

namespace FastAdam.Tests.Support;

/// <summary>Properties of random cases, which FsCheck draws from the tests' seed: every run tests the same ones.</summary>
internal static class Properties
{
    /// <param name="cases">What to draw from.</param>
    /// <param name="require">Throws where a case has not the property.</param>
    /// <param name="rounds">How many cases.</param>
    public static void Check<T>(Arbitrary<T> cases, Action<T> require, int rounds) => Prop.ForAll(cases, require).Check(
        Config.QuickThrowOnFailure
            .WithMaxTest(rounds)
            .WithReplay(new Replay(new Rnd((ulong)Seeds.Base), null))
            .WithName(Seeds.Replay));
}
