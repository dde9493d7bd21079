using FastAdam.Kernels;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.LibTorch.Tests;

/// <summary>
/// Why the other tests have lengths that are multiples of 16. libtorch takes vectors of 8 floats or 16 16-bit numbers and the
/// rest one by one, by code that rounds differently; FastAdam does the same for every element, so it can be equal to
/// libtorch's vectors only.
/// </summary>
public sealed class ScalarTailTests
{
    private const int Padded = 64;

    private static readonly ParameterGroup _options = ParameterGroup.AdamW with { Subnormals = Subnormals.Preserve };

    [Theory]
    [MemberData(nameof(Configurations.Kernels), MemberType = typeof(Configurations))]
    public void FastAdam_rounds_its_tail_as_libtorch_its_vectors(InstructionSet instructionSet, string storage)
    {
        LibTorchStep.SkipUnlessAvailable();
        var random = new Random(Seeds.Base);
        for (int length = 1; length < Padded; length++)
        {
            OptimizerState padded = NewState(Enum.Parse<ElementType>(storage), Padded, random);
            OptimizerState actual = padded.CopyAs(padded.Types, length);

            actual.Step(instructionSet, 5, _options);
            padded.StepOfLibTorch(5, _options, gradScale: null);

            actual.AssertSameAs(padded.CopyAs(padded.Types, length), instructionSet, 5, _options, gradScale: null);
        }
    }

    /// <summary>Asserted where it shows: of second moments stored as floats, every fifth differs by an ulp; rounded to 16 bits,
    /// one in 50,000.</summary>
    [Fact]
    public void Libtorch_rounds_its_tail_differently_from_its_vectors()
    {
        LibTorchStep.SkipUnlessAvailable();
        OptimizerState vectors = NewState(ElementType.Float32, 8, new Random(Seeds.Base));
        OptimizerState tail = vectors.CopyAs(vectors.Types, 7);
        int differences = 0;
        for (long step = 5; step < 105; step++)
        {
            tail.StepOfLibTorch(step, _options, gradScale: null);
            vectors.StepOfLibTorch(step, _options, gradScale: null);

            differences += tail.DifferenceFrom(vectors.CopyAs(vectors.Types, 7)) is null ? 0 : 1;
        }

        Assert.True(differences > 0, $"No step gave different bits: the lengths need not be multiples of 16. {Seeds.Replay}");
    }

    private static OptimizerState NewState(ElementType type, int length, Random random)
    {
        OptimizerState state = OptimizerState.Uniform(type, length);
        Data.FillTraining(state, random, isFirstStep: false, subnormals: true);
        Data.FillTrainingGradients(state, random, gradScale: 1);
        return state;
    }
}
