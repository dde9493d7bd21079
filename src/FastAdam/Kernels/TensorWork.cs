using System.Numerics;
using System.Runtime.CompilerServices;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>One tensor of a step: its arrays, the kernel for them, and which of the step's constants are its own.</summary>
internal readonly record struct TensorWork(KernelKey Key, Streams Streams, int Constants = 0)
{
    /// <summary>The work of a rule on arrays of which it may keep but some: the others are left out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe TensorWork Of(
        InstructionSet instructionSet,
        RuleKind rule,
        ElementType parameters,
        ElementType gradients,
        ElementType first,
        ElementType second,
        in Streams streams,
        int constants)
    {
        StateArrays state = KernelRegistry.StateOf(rule);
        bool hasFirst = (state & StateArrays.First) != 0;
        bool hasSecond = (state & StateArrays.Second) != 0;
        bool hasThird = (state & StateArrays.Third) != 0;
        return new TensorWork(
            new KernelKey(
                instructionSet, rule, parameters, gradients, hasFirst ? first : default, hasSecond ? second : default),
            new Streams(
                streams.Parameters,
                streams.Gradients,
                hasFirst ? streams.First : null,
                hasSecond ? streams.Second : null,
                hasThird || rule == RuleKind.NAdam ? streams.Third : null,
                streams.Length),
            constants);
    }

    /// <summary>Bytes that an element takes in all arrays together.</summary>
    public uint ElementBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        get => (uint)(Key.Size(0) + Key.Size(1) + Key.Size(2) + Key.Size(3) + Key.Size(4));
    }

    /// <summary>Whether NAdam's product of momentums is kept where other rules have a third state array.</summary>
    public unsafe bool KeepsNumber
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Key.Rule == RuleKind.NAdam && Streams.Third != null;
    }

    /// <summary>Bytes of all arrays together.</summary>
    public ulong Bytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (ulong)Streams.Length * ElementBytes;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool Equals(TensorWork other) =>
        Key.Index == other.Key.Index && Streams.Equals(other.Streams) && Constants == other.Constants;

    public override int GetHashCode() => HashCode.Combine(Key, Streams, Constants);

    /// <summary>The same as if all elements were floats.</summary>
    public ulong FloatBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (ulong)Streams.Length * (sizeof(float) * (2 + (uint)BitOperations.PopCount((uint)Key.State)));
    }

    /// <summary>The elements from one index up to another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe Streams Part(nuint start, nuint end) => new(
        Streams.Parameters + (start * Key.Size(0)),
        Streams.Gradients + (start * Key.Size(1)),
        Streams.First + (start * Key.Size(2)),
        Streams.Second + (start * Key.Size(3)),
        Streams.Third + (start * Key.Size(4)),
        end - start);
}
