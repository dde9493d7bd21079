using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace FastAdam.CommandLine;

/// <summary>Says on the error stream how far a piece of work is: by a bar in a terminal, else by a line every few seconds.</summary>
internal sealed class ProgressReport
{
    private static readonly TimeSpan _betweenLines = TimeSpan.FromSeconds(3);

    /// <summary>Rarely, so that it is no load for what is measured meanwhile.</summary>
    private static readonly TimeSpan _betweenFrames = TimeSpan.FromSeconds(0.5);

    /// <summary>Before that the time left is a guess.</summary>
    private static readonly TimeSpan _beforeEstimate = TimeSpan.FromSeconds(2);

    private const int BarWidth = 24;

    /// <summary>Of the elapsed time, and the spaces between the columns.</summary>
    private const int ElapsedWidth = 12;

    private readonly int _total;
    private readonly string _unit;
    private readonly ProgressTask? _bar;
    private readonly int _width;
    private readonly long _start = Stopwatch.GetTimestamp();

    // Read by the timer's thread: one reference at a time.
    private volatile State _state;

    private ProgressReport(string what, int total, string unit, ProgressTask? bar, int width)
    {
        _total = total;
        _unit = unit;
        _bar = bar;
        _width = width;
        _state = new State(0, what);
        ShowState();
    }

    /// <summary>Does work of so many parts.</summary>
    /// <param name="what">What is done first.</param>
    /// <param name="total">How many parts it has.</param>
    /// <param name="unit">What the parts are called.</param>
    /// <param name="prints">Whether the work prints to the standard output: in the same terminal a bar would be in its way.</param>
    /// <param name="work">The work.</param>
    public static T Show<T>(string what, int total, string unit, bool prints, Func<ProgressReport, T> work)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Error),
            Interactive = Console.IsErrorRedirected ? InteractionSupport.No : InteractionSupport.Yes,
        });
        bool isTerminal = !Console.IsErrorRedirected && console.Profile.Capabilities.Ansi;
        return isTerminal && !(prints && !Console.IsOutputRedirected)
            ? ShowBar(console, what, total, unit, work)
            : ShowLines(what, total, unit, work);
    }

    /// <summary>Does work of one part.</summary>
    /// <param name="what">What it is.</param>
    /// <param name="work">The work.</param>
    public static T Show<T>(string what, Func<T> work) => Show(what, total: 0, unit: "", prints: false, _ => work());

    /// <summary>Another part begins, or another phase of it.</summary>
    /// <param name="what">What is done now.</param>
    public void Begin(string what)
    {
        _state = _state with { What = what };
        ShowState();
    }

    /// <summary>A part is done.</summary>
    /// <param name="what">What it was or came to.</param>
    public void Done(string what)
    {
        _state = new State(_state.Done + 1, what);
        _bar?.Increment(1);
        ShowState();
    }

    private static T ShowLines<T>(string what, int total, string unit, Func<ProgressReport, T> work)
    {
        var progress = new ProgressReport(what, total, unit, bar: null, int.MaxValue);
        using var timer = new Timer(_ => Console.Error.WriteLine(progress.Line(withElapsed: true)), null, _betweenLines, _betweenLines);
        return work(progress);
    }

    private static T ShowBar<T>(IAnsiConsole console, string what, int total, string unit, Func<ProgressReport, T> work)
    {
        void ShowCursor(object? sender, ConsoleCancelEventArgs arguments) => console.Cursor.Show();
        Console.CancelKeyPress += ShowCursor;
        try
        {
            Progress bars = console.Progress().AutoClear(true).Columns(
                new ProgressBarColumn { Width = BarWidth },
                new ElapsedTimeColumn(),
                new TaskDescriptionColumn { Alignment = Justify.Left });
            bars.RefreshRate = _betweenFrames;
            return bars.Start(context =>
            {
                ProgressTask bar = context.AddTask(Markup.Escape(what), maxValue: Math.Max(1, total));
                bar.IsIndeterminate = total == 0;
                return work(new ProgressReport(what, total, unit, bar, console.Profile.Width - BarWidth - ElapsedWidth));
            });
        }
        finally
        {
            Console.CancelKeyPress -= ShowCursor;
        }
    }

    private void ShowState()
    {
        if (_bar is not null)
        {
            // What is too long for the line would take the bar's place.
            string line = Line(withElapsed: false);
            _bar.Description = Markup.Escape(line.Length > _width ? line[..Math.Max(1, _width)] : line);
        }
    }

    private string Line(bool withElapsed)
    {
        State state = _state;
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_start);
        string line = _total == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{state.Done} of {_total} {_unit}");
        if (withElapsed)
        {
            line += $"{(line.Length == 0 ? "" : ", ")}{Format(elapsed)}";
        }

        if (state.Done > 0 && state.Done < _total && elapsed > _beforeEstimate)
        {
            line += $", about {Format(elapsed * (_total - state.Done) / state.Done)} left";
        }

        return line.Length == 0 ? state.What : $"{line}: {state.What}";
    }

    private static string Format(TimeSpan time) => time.TotalMinutes < 1
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F0} s")
        : string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min {time.Seconds} s");

    private sealed record State(int Done, string What);
}
