using System.Runtime.CompilerServices;
using FastAdam.Checkpoints;
using FastAdam.Kernels;
using FastAdam.Rules;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Checkpoints;

/// <summary>Optimizers in files.</summary>
public sealed unsafe class CheckpointTests : IDisposable
{
    private static readonly string[] _names = ["layer.weight", "layer.bias", "ü"];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Rules => [.. Enum.GetNames<RuleKind>()];

    private string File => _folder.File("run.safetensors");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_loaded_run_goes_on_with_the_same_bits(string rule)
    {
        foreach (StateStorage storage in Enum.GetValues<StateStorage>())
        {
            var kind = Enum.Parse<RuleKind>(rule);
            using var whole = new Run(kind, storage, seed: 1);
            using var other = new Run(kind, storage, seed: 2);
            whole.Step(1);
            whole.Optimizer.Parameters[1].IsFrozen = false;
            whole.Step(2);
            Save(File, whole.Optimizer, _names, metadata: new Dictionary<string, string> { ["epoch"] = "7" });
            IReadOnlyDictionary<string, string> metadata = Checkpoint.Load(File, other.Optimizer, _names);
            Assert.Equal(("epoch", "7"), Assert.Single(metadata.Select(text => (text.Key, text.Value))));
            other.Optimizer.Parameters[1].IsFrozen = false;
            for (int step = 3; step <= 4; step++)
            {
                whole.Step(step);
                other.Step(step);
            }

            Assert.True(whole.Bytes().SequenceEqual(other.Bytes()), $"{rule}, {storage}");
            Assert.Equal(whole.Optimizer.Options.Seed, other.Optimizer.Options.Seed);
            for (int i = 0; i < whole.Optimizer.GroupCount; i++)
            {
                Assert.Equal(whole.Optimizer[i], other.Optimizer[i]);
            }
        }
    }

    [Fact]
    public void The_layout_is_that_of_the_document()
    {
        using var run = new Run(RuleKind.NAdam, StateStorage.Block8, seed: 1);
        run.Optimizer.Parameters[0].Shape = [2, 2500];
        run.Step(1);
        Save(File, run.Optimizer);
        using var reader = new SafeTensorsReader(File);
        Assert.Equal(
            [
                "copies.0 F16 [2, 2500]", "params.0 F32 [2, 2500]", "params.1 BF16 [130]", "params.2 BF16 [9]", "state.0.exp_avg U8 [2, 2500]",
                "state.0.exp_avg_scale F32 [40]", "state.0.exp_avg_sq U8 [2, 2500]", "state.0.exp_avg_sq_scale F32 [40]",
                "state.0.mu_product F64 []", "state.0.step I64 []", "state.1.master_lower I16 [130]", "state.1.mu_product F64 []",
                "state.1.step I64 []", "state.2.exp_avg F32 [9]", "state.2.step I64 []",
            ],
            reader.Tensors
                .Select(tensor => $"{tensor.Name} {tensor.ElementType} [{string.Join(", ", tensor.Shape.ToArray())}]")
                .Order(StringComparer.Ordinal));
        Assert.Equal("1", reader.Metadata["fastadam.layout"]);
        Assert.Equal("""["0","1","2"]""", reader.Metadata["fastadam.params"]);
        Assert.StartsWith("""[{"rule":"NAdam","params":[0,1],"lr":""", reader.Metadata["fastadam.param_groups"], StringComparison.Ordinal);
        Assert.EndsWith(
            """{"rule":"Lion","params":[2],"lr":0.0001,"betas":[0.9,0.99],"weight_decay":0,"decoupled_weight_decay":true,"maximize":false,"preserve_subnormals":false}]""",
            reader.Metadata["fastadam.param_groups"],
            StringComparison.Ordinal);
    }

    [Fact]
    public void Names_find_parameters_in_another_order_of_groups()
    {
        float[] p = [1], q = [2], g = [1];
        using var first = new StatefulOptimizer(ParameterGroup.Adam);
        first.Add(p, g, first.AddGroup(ParameterGroup.Lion));
        first.Add(q, g);
        first.Step();
        Save(File, first, ["p", "q"]);
        float[] r = [0], s = [0];
        using var second = new StatefulOptimizer(ParameterGroup.Adam);
        second.Add(s, g);
        second.Add(r, g, second.AddGroup(ParameterGroup.Lion));
        Checkpoint.Load(File, second, ["q", "p"]);
        Assert.Equal((p[0], q[0]), (r[0], s[0]));
        Assert.Throws<InvalidDataException>(() => Checkpoint.Load(File, second, ["p", "q"]));
    }

    [Fact]
    public void Single_precision_state_becomes_8_bits()
    {
        using var wide = new Run(RuleKind.Adam, StateStorage.Float32, seed: 1);
        using var narrow = new Run(RuleKind.Adam, StateStorage.Block8, seed: 1);
        wide.Step(1);
        Save(File, wide.Optimizer, withParameters: false);
        Assert.Throws<InvalidDataException>(() => Checkpoint.Load(File, narrow.Optimizer));
        Checkpoint.Load(File, narrow.Optimizer, withParameters: false);
        float[] values = new float[5000], loaded = new float[5000];
        foreach ((OptimizerState from, OptimizerState to) in
            wide.Optimizer.Parameters[0].State.Zip(narrow.Optimizer.Parameters[0].State))
        {
            from.Array.Decode(values);
            to.Array.Decode(loaded, to.IsSigned);
            Assert.Equal(ElementType.Block8, to.Array.Type);
            float largest = values.Max(Math.Abs);
            Assert.All(values.Zip(loaded), pair => Assert.Equal(pair.First, pair.Second, largest / 100));
        }

        // The way back would have other bits than either, and is refused.
        Save(File, narrow.Optimizer);
        InvalidDataException refused = Assert.Throws<InvalidDataException>(() => Checkpoint.Load(File, wide.Optimizer));
        Assert.Contains("\"state.0.exp_avg\" is U8, but this optimizer's is Float32", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_is_said_and_changes_nothing()
    {
        using var saved = new Run(RuleKind.NAdam, StateStorage.Float32, seed: 1);
        using var own = new Run(RuleKind.NAdam, StateStorage.Float32, seed: 2);
        saved.Step(1);
        own.Step(2);
        Save(File, saved.Optimizer, _names);
        byte[] before = own.Bytes();
        using var reader = new SafeTensorsReader(File);
        SafeTensor[] tensors = [.. reader.Tensors];
        long badStep = -1;
        double badNumber = 2;

        Refuses("fastadam.layout", tensors, ("fastadam.layout", null));
        Refuses("Its layout is \"2\", but this version reads 1.", tensors, ("fastadam.layout", "2"));
        Refuses("fastadam.params of its metadata is no valid JSON", tensors, ("fastadam.params", "["));
        Refuses("fastadam.params of its metadata has a name twice.", tensors, ("fastadam.params", """["a","a","b"]"""));
        Refuses("It has 2 parameters, but this optimizer has 3.", tensors, ("fastadam.params", """["a","b"]"""));
        Refuses("It has 0 groups, but this optimizer has 2.", tensors, ("fastadam.param_groups", "[]"));
        Refuses("has the rule \"Adam\", but this optimizer's is 'NAdam'.", tensors, Groups("\"NAdam\"", "\"Adam\""));
        Refuses("LearningRate must be", tensors, Groups("\"lr\":0.0001", "\"lr\":-1"));
        Refuses("has no lr.", tensors, Groups("\"lr\":0.0001", "\"rate\":1"));
        Refuses("betas must be a list of 2 numbers.", tensors, Groups("[0.9,0.99]", "[0.9]"));
        Refuses("maximize must be true or false.", tensors, Groups("\"maximize\":false", "\"maximize\":0"));
        Refuses("differs from this optimizer's in decoupled_weight_decay.", tensors, Groups("\"decoupled_weight_decay\":true", "\"decoupled_weight_decay\":false"));
        Refuses("params must be the places", tensors, Groups("\"params\":[2]", "\"params\":[1]"));
        Refuses("has other parameters than", tensors, ("fastadam.params", """["layer.weight","ü","layer.bias"]"""));
        Refuses("fastadam.seed must be an integer", tensors, ("fastadam.seed", "-1"));
        Refuses("not \"1\\u0000\".", tensors, ("fastadam.seed", "1\0"));
        Refuses("fastadam.params of its metadata has a text that is no valid Unicode.", tensors, ("fastadam.params", """["a","b","\ud800"]"""));
        Refuses("fastadam.param_groups of its metadata has a text that is no valid Unicode.", tensors, Groups("\"NAdam\"", "\"\\ud800\""));
        Refuses("fastadam.param_groups of its metadata has a text that is no valid Unicode.", tensors, Groups("\"lr\":", "\"\\ud800\":1,\"lr\":"));
        Refuses("fastadam.param_groups of its metadata has a text that is no valid Unicode.", tensors, Groups("\"lr\":0.0001", "\"lr\":\"\\udc00\""));
        Refuses("has the rule \"" + new string('x', 80) + "...\"", tensors, Groups("\"NAdam\"", $"\"{new string('x', 100_000)}\""));
        Refuses("It has no \"state.layer.weight.exp_avg\".", [.. tensors.Where(tensor => tensor.Name != "state.layer.weight.exp_avg")]);
        Refuses("It has no \"params.ü\".", [.. tensors.Where(tensor => tensor.Name != "params.ü")]);
        Refuses("It has \"state.ü.exp_avg\", but no step of that parameter.", [.. tensors.Where(tensor => tensor.Name != "state.ü.step")]);
        Refuses("The tensor \"state.other.exp_avg\" belongs to no parameter.", [.. tensors, new SafeTensor("state.other.exp_avg", SafeTensorType.F32, [9], tensors[0].Data)]);
        Refuses("The tensor \"state.ü.sum\" belongs to no parameter.", [.. tensors, new SafeTensor("state.ü.sum", SafeTensorType.F32, [9], tensors[0].Data)]);
        Refuses("step\" must be from 0", Changed("state.ü.step", SafeTensorType.I64, [], &badStep));
        Refuses("step\" must be I64 without dimensions.", Changed("state.ü.step", SafeTensorType.F64, [], &badStep));
        Refuses("mu_product\" must be from 0 to 1", Changed("state.layer.weight.mu_product", SafeTensorType.F64, [], &badNumber));
        Refuses("has the shape [8], but this optimizer's is [9].", Changed("state.ü.exp_avg", SafeTensorType.F32, [8], tensors[0].Data));
        Refuses("\"state.ü.exp_avg\" is F16", Changed("state.ü.exp_avg", SafeTensorType.F16, [9], tensors[0].Data));
        Refuses("\"params.ü\" is F16", Changed("params.ü", SafeTensorType.F16, [9], tensors[0].Data));
        Refuses("\"state.layer.bias.master_lower\" is I8", Changed("state.layer.bias.master_lower", SafeTensorType.I8, [130], tensors[0].Data));

        Assert.Throws<ArgumentException>(() => Checkpoint.Load(File, own.Optimizer, ["a"]));
        Assert.Throws<ArgumentException>(() => Checkpoint.Load(File, own.Optimizer, ["a", "b", "a"]));
        Assert.Throws<ArgumentException>(() => Save(File, own.Optimizer, ["a", "b", ""]));
        Assert.Throws<ArgumentException>(
            () => Save(File, own.Optimizer, metadata: new Dictionary<string, string> { ["fastadam.x"] = "" }));
        Assert.Throws<FileNotFoundException>(() => Checkpoint.Load(_folder.File("none"), own.Optimizer));
        Checkpoint.Load(File, own.Optimizer, _names);
        Assert.Equal(saved.Bytes(), own.Bytes());

        (string, string?) Groups(string old, string replacement)
        {
            string text = reader.Metadata["fastadam.param_groups"];
            Assert.Contains(old, text, StringComparison.Ordinal);
            return ("fastadam.param_groups", text.Replace(old, replacement, StringComparison.Ordinal));
        }

        SafeTensor[] Changed(string name, SafeTensorType type, long[] shape, void* data) =>
            [.. tensors.Where(tensor => tensor.Name != name), new SafeTensor(name, type, shape, data)];

        void Refuses(string message, SafeTensor[] changed, params (string Key, string? Text)[] texts)
        {
            var metadata = reader.Metadata.ToDictionary();
            foreach ((string key, string? text) in texts)
            {
                metadata.Remove(key);
                if (text is not null)
                {
                    metadata[key] = text;
                }
            }

            string path = _folder.File("changed.safetensors");
            SafeTensorsWriter.Save(path, changed, metadata, cancellationToken: TestContext.Current.CancellationToken);
            InvalidDataException refused = Assert.Throws<InvalidDataException>(() => Checkpoint.Load(path, own.Optimizer, _names));
            Assert.Contains(message, refused.Message, StringComparison.Ordinal);
            Assert.StartsWith($"{path}: ", refused.Message, StringComparison.Ordinal);
            Assert.InRange(refused.Message.Length, 0, path.Length + 400);
            Assert.True(before.AsSpan().SequenceEqual(own.Bytes()), $"changed by {message}");
        }
    }

    [Theory]
    [InlineData("AmsGrad")]
    [InlineData("AmsGrad with a frozen parameter")]
    [InlineData("Momentum")]
    [InlineData("Step alone")]
    public void State_that_the_next_step_makes_need_not_be_in_the_file(string what)
    {
        ParameterGroup group = what == "Momentum" ? ParameterGroup.RmsProp : ParameterGroup.Adam;
        float[][] own = [[1, 2], [3]], others = [[5, 6], [7]], gradients = [[1, -1], [2]];
        using StatefulOptimizer optimizer = Of(group, own, gradients), other = Of(group, others, gradients);
        if (what == "Step alone")
        {
            optimizer.Parameters[0].Step = 5;
        }
        else
        {
            optimizer.Step();
            optimizer[0] = what == "Momentum" ? group with { Momentum = 0.9 } : group with { AmsGrad = true };
        }

        if (what == "AmsGrad with a frozen parameter")
        {
            optimizer.Parameters[1].IsFrozen = true;
            optimizer.Step();
            optimizer.Parameters[1].IsFrozen = false;
        }

        Save(File, optimizer);
        Checkpoint.Load(File, other);
        Assert.Equal(optimizer.Parameters.Select(parameter => parameter.Step), other.Parameters.Select(parameter => parameter.Step));
        for (int step = 0; step < 2; step++)
        {
            optimizer.Step();
            other.Step();
        }

        Assert.Equal(own, others);
        Assert.Equal(optimizer.StateBytes, other.StateBytes);
    }

    [Fact]
    public void A_file_that_is_cut_off_while_it_is_read_is_refused()
    {
        using var own = new Run(RuleKind.NAdam, StateStorage.Float32, seed: 1);
        own.Step(1);
        Save(File, own.Optimizer);
        using var file = new TensorFile(File);
        HeaderTensor last = file.Header.Tensors[^1];
        byte[] bytes = new byte[last.ByteLength];
        using (var shorter = System.IO.File.OpenHandle(_folder.File("shorter"), FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(shorter, System.IO.File.ReadAllBytes(File), 0);
        }

        using var cut = new TensorFile(_folder.File("shorter"));
        CutOff(_folder.File("shorter"), cut.Stream.Length - 1);
        fixed (byte* target = bytes)
        {
            file.Read(last, target);
            nint address = (nint)target;
            InvalidDataException refused = Assert.Throws<InvalidDataException>(() => cut.Read(last, (void*)address));
            Assert.Contains("it was cut off while", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_that_another_process_cuts_off_again_and_again_is_loaded_or_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere a file that is open cannot be cut off.");
        float[] own = new float[400_000], gradients = new float[own.Length];
        Array.Fill(gradients, 1);
        using var optimizer = Of(ParameterGroup.Adam, [own], [gradients]);
        optimizer.Step();
        Save(File, optimizer);
        byte[] whole = System.IO.File.ReadAllBytes(File);
        float[] saved = [.. own];
        bool isDone = false;
        var cutter = new Thread(() =>
        {
            while (!Volatile.Read(ref isDone))
            {
                CutOff(File, 1_000_000);
                System.IO.File.WriteAllBytes(_folder.File("next"), whole);
                System.IO.File.Move(_folder.File("next"), File, overwrite: true);
            }
        });
        cutter.Start();
        try
        {
            for (int round = 0; round < 50; round++)
            {
                try
                {
                    Checkpoint.Load(File, optimizer);
                }
                catch (Exception fault) when (fault is InvalidDataException or IOException)
                {
                    Assert.Contains(File, fault.Message, StringComparison.Ordinal);
                }

                Assert.True(saved.AsSpan().SequenceEqual(own), "changed by a file that was cut off");
            }
        }
        finally
        {
            Volatile.Write(ref isDone, true);
            cutter.Join();
        }
    }

    [Fact]
    public void Lower_bits_are_loaded_with_the_upper_ones_alone()
    {
        using var saved = new Run(RuleKind.Adam, StateStorage.Float32, seed: 1);
        using var own = new Run(RuleKind.Adam, StateStorage.Float32, seed: 2);
        saved.Optimizer.Parameters[1].IsFrozen = false;
        saved.Step(1);
        Save(File, saved.Optimizer);
        float[] before = new float[130], after = new float[130], expected = new float[130];
        own.Optimizer.Parameters[1].Parameters.Decode(before);
        Checkpoint.Load(File, own.Optimizer, withParameters: false);
        own.Optimizer.Parameters[1].Parameters.Decode(after);
        Assert.Equal(before, after);
        Assert.Equal(1, own.Optimizer.Parameters[1].Step);
        Checkpoint.Load(File, own.Optimizer);
        own.Optimizer.Parameters[1].Parameters.Decode(after);
        saved.Optimizer.Parameters[1].Parameters.Decode(expected);
        Assert.Equal(expected, after);
    }

    [Fact]
    public void State_of_training_is_not_put_beside_parameters_of_evaluation()
    {
        float[] own = [1, 2], gradients = [1, -1];
        using StatefulOptimizer optimizer = Of(ParameterGroup.ScheduleFree, [own], [gradients]);
        optimizer.Step();
        optimizer.Step();
        Save(File, optimizer);
        optimizer.ToEvaluation();
        InvalidDataException refused =
            Assert.Throws<InvalidDataException>(() => Checkpoint.Load(File, optimizer, withParameters: false));
        Assert.Contains("was saved in training, but this optimizer's, which is not loaded, is in evaluation", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, optimizer.Parameters[0].GetNumber("eval_mode"));
        Checkpoint.Load(File, optimizer);
        Checkpoint.Load(File, optimizer, withParameters: false);
        optimizer.Step();
    }

    [Fact]
    public void A_shape_that_was_never_said_is_that_of_the_file()
    {
        float[][] gradients = [new float[10]];
        using StatefulOptimizer first = Of(ParameterGroup.Adam, [new float[10]], gradients), second = Of(ParameterGroup.Adam, [new float[10]], gradients);
        first.Step();
        string flat = _folder.File("flat");
        Save(flat, first);
        first.Parameters[0].Shape = [2, 5];
        Save(File, first);
        Checkpoint.Load(File, second);
        Assert.Equal([2, 5], second.Parameters[0].Shape);
        Save(File, second);
        Checkpoint.Load(File, first);

        // Still nobody has said it.
        Checkpoint.Load(flat, second);
        Assert.Equal([10], second.Parameters[0].Shape);
        Assert.Throws<InvalidDataException>(() => Checkpoint.Load(flat, first));
        second.Parameters[0].Shape = [10];
        InvalidDataException refused = Assert.Throws<InvalidDataException>(() => Checkpoint.Load(File, second));
        Assert.Contains("has the shape [2, 5], but this optimizer's is [10].", refused.Message, StringComparison.Ordinal);
    }

    private static StatefulOptimizer Of(ParameterGroup group, float[][] parameters, float[][] gradients)
    {
        var optimizer = new StatefulOptimizer(group);
        foreach ((float[] each, float[] gradient) in parameters.Zip(gradients))
        {
            optimizer.Add(each, gradient);
        }

        return optimizer;
    }

    /// <summary>Makes a file shorter that others have open.</summary>
    private static void CutOff(string path, long length)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(length);
    }

    private static void Save(
        string path,
        StatefulOptimizer optimizer,
        string[]? names = null,
        bool withParameters = true,
        Dictionary<string, string>? metadata = null) =>
        Checkpoint.Save(path, optimizer, names, withParameters, metadata, cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>Three parameters: with a copy; in two halves, frozen at first; rounded at random, with another rule.</summary>
    private sealed class Run : IDisposable
    {
        private static readonly int[] _lengths = [5000, 130, 9];

        private readonly float[] _whole = Pinned<float>(_lengths[0]);
        private readonly Half[] _copy = Pinned<Half>(_lengths[0]);
        private readonly BFloat16[] _upper = Pinned<BFloat16>(_lengths[1]);
        private readonly ushort[] _lower = Pinned<ushort>(_lengths[1]);
        private readonly BFloat16[] _rounded = Pinned<BFloat16>(_lengths[2]);
        private readonly float[][] _gradients = [.. _lengths.Select(Pinned<float>)];

        public Run(RuleKind kind, StateStorage storage, int seed)
        {
            Optimizer = new StatefulOptimizer(StepModes.Group(kind, 0) with { LearningRate = 0.01 * seed })
            {
                StateStorage = storage,
                Options = new StepOptions { Seed = (ulong)seed },
            };
            Optimizer.Add((nuint)_lengths[0], TensorArray.WithCopy(At(_whole), At(_copy)), At(_gradients[0]));
            Optimizer.Add((nuint)_lengths[1], TensorArray.Split(At(_upper), At(_lower)), At(_gradients[1])).IsFrozen = true;
            Optimizer.Add(
                (nuint)_lengths[2], TensorArray.Stochastic(At(_rounded)), At(_gradients[2]), Optimizer.AddGroup(ParameterGroup.Lion));
            var random = new Random(seed);
            foreach (OptimizerParameter parameter in Optimizer.Parameters)
            {
                parameter.Parameters.Encode([.. Enumerable.Range(0, (int)parameter.Length).Select(_ => random.NextSingle())]);
            }
        }

        public StatefulOptimizer Optimizer { get; }

        public void Step(int seed)
        {
            var random = new Random(seed);
            foreach (float[] array in _gradients)
            {
                for (int i = 0; i < array.Length; i++)
                {
                    array[i] = random.NextSingle() - 0.5f;
                }
            }

            Optimizer.Step();
        }

        /// <summary>Parameters, what is beside them, state, numbers and steps.</summary>
        public byte[] Bytes()
        {
            List<byte> bytes = [];
            foreach (OptimizerParameter parameter in Optimizer.Parameters)
            {
                Add(parameter.Parameters, parameter.Length);
                foreach (OptimizerState state in parameter.State)
                {
                    Add(state.Array, parameter.Length);
                }

                foreach (string name in parameter.NumberNames)
                {
                    bytes.AddRange(BitConverter.GetBytes(parameter.GetNumber(name)));
                }

                bytes.AddRange(BitConverter.GetBytes(parameter.Step));
            }

            return [.. bytes];

            void Add(TensorArray array, nuint length)
            {
                bytes.AddRange(new ReadOnlySpan<byte>(array.Start, (int)length * ElementTypes.Size(array.Type)));
                bytes.AddRange(new ReadOnlySpan<byte>(array.Part, (int)ElementTypes.PartBytes(array.Type, length)));
            }
        }

        public void Dispose() => Optimizer.Dispose();

        private static T[] Pinned<T>(int length) => GC.AllocateArray<T>(length, pinned: true);

        private static T* At<T>(T[] array)
            where T : unmanaged => (T*)Unsafe.AsPointer(ref array[0]);
    }
}
