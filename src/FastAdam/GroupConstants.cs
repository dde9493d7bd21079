using System.Buffers;
using System.Runtime.CompilerServices;
using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam;

/// <summary>
/// The constants of a step's tensors: one for each group, step and momentum product that occurs among them. A thread keeps the
/// room for them, and what powers of beta its last steps took.
/// </summary>
internal sealed unsafe class GroupConstants : IDisposable
{
    [ThreadStatic]
    private static GroupConstants? _kept;

    private readonly IntegerPower _beta1Power = new();
    private readonly IntegerPower _beta2Power = new();
    private Group[] _groups = [];
    private StepConstants[] _constants = new StepConstants[1];
    private double[] _momentumProducts = new double[1];
    private int _groupCount;
    private int _count;
    private int _momentumCount;
    private bool _isList;
    private string _items = "";

    /// <summary>The thread's, for those groups.</summary>
    /// <param name="groups">The groups.</param>
    /// <param name="isList">Whether they came as a list; else there is one, which came alone.</param>
    /// <exception cref="ArgumentOutOfRangeException">A hyperparameter is out of its range.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static GroupConstants Take(ReadOnlySpan<OptimizerOptions> groups, bool isList)
    {
        GroupConstants taken = TakeKept();
        (taken._isList, taken._items) = (isList, "tensors");
        taken.Set(groups, isSparse: false);
        return taken;
    }

    /// <summary>The same for the tables of <see cref="SparseAdam"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A hyperparameter is out of its range.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static GroupConstants TakeSparse(ReadOnlySpan<OptimizerOptions> groups)
    {
        GroupConstants taken = TakeKept();
        (taken._isList, taken._items) = (true, "tables");
        taken.Set(groups, isSparse: true);
        return taken;
    }

    /// <summary>Checks what a tensor says about its group and step, and gives the number of its constants, and its rule.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One of them is out of its range.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public (int Index, RuleKind Rule) Of(in OptimizerTensor tensor, int index, long step)
    {
        ref Group group = ref Checked(tensor.Group, tensor.Step, index);
        double product = group.Hyperparameters.Rule == RuleKind.NAdam ? Product(tensor, index) : 1;
        return (Of(ref group, tensor.Group, tensor.Step == 0 ? step : tensor.Step, product), group.Hyperparameters.Rule);
    }

    /// <summary>The same for a table.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One of them is out of its range.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Of(in SparseTable table, int index, long step) => Of(
        ref Checked(table.Group, table.Step, index), table.Group, table.Step == 0 ? step : table.Step, product: 1);

    /// <summary>Checks that tensors which share a momentum product agree on what becomes of it.</summary>
    /// <exception cref="ArgumentException">Two do not.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void CheckMomentumProducts(ReadOnlySpan<TensorWork> tensors)
    {
        if (_momentumCount < 2)
        {
            return;
        }

        nuint[] addresses = ArrayPool<nuint>.Shared.Rent(tensors.Length);
        int[] order = ArrayPool<int>.Shared.Rent(tensors.Length);
        int count = 0;
        for (int i = 0; i < tensors.Length; i++)
        {
            if (tensors[i].KeepsNumber)
            {
                addresses[count] = (nuint)tensors[i].Streams.Third;
                order[count++] = i;
            }
        }

        addresses.AsSpan(0, count).Sort(order.AsSpan(0, count));
        (int Tensor, int Other)? differing = null;
        for (int i = 1; i < count && differing is null; i++)
        {
            if (addresses[i] == addresses[i - 1]
                && _momentumProducts[tensors[order[i]].Constants] != _momentumProducts[tensors[order[i - 1]].Constants])
            {
                differing = (int.Max(order[i], order[i - 1]), int.Min(order[i], order[i - 1]));
            }
        }

        ArrayPool<nuint>.Shared.Return(addresses);
        ArrayPool<int>.Shared.Return(order);
        if (differing is (int tensor, int other))
        {
            throw new ArgumentException(
                $"tensors[{tensor}]: MomentumProduct is that of tensors[{other}], but their steps or groups make different numbers of it: "
                + $"{_momentumProducts[tensors[tensor].Constants]} and {_momentumProducts[tensors[other].Constants]}.",
                nameof(tensors));
        }
    }

    /// <summary>Gives a list all that its tensors have asked for.</summary>
    /// <returns>How many that are.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int CopyTo(TensorList list)
    {
        _constants.AsSpan(0, _count).CopyTo(list.Constants(_count));
        return _count;
    }

    /// <summary>Writes the momentum products of all tensors after their step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void KeepMomentumProducts(ReadOnlySpan<OptimizerTensor> tensors, TensorList list)
    {
        ReadOnlySpan<TensorWork> works = list.Tensors;
        for (int i = 0; i < tensors.Length; i++)
        {
            if (works[i].Key.Rule == RuleKind.NAdam && tensors[i].MomentumProduct != null)
            {
                *tensors[i].MomentumProduct = _momentumProducts[works[i].Constants];
            }
        }
    }

    /// <summary>Gives the room back to the thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Dispose() => _kept = this;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static GroupConstants TakeKept()
    {
        // No longer the thread's while it is in use: a wait may run other code on this thread.
        GroupConstants taken = _kept ?? new GroupConstants();
        _kept = null;
        return taken;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ref Group Checked(int group, long step, int index)
    {
        if ((uint)group >= (uint)_groupCount)
        {
            throw StepValidation.OutOfRange(_items, index, group, $"Group is none of the {_groupCount} groups.");
        }

        if (step < 0)
        {
            throw StepValidation.OutOfRange(_items, index, step, "Step must be at least 1, or 0 for that of the call.");
        }

        return ref _groups[group];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Of(ref Group group, int number, long step, double product)
    {
        if (group.Constants < 0 || group.Step != step || group.MomentumProduct != product)
        {
            (group.Step, group.MomentumProduct) = (step, product);
            group.Constants = Add(number, group.Hyperparameters, step, product);
        }

        return group.Constants;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Product(in OptimizerTensor tensor, int index)
    {
        if (tensor.MomentumProduct == null)
        {
            return tensor.Length == 0 ? 1 : throw StepValidation.Null("tensors", index, "MomentumProduct is null, which NAdam needs.");
        }

        if (!StepValidation.IsAligned(tensor.MomentumProduct))
        {
            throw StepValidation.OutOfRange(
                "tensors", index, (nint)tensor.MomentumProduct, "MomentumProduct must be aligned to 8 bytes.");
        }

        double product = *tensor.MomentumProduct;
        return StepValidation.IsMomentumProduct(product)
            ? product
            : throw StepValidation.OutOfRange("tensors", index, product, "MomentumProduct must be from 0 to 1.");
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Set(ReadOnlySpan<OptimizerOptions> groups, bool isSparse)
    {
        if (_groups.Length < groups.Length)
        {
            _groups = new Group[groups.Length];
        }

        (_count, _momentumCount, _groupCount) = (0, 0, groups.Length);
        for (int i = 0; i < groups.Length; i++)
        {
            ref Group group = ref _groups[i];
            group.Constants = -1;
            if (!group.IsValid || group.Hyperparameters.EpsilonBesideRoot != isSparse || !OptionBytes.AreSame(group.Options, groups[i]))
            {
                group.IsValid = false;
                group.Hyperparameters = HyperparameterSource.Of(groups[i], "groups", i, isSparse);
                group.Options = groups[i];
                group.IsValid = true;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Add(int group, in Hyperparameters hyperparameters, long step, double momentumProduct)
    {
        if (_count == _constants.Length)
        {
            Array.Resize(ref _constants, 2 * _count);
            Array.Resize(ref _momentumProducts, 2 * _count);
        }

        bool keepsProduct = hyperparameters.Rule == RuleKind.NAdam;
        double product = keepsProduct ? momentumProduct * MomentumSchedule.At(hyperparameters, step) : 1;
        _momentumCount += keepsProduct ? 1 : 0;
        var numbers = new StepNumbers(
            step, _beta1Power.Of(hyperparameters.Beta1, step), _beta2Power.Of(hyperparameters.Beta2, step), product);
        Coefficients coefficients = KernelRegistry.CoefficientsOf(hyperparameters, numbers);
        HyperparameterCheck check = _isList
            ? new("groups", nameof(OptimizerOptions), group)
            : new("group", nameof(OptimizerOptions));
        check.Coefficients(coefficients, hyperparameters.LearningRate, step);
        _constants[_count] = new StepConstants(hyperparameters, coefficients);
        _momentumProducts[_count] = product;
        return _count++;
    }

    private struct Group
    {
        public OptimizerOptions Options;
        public Hyperparameters Hyperparameters;
        public bool IsValid;

        // Those of the last tensor of the group.
        public int Constants;
        public long Step;
        public double MomentumProduct;
    }
}
