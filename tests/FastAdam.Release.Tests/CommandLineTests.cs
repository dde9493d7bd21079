using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace FastAdam.Release.Tests;

/// <summary>The command lines of the programs in the folder benchmarks.</summary>
public sealed class CommandLineTests
{
    private const string Convergence = "FastAdam.Convergence";
    private const string Benchmarks = "FastAdam.Benchmarks";
    private const string PyTorch = "FastAdam.PyTorch";

    private static readonly BuiltProgram _convergence = new(Convergence);
    private static readonly BuiltProgram _benchmarks = new(Benchmarks);

    [Theory]
    [InlineData(Convergence, "", "--epochs --seed --plot --json")]
    [InlineData(Convergence, "optimizers", "--epochs --seed --plot --json")]
    [InlineData(Convergence, "formats", "--quick --plot --json")]
    [InlineData(Benchmarks, "compare", "--cases --sizes --quick --rounds --plot --json --library")]
    [InlineData(PyTorch, "", "--task --quick --threads --rounds --seed --json")]
    public void Help_has_every_option_with_its_default(string program, string verb, string options)
    {
        (int exitCode, string output, string error) = Run(program, $"{verb} --help");
        Assert.Equal((0, ""), (exitCode, error));

        // From an option at the beginning of a line to the next one, or to the empty line behind the last.
        Dictionary<string, string> described = Regex
            .Matches(Regex.Split(output, "(?im)^output:")[0], @"^  (?:-\S+, )*(--\w+)(.*?)(?=^  -|^\s*$)", RegexOptions.Multiline | RegexOptions.Singleline)
            .ToDictionary(match => match.Groups[1].Value, match => Regex.Replace(match.Groups[2].Value, @"\s+", " "));
        Assert.Superset(options.Split(' ').ToHashSet(), described.Keys.ToHashSet());
        Assert.All(
            described.Where(option => option.Key is not ("--help" or "--version")),
            option => Assert.Contains("default: ", option.Value, StringComparison.Ordinal));
        Assert.Matches("(?ims)^output:$.*^exit codes:$.*^  2  .*^examples:$", output);
    }

    [Theory]
    [InlineData(Convergence, "optimizers", "formats")]
    [InlineData(Benchmarks, "compare", "suites")]
    public void Help_has_every_verb(string program, params string[] verbs)
    {
        string output = Run(program, "--help").Output;
        Assert.All(verbs, verb => Assert.Matches($@"(?m)^  {verb} .*\w", output));
    }

    [Theory]
    [InlineData(Convergence, "--epochs 0", "--epochs", "'0'", "from 1 to")]
    [InlineData(Convergence, "--seed x", "--seed", "'x'", "whole number")]
    [InlineData(Convergence, "--epoch 3", "'--epoch'", "--epochs, --seed, --plot, --json")]
    [InlineData(Convergence, "train", "'train'", "optimizers, formats")]
    [InlineData(Convergence, "formats --epochs 3", "formats", "'--epochs'", "--quick, --plot, --json")]
    [InlineData(Convergence, "--json optimizers", "--json", "'optimizers'")]
    [InlineData(Benchmarks, "", "compare or suites")]
    [InlineData(Benchmarks, "compare --cases single,none", "--cases", "'none'", "single,fork-1")]
    [InlineData(Benchmarks, "compare --sizes 1K --sizes 4Q", "--sizes", "'4Q'", "from 1 to 2047M")]
    [InlineData(Benchmarks, "compare --rounds 0", "--rounds", "'0'", "from 1 to")]
    [InlineData(Benchmarks, "compare --library none.so", "--library", "'none.so'", "build.sh")]
    [InlineData(PyTorch, "--threads 0", "--threads", "'0'", "from 1 to 1024")]
    [InlineData(PyTorch, "--task none", "--task", "'none'", "'digits', 'text'")]
    [InlineData(PyTorch, "--quik", "--quik", "--quick")]
    public void Wrong_arguments_are_named_with_what_is_allowed(string program, string arguments, params string[] said)
    {
        (int exitCode, string output, string error) = Run(program, arguments);
        Assert.Equal((2, ""), (exitCode, output));
        Assert.All(said, text => Assert.Contains(text, error, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Convergence, "--plot /proc/none/loss.png", "--plot")]
    [InlineData(Benchmarks, "compare --json /proc/none/results.json", "--json")]
    [InlineData(Benchmarks, "compare --plot /proc/none", "--plot")]
    public void Files_that_cannot_be_written_are_known_at_once(string program, string arguments, string option)
    {
        (int exitCode, string output, string error) = Run(program, arguments);
        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith($"{option} is '/proc/none", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_is_alone_on_the_output_while_a_bar_is_on_the_error_stream()
    {
        using var folder = new WorkFolder();
        string json = Path.Combine(folder.Path, "losses.jsonl");
        string command = $"TERM=xterm {_convergence.Shell} --epochs 1 --json --plot new/loss.png >'{json}'";
        (int exitCode, string terminal, _) = BuiltProgram.Start("script", ["-qec", command, "/dev/null"], folder.Path);
        Assert.True(exitCode == 0, terminal);
        Assert.Contains(" of 7 epochs", terminal, StringComparison.Ordinal);
        Assert.Contains("Picture: new/loss.png", terminal, StringComparison.Ordinal);
        Assert.Equal("PNG"u8, File.ReadAllBytes(Path.Combine(folder.Path, "new", "loss.png")).AsSpan(1, 3));
        string[] lines = File.ReadAllLines(json);
        Assert.Equal(7, lines.Length);
        Assert.All(lines, line => Assert.Equal(1, JsonDocument.Parse(line).RootElement.GetProperty("epochs").GetInt32()));
    }

    [Fact]
    public void The_picture_stands_in_the_folder_that_the_output_names()
    {
        using var folder = new WorkFolder();
        (int exitCode, string output, string error) = BuiltProgram.Start("sh", ["-c", $"{_convergence.Shell} --epochs 1"], folder.Path);
        Assert.True(exitCode == 0, error);
        string picture = Regex.Match(output, "^Picture: (.*)$", RegexOptions.Multiline).Groups[1].Value;
        Assert.True(new FileInfo(Path.Combine(folder.Path, picture)).Length > 0, output);
    }

    private static (int ExitCode, string Output, string Error) Run(string program, string arguments) => program switch
    {
        Convergence => _convergence.Run(arguments),
        Benchmarks => _benchmarks.Run(arguments),
        _ => BuiltProgram.Start(
            "/usr/bin/python3",
            ["-B", Path.Combine("benchmarks", PyTorch, "train.py"), .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
            Release.Repository),
    };
}
