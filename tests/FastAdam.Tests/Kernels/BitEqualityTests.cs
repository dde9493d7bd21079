using FastAdam.Kernels;
using FastAdam.Rules;
using FastAdam.Tests.Reference;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Kernels;

/// <summary>
/// Every kernel against the numerics contract applied to one element after another, which knows neither vectors nor tails: the
/// same bits for every length, alignment and way to cut an array.
/// </summary>
public sealed class BitEqualityTests
{
    private static readonly ArrayRole[] _later = [ArrayRole.ThirdState, ArrayRole.FourthState];

    [Theory]
    [MemberData(nameof(KernelData.All), MemberType = typeof(KernelData))]
    public void Every_length_at_every_element_offset(InstructionSet instructionSet, string kernel)
    {
        KernelKey key = KernelData.Key(instructionSet, kernel);
        int lanes = IsaTable.LaneCount(instructionSet);
        var random = new Random(Seeds.Base);
        for (int length = 0; length <= (4 * lanes) + 1; length++)
        {
            for (int offset = 0; offset < 16; offset++)
            {
                int mode = length + offset;
                int[] elements =
                [
                    offset, (offset + 5) % 16, offset * 3 % 16, ((offset * 7) + 1) % 16, ((offset * 9) + 2) % 16, ((offset * 11) + 3) % 16,
                ];
                int[] offsets = [.. elements.Select((element, array) => element * Storage.Size(key.Types[(ArrayRole)array]))];
                string? difference = Difference(key, length, offsets, random, mode, wholeRun: true);
                Assert.True(
                    difference is null,
                    $"{key}, length {length}, offsets {string.Join('/', offsets)} bytes, mode {mode}: {difference} {Seeds.Replay}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(KernelData.All), MemberType = typeof(KernelData))]
    public void Every_byte_offset(InstructionSet instructionSet, string kernel)
    {
        KernelKey key = KernelData.Key(instructionSet, kernel);
        int length = (3 * IsaTable.LaneCount(instructionSet)) + 2;
        var random = new Random(Seeds.Base + 1);
        for (int offset = 0; offset < 64; offset++)
        {
            int[] offsets = [offset, 63 - offset, offset * 5 % 64, ((offset * 11) + 7) % 64, ((offset * 13) + 5) % 64, (offset + 3) % 64];
            string? difference = Difference(key, length, offsets, random, offset, wholeRun: true);
            Assert.True(
                difference is null,
                $"{key}, length {length}, offsets {string.Join('/', offsets)} bytes, mode {offset}: {difference} {Seeds.Replay}");
        }
    }

    [Theory]
    [MemberData(nameof(KernelData.All), MemberType = typeof(KernelData))]
    public void Every_cut_in_two_and_random_cuts(InstructionSet instructionSet, string kernel)
    {
        KernelKey key = KernelData.Key(instructionSet, kernel);
        int length = (2 * IsaTable.LaneCount(instructionSet)) + 3;
        var random = new Random(Seeds.Base + 2);
        for (int cut = 0; cut <= length; cut++)
        {
            string? difference = Difference(key, length, [0], random, cut, wholeRun: false, cut);
            Assert.True(difference is null, $"{key}, length {length}, cut at {cut}, mode {cut}: {difference} {Seeds.Replay}");
        }

        for (int round = 0; round < 20; round++)
        {
            int longer = random.Next(1, 200);
            int[] cuts = [.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => random.Next(longer + 1)).Order()];
            string? difference = Difference(key, longer, [0], random, round, wholeRun: false, cuts);
            Assert.True(
                difference is null,
                $"{key}, length {longer}, cuts {string.Join(',', cuts)}, mode {round}: {difference} {Seeds.Replay}");
        }
    }

    [Theory]
    [MemberData(nameof(KernelData.Rules), MemberType = typeof(KernelData))]
    public void Every_mixture_of_storage_types_once(InstructionSet instructionSet, string rule)
    {
        var random = new Random(Seeds.Base + 3);
        int mode = 0;
        foreach (KernelKey key in KernelData.Of(instructionSet, Enum.Parse<RuleKind>(rule)))
        {
            // Around the lengths of a tile; the gradients as they are, and changed. Where a later state array is not stored as the
            // second, there are hundreds of mixtures, which all go the same way through tiles: one in eight of them has two.
            ArrayRole before = key.Has(ArrayRole.SecondState) ? ArrayRole.SecondState : ArrayRole.FirstState;
            KernelKey each = key;
            bool isOne = _later.All(role => !each.Has(role) || each.Types[role] == each.Types[before]);
            (int Length, int Mode)[] runs = isOne
                ? [(1, 0), (67, 2), (512, ++mode), (random.Next(513, 1100), ++mode)]
                : [(random.Next(1, random.Next(8) == 0 ? 700 : 100), ++mode)];
            foreach ((int length, int with) in runs)
            {
                string? difference = Difference(key, length, [2, 0, 4, 32, 6, 1], random, with, wholeRun: true);
                Assert.True(difference is null, $"{key}, length {length}, mode {with}: {difference} {Seeds.Replay}");
            }
        }
    }

    private static string? Difference(
        in KernelKey key, int length, int[] offsets, Random random, int mode, bool wholeRun, params int[] cuts)
    {
        long step = 1 + random.Next(1000);
        StepConstants constants = StepModes.Constants(key.Rule, mode, step);
        var actual = TestArrays.Create(key, length, offsets);
        actual.Fill(key, random);
        TestArrays expected = actual.CopyAligned();

        new ContractRules(
            StepModes.Group(key.Rule, mode),
            step,
            StepModes.ClipCoefficient(mode),
            RuleFacts.Of(key.Rule).ExampleNumbers()).Step(key, expected);
        if (wholeRun)
        {
            actual.Run(key, constants, 0, length);
        }
        else
        {
            int start = 0;
            foreach (int end in cuts.Append(length))
            {
                actual.Run(key, constants, start, end - start);
                start = end;
            }
        }

        return actual.DifferenceFrom(expected);
    }
}
