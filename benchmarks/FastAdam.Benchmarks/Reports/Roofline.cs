using System.Globalization;
using FastAdam.Benchmarks.Cases;
using FastAdam.Benchmarks.Contenders;
using FastAdam.Benchmarks.Measuring;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace FastAdam.Benchmarks.Reports;

/// <summary>Draws how fast each kernel moves its arrays, over their length, below the limit.</summary>
internal static class Roofline
{
    private const int Width = 1200;
    private const int Height = 620;

    private static readonly string[] _preferredFonts = ["DejaVu Sans", "Liberation Sans", "Noto Sans"];

    /// <summary>Draws a PNG for each storage and number of threads.</summary>
    /// <param name="results">What to draw; only single tensors are.</param>
    /// <param name="folder">Where the files go.</param>
    /// <returns>The files.</returns>
    public static IReadOnlyList<string> Save(IReadOnlyList<Result> results, DirectoryInfo folder)
    {
        folder.Create();
        var single = results.SelectMany(result => result.Series).Where(series => series.Case.Name == Scenarios.Single);
        List<string> files = [];
        foreach (var group in single.GroupBy(series => (series.Case.DType, series.Case.Threads)))
        {
            string file = Path.Join(folder.ToString(), FileName(group.Key.DType, group.Key.Threads));
            Save(group.Key.DType, group.Key.Threads, [.. group], file);
            files.Add(file);
        }

        return files;
    }

    /// <summary>What the file for a storage and a number of threads is called.</summary>
    public static string FileName(DType dtype, int threads) =>
        string.Create(CultureInfo.InvariantCulture, $"roofline-{dtype.Name}-{threads}.png");

    private static void Save(DType dtype, int threads, IReadOnlyList<Series> all, string file)
    {
        using var plot = new Plot();
        AddCurves(plot, all);
        if (_preferredFonts.FirstOrDefault(SKFontManager.Default.FontFamilies.Contains) is { } font)
        {
            plot.Font.Set(font);
        }

        plot.Title(string.Create(
            CultureInfo.InvariantCulture, $"AdamW, {dtype.Name}, {threads} thread{(threads == 1 ? "" : "s")}"));
        plot.XLabel("Elements (dotted lines: the arrays just fill a cache)");
        plot.YLabel(string.Create(CultureInfo.InvariantCulture, $"GB/s ({Work.AdamW.TrafficBytes(dtype)} bytes per element)"));
        plot.Axes.Title.Label.FontSize = 15;
        plot.Axes.Bottom.Label.Bold = false;
        plot.Axes.Left.Label.Bold = false;
        long[] lengths = [.. all.Select(series => series.Case.Length).Distinct().Order()];
        plot.Axes.Bottom.TickGenerator = new NumericManual(
            [.. lengths.Select(length => Math.Log2(length))], [.. lengths.Select(Sizes.Format)]);
        double top = 1.15 * all.Max(series => series.GigabytesPerSecond);
        plot.Axes.SetLimitsY(0, top);
        AddCaches(plot, dtype, all, top);
        plot.ShowLegend(Edge.Right);
        plot.SavePng(file, Width, Height);
    }

    private static void AddCurves(Plot plot, IReadOnlyList<Series> all)
    {
        foreach (var kernel in all.GroupBy(series => series.Kernel))
        {
            Series[] sorted = [.. kernel.OrderBy(series => series.Case.Length)];
            Scatter curve = plot.Add.Scatter(
                Array.ConvertAll(sorted, series => Math.Log2(series.Case.Length)),
                Array.ConvertAll(sorted, series => series.GigabytesPerSecond));
            curve.LegendText = KernelNames.Of(kernel.Key) + (kernel.Key == Kernel.LibTorchDirect ? " from C++" : "");
            curve.Color = Color.FromHex(ColorOf(kernel.Key));
            curve.LinePattern = kernel.Key == Kernel.Limit ? LinePattern.Dashed : LinePattern.Solid;
            curve.LineWidth = 2;
            curve.MarkerSize = 7;
        }
    }

    /// <summary>For the colour-blind too: M. Okabe's and K. Ito's without yellow, which is faint on white, and one of P. Tol's.</summary>
    private static string ColorOf(Kernel kernel) => kernel switch
    {
        Kernel.FastAdam => "#E69F00",
        Kernel.FastAdamC => "#56B4E9",
        Kernel.FastAdamOpenMP => "#332288",
        Kernel.LibTorch => "#009E73",
        Kernel.LibTorchDirect => "#0072B2",
        Kernel.Limit => "#000000",
        Kernel.Naive => "#D55E00",
        Kernel.TensorPrimitives => "#CC79A7",
        _ => throw new ArgumentOutOfRangeException(nameof(kernel)),
    };

    /// <summary>A line where the four arrays just fill a cache, if that is within the lengths measured.</summary>
    private static void AddCaches(Plot plot, DType dtype, IReadOnlyList<Series> all, double top)
    {
        foreach ((string name, long bytes) in Caches.All())
        {
            long elements = bytes / dtype.FootprintBytes;
            if (elements >= all.Min(series => series.Case.Length) && elements <= all.Max(series => series.Case.Length))
            {
                plot.Add.VerticalLine(Math.Log2(elements), width: 1, Colors.Gray, LinePattern.Dotted);
                Text label = plot.Add.Text(name, Math.Log2(elements), 0.98 * top);
                label.LabelFontColor = Colors.Gray;
                label.OffsetX = 4;
            }
        }
    }
}
