using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FastAdam.Rules;

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

    // Takes what has been read, so that it is.
    private static byte _read;

    /// <summary>Passes once over the arrays.</summary>
    /// <param name="tensor">The arrays.</param>
    /// <param name="state">Those of the state that are used.</param>
    /// <param name="parameterBytes">Of an element of parameters and gradients: 2 or 4.</param>
    /// <param name="stateBytes">Of an element of the moments: 2 or 4.</param>
    public static void Run(in Tensor tensor, StateArrays state, int parameterBytes, int stateBytes)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Run<Block64>(tensor, state, parameterBytes, stateBytes);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Run<Block32>(tensor, state, parameterBytes, stateBytes);
        }
        else
        {
            Run<Block16>(tensor, state, parameterBytes, stateBytes);
        }
    }

    /// <summary>Reads once.</summary>
    /// <param name="array">What.</param>
    /// <param name="length">In bytes.</param>
    public static void Read(byte* array, long length)
    {
        _read = Vector512.IsHardwareAccelerated ? Read<Block64>(array, length)
            : Vector256.IsHardwareAccelerated ? Read<Block32>(array, length)
            : Read<Block16>(array, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static byte Read<T>(byte* array, long length)
        where T : unmanaged, IBlock<T>
    {
        T a = default, b = default, c = default, d = default;
        int block = 4 * sizeof(T);
        nint end = (nint)(length / block);
        for (nint i = 0; i < end; i++)
        {
            byte* place = array + (i * block);
            a ^= T.Load(place);
            b ^= T.Load(place + sizeof(T));
            c ^= T.Load(place + (2 * sizeof(T)));
            d ^= T.Load(place + (3 * sizeof(T)));
        }

        a = a ^ b ^ c ^ d;
        byte rest = *(byte*)&a;
        for (long i = end * block; i < length; i++)
        {
            rest ^= array[i];
        }

        return rest;
    }

    private static void Run<T>(in Tensor tensor, StateArrays state, int parameterBytes, int stateBytes)
        where T : unmanaged, IBlock<T>
    {
        // Which arrays they are makes no difference.
        byte** kept = stackalloc byte*[] { tensor.ExpAvg, tensor.ExpAvgSq, tensor.Third, tensor.Fourth };
        int count = 0;
        for (int i = 0; i < 4; i++)
        {
            kept[count] = kept[i];
            count += ((int)state >> i) & 1;
        }

        var arrays = new Tensor(tensor.Parameters, tensor.Gradients, kept[0], kept[1], kept[2], kept[3], tensor.Length);
        switch (count)
        {
            case 0:
                Run<T, Off, Off, Off, Off>(arrays, parameterBytes, stateBytes);
                break;
            case 1:
                Run<T, On, Off, Off, Off>(arrays, parameterBytes, stateBytes);
                break;
            case 2:
                Run<T, On, On, Off, Off>(arrays, parameterBytes, stateBytes);
                break;
            case 3:
                Run<T, On, On, On, Off>(arrays, parameterBytes, stateBytes);
                break;
            default:
                Run<T, On, On, On, On>(arrays, parameterBytes, stateBytes);
                break;
        }
    }

    /// <summary>Vectors, two at a time where all arrays are alike, then what is left over element by element.</summary>
    private static void Run<T, TFirst, TSecond, TThird, TFourth>(in Tensor tensor, int parameterBytes, int stateBytes)
        where T : unmanaged, IBlock<T>
        where TFirst : ISwitch
        where TSecond : ISwitch
        where TThird : ISwitch
        where TFourth : ISwitch
    {
        if (parameterBytes == stateBytes)
        {
            long done = Pass<Pair<T>, Pair<T>, TFirst, TSecond, TThird, TFourth>(tensor, 0, parameterBytes);
            _ = parameterBytes == sizeof(ushort)
                ? Pass<Block2, Block2, TFirst, TSecond, TThird, TFourth>(tensor, done, parameterBytes)
                : Pass<Pair<Block2>, Pair<Block2>, TFirst, TSecond, TThird, TFourth>(tensor, done, parameterBytes);
        }
        else if (parameterBytes < stateBytes)
        {
            Pass<Block2, Pair<Block2>, TFirst, TSecond, TThird, TFourth>(tensor, Pass<T, Pair<T>, TFirst, TSecond, TThird, TFourth>(tensor, 0, parameterBytes), parameterBytes);
        }
        else
        {
            Pass<Pair<Block2>, Block2, TFirst, TSecond, TThird, TFourth>(tensor, Pass<Pair<T>, T, TFirst, TSecond, TThird, TFourth>(tensor, 0, parameterBytes), parameterBytes);
        }
    }

    /// <summary>
    /// Passes over the elements from the first on, as many as fill blocks. The parameters take in the gradients, by which those
    /// are used, and the state arrays change places.
    /// </summary>
    /// <typeparam name="TParameter">As many elements of parameters and gradients</typeparam>
    /// <typeparam name="TState">as of the state.</typeparam>
    /// <typeparam name="TFirst">Whether there is a first state array; the others likewise.</typeparam>
    /// <typeparam name="TSecond">A second.</typeparam>
    /// <typeparam name="TThird">A third.</typeparam>
    /// <typeparam name="TFourth">A fourth.</typeparam>
    /// <returns>The first element that is left over.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Pass<TParameter, TState, TFirst, TSecond, TThird, TFourth>(in Tensor tensor, long first, int parameterBytes)
        where TParameter : unmanaged, IBlock<TParameter>
        where TState : unmanaged, IBlock<TState>
        where TFirst : ISwitch
        where TSecond : ISwitch
        where TThird : ISwitch
        where TFourth : ISwitch
    {
        byte* parameters = tensor.Parameters;
        byte* gradients = tensor.Gradients;
        byte* expAvg = tensor.ExpAvg;
        byte* expAvgSq = tensor.ExpAvgSq;
        byte* third = tensor.Third;
        byte* fourth = tensor.Fourth;
        TState last = default;
        long elements = sizeof(TParameter) / parameterBytes;
        nint end = (nint)(tensor.Length / elements);
        for (nint i = (nint)(first / elements); i < end; i++)
        {
            TParameter p = TParameter.Load(parameters + (i * sizeof(TParameter)));
            TParameter g = TParameter.Load(gradients + (i * sizeof(TParameter)));
            TState m = TFirst.IsOn ? TState.Load(expAvg + (i * sizeof(TState))) : default;
            TState v = TSecond.IsOn ? TState.Load(expAvgSq + (i * sizeof(TState))) : default;
            TState x = TThird.IsOn ? TState.Load(third + (i * sizeof(TState))) : default;
            TState y = TFourth.IsOn ? TState.Load(fourth + (i * sizeof(TState))) : default;
            TParameter.Store(p ^ g, parameters + (i * sizeof(TParameter)));
            if (TFirst.IsOn)
            {
                // A single one takes in what the last block had: an array that were written as it is could be left alone.
                TState.Store(TSecond.IsOn ? v : m ^ last, expAvg + (i * sizeof(TState)));
                last = m;
            }

            if (TSecond.IsOn)
            {
                TState.Store(TThird.IsOn ? x : m, expAvgSq + (i * sizeof(TState)));
            }

            if (TThird.IsOn)
            {
                TState.Store(TFourth.IsOn ? y : m, third + (i * sizeof(TState)));
            }

            if (TFourth.IsOn)
            {
                TState.Store(m, fourth + (i * sizeof(TState)));
            }
        }

        return end * elements;
    }
}
