using System.Runtime.CompilerServices;
using FastAdam.Codecs;
using FastAdam.Isa;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>
/// An update in tiles that stay in the cache: 16-bit arrays are opened into single precision, go through the rule's loop for
/// that, and are closed again. So a rule need not have a loop for each mixture of storage types; and an update can be compared
/// with what was there before while that is still in the cache. The results are those of a loop without tiles.
/// </summary>
internal static unsafe class TiledUpdate<V, D>
    where V : unmanaged, IVector<V>
    where D : ISquareSums
{
    private const int TileLength = Tile<V, Float32Codec>.Length;

    // A tile, and the block beyond it that its conversion may touch.
    private const int TileRoom = TileLength + 32;

    /// <param name="loop">None: a kernel's loop is found for its tiles.</param>
    /// <param name="key">The kernel.</param>
    /// <param name="streams">The arrays.</param>
    /// <param name="constants">The step's.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Run(nint loop, in KernelKey key, in Streams streams, in StepConstants constants)
    {
        float* room = stackalloc float[Streams.Count * TileRoom];
        for (nuint start = 0; start < streams.Length; start += TileLength)
        {
            Update(key, Part(key, streams, start), constants, room);
        }
    }

    /// <summary>The same for at most <see cref="LaneSums.BlockLength"/> elements, the first ones of a block, with what became of
    /// the parameters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static ParameterSums RunAndCompare(in KernelKey key, in Streams streams, in StepConstants constants)
    {
        float* room = stackalloc float[(Streams.Count + 2) * TileRoom];
        float* before = room + (Streams.Count * TileRoom);
        float* after = before + TileRoom;
        LaneSums updates = default;
        LaneSums parameters = default;
        long unchanged = 0;
        for (nuint start = 0; start < streams.Length; start += TileLength)
        {
            Streams part = Part(key, streams, start);
            int count = (int)part.Length;
            Open(before, part.Parameters, key.Parameters, count);
            Update(key, part, constants, room);
            Open(after, part.Parameters, key.Parameters, count);
            unchanged += Subtract(before, after, count);
            LaneSums.AddSquares<D>(ref updates, before, count);
            LaneSums.AddSquares<D>(ref parameters, after, count);
        }

        return new ParameterSums(updates.Total(), parameters.Total(), unchanged);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Streams Part(in KernelKey key, in Streams streams, nuint start) =>
        new TensorWork(key, streams).Part(start, nuint.Min(start + TileLength, streams.Length));

    /// <summary>Updates one tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Update(in KernelKey key, in Streams part, in StepConstants constants, float* room)
    {
        int count = (int)part.Length;
        float** tiles = stackalloc float*[Streams.Count];
        for (int array = 0; array < Streams.Count; array++)
        {
            tiles[array] = (float*)part[array];
            if (key.Has(array) && key.Type(array) != ElementType.Float32)
            {
                tiles[array] = room + (array * TileRoom);
                Open(tiles[array], part[array], key.Type(array), count);
            }
        }

        KernelRegistry.Run(
            new KernelKey(key.InstructionSet, key.Rule, default, default, default, default),
            new Streams(tiles[0], tiles[1], tiles[2], tiles[3], tiles[4], (nuint)count),
            constants);
        for (int array = 0; array < Streams.Count; array++)
        {
            if (array != Streams.GradientsNumber && key.Has(array) && key.Type(array) != ElementType.Float32)
            {
                Close(part[array], tiles[array], key.Type(array), count);
            }
        }
    }

    /// <summary>Puts what has become of the elements in place of what they were, and counts those that are as they were.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Subtract(float* before, float* after, int count)
    {
        int unchanged = 0;
        for (int i = 0; i < count; i += V.Count)
        {
            int lanes = int.Min(V.Count, count - i);
            V old = V.LoadPartial((byte*)(before + i), lanes);
            V now = V.LoadPartial((byte*)(after + i), lanes);

            // NaN stays NaN, of which payload does not matter: it may be another on each instruction set. The lanes beyond are
            // zero in both.
            unchanged += V.CountEqual(V.SelectIfNaN(old, now, old), now) - (V.Count - lanes);
            V.StorePartial((byte*)(before + i), now - old, lanes);
        }

        return unchanged;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Open(float* tile, byte* array, ElementType type, int count) =>
        KernelRegistry.Visit(type, new Opening(tile, array, count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Close(byte* array, float* tile, ElementType type, int count) =>
        KernelRegistry.Visit(type, new Closing(array, tile, count));

    private readonly struct Opening(float* tile, byte* array, int count) : ICodecVisitor
    {
        public nint Visit<C>()
            where C : ICodec
        {
            Tile<V, C>.Open(tile, array, count);
            return 0;
        }
    }

    private readonly struct Closing(byte* array, float* tile, int count) : ICodecVisitor
    {
        public nint Visit<C>()
            where C : ICodec
        {
            Tile<V, C>.Close(array, tile, count);
            return 0;
        }
    }
}
