using System.Runtime.CompilerServices;
using FastAdam.Codecs;
using FastAdam.Isa;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>
/// The loop over whole blocks of 128 elements for rules whose only state is integers of 8 bits with a scale for each block. The rule computes
/// with the numbers that they stand for, so its results are those of tiles. As in <see
/// cref="BlockLoop{V, P, G, TFirst, TSecond, R, TChanges}"/>, a block becomes integers while the next one is computed.
/// </summary>
/// <typeparam name="V">The instruction set.</typeparam>
/// <typeparam name="G">Storage of the gradients; parameters are single-precision.</typeparam>
/// <typeparam name="R">The optimizer.</typeparam>
/// <typeparam name="TChanges">Whether the step changes the gradients.</typeparam>
internal static unsafe class FirstBlockLoop<V, G, R, TChanges>
    where V : unmanaged, IVector<V>
    where G : ICodec
    where R : struct, IRule<R, V>
    where TChanges : ISwitch
{
    /// <param name="arrays">The arrays.</param>
    /// <param name="end">How many elements: whole blocks.</param>
    /// <param name="words">None: the parameters are not rounded.</param>
    /// <param name="constants">The step's.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Run(in UpdateArrays arrays, nuint end, uint* words, in StepConstants constants)
    {
        var preparation = new Preparation<V, TChanges>(constants);
        R rule = R.Create(constants.Coefficients);
        float* room = stackalloc float[(3 * Block8Codec.Length) + 16];
        float* m = (float*)(((nint)room + 63) & ~63);
        float* lastM = m + Block8Codec.Length;

        // Before the first block the integers of none are written, into the room behind.
        byte* last = (byte*)(lastM + Block8Codec.Length);
        V factor = V.Broadcast(0);
        V none = default;
        for (nuint i = 0; i < end; i += Block8Codec.Length)
        {
            byte* p = arrays.Parameters + (i * sizeof(float));
            byte* g = arrays.Gradients + (i * (nuint)G.Size);
            byte* first = arrays.FirstState + i;
            float* place = (float*)arrays.Parts.FirstState + (i / Block8Codec.Length);
            V unit = V.Broadcast(*place / Block8Codec.SignedTop);
            V largest = V.BroadcastBits(0);
            for (int k = 0; k < Block8Codec.Length; k += 2 * V.Count)
            {
                BlockPrefetch.Ask<V>(p, k, sizeof(float));
                BlockPrefetch.Ask<V>(g, k, G.Size);
                BlockPrefetch.Ask<V>(first, k, sizeof(byte));
                G.Load(g + (k * G.Size), inOrder: true, out V g0, out V g1);
                Float32Codec.Load(p + (k * sizeof(float)), inOrder: true, out V p0, out V p1);
                V m0 = V.LoadSignedBytes(first + k) * unit;
                V m1 = V.LoadSignedBytes(first + k + V.Count) * unit;
                rule.Update(ref p0, preparation.Prepare(ref p0, g0), ref m0, ref none, ref none, ref none);
                rule.Update(ref p1, preparation.Prepare(ref p1, g1), ref m1, ref none, ref none, ref none);

                // As tiles store it: subnormal numbers never reach the integers.
                Float32Codec.Store((byte*)(m + k), inOrder: true, m0, m1);
                largest = V.MaxBits(largest, V.MaxBits(Block8Codec.Magnitude(m0), Block8Codec.Magnitude(m1)));
                Block8Codec.StoreSigned(last + k, lastM + k, factor);
                Float32Codec.Store(p + (k * sizeof(float)), inOrder: true, p0, p1);
            }

            float scale = Block8Codec.SignedScale(V.HighestBits(largest));
            Block8Codec.Finish<V>(place, scale, m);
            factor = V.Broadcast(Block8Codec.Factor(scale, Block8Codec.SignedTop));
            last = first;
            float* finished = m;
            m = lastM;
            lastM = finished;
        }

        for (int k = 0; k < Block8Codec.Length; k += 2 * V.Count)
        {
            Block8Codec.StoreSigned(last + k, lastM + k, factor);
        }
    }
}
