using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using FastAdam.Checks;
using FastAdam.Kernels;
using FastAdam.Memory;
using FastAdam.Passes;
using FastAdam.Rules;
using FastAdam.State;
using FastAdam.Steps;

namespace FastAdam;

/// <summary>
/// An optimizer with its state: parameters in groups, each with a rule and hyperparameters of its own, and all that the rules keep for them.
/// A step computes what <see cref="Optimizer"/> computes, bit by bit: see there and <see cref="OptimizerRule"/> for what it does.
/// <code>
/// using var optimizer = new StatefulOptimizer(ParameterGroup.AdamW with { LearningRate = 1e-3 });
/// optimizer.Add(weights, gradients);
/// StepReport report = optimizer.Step(); // for each mini-batch
/// </code>
/// </summary>
/// <remarks>
/// <para>It is not thread-safe: one thread at a time may use it, and nobody else may write its arrays during a step, which has threads of
/// its own.</para>
/// <para>The state of a parameter is made by the first step in which it takes part, as in PyTorch, of memory as that of an
/// <see cref="AlignedBuffer{T}"/>, and freed by <see cref="Dispose"/>, which also lets go of the parameters' memory. Steps leave nothing to the
/// garbage collector. After an exception everything is as it was.</para>
/// <para>Random rounding depends on <see cref="StepOptions.Seed"/>, the parameter's index and its step.</para>
/// </remarks>
public sealed unsafe class StatefulOptimizer : IDisposable
{
    private readonly List<ParameterGroup> _groups = [];
    private readonly List<OptimizerParameter> _parameters = [];
    private readonly List<ArrayBytes> _arrays = [];
    private readonly List<IDisposable> _owners = [];

    // Of the step that is being made. Both have room for all that there can be: a step makes no list larger.
    private readonly List<OptimizerParameter> _active = [];
    private readonly List<(OptimizerParameter Parameter, int Array)> _made = [];

    private bool _isDisposed;

    /// <summary>Makes an optimizer with a first group, which has index 0, and no parameters yet.</summary>
    /// <param name="group">The group's rule and hyperparameters.</param>
    /// <exception cref="ArgumentOutOfRangeException">A hyperparameter is out of its range, or set though the rule does not have
    /// it.</exception>
    public StatefulOptimizer(in ParameterGroup group) => AddGroup(group);

    /// <summary>How state is stored. Default <see cref="StateStorage.Float32"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to a value that is none of the enumeration's.</exception>
    public StateStorage StateStorage
    {
        get;
        init => field = value is >= StateStorage.Float32 and <= StateStorage.StochasticBFloat16
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(value), value, $"{nameof(StateStorage)} must be one of {string.Join(", ", Enum.GetNames<StateStorage>())}.");
    }

    /// <summary>How many elements a parameter must have for <see cref="StateStorage.Block8"/> to store its state in 8 bits. The state of a
    /// smaller one stays in single precision, which costs little memory. Default 4096, as bitsandbytes and torchao have it.</summary>
    public nuint MinBlock8Length { get; init; } = 4096;

    /// <summary>What holds for all steps: clipping by norm, gradients that are not finite, reports, the seed, threads.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to options one of which is out of its range.</exception>
    public StepOptions Options
    {
        get;
        set
        {
            StepCheck.Options(value);
            field = value;
        }
    }

    /// <summary>How many groups there are.</summary>
    public int GroupCount => _groups.Count;

    /// <summary>All parameters, in the order in which they were added.</summary>
    public IReadOnlyList<OptimizerParameter> Parameters => _parameters;

    /// <summary>Bytes of all state that there is.</summary>
    public nuint StateBytes
    {
        get
        {
            RequireAlive();
            nuint bytes = 0;
            foreach (OptimizerParameter parameter in _parameters)
            {
                bytes += parameter.TensorState.Bytes;
            }

            return bytes;
        }
    }

    /// <summary>A group's hyperparameters, which may change between steps: a schedule of the learning rate does
    /// <c>optimizer[0] = optimizer[0] with { LearningRate = ... }</c>. The rule stays.</summary>
    /// <param name="group">The group's index, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such group; or a hyperparameter is out of its range, or set though the rule
    /// does not have it.</exception>
    /// <exception cref="ArgumentException">It is set to another rule.</exception>
    /// <exception cref="ObjectDisposedException">It is set after <see cref="Dispose"/>.</exception>
    public ParameterGroup this[int group]
    {
        get
        {
            RequireGroup(group);
            return _groups[group];
        }

        set
        {
            RequireAlive();
            RequireGroup(group);
            var item = new Item("groups", group);
            GroupCheck.Values(value.Values, item);
            OptimizerRule rule = _groups[group].Rule;
            _groups[group] = value.Rule == rule ? value : throw Faults.Invalid(
                Fault.Hyperparameter,
                nameof(value),
                $"{item.Prefix}The rule is {rule} and cannot become {value.Rule}: add a group for other parameters.");
        }
    }

    /// <summary>Adds a group, also between steps.</summary>
    /// <param name="group">Its rule, which may be another one than that of other groups, and hyperparameters.</param>
    /// <returns>Its index.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A hyperparameter is out of its range, or set though the rule does not have
    /// it.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer was disposed of.</exception>
    public int AddGroup(in ParameterGroup group)
    {
        RequireAlive();
        GroupCheck.Values(group.Values, new Item("groups", _groups.Count));
        _groups.Add(group);
        return _groups.Count - 1;
    }

#pragma warning disable RS0026 // Overloads with optional arguments: what is required tells them apart.
    /// <summary>Adds a parameter, also between steps, whose arrays stay pinned until <see cref="Dispose"/>.</summary>
    /// <typeparam name="TParameter">How parameters are stored: <see cref="float"/>, <see cref="Half"/> or <see cref="BFloat16"/>.</typeparam>
    /// <typeparam name="TGradient">How gradients are stored.</typeparam>
    /// <param name="parameters">p; updated by steps.</param>
    /// <param name="gradients">g, of the same length; read by steps, and cleared by <see cref="ZeroGradients"/>. Parameters may share them.</param>
    /// <param name="group">The index of its group.</param>
    /// <returns>The parameter.</returns>
    /// <exception cref="ArgumentNullException">An array is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such group.</exception>
    /// <exception cref="ArgumentException">The lengths differ, or an array that is written overlaps another one.</exception>
    /// <exception cref="NotSupportedException">A type is none of the three storage types.</exception>
    /// <exception cref="OutOfMemoryException">The system gives no memory for the numbers that the rule keeps.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer was disposed of.</exception>
    public OptimizerParameter Add<TParameter, TGradient>(TParameter[] parameters, TGradient[] gradients, int group = 0)
        where TParameter : unmanaged
        where TGradient : unmanaged
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(gradients);
        return Add(parameters.AsMemory(), gradients.AsMemory(), group);
    }

    /// <summary>Adds a parameter, also between steps, whose memory stays pinned until <see cref="Dispose"/>.</summary>
    /// <typeparam name="TParameter">How parameters are stored: <see cref="float"/>, <see cref="Half"/> or <see cref="BFloat16"/>.</typeparam>
    /// <typeparam name="TGradient">How gradients are stored.</typeparam>
    /// <param name="parameters">p; updated by steps.</param>
    /// <param name="gradients">g, of the same length; read by steps, and cleared by <see cref="ZeroGradients"/>. Parameters may share them.</param>
    /// <param name="group">The index of its group.</param>
    /// <returns>The parameter.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such group.</exception>
    /// <exception cref="ArgumentException">The lengths differ, or an array that is written overlaps another one; or memory cannot be
    /// pinned.</exception>
    /// <exception cref="NotSupportedException">A type is none of the three storage types.</exception>
    /// <exception cref="OutOfMemoryException">The system gives no memory for the numbers that the rule keeps.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer was disposed of.</exception>
    public OptimizerParameter Add<TParameter, TGradient>(Memory<TParameter> parameters, Memory<TGradient> gradients, int group = 0)
        where TParameter : unmanaged
        where TGradient : unmanaged
    {
        RequireLength((nuint)parameters.Length, (nuint)gradients.Length);
        return Pinned<TParameter, TGradient>((nuint)parameters.Length, parameters.Pin, gradients.Pin, group);
    }

    /// <summary>Adds a parameter, also between steps, whose buffers' memory stays until <see cref="Dispose"/>, even where they are disposed of
    /// before.</summary>
    /// <typeparam name="TParameter">How parameters are stored: <see cref="float"/>, <see cref="Half"/> or <see cref="BFloat16"/>.</typeparam>
    /// <typeparam name="TGradient">How gradients are stored.</typeparam>
    /// <param name="parameters">p; updated by steps.</param>
    /// <param name="gradients">g, of the same length; read by steps, and cleared by <see cref="ZeroGradients"/>. Parameters may share them.</param>
    /// <param name="group">The index of its group.</param>
    /// <returns>The parameter.</returns>
    /// <exception cref="ArgumentNullException">A buffer is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such group.</exception>
    /// <exception cref="ArgumentException">The lengths differ, or an array that is written overlaps another one.</exception>
    /// <exception cref="NotSupportedException">A type is none of the three storage types.</exception>
    /// <exception cref="OutOfMemoryException">The system gives no memory for the numbers that the rule keeps.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer or a buffer was disposed of.</exception>
    public OptimizerParameter Add<TParameter, TGradient>(
        AlignedBuffer<TParameter> parameters, AlignedBuffer<TGradient> gradients, int group = 0)
        where TParameter : unmanaged
        where TGradient : unmanaged
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(gradients);
        RequireLength(parameters.Length, gradients.Length);
        return Pinned<TParameter, TGradient>(parameters.Length, parameters.Pin, gradients.Pin, group);
    }

    /// <summary>Adds a parameter in memory that handles keep where it is, also between steps: that of a tensor of System.Numerics.Tensors,
    /// whose elements lie one after another (<c>IsDense</c>), by its <c>GetPinnedHandle</c>, or of anything else that gives one.</summary>
    /// <typeparam name="TParameter">How parameters are stored: <see cref="float"/>, <see cref="Half"/> or <see cref="BFloat16"/>.</typeparam>
    /// <typeparam name="TGradient">How gradients are stored.</typeparam>
    /// <param name="length">Elements in each of the two.</param>
    /// <param name="parameters">The handle whose pointer is to p, which steps update. The optimizer disposes of it.</param>
    /// <param name="gradients">The one to g, which steps read, and <see cref="ZeroGradients"/> clears. The optimizer disposes of it.</param>
    /// <param name="group">The index of its group.</param>
    /// <returns>The parameter. After an exception the handles are still the caller's.</returns>
    /// <exception cref="ArgumentNullException">A pointer is null, and <paramref name="length"/> is not 0.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such group, or an array would end beyond the address space.</exception>
    /// <exception cref="ArgumentException">An array that is written overlaps another one.</exception>
    /// <exception cref="NotSupportedException">A type is none of the three storage types.</exception>
    /// <exception cref="OutOfMemoryException">The system gives no memory for the numbers that the rule keeps.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer was disposed of.</exception>
    public OptimizerParameter Add<TParameter, TGradient>(nuint length, MemoryHandle parameters, MemoryHandle gradients, int group = 0)
        where TParameter : unmanaged
        where TGradient : unmanaged
    {
        var pinnedParameters = new PinnedMemory();
        var pinnedGradients = new PinnedMemory();
        OptimizerParameter parameter = Add(
            length,
            TensorArray.Of((TParameter*)parameters.Pointer),
            TensorArray.Of((TGradient*)gradients.Pointer),
            group,
            pinnedParameters,
            pinnedGradients);
        pinnedParameters.Take(parameters);
        pinnedGradients.Take(gradients);
        return parameter;
    }

    /// <summary>Adds a parameter by its addresses, also between steps: of any length, in memory that .NET does not own, and in any
    /// format.</summary>
    /// <param name="length">Elements in each of the two.</param>
    /// <param name="parameters">p, which steps update, in any format for parameters, such as <see cref="TensorArray.Split(BFloat16*, ushort*)"/>.
    /// It must exist, and stay where it is, until the optimizer is disposed of.</param>
    /// <param name="gradients">g, which steps read, and <see cref="ZeroGradients"/> clears. The same holds for it.</param>
    /// <param name="group">The index of its group.</param>
    /// <param name="owners">What keeps the memory where it is, such as a <see cref="MemoryHandle"/> or an <see cref="AlignedBuffer{T}"/>: the
    /// optimizer disposes of it. After an exception it is still the caller's.</param>
    /// <returns>The parameter.</returns>
    /// <exception cref="ArgumentNullException">A pointer is null, and <paramref name="length"/> is not 0; or an owner is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such group, an array would end beyond the address space, or is stored in a way
    /// that does not suit it.</exception>
    /// <exception cref="ArgumentException">An array that is written overlaps another one.</exception>
    /// <exception cref="OutOfMemoryException">The system gives no memory for the numbers that the rule keeps.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer was disposed of.</exception>
    public OptimizerParameter Add(
        nuint length, TensorArray parameters, TensorArray gradients, int group = 0, params ReadOnlySpan<IDisposable> owners)
    {
        RequireAlive();
        RequireGroup(group);
        foreach (IDisposable owner in owners)
        {
            ArgumentNullException.ThrowIfNull(owner, nameof(owners));
        }

        // What can fail comes first.
        int index = _parameters.Count;
        RuleDescription rule = RuleTable.Rules[(int)_groups[group].Rule];
        _parameters.EnsureCapacity(index + 1);
        _active.EnsureCapacity(index + 1);
        _made.EnsureCapacity((index + 1) * ArrayRoles.MostStates);
        _owners.EnsureCapacity(_owners.Count + owners.Length);
        var state = new TensorState(rule);
        try
        {
            var parameter = new OptimizerParameter(this, index, group, length, parameters, gradients, state);
            ParameterCheck.Add(length, parameters, gradients, index, _arrays);
            _owners.AddRange(owners);
            _parameters.Add(parameter);
            return parameter;
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }
#pragma warning restore RS0026

    /// <summary>Makes one step over all parameters that are not frozen, as one piece of work, with <see cref="Options"/>.</summary>
    /// <returns>What the step saw and did. A step that was skipped has changed nothing, no number of steps either.</returns>
    /// <exception cref="ArgumentOutOfRangeException">What follows from a group's hyperparameters for a step is not finite in single
    /// precision.</exception>
    /// <exception cref="OutOfMemoryException">The system gives no memory for new state, or for the step's work area.</exception>
    /// <exception cref="InvalidOperationException">Parameters are those for evaluation, or have made the largest number of steps; or
    /// FASTADAM_ISA holds no known name.</exception>
    /// <exception cref="PlatformNotSupportedException">FASTADAM_ISA names an instruction set that this CPU lacks.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer was disposed of.</exception>
    /// <remarks>After an exception everything is as it was. Its message names groups by their indices, and parameters as
    /// <c>parameters[i]</c> by theirs; one that says <c>tensors[i]</c> counts only the parameters that are not frozen.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public StepReport Step() => Step(Options, lossScale: 1);

    /// <summary>Makes all gradients zero, those of frozen parameters too.</summary>
    /// <exception cref="ObjectDisposedException">The optimizer was disposed of.</exception>
    public void ZeroGradients()
    {
        RequireAlive();
        foreach (OptimizerParameter parameter in _parameters)
        {
            TensorArray gradients = parameter.Gradients;
            NativeMemory.Clear(gradients.Start, parameter.Length * (nuint)ElementTypes.Size(gradients.Type));
        }
    }

    /// <summary>Makes of the parameters in training those for evaluation, in groups of <see cref="OptimizerRule.ScheduleFree"/>, as
    /// <see cref="Optimizer.ToEvaluation"/> does. Parameters that have made no step are the same for both. A step is refused until
    /// <see cref="ToTraining"/>.</summary>
    /// <exception cref="OutOfMemoryException">The system gives no memory for the work area.</exception>
    /// <exception cref="InvalidOperationException">FASTADAM_ISA holds no known name.</exception>
    /// <exception cref="PlatformNotSupportedException">FASTADAM_ISA names an instruction set that this CPU lacks.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer was disposed of.</exception>
    public void ToEvaluation() => Swap(toEvaluation: true);

    /// <summary>Takes back what <see cref="ToEvaluation"/> did, as <see cref="Optimizer.ToTraining"/> does, up to its error.</summary>
    /// <exception cref="OutOfMemoryException">The system gives no memory for the work area.</exception>
    /// <exception cref="InvalidOperationException">FASTADAM_ISA holds no known name.</exception>
    /// <exception cref="PlatformNotSupportedException">FASTADAM_ISA names an instruction set that this CPU lacks.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer was disposed of.</exception>
    public void ToTraining() => Swap(toEvaluation: false);

    /// <summary>Frees the state, and lets go of the parameters' memory. Doing so again does nothing. All owners are disposed of, also where one
    /// throws: then its exception follows, or an <see cref="AggregateException"/> of several.</summary>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        foreach (OptimizerParameter parameter in _parameters)
        {
            parameter.TensorState.Dispose();
        }

        List<Exception>? faults = null;
        foreach (IDisposable owner in _owners)
        {
            try
            {
                owner.Dispose();
            }
            catch (Exception fault)
            {
                (faults ??= []).Add(fault);
            }
        }

        if (faults is [Exception only])
        {
            ExceptionDispatchInfo.Throw(only);
        }
        else if (faults is not null)
        {
            throw new AggregateException(faults);
        }
    }

    /// <param name="options">What holds for the step.</param>
    /// <param name="lossScale">What all gradients are divided by, beside their groups' scales.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal StepReport Step(in StepOptions options, double lossScale)
    {
        RequireAlive();
        bool isDone = false;
        try
        {
            foreach (OptimizerParameter parameter in _parameters)
            {
                if (!parameter.IsFrozen)
                {
                    TakePart(parameter);
                }
            }

            StepReport report = DenseStep.Run(InstructionSets.Current, new ActiveTensors(this), new ScaledGroups(this, lossScale), step: 1, options);
            if (!report.IsSkipped)
            {
                foreach (OptimizerParameter parameter in _active)
                {
                    parameter.TensorState.Step++;
                }

                isDone = true;
            }

            return report;
        }
        finally
        {
            // State belongs to steps that were made: momentum begins with the gradients of the first one.
            for (int i = 0; i < _made.Count && !isDone; i++)
            {
                _made[i].Parameter.Drop(_made[i].Array);
            }

            _made.Clear();
            _active.Clear();
        }
    }

    /// <summary>Takes over what was loaded, and was checked: groups, the state of each parameter, and the seed.</summary>
    internal void Restore(ReadOnlySpan<ParameterGroup> groups, ReadOnlySpan<TensorState> states, ulong seed)
    {
        groups.CopyTo(CollectionsMarshal.AsSpan(_groups));
        for (int i = 0; i < states.Length; i++)
        {
            _parameters[i].Replace(states[i]);
        }

        Options = Options with { Seed = seed };
    }

    internal void RequireAlive() => ObjectDisposedException.ThrowIf(_isDisposed, this);

    /// <summary>How a state array of a parameter is stored.</summary>
    internal ElementType StateType(StateArray array, OptimizerParameter parameter) =>
        StateTypes.Of(StateStorage, MinBlock8Length, array, parameter.Parameters.Type, parameter.Length);

    private static void RequireLength(nuint parameters, nuint gradients)
    {
        if (gradients != parameters)
        {
            throw Faults.Invalid(
                Fault.Length, nameof(gradients), $"{nameof(gradients)} has {gradients} elements, but {nameof(parameters)} has {parameters}.");
        }
    }

    private OptimizerParameter Pinned<TParameter, TGradient>(
        nuint length, Func<MemoryHandle> pinParameters, Func<MemoryHandle> pinGradients, int group)
        where TParameter : unmanaged
        where TGradient : unmanaged
    {
        MemoryHandle parameters = default;
        MemoryHandle gradients = default;
        try
        {
            parameters = pinParameters();
            gradients = pinGradients();
            return Add<TParameter, TGradient>(length, parameters, gradients, group);
        }
        catch
        {
            parameters.Dispose();
            gradients.Dispose();
            throw;
        }
    }

    private void RequireGroup(int group)
    {
        if ((uint)group >= (uint)_groups.Count)
        {
            throw Faults.OutOfRange(Fault.Index, nameof(group), group, $"There are {_groups.Count} groups, and none with that index.");
        }
    }

    /// <summary>Makes the state that a parameter needs for a step.</summary>
    private void TakePart(OptimizerParameter parameter)
    {
        TensorState state = parameter.TensorState;
        if (state.IsInEvaluation)
        {
            throw new InvalidOperationException(
                $"{parameter.Item.Prefix}It is the one for evaluation: {nameof(ToTraining)} comes before a step.");
        }

        if (parameter.Step >= OptimizerParameter.MaxStep)
        {
            throw new InvalidOperationException(
                $"{parameter.Item.Prefix}Step is {parameter.Step}, and there is no later one: set it to a smaller number.");
        }

        _active.Add(parameter);
        for (int i = 0; i < state.Rule.State.Length; i++)
        {
            if (parameter.Make(i))
            {
                _made.Add((parameter, i));
            }
        }
    }

    /// <summary>The number of a parameter's step. Momentum that begins later begins with the gradients, as in PyTorch.</summary>
    private long NextStep(OptimizerParameter parameter)
    {
        if (!parameter.Rule.KeepsStep)
        {
            foreach ((OptimizerParameter made, _) in _made)
            {
                if (made == parameter)
                {
                    return 1;
                }
            }
        }

        return parameter.Step + 1;
    }

    private void Swap(bool toEvaluation)
    {
        RequireAlive();
        try
        {
            foreach (OptimizerParameter parameter in _parameters)
            {
                if (parameter.Step > 0 && parameter.Rule == ScheduleFreeRule.Description)
                {
                    _active.Add(parameter);
                }
            }

            EvaluationSwap.Run(InstructionSets.Current, new ActiveTensors(this), new ScaledGroups(this, 1), toEvaluation, Options.Threads);
        }
        finally
        {
            _active.Clear();
        }
    }

    /// <summary>Those that take part in a step.</summary>
    private readonly ref struct ActiveTensors(StatefulOptimizer optimizer) : IItems<OptimizerTensor>
    {
        public int Count => optimizer._active.Count;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Read(int index, out OptimizerTensor item)
        {
            OptimizerParameter parameter = optimizer._active[index];
            parameter.Read(optimizer.NextStep(parameter), out item);
        }
    }

    /// <summary>The groups, of a loss that was scaled.</summary>
    private readonly ref struct ScaledGroups(StatefulOptimizer optimizer, double lossScale) : IItems<GroupValues>
    {
        public int Count => optimizer._groups.Count;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Read(int index, out GroupValues item)
        {
            item = optimizer._groups[index].Values;
            item.Numbers[(int)Hyperparameter.GradientScale] *= lossScale;
        }
    }
}
