using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using BenchmarkDotNet.Running;
using FastAdam.Benchmarks;
using FastAdam.Benchmarks.Cases;
using FastAdam.Benchmarks.Contenders;
using FastAdam.Benchmarks.Measuring;
using FastAdam.Benchmarks.Reports;

var json = new Option<FileInfo?>("--json")
{
    Description = "Where to write the results as JSON.",
    HelpName = "file",
};
var quick = new Option<bool>("--quick")
{
    Description = "Of single tensors 4K, 256K and 16M only, and fewer rounds of all cases: two minutes instead of six.",
};
var plot = new Option<DirectoryInfo?>("--plot")
{
    Description = "Where to draw the rooflines, PNGs.",
    HelpName = "dir",
};
var sizes = new Option<long[]>("--sizes")
{
    Description = "Elements of single tensors, such as 4K,16M. [default: 1K,4K,64K,256K,1M,16M,64M]",
    HelpName = "n,n",
    CustomParser = ParseSizes,
};
var cases = new Option<string[]>("--cases")
{
    Description = $"The cases to measure, some of {string.Join(',', Scenarios.Names)}. [default: all]",
    HelpName = "name,name",
    CustomParser = ParseCases,
};
var rounds = new Option<int?>("--rounds")
{
    Description = "Measure exactly so many rounds. [default: by the time that they take]",
    HelpName = "n",
    CustomParser = ParseRounds,
};
var library = new Option<FileInfo>("--library")
{
    Description = "libfastadam.",
    HelpName = "file",
    DefaultValueFactory = _ => FastAdamLibrary.DefaultFile,
};
var compare = new Command("compare", "Measures FastAdam beside libtorch, the limit of memory and plain .NET, in the same rounds.")
{
    json, quick, plot, sizes, cases, rounds, library,
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

var suiteArguments = new Argument<string[]>("arguments") { Description = "BenchmarkDotNet's own, such as --filter '*f32*'." };
var suites = new Command("suites", "Runs the BenchmarkDotNet suites, for looking into single kernels.") { suiteArguments };
suites.TreatUnmatchedTokensAsErrors = false;
suites.SetAction(arguments => BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly)
    .Run([.. arguments.GetValue(suiteArguments) ?? [], .. arguments.UnmatchedTokens]));

return new RootCommand("Benchmarks of FastAdam.") { compare, suites }.Parse(args).Invoke();

static long[]? ParseSizes(ArgumentResult result)
{
    List<long> parsed = [];
    foreach (string text in result.Tokens[0].Value.Split(','))
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
    string[] names = result.Tokens[0].Value.Split(',');
    foreach (string unknown in names.Except(Scenarios.Names))
    {
        result.AddError($"--cases has '{unknown}', but must be some of {string.Join(',', Scenarios.Names)}.");
    }

    return names;
}

static int? ParseRounds(ArgumentResult result)
{
    string text = result.Tokens[0].Value;
    if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < 1)
    {
        result.AddError($"--rounds is '{text}', but must be a whole number, at least 1.");
    }

    return number;
}
