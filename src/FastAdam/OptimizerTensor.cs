using System.Runtime.CompilerServices;
using FastAdam.Kernels;
using FastAdam.Passes;
using FastAdam.Rules;

namespace FastAdam;

/// <summary>
/// One tensor of a step: its length, its arrays, each with a storage type of its own, the numbers that the rule keeps for it, and the
/// parameter group that it belongs to. <c>default</c> is an empty tensor, which a step leaves alone.
/// </summary>
/// <remarks>
/// It holds addresses, not memory: the arrays must stay where they are, and exist, until the last step that it is used in has
/// returned. That is so for native memory, such as that of an <see cref="AlignedBuffer{T}"/>; for managed arrays from
/// <c>GC.AllocateArray&lt;T&gt;(length, pinned: true)</c> that are still referenced; and for others within a <c>fixed</c> statement or
/// while a pinned <c>GCHandle</c> holds them. No alignment is needed.
///
/// <see cref="OptimizerRule"/> says which state arrays a rule keeps, in which order. Arrays that a step does not keep are not looked at.
/// </remarks>
public readonly unsafe struct OptimizerTensor
{
    private readonly UpdateArrays _arrays;
    private readonly StorageTypes _types;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal OptimizerTensor(in UpdateArrays arrays, StorageTypes types)
    {
        _arrays = arrays;
        _types = types;
    }

    /// <summary>Elements in each of the arrays.</summary>
    public nuint Length => _arrays.Length;

    /// <summary>Which of the step's groups it belongs to, from 0. Default 0.</summary>
    public int Group { get; init; }

    /// <summary>The number of this tensor's step, from 1; 0 (default) for that of the call.</summary>
    public long Step { get; init; }

    /// <summary>
    /// Where the numbers are that the rule keeps for this tensor, one after another, as <see cref="OptimizerRule"/> lists them; a step
    /// updates them, also where the tensor is empty. They need no alignment, and must lie apart from all arrays and other numbers. Null for
    /// rules that keep none, and allowed for empty tensors.
    /// </summary>
    public double* Numbers { get; init; }

    /// <summary>Which random numbers round its arrays, where they are rounded at random; 0 (default) for those of its place in the list,
    /// counted from 1. Parts of one tensor have the same.</summary>
    public uint RandomId { get; init; }

    /// <summary>The index of its first element in the whole tensor, where it is a part of one: a multiple of 128. Default 0. Random
    /// rounding depends on it.</summary>
    public ulong FirstElement { get; init; }

    /// <summary>Names the arrays of a tensor. They are checked when a step is made, not here.</summary>
    /// <param name="length">Elements in each of the arrays.</param>
    /// <param name="parameters">p, shape [<paramref name="length"/>]; updated by a step.</param>
    /// <param name="gradients">g, shape [<paramref name="length"/>]; only read.</param>
    /// <param name="state">The state arrays in the rule's order, each of shape [<paramref name="length"/>]; updated. Ones that a step does
    /// not keep may be missing or <c>default</c>.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="ArgumentException"><paramref name="state"/> has more than four arrays.</exception>
    public static OptimizerTensor Create(
        nuint length, TensorArray parameters, TensorArray gradients, params ReadOnlySpan<TensorArray> state)
    {
        if (state.Length > ArrayRoles.MostStates)
        {
            throw new ArgumentException($"There can be at most {ArrayRoles.MostStates} state arrays, not {state.Length}.", nameof(state));
        }

        var arrays = new UpdateArrays { Parameters = parameters.Start, Gradients = gradients.Start, Length = length };
        var types = new StorageTypes(parameters.Type, gradients.Type);
        arrays.Parts.Parameters = parameters.Part;
        for (int i = 0; i < state.Length; i++)
        {
            ArrayRole role = ArrayRole.FirstState + i;
            arrays[role] = state[i].Start;
            arrays.Parts[role] = state[i].Part;
            types = types.With(role, state[i].Type);
        }

        return new OptimizerTensor(arrays, types);
    }

    /// <summary>Its arrays, and the kernel of a way to compute for them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining | MethodImplOptions.AggressiveOptimization)]
    internal TensorWork Work(InstructionSet instructionSet, RuleKind rule, int constants, bool keepsNumbers, int index)
    {
        var key = new KernelKey(instructionSet, rule, _types);
        UpdateArrays arrays = _arrays;
        if (!key.Types.ArePlain)
        {
            SetParts(ref arrays.Parts, index);
        }

        StateArrays state = key.State;
        arrays.FirstState = (state & StateArrays.First) != 0 ? arrays.FirstState : null;
        arrays.SecondState = (state & StateArrays.Second) != 0 ? arrays.SecondState : null;
        arrays.ThirdState = (state & StateArrays.Third) != 0 ? arrays.ThirdState : null;
        arrays.FourthState = (state & StateArrays.Fourth) != 0 ? arrays.FourthState : null;
        return new TensorWork(key, arrays, constants, keepsNumbers ? Numbers : null);
    }

    /// <summary>Its parameters and its first state array, to move the ones towards the other or away from it; the parameters alone where
    /// they are to stay.</summary>
    internal TensorWork MixWork(InstructionSet instructionSet, RuleKind rule, int constants, bool moves) => new(
        KernelKey.OfMix(instructionSet, rule, _types, moves),
        new UpdateArrays
        {
            Parameters = _arrays.Parameters,
            FirstState = moves ? _arrays.FirstState : null,
            Length = Length,
            Parts = new ArrayParts { Parameters = _arrays.Parts.Parameters },
        },
        constants,
        Numbers);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void SetParts(ref ArrayParts parts, int index)
    {
        parts.FirstElement = FirstElement;
        parts.Tensor = RandomId == 0 ? (uint)index + 1 : RandomId;
    }
}
