using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>C# and Python read each other's checkpoints, whose layout is that of src/CHECKPOINTS.md.</summary>
public sealed unsafe class CheckpointTests
{
    private const string Python = "/usr/bin/python3";

    private const string Script =
        """
        import sys
        import fastadam
        import numpy as np

        path, is_saving = sys.argv[1], sys.argv[2] == "save"
        weights = np.ones(3, np.float32)
        optimizer = fastadam.AdamW([weights, np.ones((), np.float32)], lr=0.25, seed=7)
        if is_saving:
            optimizer.step([np.array([1, 2, 3], np.float32), None])
            fastadam.save_checkpoint(path, optimizer, names=["weights", "schräg/漢字"], metadata={"by": "Python"})
        else:
            metadata = fastadam.load_checkpoint(path, optimizer, names=["weights", "schräg/漢字"])
            print(metadata, weights, optimizer.params[1], optimizer.steps, optimizer.exp_avg[0])
            print(optimizer.lr, optimizer.betas, optimizer.seed)
        """;

    [Fact]
    public void Each_reads_the_others_file()
    {
        Installation installation = Installation.Native();
        Assert.SkipUnless(File.Exists(Python), $"{Python} is not installed.");
        Assert.SkipUnless(Command.Run(Python, ["-c", "import numpy"]).ExitCode == 0, "numpy is not installed (python3-numpy).");
        string folder = Directory.CreateTempSubdirectory("fastadam-").FullName;
        try
        {
            string path = Path.Combine(folder, "python.safetensors");
            Run(installation, path, "save");
            string copy = Path.Combine(folder, "csharp.safetensors");
            ReadAndChange(path, copy);
            Assert.Equal(
                "{'by': 'C#'} [1. 1. 5.] 1.0 (9, 0) [0.1 0.2 0.3]\n0.125 (0.9, 0.999) 7\n",
                Run(installation, copy, "load").Replace("0.20000002", "0.2", StringComparison.Ordinal));

            // Neither order nor escapes make a difference between the two.
            using (var reader = new SafeTensorsReader(path))
            {
                SafeTensorsWriter.Save(copy, reader.Tensors, reader.Metadata, cancellationToken: TestContext.Current.CancellationToken);
            }

            Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(copy));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Run(Installation installation, string path, string what) => CProgram.Run(
        Python,
        ["-c", Script, path, what],
        ("PYTHONPATH", Path.Combine(Installation.Repository, "native-aot", "python")),
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("PYTHONIOENCODING", "utf-8"),
        ("FASTADAM_LIBRARY", Path.Combine(installation.Library, "libfastadam.so")));

    /// <summary>Reads Python's file, and saves it with another step, parameter and learning rate.</summary>
    private static void ReadAndChange(string path, string copy)
    {
        using var reader = new SafeTensorsReader(path);
        Assert.Equal(
            [
                "params.schräg/漢字 F32 []", "params.weights F32 [3]", "state.weights.exp_avg F32 [3]",
                "state.weights.exp_avg_sq F32 [3]", "state.weights.step I64 []",
            ],
            reader.Tensors.Select(x => $"{x.Name} {x.ElementType} [{string.Join(", ", x.Shape.ToArray())}]").Order(StringComparer.Ordinal));
        Assert.Equal("1", reader.Metadata["fastadam.layout"]);
        Assert.Equal("7", reader.Metadata["fastadam.seed"]);
        Assert.Equal("Python", reader.Metadata["by"]);
        Assert.Equal(["weights", "schräg/漢字"], JsonSerializer.Deserialize<string[]>(reader.Metadata["fastadam.params"])!);
        string groups = reader.Metadata["fastadam.param_groups"];
        JsonElement group = JsonDocument.Parse(groups).RootElement[0];
        Assert.Equal(("Adam", 0.25), (group.GetProperty("rule").GetString(), group.GetProperty("lr").GetDouble()));
        Assert.True(group.GetProperty("decoupled_weight_decay").GetBoolean());
        float[] moment = MemoryMarshal.Cast<byte, float>(reader["state.weights.exp_avg"].Bytes).ToArray();
        Assert.Equal(["0.1", "0.2", "0.3"], moment.Select(x => x.ToString("F1", CultureInfo.InvariantCulture)));

        float[] weights = [1, 1, 5];
        long step = 9;
        fixed (float* pointer = weights)
        {
            List<SafeTensor> tensors =
                [new("params.weights", SafeTensorType.F32, [3], pointer), new("state.weights.step", SafeTensorType.I64, [], &step)];
            tensors.AddRange(reader.Tensors.Where(x => x.Name is not ("params.weights" or "state.weights.step")));
            SafeTensorsWriter.Save(
                copy,
                tensors,
                new Dictionary<string, string>(reader.Metadata)
                {
                    ["by"] = "C#",
                    ["fastadam.param_groups"] = groups.Replace("\"lr\": 0.25", "\"lr\": 0.125", StringComparison.Ordinal),
                },
                cancellationToken: TestContext.Current.CancellationToken);
        }
    }
}
