using FastAdam.CommandLine;
using Spectre.Console;

namespace FastAdam.Convergence;

/// <summary>What a command prints and writes.</summary>
/// <param name="Json">Whether the standard output is JSON lines only.</param>
/// <param name="Plot">Where the picture goes; null for none.</param>
internal sealed record Outputs(bool Json, FileInfo? Plot)
{
    public const string PlotOption = "--plot";

    /// <summary>Tables keep this width where the output is no terminal, whose width is unknown.</summary>
    private const int PlainWidth = 120;

    /// <summary>Where tables go.</summary>
    public static IAnsiConsole Tables
    {
        get
        {
            IAnsiConsole console = AnsiConsole.Console;
            if (!console.Profile.Out.IsTerminal)
            {
                console.Profile.Width = PlainWidth;
            }

            return console;
        }
    }

    /// <summary>Whether all can work, before anything is trained.</summary>
    /// <exception cref="IOException">The picture cannot be written.</exception>
    /// <exception cref="InvalidOperationException">The environment asks for an instruction set that does not exist.</exception>
    /// <exception cref="PlatformNotSupportedException">It asks for one that this CPU does not have.</exception>
    public void Check()
    {
        _ = InstructionSets.Current;
        if (Plot is not null)
        {
            OutputFile.Require(PlotOption, Plot);
        }
    }

    /// <summary>Draws the picture where one is wanted, and says where it is.</summary>
    /// <param name="save">Draws it.</param>
    public void SavePlot(Action<FileInfo> save)
    {
        if (Plot is null)
        {
            return;
        }

        _ = ProgressReport.Show("drawing", () =>
        {
            save(Plot);
            return Plot;
        });
        (Json ? Console.Error : Console.Out).WriteLine($"Picture: {Plot}");
    }
}
