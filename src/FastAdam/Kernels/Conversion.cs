using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Kernels;

/// <summary>Arrays of any storage type to single precision and back, in tiles.</summary>
internal static unsafe class Conversion<V>
    where V : unmanaged, IVector<V>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Decode(ElementType type, byte* array, byte* part, nuint length, bool isSigned, float* numbers)
    {
        float* tile = stackalloc float[Tiles<V>.Room];
        for (nuint start = 0; start < length; start += Tiles<V>.Length)
        {
            nuint count = nuint.Min(Tiles<V>.Length, length - start);
            byte* beside = part + ElementTypes.PartBytes(type, start);
            PartedTiles<V>.Open(tile, type, array + (start * (nuint)ElementTypes.Size(type)), beside, (int)count, isSigned);
            Unsafe.CopyBlockUnaligned(numbers + start, tile, (uint)count * sizeof(float));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Encode(ElementType type, byte* array, byte* part, nuint length, bool isSigned, float* numbers)
    {
        float* tile = stackalloc float[Tiles<V>.Room];
        for (nuint start = 0; start < length; start += Tiles<V>.Length)
        {
            nuint count = nuint.Min(Tiles<V>.Length, length - start);
            byte* beside = part + ElementTypes.PartBytes(type, start);
            Unsafe.CopyBlockUnaligned(tile, numbers + start, (uint)count * sizeof(float));
            PartedTiles<V>.Close(
                type, array + (start * (nuint)ElementTypes.Size(type)), beside, tile, (int)count, isSigned, default, 0);
        }
    }
}
