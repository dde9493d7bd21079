using FastAdam.Codecs;

namespace FastAdam.Benchmarks.Bitsandbytes;

/// <summary>Whether <see cref="BlockwiseAdamW"/> computes what it is to compute: beside the same formulas in C#.</summary>
internal static unsafe class BlockwiseAdamWCheck
{
    private const int Length = 4 * BlockConversion.Block;
    private const int Steps = 20;
    private const int Seed = 1;

    /// <summary>In the parameters, which are below 1.</summary>
    private const double Tolerance = 1e-6;

    /// <summary>Numbers that lie between two codes may get either, by the last bit of a sum.</summary>
    private const int MostOtherCodes = Length / 100;

    /// <summary>Checks it.</summary>
    /// <param name="conversion">How the moments are converted.</param>
    /// <exception cref="InvalidOperationException">It computes something else.</exception>
    public static void Run(BlockConversion conversion)
    {
        const int Blocks = Length / BlockConversion.Block;
        var random = new Random(Seed);
        float[] parameters = Array.ConvertAll(new float[Length], _ => (float)(random.NextDouble() - 0.5));
        float[] gradients = new float[Length];
        byte[] expAvg = new byte[Length];
        byte[] expAvgSq = new byte[Length];
        float[] expAvgScales = new float[Blocks];
        float[] expAvgSqScales = new float[Blocks];
        fixed (float* p = parameters)
        fixed (float* g = gradients)
        fixed (byte* m = expAvg)
        fixed (byte* v = expAvgSq)
        fixed (float* scalesOfM = expAvgScales)
        fixed (float* scalesOfV = expAvgSqScales)
        {
            using var adam = new BlockwiseAdamW(conversion, p, g, m, scalesOfM, v, scalesOfV, Length);
            for (int step = 1; step <= Steps; step++)
            {
                for (int i = 0; i < Length; i++)
                {
                    gradients[i] = (float)(random.NextDouble() - 0.5);
                }

                double[] expectedM = Values(expAvg, expAvgScales, DynamicMap.Signed);
                double[] expectedV = Values(expAvgSq, expAvgSqScales, DynamicMap.Unsigned);
                double[] expected = Array.ConvertAll(parameters, value => (double)value);
                Update(step, gradients, expectedM, expectedV, expected);
                adam.Step(step, ParameterGroup.AdamW);
                Require(parameters.Zip(expected).All(pair => Math.Abs(pair.First - pair.Second) <= Tolerance), "parameters");
                Compare(expAvg, expAvgScales, expectedM, DynamicMap.Signed, conversion.Resolution, "first moments");
                Compare(expAvgSq, expAvgSqScales, expectedV, DynamicMap.Unsigned, conversion.Resolution, "second moments");
            }
        }
    }

    private static void Update(int step, float[] gradients, double[] expAvg, double[] expAvgSq, double[] parameters)
    {
        ParameterGroup group = ParameterGroup.AdamW;
        double correction = 1 - Math.Pow(group.Beta1, step);
        double correctionSq = 1 - Math.Pow(group.Beta2, step);
        for (int i = 0; i < Length; i++)
        {
            double g = gradients[i];
            expAvg[i] = (group.Beta1 * expAvg[i]) + ((1 - group.Beta1) * g);
            expAvgSq[i] = (group.Beta2 * expAvgSq[i]) + ((1 - group.Beta2) * g * g);
            parameters[i] = (parameters[i] * (1 - (group.LearningRate * group.WeightDecay)))
                - (group.LearningRate * (expAvg[i] / correction) / (Math.Sqrt(expAvgSq[i] / correctionSq) + group.Epsilon));
        }
    }

    private static double[] Values(byte[] codes, float[] scales, DynamicMap map) =>
        [.. codes.Select((code, i) => (double)map.Entries[code] * scales[i / BlockConversion.Block])];

    /// <summary>Whether scales are the largest magnitudes of their blocks, and codes the nearest ones.</summary>
    private static void Compare(byte[] codes, float[] scales, double[] expected, DynamicMap map, double resolution, string what)
    {
        const double Rounding = 1e-6;

        float[] numbers = map.Entries.ToArray();
        int others = 0;
        for (int block = 0; block < scales.Length; block++)
        {
            Range range = (block * BlockConversion.Block)..((block + 1) * BlockConversion.Block);
            double scale = expected[range].Max(Math.Abs);
            Require(Math.Abs(scales[block] - scale) <= Rounding * scale, $"scales of the {what}");
            foreach ((double value, byte code) in expected[range].Zip(codes[range]))
            {
                double share = value / scale;
                if (resolution != 0)
                {
                    share = (Math.Floor(((share + 1) / resolution) + 0.5) * resolution) - 1;
                }

                double away = Math.Abs(numbers[code] - share) - numbers.Min(number => Math.Abs(number - share));
                Require(away <= (2 * resolution) + Rounding, what);
                others += away > Rounding ? 1 : 0;
            }
        }

        Require(others <= MostOtherCodes, $"codes of the {what}");
    }

    private static void Require(bool condition, string what)
    {
        if (!condition)
        {
            throw new InvalidOperationException($"bitsandbytes8 computes other {what} than its formulas.");
        }
    }
}
