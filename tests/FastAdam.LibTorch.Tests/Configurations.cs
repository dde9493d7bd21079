using FastAdam.Kernels;
using Xunit;

namespace FastAdam.LibTorch.Tests;

/// <summary>What the tests of every optimizer are run with.</summary>
public static class Configurations
{
    /// <summary>Storage types of 16 bits.</summary>
    private static readonly string[] _halves = [nameof(ElementType.Float16), nameof(ElementType.BFloat16)];

    /// <summary>Lengths of arrays, all multiples of 16: <see cref="ScalarTailTests"/> says why.</summary>
    public static IReadOnlyList<int> Lengths { get; } = [4096, 1040, 16, 528, 272, 48, 1008];

    /// <summary>Instruction sets, and the storage types of all arrays.</summary>
    public static TheoryData<InstructionSet, string> Kernels => Kernel([.. ElementTypes.Plain.ToArray().Select(type => $"{type}")]);

    /// <summary>Those with 16-bit storage.</summary>
    public static TheoryData<InstructionSet, string> HalfKernels => Kernel(_halves);

    /// <summary>For each of <see cref="Kernels"/>: weight decay, gradient scale and direction in all combinations.</summary>
    public static TheoryData<InstructionSet, string, double, float?, bool> All => Combined([.. ElementTypes.Plain.ToArray().Select(type => $"{type}")]);

    /// <summary>Those in single precision.</summary>
    public static TheoryData<InstructionSet, string, double, float?, bool> Singles => Combined(nameof(ElementType.Float32));

    /// <summary>Those with 16-bit storage.</summary>
    public static TheoryData<InstructionSet, string, double, float?, bool> Halves => Combined(_halves);

    /// <summary>The options with what a configuration gives, and subnormal numbers kept, as libtorch does.</summary>
    public static ParameterGroup Apply(in ParameterGroup options, double weightDecay, float? gradScale, bool maximize) =>
        options with
        {
            WeightDecay = weightDecay,
            GradientScale = gradScale ?? 1,
            Maximize = maximize,
            Subnormals = Subnormals.Preserve,
        };

    private static TheoryData<InstructionSet, string> Kernel(params string[] storages)
    {
        var data = new TheoryData<InstructionSet, string>();
        foreach (InstructionSet instructionSet in InstructionSets.Supported)
        {
            foreach (string storage in storages)
            {
                data.Add(instructionSet, storage);
            }
        }

        return data;
    }

    private static TheoryData<InstructionSet, string, double, float?, bool> Combined(params string[] storages)
    {
        var data = new TheoryData<InstructionSet, string, double, float?, bool>();
        foreach ((InstructionSet instructionSet, string storage) in Kernel(storages).Select(row => row.Data))
        {
            foreach (double weightDecay in (double[])[0, 0.03])
            {
                foreach (float? gradScale in (float?[])[null, 1, 3, 1024])
                {
                    data.Add(instructionSet, storage, weightDecay, gradScale, false);
                    data.Add(instructionSet, storage, weightDecay, gradScale, true);
                }
            }
        }

        return data;
    }
}
