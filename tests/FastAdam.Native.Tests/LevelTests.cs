using System.Runtime.InteropServices;
using FastAdam.Kernels;
using FastAdam.Rules;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>Each level's library against the managed one: the same bits, in all combinations of storage types.</summary>
public sealed unsafe class LevelTests
{
    private static readonly (string Name, InstructionSet InstructionSet)[] _levels =
    [
        ("baseline", InstructionSet.Scalar),
        ("avx2", InstructionSet.Avx2),
        ("avx512", InstructionSet.Avx512),
        ("neon", InstructionSet.Neon),
    ];

    public static TheoryData<string> Levels => [.. _levels
        .Where(level => InstructionSets.IsSupported(level.InstructionSet))
        .Where(level => RuntimeInformation.ProcessArchitecture == Architecture.X64 || level.Name == "neon")
        .Select(level => level.Name)];

    [Theory]
    [MemberData(nameof(Levels))]
    public void Results_are_the_managed_librarys(string level)
    {
        var step = (delegate* unmanaged<NativeTensor*, nuint, NativeOptions*, long, int>)Export(level, "fastadam_level_step");
        var random = new Random(Seeds.Base);
        foreach (KernelKey key in KernelRegistry.Supported.Where(
            key => key.InstructionSet == InstructionSet.Scalar && key.Rule == RuleKind.Adam))
        {
            for (int mode = 0; mode < StepModes.All.Length; mode++)
            {
                int length = random.Next(1, 150);
                long t = random.Next(1, 5000);
                var actual = TestArrays.Create(key, length, [random.Next(64), random.Next(64), random.Next(64), random.Next(64)]);
                actual.Fill(key, random);
                TestArrays expected = actual.CopyAligned();
                expected.Run(key, AdamStepConstants.Of(t, StepModes.All[mode]), 0, length);

                NativeOptions options = NativeOptions.Of(StepModes.All[mode]);
                fixed (byte* p = actual.Array(0), g = actual.Array(1), m = actual.Array(2), v = actual.Array(3))
                {
                    var tensor = new NativeTensor(key, p, g, m, v, length);
                    Assert.Equal(0, step(&tensor, 1, &options, t));
                }

                string? difference = actual.DifferenceFrom(expected);
                Assert.True(difference is null, $"{level}, {key}, length {length}, mode {mode}: {difference} {Seeds.Replay}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Library_is_small(string level)
    {
        long size = new FileInfo(Path.Combine(Installation.Native().Library, $"libfastadam-{level}.so")).Length;
        Assert.True(size < 1_500_000, $"libfastadam-{level}.so has {size} bytes");
    }

    private static nint Export(string level, string function) => NativeLibrary.GetExport(
        NativeLibrary.Load(Path.Combine(Installation.Native().Library, $"libfastadam-{level}.so")), function);
}
