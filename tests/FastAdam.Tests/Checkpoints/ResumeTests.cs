using System.Diagnostics;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Checkpoints;

/// <summary>The sample that is killed and goes on.</summary>
public sealed class ResumeTests
{
    private const string Steps = "120";

    [Fact]
    public async Task A_run_that_was_killed_ends_with_the_bits_of_one_that_never_stopped()
    {
        TestProcess.SkipUnderEmulation();
        using var folder = new TemporaryFolder();
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using Process whole = Start(folder.File("whole.safetensors"), "0", null);
        string wanted = (await whole.StandardOutput.ReadToEndAsync(cancellation)).TrimEnd().Split('\n')[^1];
        Assert.StartsWith("ended with ", wanted, StringComparison.Ordinal);

        // Killed three times, each time with other threads and another instruction set, after one save or several.
        string path = folder.File("killed.safetensors");
        var random = new Random(Seeds.Base);
        foreach ((string threads, string? isa) in ((string, string?)[])[("1", null), ("2", "scalar"), ("1", "scalar")])
        {
            using Process killed = Start(path, threads, isa);
            for (int line = random.Next(3, 6); line > 0; line--)
            {
                Assert.NotNull(await killed.StandardOutput.ReadLineAsync(cancellation));
            }

            killed.Kill(); // SIGKILL
            await killed.WaitForExitAsync(cancellation);
            Assert.DoesNotContain("ended", await killed.StandardOutput.ReadToEndAsync(cancellation), StringComparison.Ordinal);
        }

        using Process last = Start(path, "2", null);
        string[] lines = (await last.StandardOutput.ReadToEndAsync(cancellation)).TrimEnd().Split('\n');
        Assert.StartsWith("goes on after step ", lines[0], StringComparison.Ordinal);
        Assert.True(wanted == lines[^1], $"{lines[^1]} instead of {wanted} {Seeds.Replay}");
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
