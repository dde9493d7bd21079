using System.Globalization;
using FastAdam.Kernels;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.LibTorch.Tests;

/// <summary>
/// Parameters, gradients and moments, each in its own storage type: what a step works on, and what is compared afterwards.
/// </summary>
internal sealed unsafe class AdamState
{
    public const int Parameters = 0;
    public const int Gradients = 1;
    public const int ExpAvg = 2;
    public const int ExpAvgSq = 3;

    private static readonly string[] _names = ["parameters", "gradients", "expAvg", "expAvgSq"];

    private readonly byte[][] _arrays;

    /// <param name="types">Storage types of parameters, gradients, first and second moment.</param>
    /// <param name="length">Elements in each array.</param>
    public AdamState(ElementType[] types, int length)
    {
        Types = types;
        Length = length;
        _arrays = [.. types.Select(type => GC.AllocateArray<byte>(length * Storage.Size(type), pinned: true))];
    }

    public ElementType[] Types { get; }

    public int Length { get; }

    public float Read(int array, int index) => Storage.Read(_arrays[array], Types[array], index);

    public void Write(int array, int index, float value) => Storage.Write(_arrays[array], Types[array], index, value);

    /// <summary>Makes an element of any bits.</summary>
    public void WriteBits(int array, int index, uint bits)
    {
        int size = Storage.Size(Types[array]);
        BitConverter.GetBytes(bits).AsSpan(0, size).CopyTo(_arrays[array].AsSpan(index * size));
    }

    /// <summary>A copy in other storage types, or another length, of what the shorter of the two holds.</summary>
    public AdamState CopyAs(ElementType[] types, int length)
    {
        var copy = new AdamState(types, length);
        for (int array = 0; array < _arrays.Length; array++)
        {
            for (int i = 0; i < Math.Min(length, Length); i++)
            {
                copy.Write(array, i, Read(array, i));
            }
        }

        return copy;
    }

    public AdamState Copy()
    {
        var copy = new AdamState(Types, Length);
        for (int array = 0; array < _arrays.Length; array++)
        {
            CopyTo(copy, array);
        }

        return copy;
    }

    /// <summary>Copies one array to a state of the same storage types and length.</summary>
    public void CopyTo(AdamState other, int array) => _arrays[array].CopyTo(other._arrays[array], 0);

    /// <summary>A step of FastAdam.</summary>
    public void Step(InstructionSet instructionSet, long step, in AdamOptions options) => FastAdamStep.Run(
        instructionSet,
        Types,
        Pointer(Parameters),
        Pointer(Gradients),
        Pointer(ExpAvg),
        Pointer(ExpAvgSq),
        (nuint)Length,
        step,
        options);

    /// <summary>
    /// A step of libtorch, all storage types being the same. It gets a copy of the gradients, so that they stay, as in FastAdam.
    /// </summary>
    public void StepOfLibTorch(long step, in AdamOptions options, float? gradScale)
    {
        byte[] gradients = GC.AllocateUninitializedArray<byte>(_arrays[Gradients].Length, pinned: true);
        _arrays[Gradients].CopyTo(gradients, 0);
        fixed (byte* g = gradients)
        {
            LibTorchStep.Run(
                Types[Parameters],
                Pointer(Parameters),
                g,
                Pointer(ExpAvg),
                Pointer(ExpAvgSq),
                Length,
                step,
                options,
                gradScale);
        }
    }

    /// <summary>
    /// The first element that is not the same as in another state, to the bit or both NaN; null if there is none.
    /// </summary>
    public string? DifferenceFrom(AdamState expected)
    {
        for (int array = 0; array < _arrays.Length; array++)
        {
            if (_arrays[array].AsSpan().SequenceEqual(expected._arrays[array]))
            {
                continue;
            }

            for (int i = 0; i < Length; i++)
            {
                uint actualBits = Storage.ReadBits(_arrays[array], Types[array], i);
                uint expectedBits = Storage.ReadBits(expected._arrays[array], Types[array], i);
                if (!Storage.Same(Types[array], actualBits, expectedBits))
                {
                    return string.Create(
                        CultureInfo.InvariantCulture,
                        $"{_names[array]}[{i}] of {Length} ({Types[array]}) is 0x{actualBits:x} = {Read(array, i):g9}, " +
                        $"expected 0x{expectedBits:x} = {expected.Read(array, i):g9}");
                }
            }
        }

        return null;
    }

    /// <summary>Fails the test at the first difference, and says what step led to it.</summary>
    public void AssertSameAs(
        AdamState expected, InstructionSet instructionSet, long step, in AdamOptions options, float? gradScale)
    {
        string? difference = DifferenceFrom(expected);
        Assert.True(
            difference is null,
            $"{instructionSet}, step {step}, grad_scale {gradScale?.ToString() ?? "absent"}, {options}: " +
            $"{difference} {Seeds.Replay}");
    }

    // The arrays are pinned: the address stays.
    private byte* Pointer(int array)
    {
        fixed (byte* start = _arrays[array])
        {
            return start;
        }
    }
}
