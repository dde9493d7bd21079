using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Isa;

/// <summary>Each operation of each instruction set, lane by lane, against what C# says of single numbers.</summary>
public sealed unsafe class VectorOperationTests
{
    private static readonly uint[] _notable =
    [
        0x0000_0000, 0x8000_0000, // zeros
        0x0000_0001, 0x8000_0001, 0x007f_ffff, 0x807f_ffff, // subnormals
        0x0080_0000, 0x8080_0000, 0x0080_0001, // the smallest normals
        0x3f00_0000, 0x3f7f_ffff, 0x3f80_0000, 0xbf80_0000, 0x3f80_0001, 0x4000_0000, 0x4049_0fdb,
        0x4b80_0000, 0x4b80_0001, 0x7f7f_ffff, 0xff7f_ffff, // 2^24 and the largest
        0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0xffc0_0000, 0x7f80_0001, 0xffbf_ffff, // infinities and NaN
    ];

    public static TheoryData<InstructionSet> InstructionSetCases => [.. InstructionSets.Supported];

    public static TheoryData<InstructionSet, VectorOperation> Cases
    {
        get
        {
            var data = new TheoryData<InstructionSet, VectorOperation>();
            foreach (InstructionSet instructionSet in InstructionSets.Supported)
            {
                foreach (VectorOperation operation in Enum.GetValues<VectorOperation>())
                {
                    data.Add(instructionSet, operation);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Operation_agrees_with_single_numbers(InstructionSet instructionSet, VectorOperation operation)
    {
        var machine = LaneMachine.Of(instructionSet);
        var random = new Random(Seeds.Base);
        uint* a = stackalloc uint[16];
        uint* b = stackalloc uint[16];
        uint* c = stackalloc uint[16];
        uint* result = stackalloc uint[16];

        for (int round = 0; round < 20_000 / machine.Count; round++)
        {
            for (int lane = 0; lane < machine.Count; lane++)
            {
                a[lane] = Next(random);
                b[lane] = Next(random);
                c[lane] = Next(random);
            }

            machine.Apply(operation, a, b, c, result);
            for (int lane = 0; lane < machine.Count; lane++)
            {
                uint expected = Expected(operation, a[lane], b[lane], c[lane]);
                bool same = IsBitwise(operation)
                    ? expected == result[lane]
                    : Storage.Same(FastAdam.Kernels.ElementType.Float32, expected, result[lane]);
                Assert.True(
                    same,
                    $"{instructionSet} {operation}(0x{a[lane]:x8}, 0x{b[lane]:x8}, 0x{c[lane]:x8}) in lane {lane} is "
                    + $"0x{result[lane]:x8} instead of 0x{expected:x8} {Seeds.Replay}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(InstructionSetCases))]
    public void One_NaN_in_any_lane_is_seen(InstructionSet instructionSet)
    {
        var machine = LaneMachine.Of(instructionSet);
        uint* a = stackalloc uint[16];
        uint* b = stackalloc uint[16];
        foreach (uint number in _notable.Where(bits => !float.IsNaN(BitConverter.UInt32BitsToSingle(bits))))
        {
            new Span<uint>(a, 16).Fill(number);
            new Span<uint>(b, 16).Fill(number);
            Assert.False(machine.AnyNaN(a, b), $"{instructionSet}: 0x{number:x8} is taken for NaN");
            for (int lane = 0; lane < machine.Count; lane++)
            {
                a[lane] = 0x7f80_0001;
                Assert.True(machine.AnyNaN(a, b), $"{instructionSet}: NaN in lane {lane} of the left is not seen");
                Assert.True(machine.AnyNaN(b, a), $"{instructionSet}: NaN in lane {lane} of the right is not seen");
                a[lane] = number;
            }
        }
    }

    [Theory]
    [MemberData(nameof(InstructionSetCases))]
    public void One_subnormal_number_or_NaN_in_any_lane_is_seen(InstructionSet instructionSet)
    {
        var machine = LaneMachine.Of(instructionSet);
        uint* a = stackalloc uint[16];
        uint* b = stackalloc uint[16];
        foreach (uint number in _notable.Where(bits => !IsFound(bits)))
        {
            new Span<uint>(a, 16).Fill(number);
            new Span<uint>(b, 16).Fill(number);
            Assert.False(machine.AnyNaNOrSubnormal(a, b), $"{instructionSet}: 0x{number:x8} is found");
            foreach (uint found in (uint[])[1, 0x007f_ffff, 0x8000_0001, 0x807f_ffff, 0x0040_0000, 0x7f80_0001, 0xffc0_0000, 0x7fff_ffff])
            {
                for (int lane = 0; lane < machine.Count; lane++)
                {
                    a[lane] = found;
                    Assert.True(machine.AnyNaNOrSubnormal(a, b), $"{instructionSet}: 0x{found:x8} in lane {lane} of the left is not seen");
                    Assert.True(machine.AnyNaNOrSubnormal(b, a), $"{instructionSet}: 0x{found:x8} in lane {lane} of the right is not seen");
                    a[lane] = number;
                }
            }
        }

        static bool IsFound(uint bits) =>
            float.IsNaN(BitConverter.UInt32BitsToSingle(bits)) || float.IsSubnormal(BitConverter.UInt32BitsToSingle(bits));
    }

    [Theory]
    [MemberData(nameof(InstructionSetCases))]
    public void One_word_above_the_bound_is_seen(InstructionSet instructionSet)
    {
        var machine = LaneMachine.Of(instructionSet);
        uint* a = stackalloc uint[16];
        ushort* words = (ushort*)a;
        foreach (ushort bound in new ushort[] { 0, 1, 0x7fff, 0x8000, 0xfffe })
        {
            new Span<ushort>(words, 32).Fill(bound);
            Assert.False(machine.AnyWordAbove(a, bound), $"{instructionSet}: {bound} is taken to be above {bound}");
            for (int word = 0; word < 2 * machine.Count; word++)
            {
                foreach (ushort above in new[] { (ushort)(bound + 1), ushort.MaxValue })
                {
                    words[word] = above;
                    Assert.True(machine.AnyWordAbove(a, bound), $"{instructionSet}: {above} in word {word} is not seen above {bound}");
                }

                words[word] = bound;
            }
        }
    }

    [Theory]
    [MemberData(nameof(InstructionSetCases))]
    public void Words_of_both_halves_interleave(InstructionSet instructionSet)
    {
        var machine = LaneMachine.Of(instructionSet);
        ushort* words = stackalloc ushort[32];
        ushort* interleaved = stackalloc ushort[32];
        ushort* deinterleaved = stackalloc ushort[32];
        for (int i = 0; i < 32; i++)
        {
            words[i] = (ushort)i;
        }

        machine.Interleave(words, interleaved, deinterleaved);
        for (int i = 0; i < machine.Count; i++)
        {
            Assert.True(
                interleaved[2 * i] == i && interleaved[(2 * i) + 1] == machine.Count + i,
                $"{instructionSet}: words {2 * i} and the next are {interleaved[2 * i]} and {interleaved[(2 * i) + 1]} when interleaved");
            Assert.True(
                deinterleaved[i] == 2 * i && deinterleaved[machine.Count + i] == (2 * i) + 1,
                $"{instructionSet}: words {i} of the halves are {deinterleaved[i]} and {deinterleaved[machine.Count + i]} when deinterleaved");
        }
    }

    private static uint Next(Random random) => random.Next(3) switch
    {
        0 => _notable[random.Next(_notable.Length)],
        1 => (uint)random.NextInt64(1L << 32),
        _ => BitConverter.SingleToUInt32Bits((random.NextSingle() - 0.5f) * 8),
    };

    /// <summary>Whether it moves bits around, so that even a NaN's must be right.</summary>
    private static bool IsBitwise(VectorOperation operation) => operation > VectorOperation.MultiplyAddConstants;

    private static uint Expected(VectorOperation operation, uint a, uint b, uint c)
    {
        float x = BitConverter.UInt32BitsToSingle(a);
        float y = BitConverter.UInt32BitsToSingle(b);
        float z = BitConverter.UInt32BitsToSingle(c);
        return operation switch
        {
            VectorOperation.Add => BitConverter.SingleToUInt32Bits(x + y),
            VectorOperation.Subtract => BitConverter.SingleToUInt32Bits(x - y),
            VectorOperation.Multiply => BitConverter.SingleToUInt32Bits(x * y),
            VectorOperation.Divide => BitConverter.SingleToUInt32Bits(x / y),
            VectorOperation.Sqrt => BitConverter.SingleToUInt32Bits(MathF.Sqrt(x)),
            VectorOperation.MultiplyAdd => BitConverter.SingleToUInt32Bits(MathF.FusedMultiplyAdd(x, y, z)),
            VectorOperation.MultiplyAddNegated => BitConverter.SingleToUInt32Bits(MathF.FusedMultiplyAdd(-x, y, z)),
            VectorOperation.MultiplyConstant => BitConverter.SingleToUInt32Bits(x * LaneMachine.FloatConstant),
            VectorOperation.MultiplyAddConstants => BitConverter.SingleToUInt32Bits(
                MathF.FusedMultiplyAdd(x, LaneMachine.FloatConstant, -LaneMachine.FloatConstant)),
            VectorOperation.Min => x < y ? a : b,
            VectorOperation.Max => x > y ? a : b,
            VectorOperation.And => a & b,
            VectorOperation.Or => a | b,
            VectorOperation.Xor => a ^ b,
            VectorOperation.AndConstant => a & LaneMachine.Constant,
            VectorOperation.OrConstant => a | LaneMachine.Constant,
            VectorOperation.AndSignalling => a & LaneMachine.Signalling,
            VectorOperation.OrSignalling => a | LaneMachine.Signalling,
            VectorOperation.AndOrSignalling => (a & LaneMachine.Signalling) | b,
            VectorOperation.AndOr => (a & LaneMachine.Constant) | b,
            VectorOperation.AndOrConstants => (a & LaneMachine.Signalling) | LaneMachine.Constant,
            VectorOperation.ShiftLeft1 => a << 1,
            VectorOperation.ShiftLeft13 => a << 13,
            VectorOperation.ShiftLeft16 => a << 16,
            VectorOperation.ShiftRightLogical1 => a >> 1,
            VectorOperation.ShiftRightLogical13 => a >> 13,
            VectorOperation.ShiftRightLogical16 => a >> 16,
            VectorOperation.AndIfSubnormal => float.IsSubnormal(x) ? a & LaneMachine.Constant : a,
            VectorOperation.SelectIfNaN => float.IsNaN(x) ? b : c,
            VectorOperation.AddWords => Words(a, b, (left, right) => left + right),
            VectorOperation.AddWordsConstant => Words(a, b, (left, _) => left + LaneMachine.WordConstant),
            VectorOperation.SubtractSaturateWords => Words(a, b, (left, _) => Math.Max(left - LaneMachine.WordConstant, 0)),
            VectorOperation.ShiftLeftWords3 => Words(a, b, (left, _) => left << 3),
            VectorOperation.IncrementWordsIfAbove => Words(
                a, b, (left, right) => right > LaneMachine.WordConstant ? left + 1 : left),
            VectorOperation.UpperWords => (a >> 16) | (b & 0xffff_0000),
            VectorOperation.LowerWords => (a & 0xffff) | (b << 16),
            VectorOperation.AddBits => unchecked(a + b),
            VectorOperation.MaxBits => Math.Max(a, b),
            _ => throw new ArgumentOutOfRangeException(nameof(operation)),
        };
    }

    /// <summary>An operation on both 16-bit words of a lane.</summary>
    private static uint Words(uint a, uint b, Func<int, int, int> operation) =>
        (ushort)operation((ushort)a, (ushort)b) | ((uint)operation((int)(a >> 16), (int)(b >> 16)) << 16);
}
