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
    private readonly int _group;
    private readonly long _step;
    private readonly nint _numbers;
    private readonly uint _randomId;
    private readonly ulong _firstElement;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal OptimizerTensor(in UpdateArrays arrays, StorageTypes types)
    {
        _arrays = arrays;
        _types = types;
    }

    /// <summary>Elements in each of the arrays.</summary>
    public nuint Length => _arrays.Length;

    /// <summary>Which of the step's groups it belongs to, from 0. Default 0.</summary>
    public int Group
    {
        get => _group;
        init => _group = value;
    }

    /// <summary>The number of this tensor's step, from 1; 0 (default) for that of the call.</summary>
    public long Step
    {
        get => _step;
        init => _step = value;
    }

    /// <summary>
    /// Where the numbers are that the rule keeps for this tensor, one after another, as <see cref="OptimizerRule"/> lists them; a step
    /// updates them, also where the tensor is empty. They need no alignment, and must lie apart from all arrays and other numbers. Null for
    /// rules that keep none, and allowed for empty tensors.
    /// </summary>
    public double* Numbers
    {
        get => (double*)_numbers;
        init => _numbers = (nint)value;
    }

    /// <summary>Which random numbers round its arrays, where they are rounded at random; 0 (default) for those of its place in the list,
    /// counted from 1. Parts of one tensor have the same.</summary>
    public uint RandomId
    {
        get => _randomId;
        init => _randomId = value;
    }

    /// <summary>The index of its first element in the whole tensor, where it is a part of one: a multiple of 128. Default 0. Random
    /// rounding depends on it.</summary>
    public ulong FirstElement
    {
        get => _firstElement;
        init => _firstElement = value;
    }

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

    /// <summary>The arrays of a tensor that is being made, or is not needed any more: where they are, since a copy of so many fields that
    /// have just been written waits for them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ref UpdateArrays ArraysOf(ref OptimizerTensor tensor) => ref Unsafe.AsRef(in tensor._arrays);

    /// <summary>Sets all but the arrays of a tensor that is being made.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Set(
        ref OptimizerTensor tensor, StorageTypes types, int group, long step, double* numbers, uint randomId, ulong firstElement)
    {
        Unsafe.AsRef(in tensor._types) = types;
        Unsafe.AsRef(in tensor._group) = group;
        Unsafe.AsRef(in tensor._step) = step;
        Unsafe.AsRef(in tensor._numbers) = (nint)numbers;
        Unsafe.AsRef(in tensor._randomId) = randomId;
        Unsafe.AsRef(in tensor._firstElement) = firstElement;
    }

    /// <summary>Puts a tensor into a list, with the kernel of a way to compute. Arrays that it does not keep are null afterwards.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining | MethodImplOptions.AggressiveOptimization)]
    internal static void Put(
        ref OptimizerTensor tensor, ref TensorList list, int index, InstructionSet instructionSet, RuleKind rule, int constants, bool keepsNumbers)
    {
        var key = new KernelKey(instructionSet, rule, tensor._types);
        ref UpdateArrays arrays = ref ArraysOf(ref tensor);
        StateArrays state = key.State;
        arrays.FirstState = (state & StateArrays.First) != 0 ? arrays.FirstState : null;
        arrays.SecondState = (state & StateArrays.Second) != 0 ? arrays.SecondState : null;
        arrays.ThirdState = (state & StateArrays.Third) != 0 ? arrays.ThirdState : null;
        arrays.FourthState = (state & StateArrays.Fourth) != 0 ? arrays.FourthState : null;
        if (!key.Types.ArePlain)
        {
            tensor.SetParts(ref arrays.Parts, index);
        }

        list.Set((nuint)index, key, arrays, constants, keepsNumbers ? tensor.Numbers : null);
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
