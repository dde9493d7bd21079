using System.Diagnostics;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Checkpoints;

/// <summary>The sample that is killed and goes on.</summary>
public sealed class ResumeTests
{
    private const string Steps = "120";

    // A run may have ended before the signal comes: then all begins again.
    private const int Attempts = 100;

    // The exit code of a process that SIGKILL ended.
    private const int Killed = 128 + 9;

    [Fact]
    public void A_run_that_was_killed_ends_with_the_bits_of_one_that_never_stopped()
    {
        TestProcess.SkipUnderEmulation();
        using var folder = new TemporaryFolder();
        using Process whole = Start(folder.File("whole.safetensors"), "0", null);
        string wanted = whole.StandardOutput.ReadToEnd().TrimEnd().Split('\n')[^1];
        Assert.StartsWith("ended with ", wanted, StringComparison.Ordinal);

        // Killed three times, each time with other threads and another instruction set, after one save or several.
        string path = folder.File("killed.safetensors");
        var random = new Random(Seeds.Base);
        (string Threads, string? Isa)[] kills = [("1", null), ("2", "scalar"), ("1", "scalar")];
        int attempt = 0;
        do
        {
            Assert.True(attempt++ < Attempts, $"{Attempts} times a run ended before it was killed.");
            File.Delete(path);
        }
        while (!kills.All(kill => IsKilled(path, kill.Threads, kill.Isa, random.Next(3, 6))));

        using Process last = Start(path, "2", null);
        string[] lines = last.StandardOutput.ReadToEnd().TrimEnd().Split('\n');
        Assert.StartsWith("goes on after step ", lines[0], StringComparison.Ordinal);
        Assert.True(wanted == lines[^1], $"{lines[^1]} instead of {wanted} {Seeds.Replay}");
    }

    /// <summary>Starts a run, and kills it when it has printed some lines.</summary>
    /// <returns>False where it has ended by then.</returns>
    private static bool IsKilled(string path, string threads, string? isa, int lines)
    {
        using Process run = Start(path, threads, isa);
        string output = "";
        for (; lines > 0 && run.StandardOutput.ReadLine() is string line; lines--)
        {
            output += $"{line}\n";
        }

        run.Kill(); // SIGKILL
        run.WaitForExit();
        output += run.StandardOutput.ReadToEnd();
        bool isKilled = run.ExitCode == Killed;
        Assert.True(isKilled || run.ExitCode == 0, $"The run ended with {run.ExitCode} after: {output}");
        return isKilled && !output.Contains("ended", StringComparison.Ordinal);
    }

    private static Process Start(string path, string threads, string? isa)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Resume")) { RedirectStandardOutput = true };
        foreach (string argument in (string[])[path, Steps, threads])
        {
            start.ArgumentList.Add(argument);
        }

        if (isa is not null)
        {
            start.Environment[FastAdam.InstructionSets.EnvironmentVariable] = isa;
        }

        return Process.Start(start)!;
    }
}
