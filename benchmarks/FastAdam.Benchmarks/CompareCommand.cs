using System.Globalization;
using System.Runtime.InteropServices;
using FastAdam.Benchmarks.Bitsandbytes;
using FastAdam.Benchmarks.Cases;
using FastAdam.Benchmarks.Contenders;
using FastAdam.Benchmarks.LibTorch;
using FastAdam.Benchmarks.Measuring;
using FastAdam.Benchmarks.Reports;
using FastAdam.CommandLine;
using Spectre.Console;

namespace FastAdam.Benchmarks;

/// <summary>The comparison: measures, prints, and writes files where asked to.</summary>
internal static class CompareCommand
{
    /// <summary>Tables keep this width where the output is no terminal, whose width is unknown.</summary>
    private const int PlainWidth = 180;

    /// <summary>Runs the command.</summary>
    /// <param name="settings">What to measure and where to write it.</param>
    /// <returns>The exit code.</returns>
    public static int Run(CompareSettings settings)
    {
        IAnsiConsole console = AnsiConsole.Console;
        if (!console.Profile.Out.IsTerminal)
        {
            console.Profile.Width = PlainWidth;
        }

        try
        {
            // What cannot be written is known before anything is measured.
            if (settings.Json is not null)
            {
                OutputFile.Require("--json", settings.Json);
            }

            if (settings.Plot is not null)
            {
                OutputFile.Require("--plot", new FileInfo(Path.Join(settings.Plot.FullName, Roofline.FileName(DType.F32, threads: 1))));
            }

            Field field = ProgressReport.Show(
                "loading libtorch, a package of 125 MB that the first run fetches", () => new Field(settings.Library));
            PrintMachine(console, field);
            PrepareFormats(field, settings);
            IReadOnlyList<Result> results = Measure(field, settings);
            ComparisonTables.Print(console, results, hasLibTorch: field.NoLibTorch is null);
            FormatTables.Print(console, results);
            PrintAbsent(console, field);
            GoalTable.Print(console, results);
            Save(console, results, settings);
            return 0;
        }
        catch (Exception exception) when (exception
            is InvalidOperationException or PlatformNotSupportedException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(exception.Message);
            return 1;
        }
    }

    /// <summary>What computes something else than it is to compute is not measured.</summary>
    private static void PrepareFormats(Field field, CompareSettings settings)
    {
        if (field.NoLibTorch is null && settings.Cases.Contains(Scenarios.Formats))
        {
            _ = ProgressReport.Show("checking the steps with bitsandbytes' moments of 8 bits", () =>
            {
                TensorOperators.KeepMemory();
                BlockwiseAdamWCheck.Run(new LoopConversion());
                BlockwiseAdamWCheck.Run(new TensorConversion());
                return true;
            });
        }
    }

    private static List<Result> Measure(Field field, CompareSettings settings)
    {
        var rounds = new Rounds(field, settings.Rounds);
        IReadOnlyList<Scenario> scenarios = Scenarios.Select(settings.Sizes, settings.Cases);
        return ProgressReport.Show("measuring", scenarios.Count, "cases", prints: false, progress =>
        {
            List<Result> results = [];
            foreach (Scenario scenario in scenarios)
            {
                string name = Name(scenario);
                results.Add(rounds.Measure(scenario, phase => progress.Begin($"{name}: {phase}")));
                progress.Done(name);
            }

            return results;
        });
    }

    private static string Name(Scenario scenario)
    {
        Case measured = scenario.Cases[^1];
        string dtypes = measured.ComparesFormats
            ? string.Create(CultureInfo.InvariantCulture, $"{scenario.Cases.Count} storages")
            : measured.DType.Name;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{measured.Name}, {measured.Work}, {dtypes}, n = {Sizes.Format(measured.Length)}, "
            + $"{measured.Threads} thread{(measured.Threads == 1 ? "" : "s")}");
    }

    private static void PrintMachine(IAnsiConsole console, Field field)
    {
        string caches = string.Join(", ", Caches.All().Select(cache => $"{cache.Name} {cache.Bytes >> 10} KiB"));
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Machine.Cpu}, {Scenarios.AllThreads} processors, {(caches.Length == 0 ? "caches unknown" : caches)}; "
            + $"FastAdam: {field.Isa(Kernel.FastAdam)}"));
        console.WriteLine($"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, {Repository.Built}");
        PrintAbsent(console, field);
    }

    private static void PrintAbsent(IAnsiConsole console, Field field)
    {
        if (field.NoLibTorch is { } noLibTorch)
        {
            console.WriteLine($"libtorch: not available, {noLibTorch}");
        }

        if (field.NoFastAdamC is { } noLibrary)
        {
            console.WriteLine($"fastadam_c: not available, {noLibrary}");
        }
    }

    private static void Save(IAnsiConsole console, IReadOnlyList<Result> results, CompareSettings settings)
    {
        if (settings.Json is not null)
        {
            JsonReport.Save(results, settings.Json);
            console.WriteLine($"JSON: {settings.Json}");
        }

        if (settings.Plot is not null)
        {
            IReadOnlyList<string> files = ProgressReport.Show("drawing", () => Roofline.Save(results, settings.Plot));
            foreach (string file in files)
            {
                console.WriteLine($"Picture: {file}");
            }

            if (files.Count == 0)
            {
                console.WriteLine($"No picture: --plot draws the case {Scenarios.Single} alone, which was not measured.");
            }
        }
    }
}
