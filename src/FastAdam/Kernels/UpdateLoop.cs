using System.Runtime.CompilerServices;
using FastAdam.Codecs;
using FastAdam.Isa;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>
/// The loop of every kernel: full vectors, then one partial vector through the same mathematics. The last vector never reaches
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
        nuint length = streams.Length;
        nuint partial = length % (nuint)V.Count;
        nuint full = length - partial;

        nuint i = 0;
        for (; i < full; i += (nuint)V.Count)
        {
            V p = P.Load<V>(parameters + (i * (nuint)P.Size));
            V g = G.Load<V>(gradients + (i * (nuint)G.Size));
            V m = M.Load<V>(expAvg + (i * (nuint)M.Size));
            V v = S.Load<V>(expAvgSq + (i * (nuint)S.Size));
            rule.Update(ref p, g, ref m, ref v);
            P.Store(parameters + (i * (nuint)P.Size), p);
            M.Store(expAvg + (i * (nuint)M.Size), m);
            S.Store(expAvgSq + (i * (nuint)S.Size), v);
        }

        if (partial != 0)
        {
            int count = (int)partial;
            V p = P.LoadPartial<V>(parameters + (i * (nuint)P.Size), count);
            V g = G.LoadPartial<V>(gradients + (i * (nuint)G.Size), count);
            V m = M.LoadPartial<V>(expAvg + (i * (nuint)M.Size), count);
            V v = S.LoadPartial<V>(expAvgSq + (i * (nuint)S.Size), count);
            rule.Update(ref p, g, ref m, ref v);
            P.StorePartial(parameters + (i * (nuint)P.Size), p, count);
            M.StorePartial(expAvg + (i * (nuint)M.Size), m, count);
            S.StorePartial(expAvgSq + (i * (nuint)S.Size), v, count);
        }
    }
}
