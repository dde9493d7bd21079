using FastAdam.Checkpoints;
using FastAdam.Checks;
using FastAdam.Rules;
using FastAdam.State;

namespace FastAdam;

/// <summary>
/// One parameter of a <see cref="StatefulOptimizer"/>: where it is, and the state that the optimizer keeps for it, by PyTorch's names. As little
/// thread-safe as the optimizer; members that need its memory throw <see cref="ObjectDisposedException"/> after it.
/// </summary>
/// <remarks>
/// The state is made by the first step in which the parameter takes part. Whoever restores one makes it before: <see cref="MakeState()"/>, then
/// <see cref="TensorArray.Encode"/> of each of <see cref="State"/>, <see cref="SetNumber"/> of each of <see cref="NumberNames"/>, and
/// <see cref="Step"/>.
/// </remarks>
public sealed unsafe class OptimizerParameter
{
    /// <summary>The most steps that a parameter can have made.</summary>
    internal const long MaxStep = long.MaxValue - 1;

    private readonly StatefulOptimizer _optimizer;
    private OptimizerTensor _tensor;
    private long[]? _loadedShape;

    internal OptimizerParameter(
        StatefulOptimizer optimizer, int index, int group, nuint length, in TensorArray parameters, in TensorArray gradients, TensorState state)
    {
        _optimizer = optimizer;
        (Index, Group, Length, Parameters, Gradients, TensorState) = (index, group, length, parameters, gradients, state);
        SetTensor();
    }

    /// <summary>Its index among <see cref="StatefulOptimizer.Parameters"/>. Random rounding depends on it.</summary>
    public int Index { get; }

    /// <summary>The index of its group.</summary>
    public int Group { get; }

    /// <summary>Elements in each of its arrays.</summary>
    public nuint Length { get; }

    /// <summary>The shape that checkpoints give it and its state: [<see cref="Length"/>], or that of a checkpoint that was loaded, until it is
    /// set. A checkpoint of another shape than the one that was set is refused. It has no other effect.</summary>
    /// <exception cref="ArgumentNullException">It is set to null.</exception>
    /// <exception cref="ArgumentException">It is set to a shape of another number of elements, or to one that no file can have: of more than
    /// 64 dimensions, or of more than 2^63 - 1 bytes in single precision, those of an empty one counted without its zeros.</exception>
    public IReadOnlyList<long> Shape
    {
        get => ExplicitShape ?? _loadedShape ?? [(long)Length];
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            long[] shape = [.. value];
            if (TensorExtent.WhatIsWrong(shape, SafeTensorType.F32, out long bytes) is string fault)
            {
                throw Faults.Invalid(Fault.Length, nameof(value), $"{Item.Prefix}Shape {fault}.");
            }

            ExplicitShape = (nuint)(bytes / sizeof(float)) == Length ? shape : throw Faults.Invalid(
                Fault.Length,
                nameof(value),
                $"{Item.Prefix}Shape [{string.Join(", ", shape)}] has not the {Length} elements that the parameter has.");
        }
    }

    /// <summary>p, which a step updates.</summary>
    public TensorArray Parameters { get; }

    /// <summary>g, which a step only reads.</summary>
    public TensorArray Gradients { get; }

    /// <summary>True for one that steps leave alone, with its state and its number of steps, as PyTorch does with a parameter whose gradient
    /// is None; its gradients have no part in norms then. Default false.</summary>
    public bool IsFrozen { get; set; }

    /// <summary>How many steps it has made: PyTorch's step. 0 at first.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to a value below 0, or to the largest one, after which there is no step.</exception>
    public long Step
    {
        get => TensorState.Step;
        set => TensorState.Step = value is >= 0 and <= MaxStep
            ? value
            : throw Item.OutOfRange(Fault.Step, value, $"Step must be from 0 to {MaxStep}.");
    }

    /// <summary>The state arrays that there are, in the rule's order.</summary>
    public IReadOnlyList<OptimizerState> State
    {
        get
        {
            _optimizer.RequireAlive();
            var arrays = new List<OptimizerState>();
            for (int i = 0; i < Rule.State.Length; i++)
            {
                if (TensorState.Has(i))
                {
                    arrays.Add(new OptimizerState(Rule.State[i].Name, TensorState[i], Rule.State[i].IsSigned));
                }
            }

            return arrays;
        }
    }

    /// <summary>The numbers that its rule keeps, by PyTorch's names: NAdam's <c>mu_product</c>; Schedule-Free's <c>weight_sum</c>,
    /// <c>lr_max</c> and <c>eval_mode</c>.</summary>
    public IReadOnlyList<string> NumberNames => [.. Rule.Numbers.Select(number => number.Name)];

    /// <summary>The shape that the caller has set; null where there is none.</summary>
    internal long[]? ExplicitShape { get; private set; }

    internal TensorState TensorState { get; private set; }

    internal RuleDescription Rule => TensorState.Rule;

    internal Item Item => new("parameters", Index);

    /// <summary>Makes the state arrays of zeros that a step with its group's present hyperparameters needs, and that there are not yet.</summary>
    /// <exception cref="OutOfMemoryException">The system gives no memory: the state is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer was disposed of.</exception>
    public void MakeState()
    {
        int made = 0;
        try
        {
            for (int i = 0; i < Rule.State.Length; i++)
            {
                made |= Make(i) ? 1 << i : 0;
            }
        }
        catch
        {
            for (int i = 0; i < Rule.State.Length; i++)
            {
                if ((made & (1 << i)) != 0)
                {
                    Drop(i);
                }
            }

            throw;
        }
    }

    /// <summary>A state array, which is made of zeros where there is none yet, also where no step needs it at present.</summary>
    /// <param name="name">PyTorch's name, such as <c>max_exp_avg_sq</c>.</param>
    /// <returns>The array.</returns>
    /// <exception cref="ArgumentException">The rule has no such array.</exception>
    /// <exception cref="OutOfMemoryException">The system gives no memory for it.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer was disposed of.</exception>
    public OptimizerState MakeState(string name)
    {
        int array = Find(Rule.State, each => each.Name == name, name, "state array");
        Make(array, always: true);
        return new OptimizerState(name, TensorState[array], Rule.State[array].IsSigned);
    }

    /// <summary>Frees its state: the next step is its first one.</summary>
    /// <exception cref="OutOfMemoryException">The system gives no memory for numbers: the state is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer was disposed of.</exception>
    public void ClearState()
    {
        _optimizer.RequireAlive();
        Replace(new TensorState(Rule));
    }

    /// <summary>A number that the rule keeps for it.</summary>
    /// <param name="name">One of <see cref="NumberNames"/>.</param>
    /// <returns>Its value after the last step.</returns>
    /// <exception cref="ArgumentException">The rule has no such number.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer was disposed of.</exception>
    public double GetNumber(string name) => TensorState.Numbers[FindNumber(name)];

    /// <summary>Sets a number that the rule keeps for it.</summary>
    /// <param name="name">One of <see cref="NumberNames"/>.</param>
    /// <param name="value">Its value: <c>mu_product</c> from 0 to 1, <c>eval_mode</c> 0 or 1, others at least 0 and finite.</param>
    /// <exception cref="ArgumentException">The rule has no such number.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="value"/> is out of its range.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer was disposed of.</exception>
    public void SetNumber(string name, double value)
    {
        int number = FindNumber(name);
        TensorCheck.Number(Rule.Numbers[number], value, name, Item, isStep: false);
        TensorState.Numbers[number] = value;
    }

    /// <summary>Makes a state array that its group needs, or any.</summary>
    /// <returns>False where there was nothing to do.</returns>
    /// <exception cref="OutOfMemoryException">The system does not give that much memory.</exception>
    internal bool Make(int array, bool always = false)
    {
        _optimizer.RequireAlive();
        if (TensorState.Has(array) || !(always || Rule.State[array].IsKept(_optimizer[Group].Values)))
        {
            return false;
        }

        TensorState.Make(array, _optimizer.StateType(Rule.State[array], this), Length, _optimizer.Options.Threads);
        SetTensor();
        return true;
    }

    internal void Drop(int array)
    {
        TensorState.Drop(array);
        SetTensor();
    }

    /// <summary>Takes over another state, of the same rule and length, and frees its own.</summary>
    internal void Replace(TensorState state)
    {
        TensorState.Dispose();
        TensorState = state;
        SetTensor();
    }

    /// <summary>Takes over the shape of a checkpoint, if it has one.</summary>
    internal void TakeShape(long[]? shape) => _loadedShape = shape ?? _loadedShape;

    /// <summary>The tensor of a step with that number.</summary>
    internal void Read(long step, out OptimizerTensor tensor) => tensor = _tensor with { Step = step };

    private void SetTensor()
    {
        Span<TensorArray> state = [default, default, default, default];
        for (int i = 0; i < Rule.State.Length; i++)
        {
            state[i] = TensorState[i];
        }

        _tensor = OptimizerTensor.Create(Length, Parameters, Gradients, state) with
        {
            Group = Group,
            Numbers = TensorState.Numbers,
            RandomId = (uint)Index + 1,
        };
    }

    private int FindNumber(string name)
    {
        _optimizer.RequireAlive();
        return Find(Rule.Numbers, each => each.Name == name, name, "number");
    }

    private int Find<T>(T[] all, Predicate<T> match, string name, string kind)
    {
        int place = Array.FindIndex(all, match);
        return place >= 0 ? place : throw Faults.Invalid(Fault.Index, nameof(name), $"{Item.Prefix}{Rule.Name} has no {kind} '{name}'.");
    }
}
