using System.Globalization;
using System.Runtime.InteropServices;
using FastAdam.Benchmarks.Bitsandbytes;
using FastAdam.Benchmarks.Cases;
using FastAdam.Benchmarks.Contenders;
using FastAdam.Benchmarks.LibTorch;
using FastAdam.Benchmarks.Measuring;
using FastAdam.Benchmarks.Reports;
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
            settings.Plot?.Create();
            settings.Json?.Directory?.Create();
            using FileStream? json = settings.Json?.Open(FileMode.OpenOrCreate, FileAccess.Write);
            var field = new Field(settings.Library);
            PrintMachine(console, field);
            PrepareFormats(field, settings);
            IReadOnlyList<Result> results = Measure(console, field, settings);
            ComparisonTables.Print(console, results, hasLibTorch: field.NoLibTorch is null);
            FormatTables.Print(console, results);
            PrintAbsent(console, field);
            GoalTable.Print(console, results);
            Save(console, results, json, settings);
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
            TensorOperators.KeepMemory();
            BlockwiseAdamWCheck.Run(new LoopConversion());
            BlockwiseAdamWCheck.Run(new TensorConversion());
        }
    }

    private static List<Result> Measure(IAnsiConsole console, Field field, CompareSettings settings)
    {
        var rounds = new Rounds(field, settings.Rounds);
        IReadOnlyList<Scenario> scenarios = Scenarios.Select(settings.Sizes, settings.Cases);
        List<Result> results = [];
        foreach ((int index, Scenario scenario) in scenarios.Index())
        {
            Case measured = scenario.Cases[^1];
            string dtypes = string.Join('/', scenario.Cases.Select(one => one.DType.Name).Distinct());
            console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{index + 1}/{scenarios.Count}: {measured.Name}, {measured.Work}, {dtypes}, n = {Sizes.Format(measured.Length)}, "
                + $"{measured.Threads} thread{(measured.Threads == 1 ? "" : "s")}"));
            results.Add(rounds.Measure(scenario));
        }

        return results;
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

    private static void Save(IAnsiConsole console, IReadOnlyList<Result> results, FileStream? json, CompareSettings settings)
    {
        if (json is not null)
        {
            JsonReport.Save(results, json);
            console.WriteLine($"JSON: {settings.Json}");
        }

        if (settings.Plot is not null)
        {
            foreach (string file in Roofline.Save(results, settings.Plot))
            {
                console.WriteLine($"Roofline: {file}");
            }
        }
    }
}
