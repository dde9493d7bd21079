using FastAdam.Kernels;
using FastAdam.Tests.Reference;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Codecs;

/// <summary>fp16 and bf16 to single precision and back, on every instruction set, against the BCL and the definition.</summary>
public sealed unsafe class ConversionTests
{
    public static TheoryData<InstructionSet, string, bool> Cases
    {
        get
        {
            var data = new TheoryData<InstructionSet, string, bool>();
            foreach (InstructionSet instructionSet in InstructionSets.Supported)
            {
                // To a single lane it makes no difference.
                foreach (bool inOrder in instructionSet == InstructionSet.Scalar ? new[] { false } : [false, true])
                {
                    data.Add(instructionSet, nameof(ElementType.Float16), inOrder);
                    data.Add(instructionSet, nameof(ElementType.BFloat16), inOrder);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_pattern_widens_exactly_and_narrows_back(InstructionSet instructionSet, string storage, bool inOrder)
    {
        ElementType type = Enum.Parse<ElementType>(storage);
        ushort[] patterns = [.. Enumerable.Range(0, 65536).Select(bits => (ushort)bits)];
        float[] widened = Widen(instructionSet, type, inOrder, patterns);
        ushort[] narrowed = Narrow(instructionSet, type, inOrder, any: false, widened);
        for (int bits = 0; bits < patterns.Length; bits++)
        {
            float expected = Value(type, (ushort)bits);
            uint expectedBits = BitConverter.SingleToUInt32Bits(expected);
            uint actualBits = BitConverter.SingleToUInt32Bits(widened[bits]);
            Assert.True(
                float.IsNaN(expected) ? float.IsNaN(widened[bits]) : expectedBits == actualBits,
                $"{instructionSet} {type}: 0x{bits:x4} widens to 0x{actualBits:x8} instead of 0x{expectedBits:x8}");
            Assert.True(
                Storage.Same(type, (uint)bits, narrowed[bits]),
                $"{instructionSet} {type}: 0x{bits:x4} comes back as 0x{narrowed[bits]:x4}");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Midpoints_and_their_neighbours_round_to_nearest_even(InstructionSet instructionSet, string storage, bool inOrder)
    {
        ElementType type = Enum.Parse<ElementType>(storage);
        List<float> values = [];
        for (int bits = 0; bits < 65536; bits++)
        {
            float value = Value(type, (ushort)bits);
            if (!float.IsFinite(value))
            {
                continue;
            }

            // Half a unit further from zero: representable, since a float has at least 13 bits more.
            float middle = (float)(value + Math.CopySign(Storage.Ulp(type, value) / 2, bits < 0x8000 ? 1 : -1));
            values.AddRange([middle, MathF.BitIncrement(middle), MathF.BitDecrement(middle), MathF.BitIncrement(value), MathF.BitDecrement(value)]);
        }

        AssertNarrowed(instructionSet, type, inOrder, [.. values]);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Any_number_rounds_to_nearest_even(InstructionSet instructionSet, string storage, bool inOrder)
    {
        ElementType type = Enum.Parse<ElementType>(storage);
        var random = new Random(Seeds.Base);
        float[] values = new float[1 << 18];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (i & 1) == 0
                ? BitConverter.UInt32BitsToSingle((uint)random.NextInt64(1L << 32))
                : MathF.ScaleB((random.NextSingle() * 2) - 1, random.Next(-28, 18));
        }

        float[] edges =
        [
            65503.996f, 65504, 65519.996f, 65520, 65520.004f, 65536, float.MaxValue, float.MinValue, float.PositiveInfinity,
            float.NegativeInfinity, float.NaN, float.Epsilon, -float.Epsilon, 0, -0f, 1.1754942e-38f, 1.17549435e-38f,
            MathF.ScaleB(1, -14), MathF.ScaleB(1, -24), MathF.ScaleB(1, -25), MathF.BitIncrement(MathF.ScaleB(1, -25)),
            BitConverter.UInt32BitsToSingle(0x7f80_0001), BitConverter.UInt32BitsToSingle(0xffff_ffff),
            BitConverter.UInt32BitsToSingle(0x7f80_8000), BitConverter.UInt32BitsToSingle(0x7fff_ffff),
        ];
        edges.CopyTo(values, 0);
        AssertNarrowed(instructionSet, type, inOrder, values);
    }

    private static void AssertNarrowed(InstructionSet instructionSet, ElementType type, bool inOrder, float[] values)
    {
        AssertNarrowed(instructionSet, type, inOrder, any: true, values);
        AssertNarrowed(instructionSet, type, inOrder, any: false, values);

        // The common ones among themselves too: an exception turns its whole block over to the way for any.
        AssertNarrowed(instructionSet, type, inOrder, any: false, [.. values.Where(value => MathF.Abs(value) < 65536)]);
    }

    private static void AssertNarrowed(InstructionSet instructionSet, ElementType type, bool inOrder, bool any, float[] values)
    {
        ushort[] narrowed = Narrow(instructionSet, type, inOrder, any, values);
        for (int i = 0; i < values.Length; i++)
        {
            ushort expected = type == ElementType.Float16
                ? BitConverter.HalfToUInt16Bits((Half)values[i])
                : (ushort)(ReferenceBFloat16.Round(values[i]) >> 16);
            Assert.True(
                Storage.Same(type, expected, narrowed[i]),
                $"{instructionSet} {type}: {values[i]:r} (0x{BitConverter.SingleToUInt32Bits(values[i]):x8}) narrows to "
                + $"0x{narrowed[i]:x4} instead of 0x{expected:x4}{(any ? " in the way for any numbers" : "")} {Seeds.Replay}");
        }
    }

    private static float Value(ElementType type, ushort bits) => type == ElementType.Float16
        ? (float)BitConverter.UInt16BitsToHalf(bits)
        : BitConverter.UInt32BitsToSingle((uint)bits << 16);

    private static float[] Widen(InstructionSet instructionSet, ElementType type, bool inOrder, ushort[] source)
    {
        float[] destination = new float[source.Length];
        fixed (ushort* from = source)
        fixed (float* to = destination)
        {
            LaneMachine.Of(instructionSet).Widen(type, inOrder, from, to, source.Length);
        }

        return destination;
    }

    private static ushort[] Narrow(InstructionSet instructionSet, ElementType type, bool inOrder, bool any, float[] source)
    {
        // Whole blocks only: a length that the widest block divides.
        Array.Resize(ref source, (source.Length + 31) / 32 * 32);
        ushort[] destination = new ushort[source.Length];
        fixed (float* from = source)
        fixed (ushort* to = destination)
        {
            LaneMachine.Of(instructionSet).Narrow(type, inOrder, any, from, to, source.Length);
        }

        return destination;
    }
}
