using System.Runtime.CompilerServices;
using FastAdam.Codecs;
using FastAdam.Isa;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>The loop of every kernel, over blocks of one register for each array where all hold floats, else of two.</summary>
/// <remarks>
/// The JIT keeps only the first 1024 variables of a method in registers, and the loop of half precision comes near that: what is
/// rare, and what a step does not need, is not in it.
/// </remarks>
/// <typeparam name="V">The instruction set.</typeparam>
/// <typeparam name="P">Storage of the parameters.</typeparam>
/// <typeparam name="G">Storage of the gradients.</typeparam>
/// <typeparam name="M">Storage of the first state array.</typeparam>
/// <typeparam name="S">Storage of the second, the third and the fourth.</typeparam>
/// <typeparam name="R">The optimizer.</typeparam>
/// <typeparam name="TChanges">Whether the step changes the gradients.</typeparam>
internal static unsafe class UpdateLoop<V, P, G, M, S, R, TChanges>
    where V : unmanaged, IVector<V>
    where P : ICodec
    where G : ICodec
    where M : ICodec
    where S : ICodec
    where R : struct, IRule<R, V>
    where TChanges : ISwitch
{
    /// <param name="arrays">The arrays.</param>
    /// <param name="start">The element to begin with.</param>
    /// <param name="end">The element to end before: whole blocks from the start.</param>
    /// <param name="constants">The step's.</param>
    /// <returns>The end; or the first element of a block that was left as it was, since one of its results is beyond what its
    /// storage has in common with single precision.</returns>
    // Optimised at once: in tiers, the first thirty calls would run code that keeps every vector in memory.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nuint Run(in UpdateArrays arrays, nuint start, nuint end, in StepConstants constants)
    {
        var preparation = new Preparation<V, TChanges>(constants);
        R rule = R.Create(constants.Coefficients);
        byte* parameters = arrays.Parameters;
        byte* gradients = arrays.Gradients;
        byte* first = arrays.FirstState;
        byte* second = arrays.SecondState;
        byte* third = arrays.ThirdState;
        byte* fourth = arrays.FourthState;
        for (nuint i = start; i < end; i += (nuint)BlockLength)
        {
            byte* p = parameters + (i * (nuint)P.Size);
            byte* g = gradients + (i * (nuint)G.Size);
            byte* m = first + (i * (nuint)M.Size);
            byte* v = second + (i * (nuint)S.Size);
            byte* x = third + (i * (nuint)S.Size);
            byte* y = fourth + (i * (nuint)S.Size);
            if (IsAllFloat32)
            {
                V p0 = V.Load(p);
                V m0 = HasFirst ? V.Load(m) : default;
                V v0 = HasSecond ? V.Load(v) : default;
                V x0 = HasThird ? V.Load(x) : default;
                V y0 = HasFourth ? V.Load(y) : default;
                rule.Update(ref p0, preparation.Prepare(ref p0, V.Load(g)), ref m0, ref v0, ref x0, ref y0);
                V.Store(p, p0);
                if (HasFirst)
                {
                    V.Store(m, preparation.Flush(m0));
                }

                if (HasSecond)
                {
                    V.Store(v, preparation.Flush(v0));
                }

                if (HasThird)
                {
                    V.Store(x, preparation.Flush(x0));
                }

                if (HasFourth)
                {
                    V.Store(y, preparation.Flush(y0));
                }
            }
            else
            {
                V m0 = default, m1 = default, v0 = default, v1 = default, x0 = default, x1 = default, y0 = default, y1 = default;
                G.Load(g, !IsAll16Bit, out V g0, out V g1);
                if (HasFirst)
                {
                    M.Load(m, !IsAll16Bit, out m0, out m1);
                }

                if (HasSecond)
                {
                    S.Load(v, !IsAll16Bit, out v0, out v1);
                }

                if (HasThird)
                {
                    S.Load(x, !IsAll16Bit, out x0, out x1);
                }

                if (HasFourth)
                {
                    S.Load(y, !IsAll16Bit, out y0, out y1);
                }

                // The parameters last, which measured best: their update waits for the root and the division.
                P.Load(p, !IsAll16Bit, out V p0, out V p1);
                rule.Update(ref p0, preparation.Prepare(ref p0, g0), ref m0, ref v0, ref x0, ref y0);
                rule.Update(ref p1, preparation.Prepare(ref p1, g1), ref m1, ref v1, ref x1, ref y1);
                V kept = preparation.KeptIfSubnormal;

                // Before the first store: a block is written as a whole or not at all.
                if ((HasFirst && !M.TryNarrowState(m0, m1, kept, out m0, out m1))
                    || (HasSecond && !S.TryNarrowState(v0, v1, kept, out v0, out v1))
                    || (HasThird && !S.TryNarrowState(x0, x1, kept, out x0, out x1))
                    || (HasFourth && !S.TryNarrowState(y0, y1, kept, out y0, out y1))
                    || !P.TryNarrow(p0, p1, out p0, out p1))
                {
                    return i;
                }

                if (HasFirst)
                {
                    M.Store(m, !IsAll16Bit, m0, m1);
                }

                if (HasSecond)
                {
                    S.Store(v, !IsAll16Bit, v0, v1);
                }

                if (HasThird)
                {
                    S.Store(x, !IsAll16Bit, x0, x1);
                }

                if (HasFourth)
                {
                    S.Store(y, !IsAll16Bit, y0, y1);
                }

                P.Store(p, !IsAll16Bit, p0, p1);
            }
        }

        return end;
    }

    /// <summary>Elements that go through the loop at once.</summary>
    private static int BlockLength
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => IsAllFloat32 ? V.Count : 2 * V.Count;
    }

    private static bool IsAllFloat32
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => P.Size + G.Size + M.Size + S.Size == 4 * sizeof(float);
    }

    private static bool IsAll16Bit
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => P.Size + G.Size + M.Size + S.Size == 4 * sizeof(ushort);
    }

    private static bool HasFirst
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (R.State & StateArrays.First) != 0;
    }

    private static bool HasSecond
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (R.State & StateArrays.Second) != 0;
    }

    private static bool HasThird
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (R.State & StateArrays.Third) != 0;
    }

    private static bool HasFourth
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (R.State & StateArrays.Fourth) != 0;
    }
}
