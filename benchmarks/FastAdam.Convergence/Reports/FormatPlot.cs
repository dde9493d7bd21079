using System.Globalization;
using FastAdam.Convergence.Formats;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace FastAdam.Convergence.Reports;

/// <summary>Draws how far each format's loss is from that in single precision, a panel for each task and learning rate.</summary>
internal static class FormatPlot
{
    private const int PanelWidth = 800;
    private const int PanelHeight = 500;
    private const int PanelsAcross = 2;
    private const int Percent = 100;

    private static readonly Color _seedColor = Color.FromHex("#56B4E9");
    private static readonly Color _meanColor = Color.FromHex("#000000");

    public static void Save(IReadOnlyList<FormatSummary> summaries, FileInfo file)
    {
        FormatSummary[][] panels =
            [.. summaries.GroupBy(summary => (summary.Task, summary.LearningRate)).Select(panel => panel.ToArray())];
        int down = (panels.Length + PanelsAcross - 1) / PanelsAcross;

        var multiplot = new Multiplot();
        multiplot.AddPlots(panels.Length);
        multiplot.Layout = new ScottPlot.MultiplotLayouts.Grid(down, PanelsAcross);
        foreach ((int index, FormatSummary[] panel) in panels.Index())
        {
            Draw(multiplot.GetPlot(index), panel);
        }

        file.Directory?.Create();
        multiplot.SavePng(file.FullName, PanelsAcross * PanelWidth, down * PanelHeight);
    }

    private static void Draw(Plot plot, FormatSummary[] summaries)
    {
        // Texts get the font that is set when they are added.
        PlotFont.Set(plot);
        plot.Add.HorizontalLine(0, width: 1, color: _meanColor);
        FormatSummary[] others = [.. summaries.Where(summary => summary.Format != StorageFormat.All[0])];
        foreach ((int position, FormatSummary summary) in others.Index())
        {
            double[] differences = [.. summary.Differences.Where(double.IsFinite).Select(difference => Percent * difference)];
            Scatter seeds = plot.Add.ScatterPoints(Enumerable.Repeat((double)position, differences.Length).ToArray(), differences);
            seeds.Color = _seedColor;
            seeds.LegendText = position == 0 ? "a seed" : "";
            seeds.MarkerShape = MarkerShape.OpenCircle;
            seeds.MarkerSize = 9;
            if (double.IsFinite(summary.RelativeDifference))
            {
                Marker mean = plot.Add.Marker(position, Percent * summary.RelativeDifference);
                mean.Color = _meanColor;
                mean.LegendText = position == 0 ? "mean of the seeds" : "";
                mean.MarkerShape = MarkerShape.HorizontalBar;
                mean.MarkerSize = 24;

                // Small differences cannot be seen beside large ones.
                Text label = plot.Add.Text(FormatTable.Percent(summary.RelativeDifference), position, mean.Y);
                label.OffsetX = 16;
                label.LabelAlignment = Alignment.MiddleLeft;
                label.LabelBackgroundColor = Colors.White.WithAlpha(0.8);
            }
        }

        plot.Title(string.Create(
            CultureInfo.InvariantCulture, $"{summaries[0].Task.Name}, learning rate {summaries[0].LearningRate}"));
        plot.XLabel("Format: parameters_moments");
        plot.YLabel("Final loss, difference to f32 in %");
        plot.ShowLegend(Edge.Bottom);
        plot.Legend.Orientation = Orientation.Horizontal;
        plot.Axes.Title.Label.FontSize = 15;
        plot.Axes.Left.Label.Bold = false;
        plot.Axes.Bottom.Label.Bold = false;
        plot.Axes.Bottom.TickGenerator = new NumericManual(
            [.. Enumerable.Range(0, others.Length).Select(position => (double)position)],
            [.. others.Select(summary => double.IsFinite(summary.MeanLoss) ? summary.Format.Name : $"{summary.Format.Name}: NaN")]);
        plot.Axes.Margins(vertical: 0.1);
        plot.Axes.SetLimitsX(-0.5, others.Length - 0.1);
    }
}
