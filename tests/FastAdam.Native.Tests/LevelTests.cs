using FastAdam.Kernels;
using FastAdam.Rules;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>Steps of each level's library over one tensor against the managed kernels: the same bits, in all combinations of storage
/// types.</summary>
public sealed unsafe class LevelTests
{
    public static TheoryData<string> Levels => LevelLibrary.Names;

    [Theory]
    [MemberData(nameof(Levels))]
    public void Results_of_Adam_and_AMSGrad_are_the_managed_kernels(string level)
    {
        var step = (delegate* unmanaged<
            NativeTensor*, nuint, GroupValues*, nuint, NativeStepOptions*, long, NativeReport*, int>)LevelLibrary.Export(
                level, "fastadam_level_step");
        foreach (KernelKey key in (KernelKey[])[.. Keys(RuleKind.Adam), .. Keys(RuleKind.AdamAmsGrad)])
        {
            Compare(level, key, (arrays, group, t) =>
            {
                NativeTensor tensor = NativeStructs.Tensor(key, arrays);
                return step(&tensor, 1, &group, 1, null, t, null);
            });
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Results_of_Adam_alone_are_the_managed_kernels(string level)
    {
        KernelKey[] keys = [.. Keys(RuleKind.Adam).Where(key => key.IsUniform)];
        Assert.Equal(3, keys.Length);
        foreach (KernelKey key in keys)
        {
            string type = key.Types[ArrayRole.Parameters] switch
            {
                ElementType.Float32 => "f32",
                ElementType.Float16 => "f16",
                _ => "bf16",
            };
            var step = (delegate* unmanaged<void*, void*, void*, void*, nuint, GroupValues*, long, int, int>)LevelLibrary.Export(
                level, $"fastadam_level_adam_{type}");
            Compare(level, key, (arrays, group, t) => step(
                arrays.Parameters, arrays.Gradients, arrays.FirstState, arrays.SecondState, arrays.Length, &group, t, 0));
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Library_is_small(string level)
    {
        long size = new FileInfo(LevelLibrary.Path(level)).Length;
        Assert.True(size < 1_900_000, $"libfastadam-{level}.so has {size} bytes");
    }

    private static IEnumerable<KernelKey> Keys(RuleKind rule) => KernelData.Of(InstructionSet.Scalar, rule);

    private static void Compare(string level, KernelKey key, Func<UpdateArrays, GroupValues, long, int> step)
    {
        var random = new Random(Seeds.Base);
        int modes = RuleFacts.Of(key.Rule).Modes.Length;
        for (int mode = 0; mode < modes; mode++)
        {
            ParameterGroup group = StepModes.Group(key.Rule, mode);
            int length = random.Next(1, 150);
            long t = random.Next(1, 5000);
            var actual = TestArrays.Create(key, length, [random.Next(64), random.Next(64), random.Next(64), random.Next(64)]);
            actual.Fill(key, random);
            TestArrays expected = actual.CopyAligned();
            expected.Run(key, StepModes.Constants(group, t), 0, length);

            Assert.Equal(0, step(actual.Places(), group.Values, t));
            string? difference = actual.DifferenceFrom(expected);
            Assert.True(difference is null, $"{level}, {key}, length {length}, mode {mode}: {difference} {Seeds.Replay}");
        }
    }
}
