using System.Diagnostics;
using System.Globalization;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Checkpoints;

/// <summary>Processes that are killed while they save.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Kills = 100;

    // Where none of those comes while a file is written, others follow until one does.
    private const int MostKills = 10_000;

    // Beside each other, each with a file of its own.
    private const int Runs = 4;

    // Kills before a file was whole.
    private int _interrupted;

    [Fact]
    public async Task A_killed_process_leaves_the_old_file_or_the_new_one()
    {
        TestProcess.SkipUnderEmulation();
        using var folder = new TemporaryFolder();
        (int Kills, long Saves)[] results = await Task.WhenAll(
            Enumerable.Range(0, Runs).Select(i => Task.Run(() => KilledAsync(Directory.CreateDirectory(folder.File($"{i}")).FullName, i))));
        int kills = results.Sum(x => x.Kills);
        output.WriteLine($"{kills} kills {Seeds.Replay}, {_interrupted} of them before a file was whole; {results.Sum(x => x.Saves)} saves");
        Assert.InRange(_interrupted, 1, kills);
    }

    private async Task<(int Kills, long Saves)> KilledAsync(string folder, int run)
    {
        string path = Path.Combine(folder, "run.safetensors");
        var random = new Random(Seeds.Base + run);
        int kill = 0;
        long saved = -1;
        for (; kill < Kills / Runs || (Volatile.Read(ref _interrupted) == 0 && kill < MostKills / Runs); kill++)
        {
            using Process process = SavingProcess.Start(path);
            string said = (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!;
            await Task.Delay(random.Next(20), TestContext.Current.CancellationToken);
            process.Kill(); // SIGKILL
            string rest = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);

            // The last line may be cut off.
            string[] lines = [said, .. rest.Split('\n')[..^1]];
            long last = long.Parse(lines[^1], CultureInfo.InvariantCulture);
            Assert.Equal(saved + 1, long.Parse(said, CultureInfo.InvariantCulture));
            saved = SavingProcess.Number(path);
            Assert.True(saved == last || saved == last + 1, $"kill {kill}: the file is of save {saved}, but {last} was the last to end");
            string[] leftOver = [.. Directory.GetFiles(folder).Where(file => file != path)];
            Assert.InRange(leftOver.Length, 0, 1);
            Interlocked.Add(ref _interrupted, leftOver.Length);

            // The next save deletes what is old.
            Array.ForEach(leftOver, file => File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-1)));
        }

        return (kill, saved + 1);
    }
}
