using System.Globalization;
using FastAdam.Kernels;
using FastAdam.Steps;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.LibTorch.Tests;

/// <summary>
/// Parameters, gradients and state arrays, each in its own storage type: what a step works on, and what is compared afterwards.
/// All rules get all arrays: what a rule does not keep must stay as it is.
/// </summary>
internal sealed unsafe class OptimizerState
{
    public const int Parameters = 0;
    public const int Gradients = 1;
    public const int First = 2;
    public const int Second = 3;
    public const int Third = 4;

    private static readonly string[] _names = ["parameters", "gradients", "first state", "second state", "third state"];

    private readonly byte[][] _arrays;

    /// <param name="types">Storage types of parameters, gradients, and first and second state array; the third is as the
    /// second.</param>
    /// <param name="length">Elements in each array.</param>
    public OptimizerState(ElementType[] types, int length)
    {
        Types = [.. types[..Third], types[Second]];
        Length = length;
        _arrays = [.. Types.Select(type => GC.AllocateArray<byte>(length * Storage.Size(type), pinned: true))];
    }

    /// <summary>A state whose arrays have one storage type.</summary>
    /// <param name="type">The storage type.</param>
    /// <param name="length">Elements in each array.</param>
    public static OptimizerState Uniform(ElementType type, int length) => new([type, type, type, type], length);

    /// <summary>The storage type of each array.</summary>
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
    public OptimizerState CopyAs(ElementType[] types, int length)
    {
        var copy = new OptimizerState(types, length);
        for (int array = 0; array < _arrays.Length; array++)
        {
            for (int i = 0; i < Math.Min(length, Length); i++)
            {
                copy.Write(array, i, Read(array, i));
            }
        }

        return copy;
    }

    public OptimizerState Copy()
    {
        var copy = new OptimizerState(Types, Length);
        for (int array = 0; array < _arrays.Length; array++)
        {
            CopyTo(copy, array);
        }

        return copy;
    }

    /// <summary>Copies one array to a state of the same storage types and length.</summary>
    public void CopyTo(OptimizerState other, int array) => _arrays[array].CopyTo(other._arrays[array], 0);

    /// <summary>A step of FastAdam.</summary>
    public void Step(InstructionSet instructionSet, long step, in ParameterGroup options) =>
        Optimizer.Step(instructionSet, [Tensor(options.Rule)], [options], step, default);

    /// <summary>A step of FastAdam by the class that knows Adam only, with the instruction set of this machine.</summary>
    public void StepOfAdam(long step, in ParameterGroup options)
    {
        var arrays = new UpdateArrays
        {
            Parameters = Pointer(Parameters),
            Gradients = Pointer(Gradients),
            FirstState = Pointer(First),
            SecondState = Pointer(Second),
            Length = (nuint)Length,
        };
        AdamStep.Run(
            InstructionSets.Current,
            new StorageTypes(Types[Parameters], Types[Gradients], Types[First], Types[Second]),
            arrays,
            AdamConstants.OfThread.At(options.Values, step),
            threads: 0);
    }

    /// <summary>
    /// A step of libtorch, all storage types being the same. It gets a copy of the gradients, so that they stay, as in FastAdam.
    /// </summary>
    public void StepOfLibTorch(long step, in ParameterGroup options, float? gradScale)
    {
        byte[] gradients = GC.AllocateUninitializedArray<byte>(_arrays[Gradients].Length, pinned: true);
        _arrays[Gradients].CopyTo(gradients, 0);
        fixed (byte* g = gradients)
        {
            LibTorchStep.Run(
                Types[Parameters],
                Pointer(Parameters),
                g,
                Pointer(First),
                Pointer(Second),
                Pointer(Third),
                Length,
                step,
                options,
                gradScale);
        }
    }

    /// <summary>
    /// The first element that is not the same as in another state, to the bit or both NaN; null if there is none.
    /// </summary>
    public string? DifferenceFrom(OptimizerState expected)
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
        OptimizerState expected, InstructionSet instructionSet, long step, in ParameterGroup options, float? gradScale)
    {
        string? difference = DifferenceFrom(expected);
        Assert.True(
            difference is null,
            $"{instructionSet}, step {step}, grad_scale {gradScale?.ToString() ?? "absent"}, {options}: " +
            $"{difference} {Seeds.Replay}");
    }

    /// <summary>AdaGrad's only array is a second moment.</summary>
    private OptimizerTensor Tensor(OptimizerRule rule) => rule == OptimizerRule.AdaGrad
        ? OptimizerTensor.Create((nuint)Length, Array(Parameters), Array(Gradients), Array(Second), Array(First), Array(Third))
        : OptimizerTensor.Create((nuint)Length, Array(Parameters), Array(Gradients), Array(First), Array(Second), Array(Third));

    private TensorArray Array(int array) => new(Pointer(array), Types[array]);

    // The arrays are pinned: the address stays.
    private byte* Pointer(int array)
    {
        fixed (byte* start = _arrays[array])
        {
            return start;
        }
    }
}
