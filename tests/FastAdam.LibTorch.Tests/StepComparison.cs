using FastAdam.Kernels;
using FastAdam.Tests.Support;

namespace FastAdam.LibTorch.Tests;

/// <summary>Steps of FastAdam and of libtorch from the same state: every bit of parameters and state has to be the same.</summary>
internal static class StepComparison
{
    private const int StepCount = 25;

    /// <summary>One step from two states that are the same.</summary>
    public static void AfterStep(
        OptimizerState actual,
        OptimizerState expected,
        InstructionSet instructionSet,
        long step,
        in ParameterGroup options,
        float? gradScale)
    {
        actual.Step(instructionSet, step, AsLibTorchTakesThem(options, actual.Types[OptimizerState.Parameters], step));
        expected.StepOfLibTorch(step, options, gradScale);

        actual.AssertSameAs(expected, instructionSet, step, options, gradScale);
    }

    /// <summary>Steps in a row, from <see cref="Data.FillTraining"/>.</summary>
    public static void AfterTraining(
        InstructionSet instructionSet,
        string storage,
        int length,
        long firstStep,
        in ParameterGroup options,
        float? gradScale,
        bool subnormals)
    {
        var random = new Random(Seeds.Base);
        OptimizerState actual = Uniform(storage, length);
        Data.FillTraining(actual, random, isFirstStep: firstStep == 1, subnormals);
        OptimizerState expected = actual.Copy();
        for (long step = firstStep; step < firstStep + StepCount; step++)
        {
            Data.FillTrainingGradients(actual, random, gradScale ?? 1);
            actual.CopyTo(expected, OptimizerState.Gradients);
            AfterStep(actual, expected, instructionSet, step, options, gradScale);
        }
    }

    /// <summary>One step from <see cref="Data.FillEveryKind"/>.</summary>
    public static void AfterStepOfEveryKind(
        InstructionSet instructionSet,
        string storage,
        int length,
        long step,
        in ParameterGroup options,
        float? gradScale,
        Random random)
    {
        OptimizerState actual = Uniform(storage, length);
        Data.FillEveryKind(actual, random);
        AfterStep(actual, actual.Copy(), instructionSet, step, options, gradScale);
    }

    public static OptimizerState Uniform(string storage, int length) =>
        OptimizerState.Uniform(Enum.Parse<ElementType>(storage), length);

    /// <summary>libtorch's 16-bit kernel of AdaGrad rounds the hyperparameters to the type of the arrays. FastAdam does not, and
    /// so has to be given them rounded.</summary>
    private static ParameterGroup AsLibTorchTakesThem(in ParameterGroup options, ElementType type, long step) =>
        options.Rule != OptimizerRule.AdaGrad || type == ElementType.Float32
            ? options
            : options with
            {
                LearningRate = Round(type, options.LearningRate / Math.FusedMultiplyAdd(step - 1, options.LearningRateDecay, 1)),
                LearningRateDecay = 0,
                WeightDecay = Round(type, options.WeightDecay),
                Epsilon = Round(type, options.Epsilon),
            };

    private static double Round(ElementType type, double number)
    {
        Span<byte> stored = stackalloc byte[sizeof(float)];
        Storage.Write(stored, type, 0, (float)number);
        return Storage.Read(stored, type, 0);
    }
}
