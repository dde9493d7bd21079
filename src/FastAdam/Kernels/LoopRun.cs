using System.Runtime.CompilerServices;
using FastAdam.Isa;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>
/// Runs an <see cref="UpdateLoop{V, P, G, M, S, R, TChanges}"/> over arrays of any length: whole blocks, then what is left, in a copy
/// filled up to a block. The last block never reaches back over elements that are done: they would be updated twice.
/// </summary>
internal static unsafe class LoopRun<V>
    where V : unmanaged, IVector<V>
{
    /// <summary>Elements that go through tiles at once, where one of them cannot go through the loop.</summary>
    private const int StretchLength = 512;

    /// <param name="loop">The loop.</param>
    /// <param name="key">What it is the loop of.</param>
    /// <param name="streams">The arrays.</param>
    /// <param name="constants">The step's.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(nint loop, in KernelKey key, in Streams streams, in StepConstants constants)
    {
        var run = (delegate*<in Streams, nuint, nuint, in StepConstants, nuint>)loop;
        nuint full = streams.Length & ~((nuint)BlockLength(key) - 1);
        nuint done = run(streams, 0, full, constants);
        while (done < full)
        {
            nuint end = nuint.Min(done + StretchLength, full);
            KernelRegistry.RunTiled(key, new TensorWork(key, streams).Part(done, end), constants);
            done = run(streams, end, full, constants);
        }

        if (full != streams.Length)
        {
            RunPartial(loop, key, new TensorWork(key, streams).Part(full, streams.Length), constants);
        }
    }

    /// <summary>Elements that go through the loop at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int BlockLength(in KernelKey key) => key.IsAllFloat32 ? V.Count : 2 * V.Count;

    /// <summary>Less than a block.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void RunPartial(nint loop, in KernelKey key, in Streams part, in StepConstants constants)
    {
        byte* room = stackalloc byte[Streams.Count * PartialBlock.Size];
        int count = (int)part.Length;
        for (int array = 0; array < Streams.Count; array++)
        {
            if (key.Has(array))
            {
                PartialBlock.Fill<V>(room + (array * PartialBlock.Size), part[array], count, (int)key.Size(array));
            }
        }

        var block = new Streams(
            room,
            room + PartialBlock.Size,
            room + (2 * PartialBlock.Size),
            room + (3 * PartialBlock.Size),
            room + (4 * PartialBlock.Size),
            (nuint)BlockLength(key));
        Run(loop, key, block, constants);
        for (int array = 0; array < Streams.Count; array++)
        {
            if (array != Streams.GradientsNumber && key.Has(array))
            {
                PartialBlock.Empty<V>(room + (array * PartialBlock.Size), part[array], count, (int)key.Size(array));
            }
        }
    }
}
