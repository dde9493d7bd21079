using ScottPlot;
using SkiaSharp;

namespace FastAdam.Convergence.Reports;

/// <summary>Chooses the font of a plot.</summary>
internal static class PlotFont
{
    // On Linux ScottPlot takes the first font it finds, often one with serifs.
    private static readonly string[] _preferred = ["DejaVu Sans", "Liberation Sans", "Noto Sans"];

    public static void Set(Plot plot)
    {
        if (_preferred.FirstOrDefault(SKFontManager.Default.FontFamilies.Contains) is { } font)
        {
            plot.Font.Set(font);
        }
    }
}
