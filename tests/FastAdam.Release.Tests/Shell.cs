using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Release.Tests;

/// <summary>Commands as a user types them.</summary>
internal static class Shell
{
    /// <summary>Runs commands in a folder until one fails, and requires that none does.</summary>
    /// <returns>What they printed.</returns>
    public static string Run(string folder, string commands, params (string Name, string? Value)[] environment)
    {
        (int exitCode, string output) = Command.Run("/bin/sh", ["-euc", $"cd \"$FOLDER\"\n{commands}"], [("FOLDER", folder), .. environment]);
        Assert.True(exitCode == 0, $"{commands}\nended with {exitCode}:\n{output}");
        return output;
    }

    /// <summary>Skips the test where a program is missing.</summary>
    public static void Needs(params string[] programs)
    {
        foreach (string program in programs)
        {
            Assert.SkipUnless(Command.Exists(program), $"{program} is not installed.");
        }
    }
}
