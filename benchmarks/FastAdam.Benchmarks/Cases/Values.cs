using FastAdam.Kernels;

namespace FastAdam.Benchmarks.Cases;

/// <summary>What arrays hold before the first call: 65,536 values of each kind, which repeat.</summary>
internal sealed class Values
{
    public const int Count = 1 << 16;

    private const int Seed = 20_240_229;

    private readonly Func<Random, ElementType, (double Gradient, double ExpAvg, double ExpAvgSq)> _next;

    private Values(Func<Random, ElementType, (double Gradient, double ExpAvg, double ExpAvgSq)> next) => _next = next;

    /// <summary>
    /// In the middle of a training. The gradients stay as they are, so that the first moment tends to g and the second to g^2:
    /// neither becomes subnormal. In half precision they are as with a scaled loss, whose squares are normal numbers.
    /// </summary>
    public static Values Training { get; } = new((random, parameter) =>
    {
        double g = parameter == ElementType.Float16
            ? Math.CopySign(0.5 + random.NextDouble(), random.NextDouble() - 0.5)
            : 1e-2 * Normal(random);
        return (g, 0.9 * g, 0.9 * g * g);
    });

    /// <summary>Second moments that are subnormal in half precision, and stay so: g^2 is the same.</summary>
    public static Values SubnormalExpAvgSq { get; } = new((random, _) =>
    {
        double v = 1e-6 + (5e-5 * random.NextDouble());
        double g = Math.CopySign(Math.Sqrt(v), random.NextDouble() - 0.5);
        return (g, g, v);
    });

    /// <summary>Rows that get no gradients any more, as those of rare words in an embedding.</summary>
    public static Values Dead { get; } = new((random, _) =>
    {
        double g = 1e-2 * Normal(random);
        return (0, 0.9 * g, 0.9 * g * g);
    });

    /// <summary>The values of parameters, gradients, first and second moments.</summary>
    /// <param name="dtype">The storage that they are for.</param>
    public float[][] Create(DType dtype)
    {
        var random = new Random(Seed);
        float[][] arrays = [new float[Count], new float[Count], new float[Count], new float[Count]];
        for (int i = 0; i < Count; i++)
        {
            (double gradient, double expAvg, double expAvgSq) = _next(random, dtype.Parameter);
            arrays[0][i] = (float)(0.02 * Normal(random));
            arrays[1][i] = (float)gradient;
            arrays[2][i] = (float)expAvg;
            arrays[3][i] = (float)expAvgSq;
        }

        return arrays;
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
