using FastAdam.Kernels;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.LibTorch.Tests;

/// <summary>
/// libtorch refuses arrays of different storage types. What a mix should give follows from its step in single precision: the
/// numbers widened, stepped, and rounded to what they are stored in.
/// </summary>
public sealed class MixedStorageTests
{
    private const int Length = 256;

    private static readonly ElementType[] _single =
        [ElementType.Float32, ElementType.Float32, ElementType.Float32, ElementType.Float32];

    [Theory]
    [MemberData(nameof(KernelData.AllOfAdam), MemberType = typeof(KernelData))]
    public void Step_is_that_in_single_precision_then_rounded(InstructionSet instructionSet, string kernel)
    {
        LibTorchStep.SkipUnlessAvailable();
        KernelKey key = KernelData.Key(instructionSet, kernel);
        ElementType[] types =
        [
            key.Types[ArrayRole.Parameters],
            key.Types[ArrayRole.Gradients],
            key.Types[ArrayRole.FirstState],
            key.Types[ArrayRole.SecondState],
        ];
        var random = new Random(Seeds.Base);
        foreach ((bool decoupled, bool amsGrad) in ((bool, bool)[])[(false, false), (true, false), (false, true)])
        {
            foreach (float? gradScale in (float?[])[null, 3])
            {
                ParameterGroup options = ParameterGroup.Adam with
                {
                    WeightDecay = 0.03,
                    DecoupledWeightDecay = decoupled,
                    AmsGrad = amsGrad,
                    GradientScale = gradScale ?? 1,
                    Subnormals = Subnormals.Preserve,
                };
                for (long step = 1; step <= 10; step++)
                {
                    var actual = new OptimizerState(types, Length);
                    Data.FillEveryKind(actual, random);
                    OptimizerState wide = actual.CopyAs(_single, Length);

                    actual.Step(instructionSet, step, options);
                    wide.StepOfLibTorch(step, options, gradScale);

                    actual.AssertSameAs(wide.CopyAs(types, Length), instructionSet, step, options, gradScale);
                }
            }
        }
    }
}
