using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>The C interface as C and C++ programs see it, on each level that this CPU has.</summary>
public sealed class CInterfaceTests
{
    private static readonly Lazy<string> _apiTest = new(() => Compile("api_test.c"));
    private static readonly Lazy<string> _optimizerApiTest = new(() => Compile("optimizer_api_test.c"));
    private static readonly Lazy<string> _structSizeTest = new(() => Compile("struct_size_test.c"));
    private static readonly Lazy<string> _workAreasTest = new(() => Compile("work_areas_test.c"));
    private static readonly Lazy<string> _allocTest = new(() => Compile("alloc_test.c"));
    private static readonly Lazy<string> _threadsTest = new(() => Compile("threads_test.c"));
    private static readonly Lazy<string> _parallelTest = new(() => Compile("parallel_test.c"));
    private static readonly Lazy<string> _executorTest = new(() => Compile("executor_test.c"));
    private static readonly Lazy<string> _environmentTest = new(() => Compile("environment_test.c"));
    private static readonly Lazy<string> _evaluationTest = new(() => Compile("evaluation_test.c"));
    private static readonly Lazy<string> _formatsTest = new(() => Compile("formats_test.c"));
    private static readonly Lazy<string> _headerTest = new(() => Compile("header_test.cpp"));
    private static readonly Lazy<string> _results = new(() => Compile("results.c"));
    private static readonly Lazy<string> _optimizerResults = new(() => Compile("optimizer_results.c"));

    public static TheoryData<string> Levels => [.. InstructionSets.Supported.Select(set => $"{set}".ToLowerInvariant())
        .Where(name => name != "scalar" || !InstructionSets.IsSupported(InstructionSet.Neon))];

    [Theory]
    [MemberData(nameof(Levels))]
    public void Every_function_status_and_offset(string isa)
    {
        Run(_apiTest, isa);
        Run(_optimizerApiTest, isa);
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void From_training_to_evaluation_and_back(string isa) => Run(_evaluationTest, isa);

    [Theory]
    [MemberData(nameof(Levels))]
    public void Formats_have_the_results_of_every_other_level(string isa) =>
        Assert.Equal(Run(_formatsTest, Levels.First().Data), Run(_formatsTest, isa));

    [Theory]
    [MemberData(nameof(Levels))]
    public void Structures_of_older_and_newer_programs(string isa) => Run(_structSizeTest, isa);

    [Theory]
    [InlineData("rows")]
    [InlineData("tensors")]
    [InlineData("memory")]
    [InlineData("living")]
    [InlineData("sums")]
    [InlineData("lists")]
    [InlineData("adam")]
    public void Memory_of_steps_over_lists(string test)
    {
        Installation.Native();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The program reads /proc.");
        CProgram.Run(_workAreasTest.Value, [test], ("FASTADAM_ISA", null));
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Sixty_four_threads_make_the_first_call_at_once(string isa) => Run(_threadsTest, isa);

    [Theory]
    [MemberData(nameof(Levels))]
    public void Steps_on_several_threads(string isa)
    {
        Installation.Native();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The program counts threads in /proc.");
        Run(_parallelTest, isa);
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Steps_on_threads_of_the_host(string isa)
    {
        Installation.Native();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The program reads /proc.");
        Run(_executorTest, isa);
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Blocks_for_arrays(string isa) => Run(_allocTest, isa);

    [Theory]
    [MemberData(nameof(Levels))]
    public void Environment_of_the_process_is_left_alone_and_does_not_matter(string isa) => Run(_environmentTest, isa);

    [Theory]
    [MemberData(nameof(Levels))]
    public void Cpp_header(string isa)
    {
        Installation.Native();
        Assert.SkipUnless(Command.Exists("c++"), "There is no C++ compiler (c++).");
        Run(_headerTest, isa);
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Results_are_those_of_every_other_level(string isa)
    {
        foreach ((Lazy<string> program, int lines) in ((Lazy<string>, int)[])[(_results, 2835), (_optimizerResults, 342)])
        {
            string widest = Run(program, Levels.First().Data);
            Assert.True(widest.Count(character => character == '\n') >= lines, widest);
            Assert.Equal(widest, Run(program, isa));
        }
    }

    [Fact]
    public void Valgrind_finds_nothing_of_ours()
    {
        Installation.Native();
        Assert.SkipUnless(Command.Exists("valgrind"), "valgrind is not installed.");
        Assert.SkipUnless(InstructionSets.IsSupported(InstructionSet.Avx2), "The kernels that valgrind runs are AVX2's.");

        // Not AVX-512, which valgrind does not know. What the .NET runtime keeps until the process ends is still reachable.
        foreach (Lazy<string> program in (Lazy<string>[])[_apiTest, _optimizerApiTest, _structSizeTest, _evaluationTest, _formatsTest, _allocTest, _threadsTest])
        {
            CProgram.Run(
                "valgrind",
                ["--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect", program.Value],
                ("FASTADAM_ISA", "avx2"));
        }
    }

    [Fact]
    public void Exported_symbols_are_the_headers()
    {
        Installation installation = Installation.Native();
        Assert.SkipUnless(Command.Exists("nm"), "nm is not installed (binutils).");
        string symbols = CProgram.Run("nm", ["-D", "--defined-only", Path.Combine(installation.Library, "libfastadam.so")]);
        string header = File.ReadAllText(Path.Combine(installation.Prefix, "include", "fastadam.h"));
        IEnumerable<string> declared = header.Split("FASTADAM_API ").Skip(1)
            .Where(part => part.Contains('('))
            .Select(part => part[..part.IndexOf('(', StringComparison.Ordinal)].Split(' ', '*')[^1])
            .Where(name => name.StartsWith("fastadam_", StringComparison.Ordinal));
        IEnumerable<string> exported = symbols.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[^1]);
        Assert.Equal(declared.Order(StringComparer.Ordinal), exported.Order(StringComparer.Ordinal));
    }

    private static string Compile(string source) => CProgram.Compile(
        Installation.Native(), Path.Combine(Installation.CFolder, source), source.EndsWith(".cpp", StringComparison.Ordinal) ? "c++" : "cc");

    private static string Run(Lazy<string> program, string isa)
    {
        // Outside of the lazy value, which would keep the exception that a skip is.
        Installation.Native();
        return CProgram.Run(program.Value, [], ("FASTADAM_ISA", isa));
    }
}
