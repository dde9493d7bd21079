using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>
/// The loads and stores of an update, and one exclusive or for each store: as fast as these arrays can pass through a CPU when
/// they are read and written once, in place.
/// </summary>
internal static unsafe class LimitLoop
{
    /// <summary>The instruction set whose loads and stores are used.</summary>
    public static InstructionSet InstructionSet { get; } =
        Vector512.IsHardwareAccelerated ? InstructionSet.Avx512
        : Vector256.IsHardwareAccelerated ? InstructionSet.Avx2
        : InstructionSets.Current == InstructionSet.Neon ? InstructionSet.Neon
        : InstructionSet.Scalar;

    /// <summary>Passes once over the arrays.</summary>
    /// <param name="tensor">The arrays.</param>
    /// <param name="parameterBytes">Of an element of parameters and gradients: 2 or 4.</param>
    /// <param name="stateBytes">Of an element of the moments: 2 or 4.</param>
    public static void Run(in Tensor tensor, int parameterBytes, int stateBytes)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Run<Block64>(tensor, parameterBytes, stateBytes);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Run<Block32>(tensor, parameterBytes, stateBytes);
        }
        else
        {
            Run<Block16>(tensor, parameterBytes, stateBytes);
        }
    }

    private static void Run<T>(in Tensor tensor, int parameterBytes, int stateBytes)
        where T : unmanaged, IBlock<T>
    {
        if (parameterBytes == stateBytes)
        {
            nint length = (nint)(tensor.Length * parameterBytes);
            Same<Block2>(tensor, Same<T>(tensor, 0, length), length);
        }
        else if (parameterBytes < stateBytes)
        {
            nint length = (nint)(tensor.Length * parameterBytes);
            WideState<Block2>(tensor, WideState<T>(tensor, 0, length), length);
        }
        else
        {
            nint length = (nint)(tensor.Length * stateBytes);
            WideParameters<Block2>(tensor, WideParameters<T>(tensor, 0, length), length);
        }
    }

    /// <summary>All arrays alike. Offsets are in bytes; returns that of what is left over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static nint Same<T>(in Tensor tensor, nint start, nint length)
        where T : unmanaged, IBlock<T>
    {
        byte* p = tensor.Parameters;
        byte* g = tensor.Gradients;
        byte* m = tensor.ExpAvg;
        byte* v = tensor.ExpAvgSq;
        nint i = start;
        for (; i <= length - sizeof(T); i += sizeof(T))
        {
            T gradient = T.Load(g + i);
            Change(p + i, gradient);
            Change(m + i, gradient);
            Change(v + i, gradient);
        }

        return i;
    }

    /// <summary>Moments in twice the bytes. Offsets are those of parameters and gradients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static nint WideState<T>(in Tensor tensor, nint start, nint length)
        where T : unmanaged, IBlock<T>
    {
        byte* p = tensor.Parameters;
        byte* g = tensor.Gradients;
        byte* m = tensor.ExpAvg;
        byte* v = tensor.ExpAvgSq;
        nint i = start;
        for (; i <= length - sizeof(T); i += sizeof(T))
        {
            T gradient = T.Load(g + i);
            Change(p + i, gradient);
            Change(m + (2 * i), gradient);
            Change(v + (2 * i), gradient);
            Change(m + (2 * i) + sizeof(T), gradient);
            Change(v + (2 * i) + sizeof(T), gradient);
        }

        return i;
    }

    /// <summary>Parameters and gradients in twice the bytes. Offsets are those of the moments.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static nint WideParameters<T>(in Tensor tensor, nint start, nint length)
        where T : unmanaged, IBlock<T>
    {
        byte* p = tensor.Parameters;
        byte* g = tensor.Gradients;
        byte* m = tensor.ExpAvg;
        byte* v = tensor.ExpAvgSq;
        nint i = start;
        for (; i <= length - sizeof(T); i += sizeof(T))
        {
            T first = T.Load(g + (2 * i));
            T second = T.Load(g + (2 * i) + sizeof(T));
            Change(p + (2 * i), first);
            Change(p + (2 * i) + sizeof(T), second);
            Change(m + i, first);
            Change(v + i, second);
        }

        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Change<T>(byte* at, T by)
        where T : unmanaged, IBlock<T> => T.Store(T.Load(at) ^ by, at);
}
