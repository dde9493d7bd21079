using FastAdam.Kernels;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.LibTorch.Tests;

/// <summary>
/// FastAdam's Adam and AdamW, with and without AMSGrad, against libtorch's fused kernels: every bit of parameters and moments is
/// the same.
/// </summary>
public sealed class FusedAdamEqualityTests
{
    private static readonly ParameterGroup[] _hyperparameters =
    [
        ParameterGroup.Adam with { LearningRate = 1e-3, Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8 },
        ParameterGroup.Adam with { LearningRate = 3e-4, Beta1 = 0.95, Beta2 = 0.98, Epsilon = 1e-6 },
        ParameterGroup.Adam with { LearningRate = 0.1, Beta1 = 0.3, Beta2 = 0.9, Epsilon = 1e-3 },
        ParameterGroup.Adam with { LearningRate = 1e-5, Beta1 = 0.5, Beta2 = 0.9999, Epsilon = 1e-15 },
        ParameterGroup.Adam with { LearningRate = 1, Beta1 = 0, Beta2 = 0.99, Epsilon = 1e-10 },
        ParameterGroup.Adam with { LearningRate = 0.02, Beta1 = 0.999, Beta2 = 0, Epsilon = 0 },
        ParameterGroup.Adam with { LearningRate = 0, Beta1 = 0.9, Beta2 = 0.25, Epsilon = 1 },
    ];

    private static readonly ParameterGroup[] _variants =
    [
        .. from hyperparameters in _hyperparameters
           from decoupled in (bool[])[false, true]
           from amsGrad in (bool[])[false, true]
           select hyperparameters with { DecoupledWeightDecay = decoupled, AmsGrad = amsGrad },
    ];

    [Theory]
    [MemberData(nameof(Configurations.All), MemberType = typeof(Configurations))]
    public void Steps_of_training(
        InstructionSet instructionSet, string storage, double weightDecay, float? gradScale, bool maximize)
    {
        LibTorchStep.SkipUnlessAvailable();
        for (int i = 0; i < _variants.Length; i++)
        {
            ParameterGroup options = Configurations.Apply(_variants[i], weightDecay, gradScale, maximize);
            int length = Configurations.Lengths[i * _hyperparameters.Length / _variants.Length];
            foreach (long firstStep in (long[])[1, 100_000])
            {
                StepComparison.AfterTraining(instructionSet, storage, length, firstStep, options, gradScale, subnormals: true);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Configurations.All), MemberType = typeof(Configurations))]
    public void Numbers_of_every_kind(
        InstructionSet instructionSet, string storage, double weightDecay, float? gradScale, bool maximize)
    {
        LibTorchStep.SkipUnlessAvailable();
        var random = new Random(Seeds.Base);
        foreach (ParameterGroup variant in _variants)
        {
            ParameterGroup options = Configurations.Apply(variant, weightDecay, gradScale, maximize);
            foreach (long step in (long[])[1, 2, 10, 100_000])
            {
                StepComparison.AfterStepOfEveryKind(instructionSet, storage, 512, step, options, gradScale, random);
            }
        }
    }

    /// <summary>
    /// What a step's elements share, too: libtorch takes the powers of beta by the C library's pow, FastAdam by its own.
    /// </summary>
    [Theory]
    [MemberData(nameof(Configurations.Kernels), MemberType = typeof(Configurations))]
    public void Any_hyperparameters_at_any_step(InstructionSet instructionSet, string storage)
    {
        LibTorchStep.SkipUnlessAvailable();
        var random = new Random(Seeds.Base + 1);
        for (int round = 0; round < 3000; round++)
        {
            float? gradScale = random.Next(2) == 0 ? null : (float)Data.LogUniform(random, -2, 5);
            ParameterGroup options = ParameterGroup.Adam with
            {
                LearningRate = Data.LogUniform(random, -7, 0),
                Beta1 = 1 - Data.LogUniform(random, -3, 0),
                Beta2 = 1 - Data.LogUniform(random, -5, 0),
                Epsilon = Data.LogUniform(random, -16, -2),
                WeightDecay = random.Next(4) == 0 ? 0 : Data.LogUniform(random, -4, 0),
                DecoupledWeightDecay = random.Next(2) == 0,
                AmsGrad = random.Next(2) == 0,
                Maximize = random.Next(2) == 0,
                GradientScale = gradScale ?? 1,
                Subnormals = Subnormals.Preserve,
            };
            long step = (long)Data.LogUniform(random, 0, Math.Log10(1 << 24));
            OptimizerState actual = StepComparison.Uniform(storage, 64);
            Data.FillTraining(actual, random, isFirstStep: step == 1, subnormals: false);
            Data.FillTrainingGradients(actual, random, gradScale ?? 1);
            StepComparison.AfterStep(actual, actual.Copy(), instructionSet, step, options, gradScale);
        }
    }

    /// <summary>
    /// lr * weight_decay is not rounded before it is subtracted from 1. That hardly ever shows in single precision, so these are
    /// pairs for which it does: 1 - lr * weight_decay is next to the middle of two floats.
    /// </summary>
    [Theory]
    [MemberData(nameof(Configurations.Kernels), MemberType = typeof(Configurations))]
    public void Decay_factors_that_need_the_fused_multiply_add(InstructionSet instructionSet, string storage)
    {
        LibTorchStep.SkipUnlessAvailable();
        var random = new Random(Seeds.Base + 2);
        for (int found = 0; found < 100;)
        {
            float factor = 0.25f + (0.25f * random.NextSingle());
            double middle = (factor + (double)MathF.BitIncrement(factor)) / 2;
            double learningRate = 0.9 + (0.1 * random.NextDouble());
            double weightDecay = (1 - middle) / learningRate;
            float unfused = (float)(1 - (learningRate * weightDecay));
            if (unfused == (float)Math.FusedMultiplyAdd(-learningRate, weightDecay, 1))
            {
                continue;
            }

            found++;
            ParameterGroup options = ParameterGroup.AdamW with { LearningRate = learningRate, WeightDecay = weightDecay };
            OptimizerState actual = StepComparison.Uniform(storage, 1024);
            for (int i = 0; i < actual.Length; i++)
            {
                // Without gradients: nothing else happens to the parameters.
                actual.Write(OptimizerState.Parameters, i, 1 + random.NextSingle());
            }

            StepComparison.AfterStep(actual, actual.Copy(), instructionSet, 1, options, gradScale: null);
        }
    }

    /// <summary>The class that knows Adam only has a way of its own to the kernels.</summary>
    [Theory]
    [InlineData(nameof(ElementType.Float32))]
    [InlineData(nameof(ElementType.Float16))]
    [InlineData(nameof(ElementType.BFloat16))]
    public void Steps_of_the_class_Adam(string storage)
    {
        LibTorchStep.SkipUnlessAvailable();
        var random = new Random(Seeds.Base);
        foreach (ParameterGroup hyperparameters in _variants.Where(variant => !variant.AmsGrad))
        {
            ParameterGroup options = Configurations.Apply(hyperparameters, 0.03, gradScale: 3, maximize: true);
            foreach (long step in (long[])[1, 2, 10, 100_000])
            {
                OptimizerState actual = StepComparison.Uniform(storage, 512);
                Data.FillEveryKind(actual, random);
                OptimizerState expected = actual.Copy();

                actual.StepOfAdam(step, options);
                expected.StepOfLibTorch(step, options, gradScale: 3);

                actual.AssertSameAs(expected, InstructionSets.Current, step, options, gradScale: 3);
            }
        }
    }

    /// <summary>The default flushes subnormal moments; where there are none, it is libtorch to the bit too.</summary>
    [Theory]
    [MemberData(nameof(Configurations.Kernels), MemberType = typeof(Configurations))]
    public void Default_flushing_where_no_moment_is_subnormal(InstructionSet instructionSet, string storage)
    {
        LibTorchStep.SkipUnlessAvailable();
        foreach (ParameterGroup options in (ParameterGroup[])[ParameterGroup.Adam, ParameterGroup.AdamW])
        {
            foreach (long firstStep in (long[])[1, 100_000])
            {
                // float16's own subnormal numbers are normal ones of single precision, which are never flushed.
                bool subnormals = storage == nameof(ElementType.Float16);
                StepComparison.AfterTraining(instructionSet, storage, 4096, firstStep, options, gradScale: null, subnormals);
            }
        }
    }
}
