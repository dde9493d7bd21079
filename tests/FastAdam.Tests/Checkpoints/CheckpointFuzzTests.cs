using System.Diagnostics;
using System.Text;
using FastAdam.Tests.Support;
using Xunit;

#pragma warning disable xUnit1051 // A save here takes milliseconds.
namespace FastAdam.Tests.Checkpoints;

/// <summary>Checkpoints that random changes have made: each is loaded, or refused with its one exception and has changed nothing.</summary>
public sealed class CheckpointFuzzTests(ITestOutputHelper output) : IDisposable
{
    private static readonly string[] _words =
    [
        "0", "1", "-1", "[", "]", "{", "}", "\\\"", ",", ":", "null", "true", "\\ud800", "\\\\ud800", "\\\\udc00", "1e400", "F32", "U8", "I64",
        "99999999999999999999", "lr", "Infinity", "state.0.", "params.1", "\\u0000", ".step", "NAdam", "fastadam.", "master_lower", "exp_avg",
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly float[] _first = new float[30];
    private readonly BFloat16[] _second = new BFloat16[4];
    private readonly float[][] _gradients = [new float[30], new float[4]];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_changed_checkpoint_is_loaded_or_refused()
    {
        // The factor 300 makes it 600,000.
        int rounds = Rounds.Of(2000);
        var random = new Random(Seeds.Base);
        string path = _folder.File("changed");
        using var optimizer = new StatefulOptimizer(ParameterGroup.NAdam) { StateStorage = StateStorage.Block8, MinBlock8Length = 0 };
        optimizer.Add(_first, _gradients[0]);
        optimizer.Add(_second, _gradients[1], optimizer.AddGroup(ParameterGroup.Lion));
        Array.Fill(_gradients[0], 1);
        optimizer.Step();
        Checkpoint.Save(path, optimizer);
        byte[] valid = File.ReadAllBytes(path);
        byte[] before = Saved(optimizer);
        var time = Stopwatch.StartNew();
        int accepted = 0;
        for (int round = 0; round < rounds; round++)
        {
            byte[] file = valid;
            for (int changes = random.Next(1, 4); changes > 0; changes--)
            {
                file = Changed(file, random);
            }

            File.WriteAllBytes(path, file);
            try
            {
                Checkpoint.Load(path, optimizer, withParameters: random.Next(4) != 0);
                accepted++;
                before = Saved(optimizer);
            }
            catch (InvalidDataException)
            {
                Assert.True(before.AsSpan().SequenceEqual(Saved(optimizer)), $"round {round} {Seeds.Replay}: a refused file changed the optimizer");
            }
            catch (Exception fault) when (fault is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"round {round} {Seeds.Replay}, {Convert.ToHexString(file)}: {fault}");
            }
        }

        output.WriteLine($"{rounds} changed files {Seeds.Replay}: {accepted} accepted, in {time.Elapsed.TotalSeconds:F1} s");
        Assert.InRange(accepted, rounds / 1000, rounds * 3 / 4);
    }

    /// <summary>All that a checkpoint has, as the file that is saved.</summary>
    private byte[] Saved(StatefulOptimizer optimizer)
    {
        string path = _folder.File("saved");
        File.Delete(path);
        Checkpoint.Save(path, optimizer);
        return File.ReadAllBytes(path);
    }

    private static byte[] Changed(byte[] file, Random random)
    {
        int header = (int)BitConverter.ToInt64(file);
        int place = 8 + random.Next(header);
        byte[] word = [];
        switch (random.Next(5))
        {
            case 0: // a bit anywhere behind the length
                byte[] changed = [.. file];
                changed[random.Next(8, file.Length)] ^= (byte)(1 << random.Next(8));
                return changed;
            case 1: // a character
                word = [(byte)random.Next(32, 127)];
                break;
            case 2: // characters gone
                break;
            default:
                word = Encoding.UTF8.GetBytes(_words[random.Next(_words.Length)]);
                break;
        }

        int gone = int.Min(random.Next(8), 8 + header - place);
        byte[] result = [.. file[..place], .. word, .. file[(place + gone)..]];
        BitConverter.TryWriteBytes(result, (long)header + word.Length - gone);
        return result;
    }
}
