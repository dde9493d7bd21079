using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>
/// Divides square roots by one number in (2^-27, 1]: the correctly rounded quotient, as a division gives it, from three
/// multiplications where those are faster.
/// </summary>
/// <remarks>
/// q = RN(a * r) with r = RN(1 / b) is within two units of the quotient; the remainder a - b * q is taken with one rounding, and
/// q + r * remainder rounds to the quotient (P. Markstein, "Computation of elementary functions on the IBM RISC System/6000
/// processor", 1990). Neither the product nor the remainder can leave the normal range: a root is 0 or in [2^-75, 2^64].
/// </remarks>
internal readonly struct ConstantDivisor<V>
    where V : unmanaged, IVector<V>
{
    private readonly V _divisor;
    private readonly V _reciprocal;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ConstantDivisor(float divisor)
    {
        _divisor = V.Broadcast(divisor);
        _reciprocal = V.Broadcast(1 / divisor);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Divide(V root)
    {
        if (!V.MultipliesFasterThanItDivides)
        {
            return root / _divisor;
        }

        V quotient = root * _reciprocal;
        V remainder = V.MultiplyAddNegated(_divisor, quotient, root);

        // No quotient is below its root, so this changes only what infinity, NaN and -0 lead to: those stay as they are.
        return V.Max(V.MultiplyAdd(remainder, _reciprocal, quotient), root);
    }
}
