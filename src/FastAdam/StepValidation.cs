using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam;

/// <summary>Everything that is checked before a step writes its first element.</summary>
internal static unsafe class StepValidation
{
    private static readonly string[] _arrayNames = ["parameters", "gradients", "expAvg", "expAvgSq"];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Lengths(int parameters, int gradients, int expAvg, int expAvgSq)
    {
        RequireLength(gradients, parameters, nameof(gradients));
        RequireLength(expAvg, parameters, nameof(expAvg));
        RequireLength(expAvgSq, parameters, nameof(expAvgSq));
    }

    // A model's tensors step one after another with the same options: for small ones the constants cost more than the update.
    [ThreadStatic]
    private static LastStep? _last;

    /// <summary>Checks the hyperparameters and what follows from them, and gives the constants of the step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static AdamConstants Constants(long step, in AdamOptions options)
    {
        // Before the comparison: a new LastStep holds step 0.
        if (step < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(step), step, "The step must be at least 1.");
        }

        LastStep last = _last ??= new LastStep();
        if (!last.HasOptions(options))
        {
            last.Step = 0;
            last.Constants = Compute(options);
            last.Options = options;
        }

        if (last.Step != step)
        {
            Advance(last, step);
        }

        return last.Constants;
    }

    /// <summary>What the options alone decide.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static AdamConstants Compute(in AdamOptions options)
    {
        RequireNotNegative(options.LearningRate, nameof(AdamOptions.LearningRate));
        RequireDecayRate(options.Beta1, nameof(AdamOptions.Beta1));
        RequireDecayRate(options.Beta2, nameof(AdamOptions.Beta2));
        RequireNotNegative(options.Epsilon, nameof(AdamOptions.Epsilon));
        RequireNotNegative(options.WeightDecay, nameof(AdamOptions.WeightDecay));
        if (!((float)options.GradientScale > 0 && float.IsFinite((float)options.GradientScale)))
        {
            throw OutOfRange(
                options.GradientScale, nameof(AdamOptions.GradientScale), "must be above 0 and finite in single precision");
        }

        if (options.Subnormals is not (Subnormals.Flush or Subnormals.Preserve))
        {
            throw OutOfRange(options.Subnormals, nameof(AdamOptions.Subnormals), "must be Flush or Preserve");
        }

        if (options.Threads < 0)
        {
            throw OutOfRange(options.Threads, nameof(AdamOptions.Threads), "must be at least 0");
        }

        var constants = new AdamConstants(
            options.LearningRate,
            options.Beta1,
            options.Beta2,
            options.Epsilon,
            options.WeightDecay,
            options.DecoupledWeightDecay,
            options.GradientScale,
            options.Maximize,
            options.Subnormals == Subnormals.Preserve);
        if (!float.IsFinite(constants.ParameterDecay))
        {
            throw OutOfRange(
                options.WeightDecay, nameof(AdamOptions.WeightDecay), "times LearningRate must be finite in single precision");
        }

        return constants;
    }

    /// <summary>What the step decides besides.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Advance(LastStep last, long step)
    {
        // None of them, should the check fail.
        last.Step = 0;
        last.Constants = last.Constants.At(
            last.Options.LearningRate,
            last.Beta1Power.Of(last.Options.Beta1, step),
            last.Beta2Power.Of(last.Options.Beta2, step));
        if (!float.IsFinite(last.Constants.NegativeStepSize))
        {
            throw OutOfRange(
                last.Options.LearningRate,
                nameof(AdamOptions.LearningRate),
                "divided by 1 - Beta1^step must be finite in single precision");
        }

        last.Step = step;
    }

    /// <summary>Checks that the arrays of one tensor exist, end within the address space and do not overlap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Arrays(in KernelKey key, in Streams streams)
    {
        if (streams.Length == 0)
        {
            return;
        }

        var p = new ArrayExtent("parameters", streams.Parameters, key.Parameters, streams.Length);
        var g = new ArrayExtent("gradients", streams.Gradients, key.Gradients, streams.Length);
        var m = new ArrayExtent("expAvg", streams.ExpAvg, key.ExpAvg, streams.Length);
        var v = new ArrayExtent("expAvgSq", streams.ExpAvgSq, key.ExpAvgSq, streams.Length);
        g.RequireApart(p);
        m.RequireApart(p);
        m.RequireApart(g);
        v.RequireApart(p);
        v.RequireApart(g);
        v.RequireApart(m);
    }

    /// <summary>
    /// Checks the same for all tensors of a list, and that no array that is written overlaps one of another tensor; nothing where
    /// these very tensors have been checked before.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tensors(TensorList tensors)
    {
        if (!tensors.IsChecked)
        {
            for (int i = 0; i < tensors.Tensors.Length; i++)
            {
                Extents(tensors.Tensors[i], i);
            }

            if (tensors.FindOverlap() is (int array, int other))
            {
                throw new ArgumentException($"{Name(array, ": ")} overlaps {Name(other, " ")}.", nameof(tensors));
            }

            tensors.Accept();
        }

        static string Name(int array, string separator) =>
            $"tensors[{array / ListOverlap.ArraysPerTensor}]{separator}{_arrayNames[array % ListOverlap.ArraysPerTensor]}";
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Extents(in TensorWork tensor, int index)
    {
        (KernelKey key, Streams streams) = tensor;
        if (streams.Length != 0)
        {
            _ = new ArrayExtent("parameters", streams.Parameters, key.Parameters, streams.Length, index);
            _ = new ArrayExtent("gradients", streams.Gradients, key.Gradients, streams.Length, index);
            _ = new ArrayExtent("expAvg", streams.ExpAvg, key.ExpAvg, streams.Length, index);
            _ = new ArrayExtent("expAvgSq", streams.ExpAvgSq, key.ExpAvgSq, streams.Length, index);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RequireLength(int length, int expected, string name)
    {
        if (length != expected)
        {
            throw new ArgumentException($"{name} has {length} elements, but parameters has {expected}.", name);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RequireNotNegative(double value, string name)
    {
        if (!(value >= 0 && float.IsFinite((float)value)))
        {
            throw OutOfRange(value, name, "must be at least 0 and finite in single precision");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RequireDecayRate(double value, string name)
    {
        if (!(value >= 0 && value < 1))
        {
            throw OutOfRange(value, name, "must be at least 0 and below 1");
        }
    }

    private static ArgumentOutOfRangeException OutOfRange(
        object value, string name, string requirement, string argument = "options") =>
        new(argument, value, $"{nameof(AdamOptions)}.{name} {requirement}.");

    /// <summary>The options that a thread used last, and what came of them. Step 0 is none.</summary>
    private sealed class LastStep
    {
        public long Step;
        public AdamOptions Options;
        public AdamConstants Constants = Compute(default);

        // One for each beta, so that neither drops what the other keeps.
        public IntegerPower Beta1Power { get; } = new();

        public IntegerPower Beta2Power { get; } = new();

        // By their bytes, where they are: the record's own comparison is of copies.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool HasOptions(in AdamOptions options) =>
            MemoryMarshal.AsBytes(new ReadOnlySpan<AdamOptions>(in options))
                .SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<AdamOptions>(in Options)));
    }
}
