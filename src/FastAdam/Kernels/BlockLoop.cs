using System.Runtime.CompilerServices;
using FastAdam.Codecs;
using FastAdam.Isa;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>
/// The loop over whole blocks of 128 elements whose moments, or one of them, are integers of 8 bits with a scale for each block; the other
/// one is single-precision. A block's integers can only be made once its largest number is known: its moments wait in the cache, and
/// become integers while the next block is computed, whose roots and quotients leave time for that.
/// </summary>
/// <typeparam name="V">The instruction set.</typeparam>
/// <typeparam name="P">Storage of the parameters.</typeparam>
/// <typeparam name="G">Storage of the gradients.</typeparam>
/// <typeparam name="TFirst">Whether the first moment is in blocks.</typeparam>
/// <typeparam name="TSecond">Whether the second moment is.</typeparam>
/// <typeparam name="R">The optimizer.</typeparam>
/// <typeparam name="TChanges">Whether the step changes the gradients.</typeparam>
internal static unsafe class BlockLoop<V, P, G, TFirst, TSecond, R, TChanges>
    where V : unmanaged, IVector<V>
    where P : IPartedCodec
    where G : ICodec
    where TFirst : ISwitch
    where TSecond : ISwitch
    where R : struct, IScaledRule<R, V>
    where TChanges : ISwitch
{
    /// <param name="arrays">The arrays.</param>
    /// <param name="end">How many elements: whole blocks.</param>
    /// <param name="words">A random word for each element, where the parameters are rounded at random.</param>
    /// <param name="constants">The step's.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Run(in UpdateArrays arrays, nuint end, uint* words, in StepConstants constants)
    {
        var preparation = new Preparation<V, TChanges>(constants);
        R rule = R.Create(constants.Coefficients);
        ScaledMoments<V> moments = rule.Moments;
        V decay = V.Broadcast(constants.ParameterDecay);
        V kept = preparation.KeptIfSubnormal;
        float firstUnit = moments.Scaled.B1 / Block8Codec.SignedTop;
        float secondUnit = moments.Scaled.RootB2 / Block8Codec.RootTop;

        float* room = stackalloc float[(5 * Block8Codec.Length) + 16];
        float* m = (float*)(((nint)room + 63) & ~63);
        float* r = m + Block8Codec.Length;
        float* lastM = r + Block8Codec.Length;
        float* lastR = lastM + Block8Codec.Length;

        // Before the first block the integers of none are written, into the room behind.
        byte* lastFirst = (byte*)(lastR + Block8Codec.Length);
        byte* lastSecond = lastFirst + Block8Codec.Length;
        V firstFactor = V.Broadcast(0);
        V secondFactor = V.Broadcast(0);
        for (nuint i = 0; i < end; i += Block8Codec.Length)
        {
            byte* p = arrays.Parameters + (i * (nuint)P.Size);
            byte* part = arrays.Parts.Parameters + (i * (nuint)P.PartSize);
            byte* g = arrays.Gradients + (i * (nuint)G.Size);
            byte* first = arrays.FirstState + (i * (nuint)(TFirst.IsOn ? sizeof(byte) : sizeof(float)));
            byte* second = arrays.SecondState + (i * (nuint)(TSecond.IsOn ? sizeof(byte) : sizeof(float)));
            float* firstScale = (float*)arrays.Parts.FirstState + (i / Block8Codec.Length);
            float* secondScale = (float*)arrays.Parts.SecondState + (i / Block8Codec.Length);
            V unit = TFirst.IsOn ? V.Broadcast(*firstScale * firstUnit) : default;
            V rootUnit = TSecond.IsOn ? V.Broadcast(*secondScale * secondUnit) : default;
            V halfUnit = rootUnit * 0.5f;
            V largestM = V.BroadcastBits(0);
            V largestR = V.BroadcastBits(0);
            uint* blockWords = words + i;

            for (int k = 0; k < Block8Codec.Length; k += 2 * V.Count)
            {
                BlockPrefetch.Ask<V>(p, k, P.Size);
                if (P.PartSize != 0)
                {
                    BlockPrefetch.Ask<V>(part, k, P.PartSize);
                }

                BlockPrefetch.Ask<V>(g, k, G.Size);
                BlockPrefetch.Ask<V>(first, k, TFirst.IsOn ? sizeof(byte) : sizeof(float));
                BlockPrefetch.Ask<V>(second, k, TSecond.IsOn ? sizeof(byte) : sizeof(float));
                G.Load(g + (k * G.Size), inOrder: true, out V g0, out V g1);
                P.Load(p + (k * P.Size), part + (k * P.PartSize), out V p0, out V p1);
                g0 = preparation.Change(p0, g0);
                g1 = preparation.Change(p1, g1);

                V v0, v1;
                if (TSecond.IsOn)
                {
                    v0 = moments.SecondOfRoot(Block8Codec.LoadRoots(second + k, rootUnit, halfUnit), g0);
                    v1 = moments.SecondOfRoot(Block8Codec.LoadRoots(second + k + V.Count, rootUnit, halfUnit), g1);
                }
                else
                {
                    Float32Codec.Load(second + (k * sizeof(float)), inOrder: true, out v0, out v1);
                    v0 = moments.Second(v0, g0);
                    v1 = moments.Second(v1, g1);
                }

                V r0 = V.Sqrt(v0);
                V r1 = V.Sqrt(v1);
                V m0, m1;
                if (TFirst.IsOn)
                {
                    m0 = moments.First(V.LoadSignedBytes(first + k), unit, g0);
                    m1 = moments.First(V.LoadSignedBytes(first + k + V.Count), unit, g1);
                    Float32Codec.Store((byte*)(m + k), inOrder: true, m0, m1);
                    largestM = V.MaxBits(largestM, V.MaxBits(Block8Codec.Magnitude(m0), Block8Codec.Magnitude(m1)));
                    Block8Codec.StoreSigned(lastFirst + k, lastM + k, firstFactor);
                }
                else
                {
                    Float32Codec.Load(first + (k * sizeof(float)), inOrder: true, out m0, out m1);
                    m0 = moments.First(m0, g0);
                    m1 = moments.First(m1, g1);
                    Float32Codec.TryNarrowState(m0, m1, kept, out V low, out V high);
                    Float32Codec.Store(first + (k * sizeof(float)), inOrder: true, low, high);
                }

                V u0 = rule.Update(m0, g0, r0);
                V u1 = rule.Update(m1, g1, r1);
                if (TSecond.IsOn)
                {
                    Float32Codec.Store((byte*)(r + k), inOrder: true, r0, r1);
                    largestR = V.MaxBits(largestR, V.MaxBits(r0, r1));
                    Block8Codec.StoreRoots(lastSecond + k, lastR + k, secondFactor);
                }
                else
                {
                    Float32Codec.TryNarrowState(v0, v1, kept, out V low, out V high);
                    Float32Codec.Store(second + (k * sizeof(float)), inOrder: true, low, high);
                }

                P.Store(
                    p + (k * P.Size),
                    part + (k * P.PartSize),
                    blockWords + k,
                    V.MultiplyAdd(p0, decay, u0),
                    V.MultiplyAdd(p1, decay, u1));
            }

            float rootScale = 1;
            if (TSecond.IsOn)
            {
                rootScale = Block8Codec.RootScale(V.HighestBits(largestR));
                Block8Codec.Finish<V>(secondScale, rootScale, r);
                secondFactor = V.Broadcast(Block8Codec.Factor(rootScale, Block8Codec.RootTop));
                lastSecond = second;
                float* finished = r;
                r = lastR;
                lastR = finished;
            }

            if (TFirst.IsOn)
            {
                // Without a second moment none is left: updates of m / eps would follow.
                float scale = Block8Codec.SignedScale(V.HighestBits(largestM));
                scale = rootScale == 0 && scale > 0 ? 0 : scale;
                Block8Codec.Finish<V>(firstScale, scale, m);
                firstFactor = V.Broadcast(Block8Codec.Factor(scale, Block8Codec.SignedTop));
                lastFirst = first;
                float* finished = m;
                m = lastM;
                lastM = finished;
            }
        }

        for (int k = 0; k < Block8Codec.Length; k += 2 * V.Count)
        {
            if (TFirst.IsOn)
            {
                Block8Codec.StoreSigned(lastFirst + k, lastM + k, firstFactor);
            }

            if (TSecond.IsOn)
            {
                Block8Codec.StoreRoots(lastSecond + k, lastR + k, secondFactor);
            }
        }
    }
}
