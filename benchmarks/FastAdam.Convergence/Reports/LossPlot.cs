using System.Globalization;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace FastAdam.Convergence.Reports;

/// <summary>Draws the training loss over the epochs.</summary>
internal static class LossPlot
{
    private const int Width = 1200;
    private const int Height = 640;

    // For the colour-blind too: M. Okabe's and K. Ito's without yellow, which is faint on white, then some of P. Tol's, and a grey.
    private static readonly Color[] _colors = Color.FromHex(
    [
        "#000000", "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7",
        "#332288", "#882255", "#999933", "#44AA99", "#CC6677",
        "#117733", "#AA4499", "#661100", "#EE3377", "#777777",
    ]);

    // Different patterns and markers, as curves may lie almost on each other.
    private static readonly LinePattern[] _patterns =
        [LinePattern.Solid, LinePattern.Dashed, LinePattern.DenselyDashed, LinePattern.Dotted];

    private static readonly MarkerShape[] _markers =
        [MarkerShape.FilledCircle, MarkerShape.OpenSquare, MarkerShape.OpenTriangleUp, MarkerShape.OpenDiamond];

    public static void Save(IReadOnlyList<TrainingResult> results, FileInfo file)
    {
        using var plot = new Plot();
        foreach ((int index, TrainingResult result) in results.Index())
        {
            double[] epochs = [.. Enumerable.Range(1, result.EpochLosses.Count).Select(epoch => (double)epoch)];
            Scatter curve = plot.Add.Scatter(epochs, [.. result.EpochLosses.Select(Logarithm)]);
            curve.LegendText = result.Name;
            curve.Color = _colors[index % _colors.Length];
            curve.LineWidth = 2;
            curve.LinePattern = _patterns[index % _patterns.Length];
            curve.MarkerShape = _markers[index % _markers.Length];
            curve.MarkerSize = 7;
        }

        PlotFont.Set(plot);
        plot.Title("Handwritten digits, 64-128-10 network");
        plot.XLabel("Epoch");
        plot.YLabel("Training loss (mean cross-entropy)");
        plot.Axes.Title.Label.FontSize = 15;
        plot.Axes.Bottom.Label.Bold = false;
        plot.Axes.Left.Label.Bold = false;
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true };
        plot.Axes.Left.TickGenerator = new NumericAutomatic
        {
            IntegerTicksOnly = true,
            MinorTickGenerator = new LogDecadeMinorTickGenerator(),
            LabelFormatter = exponent => Math.Pow(10, exponent).ToString("0.#######", CultureInfo.InvariantCulture),
        };
        plot.Axes.Margins(horizontal: 0.02, vertical: 0.05);
        plot.ShowLegend(Edge.Right);

        file.Directory?.Create();
        plot.SavePng(file.FullName, Width, Height);
    }

    // The axis is linear in the logarithm, and gaps stand for losses that have none.
    private static double Logarithm(double loss) => double.IsFinite(loss) && loss > 0 ? Math.Log10(loss) : double.NaN;
}
