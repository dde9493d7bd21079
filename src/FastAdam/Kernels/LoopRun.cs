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
    /// <param name="arrays">The arrays.</param>
    /// <param name="constants">The step's.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(nint loop, in KernelKey key, in UpdateArrays arrays, in StepConstants constants)
    {
        var run = (delegate*<in UpdateArrays, nuint, nuint, in StepConstants, nuint>)loop;
        nuint full = arrays.Length & ~((nuint)BlockLength(key) - 1);
        nuint done = run(arrays, 0, full, constants);
        while (done < full)
        {
            nuint end = nuint.Min(done + StretchLength, full);
            KernelTable.RunTiled(key, arrays.Part(key, done, end), constants);
            done = run(arrays, end, full, constants);
        }

        if (full != arrays.Length)
        {
            RunPartial(loop, key, arrays.Part(key, full, arrays.Length), constants);
        }
    }

    /// <summary>Elements that go through the loop at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int BlockLength(in KernelKey key) => key.Types.AreFloat32 ? V.Count : 2 * V.Count;

    /// <summary>Less than a block.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void RunPartial(nint loop, in KernelKey key, in UpdateArrays part, in StepConstants constants)
    {
        byte* room = stackalloc byte[ArrayRoles.Count * PartialBlock.Size];
        int count = (int)part.Length;
        UpdateArrays block = default;
        block.Length = (nuint)BlockLength(key);
        for (ArrayRole role = 0; (int)role < ArrayRoles.Count; role++)
        {
            if (key.Has(role))
            {
                block[role] = room + ((int)role * PartialBlock.Size);
                PartialBlock.Fill<V>(block[role], part[role], count, (int)key.Size(role));
            }
        }

        Run(loop, key, block, constants);
        for (ArrayRole role = 0; (int)role < ArrayRoles.Count; role++)
        {
            if (role != ArrayRole.Gradients && key.Has(role))
            {
                PartialBlock.Empty<V>(block[role], part[role], count, (int)key.Size(role));
            }
        }
    }
}
