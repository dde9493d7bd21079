using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>
/// The loads and stores of an update with next to no arithmetic: as fast as these arrays can pass through a CPU when they are read
/// and written once, in place. Of one, two and four vectors of 32 or 64 bytes at a time, with the loads first or not, this was
/// the fastest in arrays beyond the caches, and as fast as others within.
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

    /// <summary>Vectors, two at a time where all arrays are alike, then what is left over element by element.</summary>
    private static void Run<T>(in Tensor tensor, int parameterBytes, int stateBytes)
        where T : unmanaged, IBlock<T>
    {
        if (parameterBytes == stateBytes)
        {
            long done = Pass<Pair<T>, Pair<T>>(tensor, 0, parameterBytes);
            _ = parameterBytes == sizeof(ushort)
                ? Pass<Block2, Block2>(tensor, done, parameterBytes)
                : Pass<Pair<Block2>, Pair<Block2>>(tensor, done, parameterBytes);
        }
        else if (parameterBytes < stateBytes)
        {
            Pass<Block2, Pair<Block2>>(tensor, Pass<T, Pair<T>>(tensor, 0, parameterBytes), parameterBytes);
        }
        else
        {
            Pass<Pair<Block2>, Block2>(tensor, Pass<Pair<T>, T>(tensor, 0, parameterBytes), parameterBytes);
        }
    }

    /// <summary>
    /// Passes over the elements from the first on, as many as fill blocks. The parameters take in the gradients, by which those
    /// are used, and the moments change places.
    /// </summary>
    /// <typeparam name="TParameter">As many elements of parameters and gradients</typeparam>
    /// <typeparam name="TState">as of the moments.</typeparam>
    /// <returns>The first element that is left over.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Pass<TParameter, TState>(in Tensor tensor, long first, int parameterBytes)
        where TParameter : unmanaged, IBlock<TParameter>
        where TState : unmanaged, IBlock<TState>
    {
        byte* parameters = tensor.Parameters;
        byte* gradients = tensor.Gradients;
        byte* expAvg = tensor.ExpAvg;
        byte* expAvgSq = tensor.ExpAvgSq;
        long elements = sizeof(TParameter) / parameterBytes;
        nint end = (nint)(tensor.Length / elements);
        for (nint i = (nint)(first / elements); i < end; i++)
        {
            TParameter p = TParameter.Load(parameters + (i * sizeof(TParameter)));
            TParameter g = TParameter.Load(gradients + (i * sizeof(TParameter)));
            TState m = TState.Load(expAvg + (i * sizeof(TState)));
            TState v = TState.Load(expAvgSq + (i * sizeof(TState)));
            TParameter.Store(p ^ g, parameters + (i * sizeof(TParameter)));
            TState.Store(v, expAvg + (i * sizeof(TState)));
            TState.Store(m, expAvgSq + (i * sizeof(TState)));
        }

        return end * elements;
    }
}
