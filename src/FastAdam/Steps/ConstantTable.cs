using System.Runtime.CompilerServices;
using FastAdam.Checks;
using FastAdam.Memory;
using FastAdam.Rules;

namespace FastAdam.Steps;

/// <summary>
/// The constants of a step's tensors: one set for each run of a group's tensors with the same step and numbers. It remembers the groups of
/// the last step, and what powers of beta that took.
/// </summary>
internal unsafe struct ConstantTable()
{
    private readonly StepNumbers _stepNumbers = new();
    private NativeBuffer<Group> _groups;
    private NativeBuffer<StepConstants> _constants;
    private NativeBuffer<TensorNumbers> _numbers;
    private nuint _rememberedGroups;
    private int _groupCount;
    private int _count;
    private bool _isSparse;
    private ulong _seed;
    private string _items = "";

    /// <summary>Bytes of its work area.</summary>
    public readonly nuint Bytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _groups.Bytes + _constants.Bytes + _numbers.Bytes;
    }

    /// <summary>The constants, by their numbers.</summary>
    public readonly StepConstants* Constants
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _constants.Pointer;
    }

    /// <summary>Takes the groups of a step.</summary>
    /// <param name="groups">The groups.</param>
    /// <param name="items">The argument whose items name them.</param>
    /// <param name="isSparse">True for the groups of <see cref="SparseAdam"/>.</param>
    /// <param name="seed">The seed of random rounding.</param>
    /// <exception cref="ArgumentOutOfRangeException">A hyperparameter is out of its range.</exception>
    /// <exception cref="OutOfMemoryException">The system gives no memory for so many groups.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void SetGroups<TGroups>(TGroups groups, string items, bool isSparse, ulong seed = 0)
        where TGroups : IItems<GroupValues>, allows ref struct
    {
        int count = groups.Count;
        (_items, _seed, _count, _groupCount) = (items, seed, 0, 0);
        if ((nuint)count > _groups.Capacity || isSparse != _isSparse)
        {
            // The two kinds of steps check them in different ways.
            _rememberedGroups = 0;
            _isSparse = isSparse;
            _groups.Reserve((nuint)count);
        }

        for (int i = 0; i < count; i++)
        {
            ref Group group = ref _groups[(nuint)i];
            groups.Read(i, out GroupValues values);
            values.Flags ^= isSparse ? GroupFlags.EpsilonBesideRoot : 0;
            if ((nuint)i >= _rememberedGroups || !GroupValues.AreSame(group.Values, values))
            {
                _rememberedGroups = nuint.Min(_rememberedGroups, (nuint)i);
                Check(values, i, isSparse);
                group.Values = values;
                group.Kind = RuleKinds.Of(values);
                group.KeepsNumbers = RuleKinds.DescriptionOf(group.Kind).Numbers.Length != 0;
                _rememberedGroups = (nuint)i + 1;
            }

            group.Constants = -1;
        }

        _groupCount = count;
    }

    /// <summary>Checks what an item says about its group and step.</summary>
    /// <returns>The way to compute.</returns>
    /// <exception cref="ArgumentOutOfRangeException">One of them is out of its range.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly RuleKind KindOf(int group, long step, int index, out bool keepsNumbers)
    {
        if ((uint)group >= (uint)_groupCount || step < 0)
        {
            ThrowInvalid(group, step, index);
        }

        keepsNumbers = _groups[(nuint)group].KeepsNumbers;
        return _groups[(nuint)group].Kind;
    }

    /// <summary>The number of the constants of a group, which was checked, for a step and a tensor's numbers before it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number that follows is none that single precision holds.</exception>
    /// <exception cref="OutOfMemoryException">The system gives no memory for so many.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int IndexOf(int group, long step, in TensorNumbers numbers)
    {
        ref Group of = ref _groups[(nuint)group];
        return of.Constants >= 0 && of.Step == step && of.Numbers.Equals(numbers) ? of.Constants : Add(ref of, group, step, numbers);
    }

    /// <summary>The number of the constants of a group of Schedule-Free, which was checked, for a swap of its parameters.</summary>
    /// <exception cref="OutOfMemoryException">The system gives no memory for so many.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int IndexOfSwap(int group, bool toEvaluation)
    {
        ref Group of = ref _groups[(nuint)group];
        if (of.Constants < 0)
        {
            _constants.Grow((nuint)_count + 1);
            var weight = Coefficients.Of(ScheduleFreeRule.SwapWeight(of.Values, toEvaluation));
            _constants[(nuint)_count] = new StepConstants(of.Values, weight, 1, hasOwnWeightDecay: true);
            of.Constants = _count++;
        }

        return of.Constants;
    }

    /// <summary>Multiplies all gradients of the step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Clip(double coefficient)
    {
        foreach (ref StepConstants each in _constants.AsSpan((nuint)_count))
        {
            each.Clip(coefficient);
        }
    }

    /// <summary>A tensor's numbers after the step, by the number of its constants.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TensorNumbers NumbersAfter(int constants) => _numbers[(nuint)constants];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Free()
    {
        _rememberedGroups = 0;
        _groups.Free();
        _constants.Free();
        _numbers.Free();
    }

    private static void Check(in GroupValues values, int index, bool isSparse)
    {
        var item = new Item("groups", index);
        GroupValues given = isSparse ? values with { Flags = values.Flags ^ GroupFlags.EpsilonBesideRoot } : values;
        GroupCheck.Values(given, item);
        if (isSparse)
        {
            GroupCheck.ForSparseRows(given, item);
        }
    }

    private readonly void ThrowInvalid(int group, long step, int index)
    {
        var item = new Item(_items, index);
        throw (uint)group >= (uint)_groupCount
            ? item.OutOfRange(Fault.Index, group, $"Group is none of the {_groupCount} groups.")
            : item.OutOfRange(Fault.Step, step, "Step must be at least 1, or 0 for that of the call.");
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Add(ref Group group, int index, long step, in TensorNumbers numbers)
    {
        _constants.Grow((nuint)_count + 1);
        _numbers.Grow((nuint)_count + 1);
        TensorNumbers after = group.KeepsNumbers ? RuleKinds.Advance(group.Kind, group.Values, step, numbers) : numbers;
        _stepNumbers.Step = step;
        _stepNumbers.TensorNumbers = after;
        ref StepConstants constants = ref _constants[(nuint)_count];
        constants = RuleKinds.ConstantsOf(group.Kind, group.Values, _stepNumbers);
        constants.SetRandom(_seed, step);
        GroupCheck.Derived(constants.Coefficients, group.Values, step, new Item("groups", index));
        _numbers[(nuint)_count] = after;
        (group.Step, group.Numbers, group.Constants) = (step, numbers, _count);
        return _count++;
    }

    private struct Group
    {
        public GroupValues Values;
        public RuleKind Kind;
        public bool KeepsNumbers;

        // Those of the last tensor of the group.
        public int Constants;
        public long Step;
        public TensorNumbers Numbers;
    }
}
