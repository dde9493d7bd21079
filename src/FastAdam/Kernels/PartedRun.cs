using System.Runtime.CompilerServices;
using FastAdam.Codecs;
using FastAdam.Isa;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>Runs a <see cref="BlockLoop{V, P, G, TFirst, TSecond, R, TChanges}"/>, <see cref="FirstBlockLoop{V, G, R, TChanges}"/> or <see
/// cref="PartedLoop{V, P, G, M, R, TChanges}"/> over
/// arrays of any length: whole blocks, then what is left, in a copy filled up with zeros, which change nothing in the others.</summary>
internal static unsafe class PartedRun<V>
    where V : unmanaged, IVector<V>
{
    /// <summary>Elements whose random words are made at once: they stay in the first-level cache.</summary>
    private const int StretchLength = 1024;

    /// <param name="loop">The loop.</param>
    /// <param name="key">What it is the loop of.</param>
    /// <param name="arrays">The arrays.</param>
    /// <param name="constants">The step's.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(nint loop, in KernelKey key, in UpdateArrays arrays, in StepConstants constants)
    {
        var run = (delegate*<in UpdateArrays, nuint, uint*, in StepConstants, void>)loop;
        nuint full = arrays.Length & ~((nuint)Block8Codec.Length - 1);
        if (full != 0)
        {
            RunBlocks(run, key, arrays.Part(key, 0, full), constants);
        }

        if (full != arrays.Length)
        {
            RunPartial(run, key, arrays.Part(key, full, arrays.Length), constants);
        }
    }

    /// <summary>Whole blocks. Random words are made before the loop, in which a call would leave no number in a register.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void RunBlocks(
        delegate*<in UpdateArrays, nuint, uint*, in StepConstants, void> run, in KernelKey key, in UpdateArrays arrays, in StepConstants constants)
    {
        if (!ElementTypes.IsStochastic(key.Types[ArrayRole.Parameters]))
        {
            run(arrays, arrays.Length, null, constants);
            return;
        }

        uint* words = stackalloc uint[StretchLength];
        RandomStream stream = constants.Random with { Tensor = arrays.Parts.Tensor };
        for (nuint start = 0; start < arrays.Length; start += StretchLength)
        {
            UpdateArrays stretch = arrays.Part(key, start, nuint.Min(start + StretchLength, arrays.Length));
            for (nuint i = 0; i < stretch.Length; i += Philox.BlockLength)
            {
                V.MakeRandomWords(stream, stretch.Parts.FirstElement + i, words + i);
            }

            run(stretch, stretch.Length, words, constants);
        }
    }

    /// <summary>Less than a block.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void RunPartial(
        delegate*<in UpdateArrays, nuint, uint*, in StepConstants, void> run, in KernelKey key, in UpdateArrays part, in StepConstants constants)
    {
        // Zeros: without SkipLocalsInit.
        const int Room = Block8Codec.Length * sizeof(float);
        byte* room = stackalloc byte[2 * ArrayRoles.Count * Room];
        UpdateArrays block = part;
        for (ArrayRole role = 0; (int)role < ArrayRoles.Count; role++)
        {
            if (key.Has(role))
            {
                block[role] = room + (2 * (int)role * Room);
                block.Parts[role] = block[role] + Room;
                Unsafe.CopyBlockUnaligned(block[role], part[role], (uint)(part.Length * key.Size(role)));
                Unsafe.CopyBlockUnaligned(
                    block.Parts[role], part.Parts[role], (uint)ElementTypes.PartBytes(key.Types[role], part.Length));
            }
        }

        block.Length = Block8Codec.Length;
        RunBlocks(run, key, block, constants);
        for (ArrayRole role = 0; (int)role < ArrayRoles.Count; role++)
        {
            if (role != ArrayRole.Gradients && key.Has(role))
            {
                Unsafe.CopyBlockUnaligned(part[role], block[role], (uint)(part.Length * key.Size(role)));
                Unsafe.CopyBlockUnaligned(
                    part.Parts[role], block.Parts[role], (uint)ElementTypes.PartBytes(key.Types[role], part.Length));
            }
        }
    }
}
