using FastAdam.Kernels;
using FastAdam.Rules;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>Schedule-Free's way from the parameters in training to those for evaluation, and back.</summary>
public sealed unsafe class EvaluationSwapTests
{
    // In units of 2^-24, what one rounding changes at most, of (|y| + |z|) / beta1: the roundings of the weight and of the difference count
    // 1 - beta1 each, that of the result 1. The way back makes that beta1 times as large and adds its own: 2 + 2 beta1 (1 - beta1).
    private const double EvaluationBound = 3;
    private const double RoundTripBound = 2.5;

    // For products of errors.
    private const double Room = 1.00001;

    private static readonly ElementType[] _types = [.. ElementTypes.Plain];

    public static TheoryData<InstructionSet> InstructionSets => KernelData.InstructionSets;

    [Theory]
    [MemberData(nameof(InstructionSets))]
    public void Parameters_become_the_mean_and_come_back(InstructionSet instructionSet)
    {
        var random = new Random(Seeds.Base);
        double* numbers = stackalloc double[3];
        for (int round = 0; round < Rounds.Of(60); round++)
        {
            double beta1 = random.Next(4) == 0 ? 0.9 : 0.05 + (0.949 * random.NextDouble());
            ElementType first = random.GetItems(_types, 1)[0];
            ElementType second = random.GetItems(_types, 1)[0];
            // One is shared among threads.
            int length = round == 7 ? 270_001 : random.Next(8) == 0 ? random.Next(16_000, 40_000) : random.Next(0, 1200);
            var key = KernelKey.OfMix(instructionSet, RuleKind.ScheduleFree, new StorageTypes(first, default, second));
            TestArrays arrays = TestArrays.Create(key, length, [random.Next(64)]);
            for (int i = 0; i < length; i++)
            {
                Storage.Write(arrays.Array(ArrayRole.Parameters), first, i, (random.NextSingle() * 4) - 2);
                Storage.Write(arrays.Array(ArrayRole.FirstState), second, i, (random.NextSingle() * 4) - 2);
            }

            string where = $"beta1 {beta1}, {first} and {second}, {length} elements, {instructionSet} {Seeds.Replay}";
            TestArrays before = arrays.CopyAligned();
            int threads = random.Next(1, 4);
            (numbers[0], numbers[1], numbers[2]) = (1e-3, 2e-3, 0);
            Swap(key, arrays, numbers, beta1, toEvaluation: true, threads);
            Assert.Equal(1, numbers[2]);
            TestArrays expected = Expected(before, key, (float)(1 - (1 / beta1)));
            string? difference = arrays.DifferenceFrom(expected);
            Assert.True(difference is null, $"{difference}: {where}");
            RequireClose(before, arrays, key, (p, z) => (p / beta1) + ((1 - (1 / beta1)) * z), beta1, EvaluationBound, where);

            // Again it does nothing.
            Swap(key, arrays, numbers, beta1, toEvaluation: true, threads);
            difference = arrays.DifferenceFrom(expected);
            Assert.True(difference is null, $"again: {difference}: {where}");

            Swap(key, arrays, numbers, beta1, toEvaluation: false, threads);
            Assert.Equal(0, numbers[2]);
            difference = arrays.DifferenceFrom(Expected(expected, key, (float)(1 - beta1)));
            Assert.True(difference is null, $"back: {difference}: {where}");
            if (first == ElementType.Float32)
            {
                RequireClose(before, arrays, key, (p, _) => p, beta1, RoundTripBound, where);
            }
        }
    }

    [Theory]
    [MemberData(nameof(InstructionSets))]
    public void What_is_averaged_already_does_not_drift(InstructionSet instructionSet)
    {
        const int Length = 1000;
        var random = new Random(Seeds.Base);
        float[] p = [.. Enumerable.Range(0, Length).Select(_ => (random.NextSingle() * 4) - 2)], z = [.. p];
        double[] numbers = [1, 1, 0];
        for (int i = 0; i < 500; i++)
        {
            SwapArrays(instructionSet, p, z, numbers, 0.9, toEvaluation: true);
            SwapArrays(instructionSet, p, z, numbers, 0.9, toEvaluation: false);
        }

        Assert.Equal(z, p);
    }

    [Fact]
    public void Evaluation_sees_the_weighted_mean_of_all_z()
    {
        // Of a constant gradient; weights are t, whose sum is known.
        const int Steps = 30;
        ParameterGroup group = ParameterGroup.ScheduleFree with { LearningRate = 0.01, StepExponent = 1, RateExponent = 0 };
        float[] p = [1, -1], g = [1, -0.5f], z = new float[2], v = new float[2];
        double[] numbers = new double[3];
        double[] sums = new double[2];
        for (int step = 1; step <= Steps; step++)
        {
            OneTensor.Step(p, g, [z, v], step, group, default, numbers);
            sums[0] += step * (double)z[0];
            sums[1] += step * (double)z[1];
        }

        float[] training = [.. p];
        SwapArrays(FastAdam.InstructionSets.Current, p, z, numbers, 0.9, toEvaluation: true);
        double weights = Steps * (Steps + 1) / 2;
        Assert.Equal(sums[0] / weights, p[0], 3e-6);
        Assert.Equal(sums[1] / weights, p[1], 3e-6);
        Assert.NotEqual(training, p);

        // A step is refused until the parameters are back.
        ArgumentOutOfRangeException refused = Assert.Throws<ArgumentOutOfRangeException>(
            () => OneTensor.Step(p, g, [z, v], Steps + 1, group, default, numbers));
        Assert.StartsWith(
            "tensors[0]: Numbers[2], which is eval_mode, must be 0 in a step: 1 says that the parameters are those for evaluation.",
            refused.Message,
            StringComparison.Ordinal);
        SwapArrays(FastAdam.InstructionSets.Current, p, z, numbers, 0.9, toEvaluation: false);
        Assert.Equal(training[0], p[0], 3e-7);
        Assert.Equal(training[1], p[1], 3e-7);
        OneTensor.Step(p, g, [z, v], Steps + 1, group, default, numbers);
    }

    [Fact]
    public void Before_the_first_step_and_of_other_rules_nothing_moves()
    {
        float* memory = stackalloc float[] { 1, 2, 3, 4, 5, 6 };
        double* numbers = stackalloc double[] { 0, 0, 0 };
        OptimizerTensor[] tensors =
        [
            OptimizerTensor.Create(2, memory, default, memory + 2) with { Numbers = numbers },
            OptimizerTensor.Create(2, memory + 4, default) with { Group = 1 },
        ];
        ParameterGroup[] groups = [ParameterGroup.ScheduleFree, ParameterGroup.AdamW];
        Optimizer.ToEvaluation(tensors, groups);
        Assert.Equal([1, 2, 3, 4, 5, 6], new Span<float>(memory, 6).ToArray());
        Assert.Equal([0, 0, 1], new Span<double>(numbers, 3).ToArray());
        Optimizer.ToTraining(tensors, groups, threads: 2);
        Assert.Equal([1, 2, 3, 4, 5, 6], new Span<float>(memory, 6).ToArray());
        Assert.Equal([0, 0, 0], new Span<double>(numbers, 3).ToArray());
        Optimizer.ToEvaluation([], []);
    }

    [Theory]
    [MemberData(nameof(InstructionSets))]
    public void Large_numbers_of_unlike_signs_do_not_overflow(InstructionSet instructionSet)
    {
        float[] p = [2e38f, -3.4e38f, 1e-45f], z = [-2e38f, 3.4e38f, 1e-45f];
        double[] numbers = [1, 1, 1];
        SwapArrays(instructionSet, p, z, numbers, 0.9, toEvaluation: false);
        Assert.Equal(1.6e38, p[0], 3e31);
        Assert.Equal(-2.72e38, p[1], 6e31);
        Assert.Equal(1e-45f, p[2]);
    }

    [Fact]
    public void Weights_that_vanish_do_not_keep_what_moved_from_evaluation()
    {
        // 0.001^120 is 0: nothing is averaged, but y is between x and z.
        ParameterGroup group = ParameterGroup.ScheduleFree with { LearningRate = 1e-3, RateExponent = 120 };
        float[] p = [1], g = [1], z = [0], v = [0];
        double[] numbers = new double[3];
        for (int step = 1; step <= 5; step++)
        {
            OneTensor.Step(p, g, [z, v], step, group, default, numbers);
        }

        Assert.Equal(0, numbers[0]);
        Assert.NotEqual(1, p[0]);
        SwapArrays(FastAdam.InstructionSets.Current, p, z, numbers, 0.9, toEvaluation: true);
        Assert.Equal(1, p[0], 2e-7);
    }

    [Fact]
    public void A_step_after_which_there_would_be_none_is_refused()
    {
        ParameterGroup group = ParameterGroup.ScheduleFree with { StepExponent = 102.65, RateExponent = 0 };
        float[] p = [1], g = [1], z = [1], v = [1];
        double[] numbers = [1e308, 1, 0];
        Assert.Throws<ArgumentOutOfRangeException>(() => OneTensor.Step(p, g, [z, v], 1000, group, default, numbers));
        Assert.Equal([1e308, 1, 0], numbers);
        Assert.Equal(1, p[0]);

        // The largest learning rate that single precision rounds to a finite number is beyond that number.
        group = ParameterGroup.ScheduleFree with { LearningRate = 3.4028235e38 };
        numbers = [0, 0, 0];
        g[0] = 0;
        for (int step = 1; step <= 3; step++)
        {
            OneTensor.Step(p, g, [z, v], step, group, default, numbers);
        }

        Assert.Equal(3.4028235e38, numbers[1]);
    }

    [Fact]
    public void Bad_arguments_are_named_and_nothing_is_written()
    {
        float* memory = stackalloc float[] { 1, 2, 3, 4 };
        double* numbers = stackalloc double[] { 1, 1, 0 };
        OptimizerTensor good = OptimizerTensor.Create(2, memory, default, memory + 2) with { Numbers = numbers };
        Refuses<ArgumentOutOfRangeException>("The number of threads must be at least 0. (Parameter 'threads')", good, -1);
        Refuses<ArgumentOutOfRangeException>("tensors[0]: Group is none of the 1 groups.", good with { Group = 1 });
        Refuses<ArgumentNullException>("tensors[0]: Numbers is null, but ScheduleFree keeps weight_sum.", good with { Numbers = null });
        Refuses<ArgumentNullException>("tensors[0]: z is null.", OptimizerTensor.Create(2, memory, default) with { Numbers = numbers });
        Refuses<ArgumentNullException>(
            "tensors[0]: parameters is null.", OptimizerTensor.Create(2, default, default, memory) with { Numbers = numbers });
        Refuses<ArgumentException>(
            "tensors[0]: z overlaps tensors[0] parameters.",
            OptimizerTensor.Create(2, memory, default, memory + 1) with { Numbers = numbers });
        foreach (double mode in (double[])[-1, 0.5, 2, double.NaN])
        {
            numbers[2] = mode;
            Refuses<ArgumentOutOfRangeException>("tensors[0]: Numbers[2], which is eval_mode, must be 0 or 1.", good);
        }

        // Numbers in an array of parameters that would stay.
        float* zeros = stackalloc float[8];
        new Span<float>(zeros, 8).Clear();
        OptimizerTensor within = OptimizerTensor.Create(8, zeros, default) with { Numbers = (double*)zeros };
        ArgumentException overlap = Assert.Throws<ArgumentException>(() => Optimizer.ToEvaluation([within], [ParameterGroup.ScheduleFree]));
        Assert.StartsWith("tensors[0]: Numbers overlaps tensors[0] parameters.", overlap.Message, StringComparison.Ordinal);
        Assert.Equal(new float[8], new Span<float>(zeros, 8).ToArray());
        numbers[2] = 0;
        numbers[0] = -1;
        Refuses<ArgumentOutOfRangeException>("tensors[0]: Numbers[0], which is weight_sum, must be from 0 to ", good);
        numbers[0] = 1;

        void Refuses<TException>(string message, OptimizerTensor tensor, int threads = 0)
            where TException : ArgumentException
        {
            foreach (bool toEvaluation in (bool[])[true, false])
            {
                double mode = numbers[2] is 0 or 1 ? (toEvaluation ? 0 : 1) : numbers[2];
                numbers[2] = mode;
                TException exception = Assert.Throws<TException>(
                    () => Optimizer.Swap(FastAdam.InstructionSets.Current, [tensor], [ParameterGroup.ScheduleFree], toEvaluation, threads));
                Assert.StartsWith(message, exception.Message, StringComparison.Ordinal);
                Assert.Equal([1, 2, 3, 4], new Span<float>(memory, 4).ToArray());
                Assert.Equal(mode, numbers[2]);
            }
        }
    }

    private static void Swap(in KernelKey key, TestArrays arrays, double* numbers, double beta1, bool toEvaluation, int threads)
    {
        UpdateArrays places = arrays.Places();
        OptimizerTensor tensor = OptimizerTensor.Create(
            places.Length,
            new TensorArray(places.Parameters, key.Types[ArrayRole.Parameters]),
            default,
            new TensorArray(places.FirstState, key.Types[ArrayRole.FirstState])) with
        { Numbers = numbers };
        Optimizer.Swap(key.InstructionSet, [tensor], [ParameterGroup.ScheduleFree with { Beta1 = beta1 }], toEvaluation, threads);
        GC.KeepAlive(arrays);
    }

    private static void SwapArrays(
        InstructionSet instructionSet, float[] p, float[] z, double[] numbers, double beta1, bool toEvaluation)
    {
        fixed (float* parameters = p)
        fixed (float* state = z)
        fixed (double* kept = numbers)
        {
            OptimizerTensor tensor = OptimizerTensor.Create((nuint)p.Length, parameters, default, state) with { Numbers = kept };
            Optimizer.Swap(instructionSet, [tensor], [ParameterGroup.ScheduleFree with { Beta1 = beta1 }], toEvaluation, 0);
        }
    }

    /// <summary>The operations of src/NUMERICS.md.</summary>
    private static TestArrays Expected(TestArrays before, in KernelKey key, float weight)
    {
        TestArrays result = before.CopyAligned();
        ElementType type = key.Types[ArrayRole.Parameters];
        for (int i = 0; i < before.Length; i++)
        {
            float p = Storage.Read(before.Array(ArrayRole.Parameters), type, i);
            float z = Storage.Read(before.Array(ArrayRole.FirstState), key.Types[ArrayRole.FirstState], i);
            float mixed = MathF.FusedMultiplyAdd(2 * weight, (z * 0.5f) - (p * 0.5f), p);
            Storage.Write(result.Array(ArrayRole.Parameters), type, i, mixed);
        }

        return result;
    }

    private static void RequireClose(
        TestArrays before, TestArrays after, in KernelKey key, Func<double, double, double> exact, double beta1, double bound, string where)
    {
        ElementType type = key.Types[ArrayRole.Parameters];
        for (int i = 0; i < before.Length; i++)
        {
            double p = Storage.Read(before.Array(ArrayRole.Parameters), type, i);
            double z = Storage.Read(before.Array(ArrayRole.FirstState), key.Types[ArrayRole.FirstState], i);
            double wanted = exact(p, z);
            double actual = Storage.Read(after.Array(ArrayRole.Parameters), type, i);
            double sum = (Math.Abs(p) + Math.Abs(z)) / beta1;
            double stored = type == ElementType.Float32 ? 0 : 0.5 * Storage.Ulp(type, actual);

            // Halves of subnormals lose their last bit.
            double subnormal = Math.ScaleB(1, -147) / beta1;
            double units = (Math.Abs(actual - wanted) - stored - subnormal) / (sum * Math.ScaleB(1, -24));
            Assert.True(units <= bound * Room, $"element {i} is {actual:r} instead of {wanted:r}, {units:f2} units: {where}");
        }
    }
}
