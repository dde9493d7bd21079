using System.Runtime.CompilerServices;
using FastAdam.Codecs;
using FastAdam.Isa;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>Tiles of arrays of any storage type, by their roles in an update.</summary>
internal static unsafe class PartedTiles<V>
    where V : unmanaged, IVector<V>
{
    /// <summary>Opens an array of an update.</summary>
    /// <param name="tile">Takes the numbers; may be written beyond them within its room.</param>
    /// <param name="key">The kernel.</param>
    /// <param name="arrays">A piece of its arrays, at most as long as a tile.</param>
    /// <param name="role">Which array.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Open(float* tile, in KernelKey key, in UpdateArrays arrays, ArrayRole role) =>
        Open(tile, key.Types[role], arrays[role], arrays.Parts[role], (int)arrays.Length, IsSigned(key, role));

    /// <summary>Closes an array of an update.</summary>
    /// <param name="key">The kernel.</param>
    /// <param name="arrays">A piece of its arrays.</param>
    /// <param name="role">Which array takes the numbers.</param>
    /// <param name="tile">The numbers; may be read beyond them within its room.</param>
    /// <param name="random">What random rounding depends on, but for the tensor and the array.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Close(in KernelKey key, in UpdateArrays arrays, ArrayRole role, float* tile, in RandomStream random)
    {
        RandomStream stream = random with
        {
            Tensor = arrays.Parts.Tensor,
            Array = role == ArrayRole.Parameters ? 0u : (uint)(role - ArrayRole.FirstState) + 1,
        };
        Close(
            key.Types[role],
            arrays[role],
            arrays.Parts[role],
            tile,
            (int)arrays.Length,
            IsSigned(key, role),
            stream,
            arrays.Parts.FirstElement);
    }

    /// <param name="tile">Takes the numbers; may be written up to two registers beyond them.</param>
    /// <param name="type">The storage type.</param>
    /// <param name="array">The stored elements.</param>
    /// <param name="part">What is beside them.</param>
    /// <param name="count">How many.</param>
    /// <param name="isSigned">Whether integers of 8 bits stand for numbers with a sign.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Open(float* tile, ElementType type, byte* array, byte* part, int count, bool isSigned)
    {
        switch (type)
        {
            case ElementType.Block8:
                Block8Tile<V>.Open(tile, array, (float*)part, count, isSigned);
                break;
            case ElementType.Split16:
                PartedTile<V, Split16Codec>.Open(tile, array, part, count);
                break;
            case ElementType.Split8:
                PartedTile<V, Split8Codec>.Open(tile, array, part, count);
                break;
            case ElementType.Float32WithBFloat16 or ElementType.Float32WithFloat16:
                Tiles<V>.Open(tile, array, ElementType.Float32, count);
                break;
            default:
                Tiles<V>.Open(tile, array, ElementTypes.ToNearest(type), count);
                break;
        }
    }

    /// <param name="type">The storage type.</param>
    /// <param name="array">Takes the elements.</param>
    /// <param name="part">Takes what is beside them.</param>
    /// <param name="tile">The numbers; may be read up to two registers beyond them.</param>
    /// <param name="count">How many.</param>
    /// <param name="isSigned">Whether integers of 8 bits stand for numbers with a sign.</param>
    /// <param name="stream">What random rounding depends on.</param>
    /// <param name="firstElement">The index of the first element, for random rounding.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Close(
        ElementType type, byte* array, byte* part, float* tile, int count, bool isSigned, in RandomStream stream, ulong firstElement)
    {
        switch (type)
        {
            case ElementType.Block8:
                Block8Tile<V>.Close(array, (float*)part, tile, count, isSigned);
                break;
            case ElementType.Split16:
                PartedTile<V, Split16Codec>.Close(array, part, tile, count, stream, firstElement);
                break;
            case ElementType.Split8:
                PartedTile<V, Split8Codec>.Close(array, part, tile, count, stream, firstElement);
                break;
            case ElementType.Float32WithBFloat16:
                PartedTile<V, CopyCodec<BFloat16Codec>>.Close(array, part, tile, count, stream, firstElement);
                break;
            case ElementType.Float32WithFloat16:
                PartedTile<V, CopyCodec<Float16Codec>>.Close(array, part, tile, count, stream, firstElement);
                break;
            case ElementType.StochasticBFloat16:
                PartedTile<V, StochasticBFloat16Codec>.Close(array, part, tile, count, stream, firstElement);
                break;
            case ElementType.StochasticFloat16:
                PartedTile<V, StochasticFloat16Codec>.Close(array, part, tile, count, stream, firstElement);
                break;
            default:
                Tiles<V>.Close(array, tile, type, count);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsSigned(in KernelKey key, ArrayRole role) =>
        role < ArrayRole.FirstState || !key.Has(role) || RuleKinds.IsSigned(key.Rule, role - ArrayRole.FirstState);
}
