using FastAdam.Isa;
using FastAdam.Tests.Reference;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Isa;

/// <summary>Philox4x32: the authors' known answers, and the words of each instruction set.</summary>
public sealed unsafe class PhiloxTests
{
    public static TheoryData<InstructionSet> InstructionSetCases => [.. InstructionSets.Supported];

    /// <summary>Of Random123's kat_vectors: rounds, counter, key, result.</summary>
    [Theory]
    [InlineData(7, 0x0000_0000u, 0x0000_0000u, 0x0000_0000u, 0x0000_0000u, 0x0000_0000u, 0x0000_0000u, 0x5f6f_b709u, 0x0d89_3f64u, 0x4f12_1f81u, 0x4f73_0a48u)]
    [InlineData(7, 0xffff_ffffu, 0xffff_ffffu, 0xffff_ffffu, 0xffff_ffffu, 0xffff_ffffu, 0xffff_ffffu, 0x5207_ddc2u, 0x4516_5e59u, 0x4d8e_e751u, 0x8c52_f662u)]
    [InlineData(7, 0x243f_6a88u, 0x85a3_08d3u, 0x1319_8a2eu, 0x0370_7344u, 0xa409_3822u, 0x299f_31d0u, 0x4dfc_cabau, 0x190a_87f0u, 0xc473_62bau, 0xb6b5_242au)]
    [InlineData(10, 0x0000_0000u, 0x0000_0000u, 0x0000_0000u, 0x0000_0000u, 0x0000_0000u, 0x0000_0000u, 0x6627_e8d5u, 0xe169_c58du, 0xbc57_ac4cu, 0x9b00_dbd8u)]
    [InlineData(10, 0xffff_ffffu, 0xffff_ffffu, 0xffff_ffffu, 0xffff_ffffu, 0xffff_ffffu, 0xffff_ffffu, 0x408f_276du, 0x41c8_3b0eu, 0xa20b_c7c6u, 0x6d54_51fdu)]
    [InlineData(10, 0x243f_6a88u, 0x85a3_08d3u, 0x1319_8a2eu, 0x0370_7344u, 0xa409_3822u, 0x299f_31d0u, 0xd16c_fe09u, 0x94fd_ccebu, 0x5001_e420u, 0x2412_6ea1u)]
    public void The_contract_gives_the_known_answers(
        int rounds, uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint r0, uint r1, uint r2, uint r3) =>
        Assert.Equal([r0, r1, r2, r3], ContractFormats.Philox4x32(rounds, [c0, c1, c2, c3], [k0, k1]));

    [Theory]
    [MemberData(nameof(InstructionSetCases))]
    public void Words_are_those_of_the_contract(InstructionSet instructionSet)
    {
        var machine = LaneMachine.Of(instructionSet);
        var random = new Random(Seeds.Base);
        uint* words = stackalloc uint[Philox.BlockLength];
        for (int round = 0; round < 20; round++)
        {
            ulong seed = (ulong)random.NextInt64() * 2;
            ulong step = (ulong)random.NextInt64(random.Next(2) == 0 ? 100 : long.MaxValue);
            uint tensor = (uint)random.NextInt64(1L << 32);
            uint array = (uint)random.Next(5);
            // Now and then over a carry into the counter's second word.
            ulong element = round % 4 == 0
                ? ((ulong)random.Next(1, 9) << 35) - ((ulong)random.Next(5) * Philox.Alignment)
                : (ulong)random.NextInt64(1L << random.Next(1, 55)) * Philox.Alignment;
            var stream = new RandomStream((uint)seed, (uint)(seed >> 32) ^ (uint)(step >> 32), (uint)step, tensor, array);
            machine.MakeRandomWords(stream, element, words);
            for (uint i = 0; i < Philox.BlockLength; i++)
            {
                uint expected = ContractFormats.Word(seed, step, tensor, array, element + i);
                Assert.True(
                    words[i] == expected,
                    $"{instructionSet}: word {i} from element {element} on is 0x{words[i]:x} instead of 0x{expected:x} {Seeds.Replay}");
            }
        }
    }

    [Fact]
    public void Words_of_different_seeds_steps_tensors_arrays_and_elements_are_different()
    {
        // 4096 words each; equal ones at equal places are one in 65,536.
        uint[] first = Words(1, 1, 1, 0, 0);
        foreach (uint[] other in new[] { Words(2, 1, 1, 0, 0), Words(1UL << 32, 1, 1, 0, 0), Words(1, 2, 1, 0, 0), Words(1, 1L << 32, 1, 0, 0), Words(1, 1, 2, 0, 0), Words(1, 1, 1, 1, 0), Words(1, 1, 1, 0, 4096), Words(1, 1, 1, 0, 1UL << 35) })
        {
            Assert.True(first.Zip(other).Count(pair => pair.First == pair.Second) < 5);
        }
    }

    /// <summary>Chi-square of the words, and of differences between neighbours, steps and tensors; each bit; and the avalanche: what tells
    /// Philox with 7 rounds from weaker generators. Over more words with FASTADAM_TEST_ROUNDS.</summary>
    [Fact]
    public void Words_are_uniform_and_independent()
    {
        int count = 1 << (Rounds.AreMany ? 22 : InstructionSets.IsSupported(InstructionSet.Neon) ? 16 : 18);
        uint[] words = Words((ulong)Seeds.Base, 3, 7, 0, 0, count);
        uint[] nextStep = Words((ulong)Seeds.Base, 4, 7, 0, 0, count);
        uint[] nextTensor = Words((ulong)Seeds.Base, 3, 8, 0, 0, count);
        RequireUniform("words", words);
        RequireUniform("differences of neighbours", [.. words.Skip(1).Zip(words, (next, word) => (next - word) & 0xffff)]);
        RequireUniform("differences of elements 16 apart", [.. words.Skip(16).Zip(words, (next, word) => (next - word) & 0xffff)]);
        RequireUniform("differences of steps", [.. nextStep.Zip(words, (next, word) => (next ^ word) & 0xffff)]);
        RequireUniform("differences of tensors", [.. nextTensor.Zip(words, (next, word) => (next ^ word) & 0xffff)]);
        for (int bit = 0; bit < 16; bit++)
        {
            double set = words.Count(word => ((word >> bit) & 1) != 0);
            double deviation = (set - (count / 2.0)) / Math.Sqrt(count / 4.0);
            Assert.True(Math.Abs(deviation) < 5, $"bit {bit} is set {deviation:f1} standard deviations off {Seeds.Replay}");
        }

        for (int bit = 0; bit < 63; bit++)
        {
            RequireAvalanche($"bit {bit} of the seed", words, Words((ulong)Seeds.Base ^ (1UL << bit), 3, 7, 0, 0));
            RequireAvalanche($"bit {bit} of the step", words, Words((ulong)Seeds.Base, 3 ^ (1L << bit), 7, 0, 0));
            RequireAvalanche($"bit {bit} of the tensor", words, Words((ulong)Seeds.Base, 3, 7 ^ (1u << (bit % 32)), 0, 0));
        }
    }

    /// <summary>Half of all bits change with one bit.</summary>
    private static void RequireAvalanche(string what, uint[] words, uint[] others)
    {
        int bits = 16 * others.Length;
        int changed = others.Zip(words, (other, word) => System.Numerics.BitOperations.PopCount(other ^ word)).Sum();
        double deviation = (changed - (bits / 2.0)) / Math.Sqrt(bits / 4.0);
        Assert.True(Math.Abs(deviation) < 5.5, $"{what} changes {changed} of {bits} bits: {deviation:f1} standard deviations off {Seeds.Replay}");
    }

    private static void RequireUniform(string what, uint[] words)
    {
        const int Bins = 1 << 12;
        double[] counts = new double[Bins];
        foreach (uint word in words)
        {
            counts[word >> 4]++;
        }

        double expected = (double)words.Length / Bins;
        double chiSquare = counts.Sum(count => (count - expected) * (count - expected) / expected);
        double deviation = (chiSquare - (Bins - 1)) / Math.Sqrt(2.0 * (Bins - 1));
        Assert.True(Math.Abs(deviation) < 5, $"{what}: chi-square is {deviation:f1} standard deviations off {Seeds.Replay}");
    }

    private static uint[] Words(ulong seed, long step, uint tensor, uint array, ulong element, int count = 4096)
    {
        uint[] words = new uint[count];
        var stream = new RandomStream((uint)seed, (uint)(seed >> 32) ^ (uint)(step >> 32), (uint)step, tensor, array);
        fixed (uint* first = words)
        {
            for (int i = 0; i < count; i += Philox.BlockLength)
            {
                Philox<Lanes64>.Make(stream, element + (ulong)i, first + i);
            }
        }

        return words;
    }
}
