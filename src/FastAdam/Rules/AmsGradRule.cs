using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>
/// Adam and AdamW with the largest second moment so far in place of the present one (S. J. Reddi, S. Kale, S. Kumar, "On the
/// convergence of Adam and beyond", 2018), as PyTorch's fused CPU kernel has it: before the bias correction.
/// </summary>
internal readonly struct AmsGradRule<V> : IRule<AmsGradRule<V>, V>
    where V : unmanaged, IVector<V>
{
    private readonly AdamRule<V> _adam;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private AmsGradRule(AdamRule<V> adam) => _adam = adam;

    public static StateArrays State
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => StateArrays.First | StateArrays.Second | StateArrays.Third;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Coefficients Coefficients(in Hyperparameters hyperparameters, in StepNumbers numbers) =>
        AdamRule<V>.Coefficients(hyperparameters, numbers);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static AmsGradRule<V> Create(in Coefficients coefficients) => new(AdamRule<V>.Create(coefficients));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V m, ref V v, ref V x)
    {
        _adam.UpdateMoments(g, ref m, ref v);

        // The larger one, or whichever is NaN.
        x = V.SelectIfNaN(x, x, V.Max(x, v));
        _adam.UpdateParameters(ref p, m, x);
    }
}
