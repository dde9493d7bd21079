using System.CommandLine;
using System.CommandLine.Parsing;
using BenchmarkDotNet.Running;
using FastAdam.Benchmarks;
using FastAdam.Benchmarks.Cases;
using FastAdam.Benchmarks.Contenders;
using FastAdam.Benchmarks.Measuring;
using FastAdam.Benchmarks.Reports;
using FastAdam.CommandLine;

var json = new Option<FileInfo?>("--json")
{
    Description = "Write the results to this file as JSON too: a list with an object for each kernel in each case. Missing folders are "
        + "made. [default: no file]",
    HelpName = "file",
};
var plot = new Option<DirectoryInfo?>("--plot")
{
    Description = $"Draw pictures into this folder: for each storage type and number of threads a PNG with the GB/s of the case "
        + $"{Scenarios.Single} over the number of elements. A missing folder is made. [default: no pictures]",
    HelpName = "dir",
};
var quick = new Option<bool>("--quick")
{
    Description = $"Fewer rounds, and single tensors of {Text(Scenarios.QuickSizes)} elements unless --sizes is given. [default: off]",
};
var sizes = new Option<long[]>("--sizes")
{
    Description = "Elements of the single tensors, each from 1 to 2047M. K and M are 1024 and 1048576. [default: "
        + $"{Text(Scenarios.AllSizes)}]",
    HelpName = "n,n",
    CustomParser = ParseSizes,
};
var cases = new Option<string[]>("--cases")
{
    Description = $"What is measured, one or more of: {string.Join(", ", Scenarios.Names)}. [default: all]",
    HelpName = "name,name",
    CustomParser = ParseCases,
};
var rounds = new Option<int?>("--rounds")
{
    Description = "Measure each case in exactly so many rounds, 1 or more; in a round every kernel has a turn. "
        + $"[default: {Range(RoundSettings.Full)}; with --quick {Range(RoundSettings.Quick)}]",
    HelpName = "n",
    CustomParser = result => WholeNumber.Parse("--rounds", result.Tokens[0].Value, least: 1, result.AddError),
};
var library = new Option<FileInfo>("--library")
{
    Description = "The C library libfastadam, which native-aot/build.sh builds. Without it its rows are missing.",
    HelpName = "file",
    DefaultValueFactory = _ => FastAdamLibrary.DefaultFile,
};
library.Validators.Add(result =>
{
    if (!result.Implicit && !File.Exists(result.Tokens[0].Value))
    {
        result.AddError($"--library is '{result.Tokens[0].Value}', which is no file. native-aot/build.sh builds {FastAdamLibrary.DefaultFile}.");
    }
});
var compare = new Command(
    "compare",
    "Measures how long a step of an optimizer takes with FastAdam, and side by side with PyTorch's library libtorch, with plain .NET "
    + "code, and with loops that only read and write the same memory: the limit of what is possible. Run it on a machine that does "
    + "nothing else.")
{
    cases, sizes, quick, rounds, plot, json, library,
};
compare.SetAction(arguments => CompareCommand.Run(new CompareSettings(
    arguments.GetValue(sizes) is { Length: > 0 } some ? some
        : arguments.GetValue(quick) ? Scenarios.QuickSizes
        : Scenarios.AllSizes,
    arguments.GetValue(cases) is { Length: > 0 } named ? named : Scenarios.Names,
    arguments.GetValue(rounds) is { } exactly ? RoundSettings.Exactly(exactly)
        : arguments.GetValue(quick) ? RoundSettings.Quick
        : RoundSettings.Full,
    arguments.GetValue(library)!,
    arguments.GetValue(json),
    arguments.GetValue(plot))));

var suiteArguments = new Argument<string[]>("arguments")
{
    Description = "Options of BenchmarkDotNet, such as --filter '*Layout*'. [default: none; BenchmarkDotNet asks which suite to run]",
};
var suites = new Command(
    "suites",
    "Runs BenchmarkDotNet's suites, which look into single kernels and layouts of memory, without libtorch.") { suiteArguments };
suites.TreatUnmatchedTokensAsErrors = false;
suites.SetAction(arguments =>
{
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly)
        .Run([.. arguments.GetValue(suiteArguments) ?? [], .. arguments.UnmatchedTokens]);
});

var program = new CommandLineProgram(
    new RootCommand("Measures how fast FastAdam's optimizers are, and beside what.") { compare, suites }, "benchmarks/FastAdam.Benchmarks");
program.Explain(compare, new(
    Output: "The machine. A table for each rule, storage type and number of threads, with a row for each kernel in each case: nanoseconds "
        + "per element, the GB/s that a step must move, and how many times as fast the kernel is as the limit and as libtorch. What "
        + "FastAdam is to reach, and what was seen. The paths of the files that were written. Progress and errors go to the error stream. "
        + "The first run fetches libtorch, a NuGet package of 125 MB for Linux on x64; elsewhere, or without a network, its column says "
        + "that it is not available.",
    Time: "Six minutes on two cores, two with --quick. All cases need 8 GB of memory, formats 12 GB (with --quick 5 GB).",
    ExitCodes:
    [
        (1, "A file cannot be written, this CPU lacks the instruction set that FASTADAM_ISA asks for, or a kernel computes something "
            + "else than it is to compute."),
    ],
    Examples:
    [
        ("compare --quick", "A first look:"),
        ("compare --cases single --sizes 4K,16M --plot rooflines", "One tensor in the cache and one beyond, with pictures:"),
        ("compare --cases formats --json formats.json", "The storage formats, for other programs to read:"),
    ]));
program.Explain(suites, new(
    Output: "BenchmarkDotNet's own tables and files, which go to the folder BenchmarkDotNet.Artifacts. Its options are listed by: suites -- --help.",
    Time: null,
    ExitCodes: [],
    Examples: [("suites --filter '*Layout*'", "The layouts of arrays in memory:")]));
return program.Run(args);

static string Text(IEnumerable<long> sizes) => string.Join(',', sizes.Select(Sizes.Format));

static string Range(RoundSettings settings) => FormattableString.Invariant(
    $"for {settings.Time.TotalSeconds} seconds, {settings.Least} to {settings.Most}");

static long[]? ParseSizes(ArgumentResult result)
{
    List<long> parsed = [];
    foreach (string text in Items(result))
    {
        if (!Sizes.TryParse(text, out long size))
        {
            result.AddError($"--sizes has '{text}', but each must be a whole number, with K or M if wanted, from 1 to 2047M.");
        }

        parsed.Add(size);
    }

    return [.. parsed];
}

static string[]? ParseCases(ArgumentResult result)
{
    string[] names = Items(result);
    foreach (string unknown in names.Except(Scenarios.Names))
    {
        result.AddError($"--cases has '{unknown}', but must be some of {string.Join(',', Scenarios.Names)}.");
    }

    return names;
}

static string[] Items(ArgumentResult result) => [.. result.Tokens.SelectMany(token => token.Value.Split(','))];
