using FastAdam.Kernels;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.LibTorch.Tests;

/// <summary>
/// FastAdam against libtorch's fused kernels, step after step from the same state: every bit of parameters and moments is the
/// same. All lengths are multiples of 16: <see cref="ScalarTailTests"/> says why.
/// </summary>
public sealed class FusedAdamEqualityTests
{
    private const int StepCount = 25;

    private static readonly int[] _lengths = [4096, 1040, 16, 528, 272, 48, 1008];

    private static readonly AdamOptions[] _hyperparameters =
    [
        new() { LearningRate = 1e-3, Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8 },
        new() { LearningRate = 3e-4, Beta1 = 0.95, Beta2 = 0.98, Epsilon = 1e-6 },
        new() { LearningRate = 0.1, Beta1 = 0.3, Beta2 = 0.9, Epsilon = 1e-3 },
        new() { LearningRate = 1e-5, Beta1 = 0.5, Beta2 = 0.9999, Epsilon = 1e-15 },
        new() { LearningRate = 1, Beta1 = 0, Beta2 = 0.99, Epsilon = 1e-10 },
        new() { LearningRate = 0.02, Beta1 = 0.999, Beta2 = 0, Epsilon = 0 },
        new() { LearningRate = 0, Beta1 = 0.9, Beta2 = 0.25, Epsilon = 1 },
    ];

    public static TheoryData<InstructionSet, string, string, double, float?, bool> Configurations
    {
        get
        {
            var data = new TheoryData<InstructionSet, string, string, double, float?, bool>();
            foreach (InstructionSet instructionSet in InstructionSets.Supported)
            {
                foreach (string storage in Enum.GetNames<ElementType>())
                {
                    foreach (string optimizer in (string[])["Adam", "AdamW"])
                    {
                        foreach (double weightDecay in (double[])[0, 0.03])
                        {
                            foreach (float? gradScale in (float?[])[null, 1, 3, 1024])
                            {
                                data.Add(instructionSet, storage, optimizer, weightDecay, gradScale, false);
                                data.Add(instructionSet, storage, optimizer, weightDecay, gradScale, true);
                            }
                        }
                    }
                }
            }

            return data;
        }
    }

    public static TheoryData<InstructionSet, string> Kernels
    {
        get
        {
            var data = new TheoryData<InstructionSet, string>();
            foreach (InstructionSet instructionSet in InstructionSets.Supported)
            {
                foreach (string storage in Enum.GetNames<ElementType>())
                {
                    data.Add(instructionSet, storage);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Configurations))]
    public void Steps_of_training(
        InstructionSet instructionSet, string storage, string optimizer, double weightDecay, float? gradScale, bool maximize)
    {
        LibTorchStep.SkipUnlessAvailable();
        for (int i = 0; i < _hyperparameters.Length; i++)
        {
            AdamOptions options = Options(_hyperparameters[i], optimizer, weightDecay, gradScale, maximize);
            foreach (long firstStep in (long[])[1, 100_000])
            {
                AssertTrainingIsEqual(
                    instructionSet, storage, _lengths[i], firstStep, options, gradScale, subnormals: true);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Configurations))]
    public void Numbers_of_every_kind(
        InstructionSet instructionSet, string storage, string optimizer, double weightDecay, float? gradScale, bool maximize)
    {
        LibTorchStep.SkipUnlessAvailable();
        var random = new Random(Seeds.Base);
        for (int i = 0; i < _hyperparameters.Length; i++)
        {
            AdamOptions options = Options(_hyperparameters[i], optimizer, weightDecay, gradScale, maximize);
            foreach (long step in (long[])[1, 2, 10, 100_000])
            {
                AdamState actual = Uniform(storage, 512);
                Data.FillEveryKind(actual, random);
                AdamState expected = actual.Copy();

                actual.Step(instructionSet, step, options);
                expected.StepOfLibTorch(step, options, gradScale);

                actual.AssertSameAs(expected, instructionSet, step, options, gradScale);
            }
        }
    }

    /// <summary>
    /// What a step's elements share, too: libtorch takes the powers of beta by the C library's pow, FastAdam by its own.
    /// </summary>
    [Theory]
    [MemberData(nameof(Kernels))]
    public void Any_hyperparameters_at_any_step(InstructionSet instructionSet, string storage)
    {
        LibTorchStep.SkipUnlessAvailable();
        var random = new Random(Seeds.Base + 1);
        double LogUniform(double lowest, double highest) => Math.Pow(10, lowest + (random.NextDouble() * (highest - lowest)));
        for (int round = 0; round < 3000; round++)
        {
            float? gradScale = random.Next(2) == 0 ? null : (float)LogUniform(-2, 5);
            var options = new AdamOptions
            {
                LearningRate = LogUniform(-7, 0),
                Beta1 = 1 - LogUniform(-3, 0),
                Beta2 = 1 - LogUniform(-5, 0),
                Epsilon = LogUniform(-16, -2),
                WeightDecay = random.Next(4) == 0 ? 0 : LogUniform(-4, 0),
                DecoupledWeightDecay = random.Next(2) == 0,
                Maximize = random.Next(2) == 0,
                GradientScale = gradScale ?? 1,
                Subnormals = Subnormals.Preserve,
            };
            long step = (long)LogUniform(0, Math.Log10(1 << 24));
            AdamState actual = Uniform(storage, 64);
            Data.FillTraining(actual, random, isFirstStep: step == 1, subnormals: false);
            Data.FillTrainingGradients(actual, random, gradScale ?? 1);
            AdamState expected = actual.Copy();

            actual.Step(instructionSet, step, options);
            expected.StepOfLibTorch(step, options, gradScale);

            actual.AssertSameAs(expected, instructionSet, step, options, gradScale);
        }
    }

    /// <summary>
    /// lr * weight_decay is not rounded before it is subtracted from 1. That hardly ever shows in single precision, so these are
    /// pairs for which it does: 1 - lr * weight_decay is next to the middle of two floats.
    /// </summary>
    [Theory]
    [MemberData(nameof(Kernels))]
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
            AdamOptions options = AdamOptions.AdamW with { LearningRate = learningRate, WeightDecay = weightDecay };
            AdamState actual = Uniform(storage, 1024);
            for (int i = 0; i < actual.Length; i++)
            {
                // Without gradients: nothing else happens to the parameters.
                actual.Write(AdamState.Parameters, i, 1 + random.NextSingle());
            }

            AdamState expected = actual.Copy();
            actual.Step(instructionSet, 1, options);
            expected.StepOfLibTorch(1, options, gradScale: null);

            actual.AssertSameAs(expected, instructionSet, 1, options, gradScale: null);
        }
    }

    /// <summary>The default flushes subnormal moments; where there are none, it is libtorch to the bit too.</summary>
    [Theory]
    [MemberData(nameof(Kernels))]
    public void Default_flushing_where_no_moment_is_subnormal(InstructionSet instructionSet, string storage)
    {
        LibTorchStep.SkipUnlessAvailable();
        foreach (AdamOptions options in (AdamOptions[])[AdamOptions.Adam, AdamOptions.AdamW])
        {
            foreach (long firstStep in (long[])[1, 100_000])
            {
                // float16's own subnormal numbers are normal ones of single precision, which are never flushed.
                bool subnormals = storage == nameof(ElementType.Float16);
                AssertTrainingIsEqual(instructionSet, storage, 4096, firstStep, options, gradScale: null, subnormals);
            }
        }
    }

    private static void AssertTrainingIsEqual(
        InstructionSet instructionSet,
        string storage,
        int length,
        long firstStep,
        in AdamOptions options,
        float? gradScale,
        bool subnormals)
    {
        var random = new Random(Seeds.Base);
        AdamState actual = Uniform(storage, length);
        Data.FillTraining(actual, random, isFirstStep: firstStep == 1, subnormals);
        AdamState expected = actual.Copy();
        for (long step = firstStep; step < firstStep + StepCount; step++)
        {
            Data.FillTrainingGradients(actual, random, gradScale ?? 1);
            actual.CopyTo(expected, AdamState.Gradients);

            actual.Step(instructionSet, step, options);
            expected.StepOfLibTorch(step, options, gradScale);

            actual.AssertSameAs(expected, instructionSet, step, options, gradScale);
        }
    }

    private static AdamOptions Options(
        in AdamOptions hyperparameters, string optimizer, double weightDecay, float? gradScale, bool maximize) =>
        hyperparameters with
        {
            DecoupledWeightDecay = optimizer == "AdamW",
            WeightDecay = weightDecay,
            GradientScale = gradScale ?? 1,
            Maximize = maximize,
            Subnormals = Subnormals.Preserve,
        };

    private static AdamState Uniform(string storage, int length)
    {
        ElementType type = Enum.Parse<ElementType>(storage);
        return new AdamState([type, type, type, type], length);
    }
}
