using System.Runtime.CompilerServices;
using FastAdam.Codecs;
using FastAdam.Isa;

namespace FastAdam.Kernels;

/// <summary>Tiles of arrays whose storage type is known at run time.</summary>
internal static unsafe class Tiles<V>
    where V : unmanaged, IVector<V>
{
    /// <summary>Elements of the longest tile.</summary>
    public const int Length = Tile<V, Float32Codec>.Length;

    /// <summary>A tile, and the block beyond it that its conversion may touch.</summary>
    public const int Room = Length + 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Open(float* tile, byte* array, ElementType type, int count) =>
        CodecTable.Visit(type, new Opening(tile, array, count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Close(byte* array, float* tile, ElementType type, int count) =>
        CodecTable.Visit(type, new Closing(array, tile, count));

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
