using System.Globalization;
using FastAdam.Benchmarks.Cases;
using FastAdam.Benchmarks.Contenders;
using FastAdam.Benchmarks.Measuring;

namespace FastAdam.Benchmarks.Reports;

/// <summary>Something that FastAdam is to reach, and how it is seen in results.</summary>
/// <param name="Text">What is to be reached.</param>
/// <param name="Bound">The number that the seen one is compared with.</param>
/// <param name="IsMet">Whether a number meets the bound: given the number, then the bound.</param>
/// <param name="See">The number in a result; null where the result is about something else.</param>
internal sealed record Goal(string Text, double Bound, Func<double, double, bool> IsMet, Func<Result, double?> See)
{
    /// <summary>The same against libtorch as C++ calls it, where that is compared with.</summary>
    public Func<Result, double?> SeeDirect { get; init; } = _ => null;

    private const int KiB = 1 << 10;
    private const int MiB = 1 << 20;

    public static IReadOnlyList<Goal> All { get; } = [.. Create()];

    private static IEnumerable<Goal> Create()
    {
        int all = Scenarios.AllThreads;
        yield return OverLibTorch(2.5, DType.F32, 4 * KiB);
        yield return OverLibTorch(1.25, DType.F32, 256 * KiB);
        yield return OfLimit(0.9, DType.F32, 256 * KiB);
        foreach ((int n, int threads) in new[] { (16 * MiB, 1), (64 * MiB, 1), (16 * MiB, all) }.Distinct())
        {
            yield return OfLimit(0.95, DType.F32, n, threads);
            yield return OverLibTorch(1, DType.F32, n, threads) with
            {
                Text = $"{Name(DType.F32, n, threads)}: faster than libtorch",
                IsMet = (seen, bound) => seen > bound,
            };
        }

        yield return Versus(
            0.97, "f32 4K: all threads no slower than one, but for 3 % of noise", Scenarios.ForkAll, Scenarios.ForkOne);
        yield return OverLibTorch(1.8, DType.BF16, 16 * MiB);
        yield return OfLimit(0.7, DType.BF16, 16 * MiB);
        yield return OverLibTorch(1, DType.F16, 16 * MiB);
        yield return OverLibTorch(1, DType.F16, 16 * MiB, name: Scenarios.SubnormalExpAvgSq);
        yield return OfLimit(0.9, DType.BF16WithF32State, 16 * MiB);
        yield return OverLibTorch(4, DType.F32, 1000 * KiB, name: Scenarios.List1000);
        foreach (int threads in new[] { 1, all }.Distinct())
        {
            yield return OverLibTorch(1.1, DType.F32, ModelShapes.Gpt2.Sum(), threads, Scenarios.ListGpt2);
            yield return OverLibTorch(1.1, DType.F32, ModelShapes.ResNet50.Sum(), threads, Scenarios.ListResNet50);
        }

        yield return Versus(
            1 / 1.2, "f32 64K: dead rows at least 0.83 x as fast as live ones", Scenarios.DeadRows, Scenarios.LiveRows);
        yield return CallCost(60, Scenarios.CallNextStep, "a new step each time");
        yield return CallCost(60, Scenarios.CallSameStep, "the same step");
        foreach (Goal goal in OfFormats())
        {
            yield return goal;
        }

        foreach ((string name, Work work) in Work.OtherRules.Select(rule => (Scenarios.Rule, rule)).Append((Scenarios.Norm, Work.GradientNorm)))
        {
            yield return new(
                $"{work.Name} {Name(DType.F32, Scenarios.RuleLength, threads: 1)}: at least 0.9 of the limit of its own traffic",
                0.9,
                (seen, wanted) => seen >= wanted,
                result => Find(result, Kernel.FastAdam, name) is { } series && series.Case.Work == work
                    ? result.Speedup(series, Kernel.Limit)?.Median
                    : null);
        }
    }

    /// <summary>Of the formats beside fp32, by one thread and by all, and of the limits of their own traffic.</summary>
    private static IEnumerable<Goal> OfFormats()
    {
        (string Name, double OneThread, double AllThreads, double? OfLimit)[] wanted =
        [
            ("f32_block8", 1.4, 1.35, 0.9),
            ("f32_bf16g_block8", 1.5, 1.45, 0.85),
            ("split_bf16g_block8", 1.4, 1.35, 0.8),
            ("split_bf16g_bf16", 1.3, 1.25, 0.9),
            ("f32copy_bf16g_f32", 1, 1, 0.95),
            ("bf16sr_bf16g_block8", 1.1, 1.1, null),
        ];
        foreach ((string name, double oneThread, double allThreads, double? ofLimit) in wanted)
        {
            Format format = Format.Formats.Single(format => format.Name == name);
            foreach (int threads in new[] { 1, Scenarios.AllThreads }.Distinct())
            {
                string where = Name(format, Scenarios.BeyondCaches, threads, Scenarios.Formats);
                double overF32 = threads == 1 ? oneThread : allThreads;
                yield return new(
                    string.Create(CultureInfo.InvariantCulture, $"{where}: at least {overF32} x as fast as f32"),
                    overF32,
                    (seen, bound) => seen >= bound,
                    result => Find(result, format, threads) is { } series ? result.SpeedupOverF32(series)?.Median : null);
                if (ofLimit is { } share)
                {
                    yield return new(
                        string.Create(CultureInfo.InvariantCulture, $"{where}: at least {share} of the limit"),
                        share,
                        (seen, bound) => seen >= bound,
                        result => Find(result, format, threads) is { } series ? result.Speedup(series, Kernel.Limit)?.Median : null);
                }
            }
        }
    }

    private static Series? Find(Result result, Format format, int threads) => result.Series.FirstOrDefault(series =>
        series.Kernel == Kernel.FastAdam
        && series.Case.ComparesFormats
        && series.Case.DType == format
        && series.Case.Threads == threads
        && series.Case.Length == Scenarios.BeyondCaches);

    private static Goal OverLibTorch(
        double bound, DType dtype, long n, int threads = 1, string name = Scenarios.Single) => new(
        string.Create(
            CultureInfo.InvariantCulture, $"{Name(dtype, n, threads, name)}: at least {bound} x as fast as libtorch"),
        bound,
        (seen, wanted) => seen >= wanted,
        result => Ratio(result, Kernel.LibTorch, dtype, n, threads, name))
        {
            SeeDirect = result => Ratio(result, Kernel.LibTorchDirect, dtype, n, threads, name),
        };

    private static Goal OfLimit(double bound, DType dtype, long n, int threads = 1) => new(
        string.Create(
            CultureInfo.InvariantCulture, $"{Name(dtype, n, threads)}: at least {bound} of the limit"),
        bound,
        (seen, wanted) => seen >= wanted,
        result => Ratio(result, Kernel.Limit, dtype, n, threads, Scenarios.Single));

    private static Goal Versus(double bound, string text, string name, string reference) => new(
        text,
        bound,
        (seen, wanted) => seen >= wanted,
        result => Find(result, Kernel.FastAdam, name) is { } one && Find(result, Kernel.FastAdam, reference) is { } other
            ? one.SpeedupOver(other).Median
            : null);

    private static Goal CallCost(double bound, string name, string how) => new(
        string.Create(CultureInfo.InvariantCulture, $"a call of the C library with n = 16, {how}: at most {bound} ns"),
        bound,
        (seen, wanted) => seen <= wanted,
        result => Find(result, Kernel.FastAdamC, name)?.NanosecondsPerCall);

    private static double? Ratio(Result result, Kernel reference, DType dtype, long n, int threads, string name) =>
        Find(result, Kernel.FastAdam, name) is { } series
        && series.Case.DType == dtype && series.Case.Length == n && series.Case.Threads == threads
            ? result.Speedup(series, reference)?.Median
            : null;

    private static Series? Find(Result result, Kernel kernel, string name) =>
        result.Series.FirstOrDefault(series => series.Kernel == kernel && series.Case.Name == name);

    private static string Name(DType dtype, long n, int threads, string name = Scenarios.Single) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(name == Scenarios.Single ? "" : $"{name} ")}{dtype.Name} {Sizes.Format(n)}, "
        + $"{threads} thread{(threads == 1 ? "" : "s")}");
}
