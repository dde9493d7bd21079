using System.Diagnostics;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Checkpoints;

/// <summary>The sample that is killed and goes on.</summary>
public sealed class ResumeTests
{
    private const string Steps = "120";

    // A run may have ended before the signal comes: then it is made again.
    private const int Attempts = 100;

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
        foreach ((string threads, string? isa) in ((string, string?)[])[("1", null), ("2", "scalar"), ("1", "scalar")])
        {
            byte[]? before = File.Exists(path) ? File.ReadAllBytes(path) : null;
            int attempt = 1;
            while (!IsKilled(path, threads, isa, lines: random.Next(3, 6)))
            {
                Assert.True(attempt++ < Attempts, $"{Attempts} runs ended before they were killed.");
                File.Delete(path);
                if (before is not null)
                {
                    File.WriteAllBytes(path, before);
                }
            }
        }

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
        for (; lines > 0; lines--)
        {
            Assert.NotNull(run.StandardOutput.ReadLine());
        }

        run.Kill(); // SIGKILL
        run.WaitForExit();
        return !run.StandardOutput.ReadToEnd().Contains("ended", StringComparison.Ordinal);
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
