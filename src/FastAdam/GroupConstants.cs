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
    private bool _isList;

    /// <summary>The thread's, for those groups.</summary>
    /// <param name="groups">The groups.</param>
    /// <param name="isList">Whether they came as a list; else there is one, which came alone.</param>
    /// <exception cref="ArgumentOutOfRangeException">A hyperparameter is out of its range.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static GroupConstants Take(ReadOnlySpan<OptimizerOptions> groups, bool isList)
    {
        // No longer the thread's while it is in use: a wait may run other code on this thread.
        GroupConstants taken = _kept ?? new GroupConstants();
        _kept = null;
        taken.Set(groups, isList);
        return taken;
    }

    /// <summary>Checks what a tensor says about its group and step, and gives the number of its constants, and its rule.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One of them is out of its range.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public (int Index, RuleKind Rule) Of(in OptimizerTensor tensor, int index, long step)
    {
        if ((uint)tensor.Group >= (uint)_groupCount)
        {
            throw StepValidation.OutOfRange("tensors", index, tensor.Group, $"Group is none of the {_groupCount} groups.");
        }

        if (tensor.Step < 0)
        {
            throw StepValidation.OutOfRange("tensors", index, tensor.Step, "Step must be at least 1, or 0 for that of the call.");
        }

        ref Group group = ref _groups[tensor.Group];
        long tensorStep = tensor.Step == 0 ? step : tensor.Step;
        double product = group.Hyperparameters.Rule == RuleKind.NAdam ? Product(tensor, index) : 1;
        if (group.Constants < 0 || group.Step != tensorStep || group.MomentumProduct != product)
        {
            (group.Step, group.MomentumProduct) = (tensorStep, product);
            group.Constants = Add(tensor.Group, group.Hyperparameters, tensorStep, product);
        }

        return (group.Constants, group.Hyperparameters.Rule);
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Product(in OptimizerTensor tensor, int index)
    {
        if (tensor.MomentumProduct == null)
        {
            return tensor.Length == 0 ? 1 : throw StepValidation.Null("tensors", index, "MomentumProduct is null, which NAdam needs.");
        }

        if ((nuint)tensor.MomentumProduct % sizeof(double) != 0)
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
    private void Set(ReadOnlySpan<OptimizerOptions> groups, bool isList)
    {
        if (_groups.Length < groups.Length)
        {
            _groups = new Group[groups.Length];
        }

        (_count, _groupCount, _isList) = (0, groups.Length, isList);
        for (int i = 0; i < groups.Length; i++)
        {
            ref Group group = ref _groups[i];
            group.Constants = -1;
            if (!group.IsValid || !OptionBytes.AreSame(group.Options, groups[i]))
            {
                group.IsValid = false;
                group.Hyperparameters = HyperparameterSource.Of(groups[i], "groups", i);
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

        double product = hyperparameters.Rule == RuleKind.NAdam
            ? momentumProduct * MomentumSchedule.At(hyperparameters, step)
            : 1;
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
