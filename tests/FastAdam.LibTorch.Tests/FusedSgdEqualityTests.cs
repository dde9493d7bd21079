using FastAdam.Kernels;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.LibTorch.Tests;

/// <summary>
/// FastAdam's SGD against libtorch's fused kernel: in single precision over whole vectors. Of its 16-bit kernel only the tail,
/// the last elements that fill no vector, is a step of SGD; the tests at the end say what the rest is.
/// </summary>
public sealed class FusedSgdEqualityTests
{
    /// <summary>Elements that libtorch's 16-bit kernel takes at a time.</summary>
    private const int HalfVector = 16;

    // The tail's code fuses the other product of the momentum: these are exact either way.
    private static readonly ParameterGroup[] _hyperparametersOfTails =
    [
        ParameterGroup.Sgd,
        ParameterGroup.Sgd with { LearningRate = 0.1, Momentum = 0.5 },
        ParameterGroup.Sgd with { LearningRate = 0.01, Momentum = 0.5, Nesterov = true },
        ParameterGroup.Sgd with { LearningRate = 0.03, Momentum = 0.25, Dampening = 0.75 },
        ParameterGroup.Sgd with { LearningRate = 0.3, Momentum = 2, Dampening = 1 },
    ];

    private static readonly ParameterGroup[] _hyperparameters =
    [
        ParameterGroup.Sgd,
        ParameterGroup.Sgd with { LearningRate = 0.1, Momentum = 0.9 },
        ParameterGroup.Sgd with { LearningRate = 0.01, Momentum = 0.95, Nesterov = true },
        ParameterGroup.Sgd with { LearningRate = 0.03, Momentum = 0.9, Dampening = 0.3 },
        ParameterGroup.Sgd with { LearningRate = 0.3, Momentum = 0.5, Dampening = 1 },
        ParameterGroup.Sgd with { LearningRate = 1, Momentum = 1.5, Dampening = -0.7 },
        ParameterGroup.Sgd with { LearningRate = 0, Momentum = 1 },
    ];

    [Theory]
    [MemberData(nameof(Configurations.Singles), MemberType = typeof(Configurations))]
    public void Steps_of_training(
        InstructionSet instructionSet, string storage, double weightDecay, float? gradScale, bool maximize)
    {
        LibTorchStep.SkipUnlessAvailable();
        for (int i = 0; i < _hyperparameters.Length; i++)
        {
            ParameterGroup options = Configurations.Apply(_hyperparameters[i], weightDecay, gradScale, maximize);
            foreach (long firstStep in (long[])[1, 100_000])
            {
                StepComparison.AfterTraining(
                    instructionSet, storage, Configurations.Lengths[i], firstStep, options, gradScale, subnormals: true);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Configurations.Singles), MemberType = typeof(Configurations))]
    public void Numbers_of_every_kind(
        InstructionSet instructionSet, string storage, double weightDecay, float? gradScale, bool maximize)
    {
        LibTorchStep.SkipUnlessAvailable();
        var random = new Random(Seeds.Base);
        foreach (ParameterGroup hyperparameters in _hyperparameters)
        {
            ParameterGroup options = Configurations.Apply(hyperparameters, weightDecay, gradScale, maximize);
            foreach (long step in (long[])[1, 2])
            {
                StepComparison.AfterStepOfEveryKind(instructionSet, storage, 512, step, options, gradScale, random);
            }
        }
    }

    [Theory]
    [MemberData(nameof(KernelData.InstructionSets), MemberType = typeof(KernelData))]
    public void Any_hyperparameters(InstructionSet instructionSet)
    {
        LibTorchStep.SkipUnlessAvailable();
        var random = new Random(Seeds.Base + 1);
        for (int round = 0; round < 3000; round++)
        {
            float? gradScale = random.Next(2) == 0 ? null : (float)Data.LogUniform(random, -2, 5);
            bool hasMomentum = random.Next(4) != 0;
            bool isNesterov = hasMomentum && random.Next(2) == 0;
            ParameterGroup options = ParameterGroup.Sgd with
            {
                LearningRate = Data.LogUniform(random, -7, 0),
                Momentum = hasMomentum ? 1 - Data.LogUniform(random, -3, 0) : 0,
                Dampening = isNesterov || random.Next(3) == 0 ? 0 : Data.LogUniform(random, -3, 0),
                Nesterov = isNesterov,
                WeightDecay = random.Next(4) == 0 ? 0 : Data.LogUniform(random, -4, 0),
                Maximize = random.Next(2) == 0,
                GradientScale = gradScale ?? 1,
                Subnormals = Subnormals.Preserve,
            };
            OptimizerState actual = OptimizerState.Uniform(ElementType.Float32, 64);
            Data.FillTraining(actual, random, isFirstStep: false, subnormals: false);
            Data.FillTrainingGradients(actual, random, gradScale ?? 1);
            StepComparison.AfterStep(actual, actual.Copy(), instructionSet, random.Next(1, 4), options, gradScale);
        }
    }

    [Theory]
    [MemberData(nameof(Configurations.Halves), MemberType = typeof(Configurations))]
    public void Tails_in_16_bits(
        InstructionSet instructionSet, string storage, double weightDecay, float? gradScale, bool maximize)
    {
        LibTorchStep.SkipUnlessAvailable();
        foreach (ParameterGroup hyperparameters in _hyperparametersOfTails)
        {
            ParameterGroup options = Configurations.Apply(hyperparameters, weightDecay, gradScale, maximize);
            for (int length = 1; length < HalfVector; length++)
            {
                StepComparison.AfterTraining(instructionSet, storage, length, firstStep: 1, options, gradScale, subnormals: true);
            }
        }
    }

    /// <summary>In the first step libtorch does not read the buffers, and so fills them well.</summary>
    [Theory]
    [MemberData(nameof(Configurations.HalfKernels), MemberType = typeof(Configurations))]
    public void Buffers_of_the_first_step_in_16_bits(InstructionSet instructionSet, string storage)
    {
        LibTorchStep.SkipUnlessAvailable();
        ParameterGroup options = _hyperparameters[1] with { Subnormals = Subnormals.Preserve };
        OptimizerState actual = Training(storage, out OptimizerState expected);

        actual.Step(instructionSet, 1, options);
        expected.StepOfLibTorch(1, options, gradScale: null);

        actual.CopyTo(expected, OptimizerState.Parameters);
        actual.AssertSameAs(expected, instructionSet, 1, options, gradScale: null);
    }

    /// <summary>
    /// libtorch computes the step of 16-bit vectors and does not store the parameters. (In later steps with momentum it also reads
    /// the buffers as if they held floats, which goes beyond their end, so there is nothing to compare with.)
    /// </summary>
    [Theory]
    [InlineData(nameof(ElementType.Float16), 0)]
    [InlineData(nameof(ElementType.BFloat16), 0)]
    [InlineData(nameof(ElementType.Float16), 1)]
    [InlineData(nameof(ElementType.BFloat16), 1)]
    public void Libtorch_leaves_16_bit_parameters_as_they_are(string storage, int hyperparameters)
    {
        LibTorchStep.SkipUnlessAvailable();
        OptimizerState before = Training(storage, out OptimizerState after);

        after.StepOfLibTorch(1, _hyperparameters[hyperparameters], gradScale: null);

        after.CopyTo(before, OptimizerState.First);
        string? difference = after.DifferenceFrom(before);
        Assert.True(difference is null, $"libtorch has stored them: compare whole vectors. {difference} {Seeds.Replay}");
    }

    private static OptimizerState Training(string storage, out OptimizerState copy)
    {
        var random = new Random(Seeds.Base);
        OptimizerState state = StepComparison.Uniform(storage, 4 * HalfVector);
        Data.FillTraining(state, random, isFirstStep: true, subnormals: false);
        Data.FillTrainingGradients(state, random, gradScale: 1);
        copy = state.Copy();
        return state;
    }
}
