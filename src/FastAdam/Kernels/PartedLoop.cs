using System.Runtime.CompilerServices;
using FastAdam.Codecs;
using FastAdam.Isa;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>The loop over whole blocks of 128 elements whose parameters need more than one array, or random words; the moments are single
/// elements.</summary>
/// <typeparam name="V">The instruction set.</typeparam>
/// <typeparam name="P">Storage of the parameters.</typeparam>
/// <typeparam name="G">Storage of the gradients.</typeparam>
/// <typeparam name="M">Storage of both moments.</typeparam>
/// <typeparam name="R">The optimizer, which has two of them.</typeparam>
/// <typeparam name="TChanges">Whether the step changes the gradients.</typeparam>
internal static unsafe class PartedLoop<V, P, G, M, R, TChanges>
    where V : unmanaged, IVector<V>
    where P : IPartedCodec
    where G : ICodec
    where M : ICodec
    where R : struct, IRule<R, V>
    where TChanges : ISwitch
{
    /// <param name="arrays">The arrays.</param>
    /// <param name="end">How many elements: whole blocks.</param>
    /// <param name="words">A random word for each element, where the parameters are rounded at random.</param>
    /// <param name="constants">The step's.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in UpdateArrays arrays, nuint end, uint* words, in StepConstants constants)
    {
        var preparation = new Preparation<V, TChanges>(constants);
        R rule = R.Create(constants.Coefficients);
        V none = default;
        for (nuint i = 0; i < end; i += Block8Codec.Length)
        {
            byte* p = arrays.Parameters + (i * (nuint)P.Size);
            byte* part = arrays.Parts.Parameters + (i * (nuint)P.PartSize);
            byte* g = arrays.Gradients + (i * (nuint)G.Size);
            byte* m = arrays.FirstState + (i * (nuint)M.Size);
            byte* v = arrays.SecondState + (i * (nuint)M.Size);
            uint* blockWords = words + i;

            for (int k = 0; k < Block8Codec.Length; k += 2 * V.Count)
            {
                if (M.Size == sizeof(ushort))
                {
                    // Not beside single-precision moments: see BlockPrefetch.
                    BlockPrefetch.Ask<V>(p, k, P.Size);
                    if (P.PartSize != 0)
                    {
                        BlockPrefetch.Ask<V>(part, k, P.PartSize);
                    }

                    BlockPrefetch.Ask<V>(g, k, G.Size);
                    BlockPrefetch.Ask<V>(m, k, M.Size);
                    BlockPrefetch.Ask<V>(v, k, M.Size);
                }

                G.Load(g + (k * G.Size), inOrder: true, out V g0, out V g1);
                M.Load(m + (k * M.Size), inOrder: true, out V m0, out V m1);
                M.Load(v + (k * M.Size), inOrder: true, out V v0, out V v1);
                P.Load(p + (k * P.Size), part + (k * P.PartSize), out V p0, out V p1);
                rule.Update(ref p0, preparation.Prepare(ref p0, g0), ref m0, ref v0, ref none, ref none);
                rule.Update(ref p1, preparation.Prepare(ref p1, g1), ref m1, ref v1, ref none, ref none);
                StoreState(m + (k * M.Size), preparation, m0, m1);
                StoreState(v + (k * M.Size), preparation, v0, v1);
                P.Store(p + (k * P.Size), part + (k * P.PartSize), blockWords + k, p0, p1);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreState(byte* destination, in Preparation<V, TChanges> preparation, V first, V second)
    {
        if (!M.TryNarrowState(first, second, preparation.KeptIfSubnormal, out V low, out V high))
        {
            M.NarrowAny(preparation.Flush(first), preparation.Flush(second), out low, out high);
        }

        M.Store(destination, inOrder: true, low, high);
    }
}
