using System.Runtime.CompilerServices;
using FastAdam.Codecs;
using FastAdam.Isa;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>
/// The loop of every kernel: whole blocks, then what is left, in a copy filled up to a block. The last block never reaches
/// back over elements that are done: they would be updated twice.
/// </summary>
/// <typeparam name="V">The instruction set.</typeparam>
/// <typeparam name="P">Storage of the parameters.</typeparam>
/// <typeparam name="G">Storage of the gradients.</typeparam>
/// <typeparam name="M">Storage of the first moment.</typeparam>
/// <typeparam name="S">Storage of the second moment.</typeparam>
/// <typeparam name="R">The optimizer.</typeparam>
internal static unsafe class UpdateLoop<V, P, G, M, S, R>
    where V : unmanaged, IVector<V>
    where P : ICodec
    where G : ICodec
    where M : ICodec
    where S : ICodec
    where R : struct, IRule<R, V>
{
    // Optimised at once: in tiers, the first thirty calls would run code that keeps every vector in memory.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in Streams streams, in AdamConstants constants)
    {
        R rule = R.Create(constants);
        byte* parameters = streams.Parameters;
        byte* gradients = streams.Gradients;
        byte* expAvg = streams.ExpAvg;
        byte* expAvgSq = streams.ExpAvgSq;
        nuint partial = streams.Length % (nuint)BlockLength;
        nuint full = streams.Length - partial;

        for (nuint i = 0; i < full; i += (nuint)BlockLength)
        {
            byte* p = parameters + (i * (nuint)P.Size);
            byte* g = gradients + (i * (nuint)G.Size);
            byte* m = expAvg + (i * (nuint)M.Size);
            byte* v = expAvgSq + (i * (nuint)S.Size);
            if (IsAllFloat32)
            {
                V p0 = V.Load(p);
                V m0 = V.Load(m);
                V v0 = V.Load(v);
                rule.Update(ref p0, V.Load(g), ref m0, ref v0);
                V.Store(p, p0);
                V.Store(m, rule.Flush(m0));
                V.Store(v, rule.Flush(v0));
            }
            else
            {
                // The parameters last, which measured best: their update waits for the root and the division.
                G.Load(g, !IsAll16Bit, out V g0, out V g1);
                M.Load(m, !IsAll16Bit, out V m0, out V m1);
                S.Load(v, !IsAll16Bit, out V v0, out V v1);
                P.Load(p, !IsAll16Bit, out V p0, out V p1);
                rule.Update(ref p0, g0, ref m0, ref v0);
                rule.Update(ref p1, g1, ref m1, ref v1);
                if (M.HoldsSubnormals)
                {
                    m0 = rule.Flush(m0);
                    m1 = rule.Flush(m1);
                }

                M.Store(m, !IsAll16Bit, m0, m1);
                if (S.HoldsSubnormals)
                {
                    v0 = rule.Flush(v0);
                    v1 = rule.Flush(v1);
                }

                S.Store(v, !IsAll16Bit, v0, v1);
                P.Store(p, !IsAll16Bit, p0, p1);
            }
        }

        if (partial != 0)
        {
            RunPartial(
                new Streams(
                    parameters + (full * (nuint)P.Size),
                    gradients + (full * (nuint)G.Size),
                    expAvg + (full * (nuint)M.Size),
                    expAvgSq + (full * (nuint)S.Size),
                    partial),
                constants);
        }
    }

    /// <summary>Less than a block: in a copy that is filled up to a whole one.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void RunPartial(in Streams streams, in AdamConstants constants)
    {
        PartialBlock block;
        int count = (int)streams.Length;
        PartialBlock.Fill<V, P>(block.Parameters, streams.Parameters, count);
        PartialBlock.Fill<V, G>(block.Gradients, streams.Gradients, count);
        PartialBlock.Fill<V, M>(block.ExpAvg, streams.ExpAvg, count);
        PartialBlock.Fill<V, S>(block.ExpAvgSq, streams.ExpAvgSq, count);
        Run(new Streams(block.Parameters, block.Gradients, block.ExpAvg, block.ExpAvgSq, (nuint)BlockLength), constants);
        PartialBlock.Empty<V, P>(block.Parameters, streams.Parameters, count);
        PartialBlock.Empty<V, M>(block.ExpAvg, streams.ExpAvg, count);
        PartialBlock.Empty<V, S>(block.ExpAvgSq, streams.ExpAvgSq, count);
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
}
