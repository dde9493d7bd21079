using System.Runtime.CompilerServices;
using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam;

/// <summary>Everything that is checked before a step writes its first element.</summary>
internal static unsafe class StepValidation
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Lengths(int parameters, int gradients, int expAvg, int expAvgSq)
    {
        Length(gradients, parameters, nameof(gradients));
        Length(expAvg, parameters, nameof(expAvg));
        Length(expAvgSq, parameters, nameof(expAvgSq));
    }

    /// <exception cref="ArgumentException">The rule keeps the array, and it is of another length.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StateLength(StateArrays state, StateArrays array, int length, int expected, string name)
    {
        if ((state & array) != 0)
        {
            Length(length, expected, name);
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">One of them is out of its range.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Options(in StepOptions options)
    {
        if (options.MaxGradientNorm is double norm && !(norm > 0))
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), norm, $"{nameof(StepOptions)}.{nameof(options.MaxGradientNorm)} must be above 0, or null.");
        }

        if (options.NonFiniteGradients is not (NonFiniteGradients.Propagate or NonFiniteGradients.SkipStep))
        {
            throw new ArgumentOutOfRangeException(
                nameof(options),
                options.NonFiniteGradients,
                $"{nameof(StepOptions)}.{nameof(options.NonFiniteGradients)} must be Propagate or SkipStep.");
        }

        new HyperparameterCheck(nameof(options), nameof(StepOptions)).Threads(options.Threads);
    }

    /// <exception cref="ArgumentOutOfRangeException">The step is below 1.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Step(long step)
    {
        if (step < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(step), step, "The step must be at least 1.");
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">The tensor asks for what a call with one group and one step does not
    /// have.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void IsPlain(in OptimizerTensor tensor, int index)
    {
        if (tensor.Group != 0 || tensor.Step != 0)
        {
            bool hasGroup = tensor.Group != 0;
            throw OutOfRange(
                "tensors",
                index,
                hasGroup ? tensor.Group : tensor.Step,
                $"a {(hasGroup ? "Group" : "Step")} of its own is for {nameof(Optimizer)}.");
        }
    }

    /// <summary>An error about a tensor of a list.</summary>
    public static ArgumentOutOfRangeException OutOfRange(string argument, int index, object value, string message) =>
        new(argument, value, $"{argument}[{index}]: {message}");

    /// <summary>An error about a pointer in a tensor of a list.</summary>
    public static ArgumentNullException Null(string argument, int index, string message) =>
        new(argument, $"{argument}[{index}]: {message}");

    /// <summary>Checks that the arrays of one tensor for Adam exist, end within the address space and do not overlap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Arrays(in KernelKey key, in Streams streams)
    {
        if (streams.Length == 0)
        {
            return;
        }

        // Adam's, and so without a name for any other rule's.
        var p = new ArrayExtent("parameters", streams.Parameters, key.Parameters, streams.Length);
        var g = new ArrayExtent("gradients", streams.Gradients, key.Gradients, streams.Length);
        var m = new ArrayExtent("expAvg", streams.First, key.First, streams.Length);
        var v = new ArrayExtent("expAvgSq", streams.Second, key.Second, streams.Length);
        g.RequireApart(p);
        m.RequireApart(p);
        m.RequireApart(g);
        v.RequireApart(p);
        v.RequireApart(g);
        v.RequireApart(m);
    }

    /// <summary>Checks the same for the arrays of one tensor for any rule, which came in arguments that are named as AMSGrad's
    /// arrays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Arrays(in TensorWork tensor)
    {
        if (tensor.Streams.Length == 0)
        {
            return;
        }

        for (int array = 1; array < Streams.Count; array++)
        {
            for (int other = 0; other < array && tensor.Key.Has(array); other++)
            {
                if (tensor.Key.Has(other))
                {
                    Argument(tensor, array).RequireApart(Argument(tensor, other));
                }
            }
        }

        if (tensor.KeepsNumber)
        {
            // As long as two floats.
            var product = new ArrayExtent("momentumProduct", tensor.Streams.Third, ElementType.Float32, 2);
            for (int array = 0; array < Streams.Count - 1; array++)
            {
                product.RequireApart(Argument(tensor, array));
            }
        }
    }

    /// <exception cref="ArgumentException">NAdam's product of momentums is missing, not aligned, or not one number from 0 to
    /// 1.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MomentumProduct(double* momentumProduct, int length)
    {
        const string Name = "momentumProduct";
        if (length != 1)
        {
            throw new ArgumentException($"{Name} has {length} elements, but NAdam keeps one.", Name);
        }

        if (!IsAligned(momentumProduct))
        {
            throw new ArgumentOutOfRangeException(Name, (nint)momentumProduct, $"{Name} must be aligned to 8 bytes.");
        }

        if (!IsMomentumProduct(*momentumProduct))
        {
            throw new ArgumentOutOfRangeException(Name, *momentumProduct, $"{Name} must be from 0 to 1.");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsAligned(double* momentumProduct) => (nuint)momentumProduct % sizeof(double) == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsMomentumProduct(double value) => value >= 0 && value <= 1;

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

        string Name(int array, string separator)
        {
            (int tensor, int number) = Math.DivRem(array, TensorArrays.PerTensor);
            return $"tensors[{tensor}]{separator}{ArrayNames.Of(tensors.Tensors[tensor].Key.Rule, number)}";
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ArrayExtent Argument(in TensorWork tensor, int array) => new(
        ArrayNames.Of(RuleKind.AmsGrad, array), tensor.Streams[array], tensor.Key.Type(array), tensor.Streams.Length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Extents(in TensorWork tensor, int index)
    {
        if (tensor.Streams.Length != 0)
        {
            for (int array = 0; array < Streams.Count; array++)
            {
                if (tensor.Key.Has(array))
                {
                    _ = new ArrayExtent(
                        ArrayNames.Of(tensor.Key.Rule, array),
                        tensor.Streams[array],
                        tensor.Key.Type(array),
                        tensor.Streams.Length,
                        index);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Length(int length, int expected, string name)
    {
        if (length != expected)
        {
            throw new ArgumentException($"{name} has {length} elements, but parameters has {expected}.", name);
        }
    }
}
