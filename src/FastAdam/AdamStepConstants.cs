using System.Runtime.CompilerServices;
using FastAdam.Rules;

namespace FastAdam;

/// <summary>
/// The constants of Adam's steps. A model's tensors step one after another with the same options, and for small ones the
/// constants cost more than the update: a thread keeps its last ones.
/// </summary>
internal sealed class AdamStepConstants
{
    [ThreadStatic]
    private static AdamStepConstants? _last;

    [ThreadStatic]
    private static AdamStepConstants? _lastSparse;

    // One for each beta, so that neither drops what the other keeps.
    private readonly IntegerPower _beta1Power = new();
    private readonly IntegerPower _beta2Power = new();

    private readonly bool _isSparse;

    private AdamOptions _options;
    private Hyperparameters _hyperparameters;
    private StepConstants _constants;

    // 0 is none.
    private long _step;

    /// <param name="isSparse">Whether they are for <see cref="SparseAdam"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public AdamStepConstants(bool isSparse)
    {
        _isSparse = isSparse;
        SetOptions(default);
    }

    /// <summary>Checks the hyperparameters and what follows from them, and gives the constants of the step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ref readonly StepConstants Of(long step, in AdamOptions options) =>
        ref (_last ??= new AdamStepConstants(isSparse: false)).At(step, options);

    /// <summary>The same for <see cref="SparseAdam"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ref readonly StepConstants OfSparse(long step, in AdamOptions options) =>
        ref (_lastSparse ??= new AdamStepConstants(isSparse: true)).At(step, options);

    /// <summary>The constants of a step with the present options.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref readonly StepConstants At(long step)
    {
        // Before the comparison: what is new holds step 0.
        StepValidation.Step(step);
        if (_step != step)
        {
            SetStep(step);
        }

        return ref _constants;
    }

    /// <summary>Takes other options, which are checked; where they are invalid, the present ones stay.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void SetOptions(in AdamOptions options)
    {
        Hyperparameters hyperparameters = HyperparameterSource.Of(options) with { EpsilonBesideRoot = _isSparse };
        _step = 0;
        _hyperparameters = hyperparameters;
        _constants = new StepConstants(hyperparameters, Coefficients.Of(AdamCoefficients.Of(hyperparameters, default)));
        _options = options;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref readonly StepConstants At(long step, in AdamOptions options)
    {
        if (!OptionBytes.AreSame(options, _options))
        {
            SetOptions(options);
        }

        return ref At(step);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SetStep(long step)
    {
        // None, should the check fail.
        _step = 0;
        var numbers = new StepNumbers(
            step, _beta1Power.Of(_hyperparameters.Beta1, step), _beta2Power.Of(_hyperparameters.Beta2, step), 1);

        // In place: a copy would wait for what has just been written in smaller pieces.
        ref AdamCoefficients coefficients = ref Coefficients.In<AdamCoefficients>(ref _constants.Coefficients);
        coefficients.SetStep(_hyperparameters, numbers);
        if (!float.IsFinite(coefficients.Ss))
        {
            new HyperparameterCheck("options", nameof(AdamOptions))
                .Coefficients(_constants.Coefficients, _hyperparameters.LearningRate, step);
        }

        _step = step;
    }
}
