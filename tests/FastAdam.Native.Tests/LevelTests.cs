using FastAdam.Kernels;
using FastAdam.Rules;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>fastadam_step of each level's library against the managed one: the same bits, in all combinations of storage types.</summary>
public sealed unsafe class LevelTests
{
    public static TheoryData<string> Levels => LevelLibrary.Names;

    [Theory]
    [MemberData(nameof(Levels))]
    public void Results_are_the_managed_librarys(string level)
    {
        var step = (delegate* unmanaged<NativeTensor*, nuint, NativeOptions*, long, int>)LevelLibrary.Export(level, "fastadam_level_step");
        var random = new Random(Seeds.Base);
        foreach (KernelKey key in KernelRegistry.Supported.Where(
            key => key.InstructionSet == InstructionSet.Scalar && key.Rule is RuleKind.Adam or RuleKind.AmsGrad))
        {
            for (int mode = 0; mode < StepModes.All.Length; mode++)
            {
                int length = random.Next(1, 150);
                long t = random.Next(1, 5000);
                var actual = TestArrays.Create(key, length, [random.Next(64), random.Next(64), random.Next(64), random.Next(64)]);
                actual.Fill(key, random);
                TestArrays expected = actual.CopyAligned();
                bool isAmsGrad = key.Rule == RuleKind.AmsGrad;
                expected.Run(
                    key,
                    isAmsGrad
                        ? StepModes.Constants(StepModes.Of(StepModes.All[mode]) with { AmsGrad = true }, t)
                        : AdamStepConstants.Of(t, StepModes.All[mode]),
                    0,
                    length);

                NativeOptions options = NativeOptions.Of(StepModes.All[mode], isAmsGrad);
                var tensor = new NativeTensor(actual.Work(key));
                Assert.Equal(0, step(&tensor, 1, &options, t));
                string? difference = actual.DifferenceFrom(expected);
                Assert.True(difference is null, $"{level}, {key}, length {length}, mode {mode}: {difference} {Seeds.Replay}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Library_is_small(string level)
    {
        long size = new FileInfo(LevelLibrary.Path(level)).Length;
        Assert.True(size < 1_500_000, $"libfastadam-{level}.so has {size} bytes");
    }
}
