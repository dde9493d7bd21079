using FastAdam.Kernels;
using FastAdam.Tests.Support;

namespace FastAdam.LibTorch.Tests;

/// <summary>What states are filled with.</summary>
internal static class Data
{
    /// <summary>Elements that <see cref="FillTraining"/> leaves without gradients: one in this many.</summary>
    private const int Frozen = 8;

    /// <summary>
    /// A state of training: parameters around 0.02, gradients of magnitudes from 1e-5 to 1 and moments that fit to them, zero
    /// before the first step. With <paramref name="subnormals"/>, some elements have tiny moments and no gradients, so that
    /// their moments decay through the subnormal numbers. The third array is another second moment.
    /// </summary>
    public static void FillTraining(OptimizerState state, Random random, bool isFirstStep, bool subnormals)
    {
        for (int i = 0; i < state.Length; i++)
        {
            double size = GradientSize(i);
            state.Write(OptimizerState.Parameters, i, (float)(0.02 * Gaussian(random)));
            if (!isFirstStep)
            {
                state.Write(OptimizerState.First, i, (float)(0.3 * size * Gaussian(random)));
                state.Write(OptimizerState.Second, i, (float)(size * size * (0.5 + random.NextDouble())));
                state.Write(OptimizerState.Third, i, (float)(size * size * (0.5 + random.NextDouble())));
            }

            if (subnormals && i % Frozen == 0)
            {
                double smallestNormal = Math.ScaleB(1, state.Types[OptimizerState.First] == ElementType.Float16 ? -14 : -126);
                state.Write(OptimizerState.First, i, (float)(smallestNormal * Gaussian(random)));
                state.Write(OptimizerState.Second, i, (float)(smallestNormal * random.NextDouble()));
                state.Write(OptimizerState.Third, i, (float)(smallestNormal * random.NextDouble()));
            }
        }
    }

    /// <summary>The gradients of a step of training.</summary>
    public static void FillTrainingGradients(OptimizerState state, Random random, double gradScale)
    {
        for (int i = 0; i < state.Length; i++)
        {
            double gradient = i % Frozen == 0 ? 0 : GradientSize(i) * Gaussian(random) * gradScale;
            state.Write(OptimizerState.Gradients, i, (float)gradient);
        }
    }

    /// <summary>Numbers of every kind, infinite, subnormal and not a number included, and any bits at all.</summary>
    public static void FillEveryKind(OptimizerState state, Random random)
    {
        for (int array = 0; array < state.Types.Length; array++)
        {
            for (int i = 0; i < state.Length; i++)
            {
                // Negative second moments and their like give nothing but NaN: few of them will do.
                bool anySign = array < OptimizerState.Second || random.Next(16) == 0;
                if (random.Next(3) == 0)
                {
                    uint sign = Storage.Size(state.Types[array]) == 4 ? 0x8000_0000 : 0x8000;
                    uint bits = (uint)random.NextInt64(1L << 32);
                    state.WriteBits(array, i, anySign ? bits : bits & ~sign);
                }
                else
                {
                    float value = TestNumbers.Next(random);
                    state.Write(array, i, anySign ? value : Math.Abs(value));
                }
            }
        }
    }

    /// <summary>A number between two powers of ten.</summary>
    public static double LogUniform(Random random, double lowest, double highest) =>
        Math.Pow(10, lowest + (random.NextDouble() * (highest - lowest)));

    private static double GradientSize(int index) => Math.Pow(10, -(index % 6));

    private static double Gaussian(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
