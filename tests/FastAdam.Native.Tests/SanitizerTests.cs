using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>Programs under a sanitizer, with the installed suppressions: no report of what is not theirs, and every one that is.</summary>
public sealed class SanitizerTests
{
    // Where the kernel draws addresses from so many that older sanitizers now and then find no room for their tables, it draws again.
    private const int Attempts = 100;

    private static readonly string[] _noRoom =
        ["ThreadSanitizer: unexpected memory mapping", "Shadow memory range interleaves with an existing memory mapping"];

    public static TheoryData<string, string> Programs => new MatrixTheoryData<string, string>(
        ["address", "leak", "thread", "undefined"], ["sanitizers_test.c", "sanitizers_test.cpp"]);

    [Theory]
    [MemberData(nameof(Programs))]
    public void Nothing_is_reported_of_a_program_without_mistakes(string sanitizer, string source)
    {
        string program = Compile(sanitizer, source);
        foreach (string isa in CInterfaceTests.Levels.Select(level => level.Data))
        {
            Assert.Equal((0, "done\n"), Run(program, [], isa));
        }
    }

    [Theory]
    [InlineData("address", "sanitizers_test.c")]
    [InlineData("address", "sanitizers_test.cpp")]
    [InlineData("leak", "sanitizers_test.c")]
    [InlineData("leak", "sanitizers_test.cpp")]
    public void A_leak_of_the_program_is_reported(string sanitizer, string source)
    {
        (int exitCode, string output) = Run(Compile(sanitizer, source), ["leak"], null);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("LeakSanitizer: detected memory leaks", output, StringComparison.Ordinal);
        Assert.Contains("in 1 allocation(s)", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sanitizers_test.c")]
    [InlineData("sanitizers_test.cpp")]
    public void A_race_of_the_program_is_reported(string source)
    {
        (int exitCode, string output) = Run(Compile("thread", source), ["race"], null);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("ThreadSanitizer: data race", output, StringComparison.Ordinal);
    }

    /// <summary>Compiles, or skips the test where the compiler lacks the sanitizer.</summary>
    private static string Compile(string sanitizer, string source)
    {
        Installation installation = Installation.Native();
        string compiler = source.EndsWith(".cpp", StringComparison.Ordinal) ? "c++" : "cc";
        Assert.SkipUnless(Command.Exists(compiler), $"There is no C++ compiler ({compiler}).");
        string empty = Path.Combine(installation.Prefix, $"empty-{Guid.NewGuid():N}");
        File.WriteAllText($"{empty}.c", "int main(void) { return 0; }\n");
        (int exitCode, string output) = Command.Run(compiler, [$"-fsanitize={sanitizer}", "-x", "c", $"{empty}.c", "-o", empty]);
        Assert.SkipUnless(exitCode == 0, $"{compiler} lacks -fsanitize={sanitizer}: {output}");
        return CProgram.Compile(
            installation,
            Path.Combine(Installation.CFolder, source),
            compiler,
            $"-fsanitize={sanitizer}",
            "-fno-sanitize-recover=all");
    }

    /// <summary>In quotes, since the installation's path has spaces.</summary>
    private static (int ExitCode, string Output) Run(string program, IEnumerable<string> arguments, string? isa)
    {
        string folder = Path.Combine(Installation.Native().Prefix, "share", "fastadam");
        (int ExitCode, string Output) run = default;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            run = Command.Run(
                program,
                arguments,
                ("ASAN_OPTIONS", "detect_leaks=1"),
                ("LSAN_OPTIONS", $"suppressions='{folder}/lsan.supp':print_suppressions=0"),
                ("TSAN_OPTIONS", $"suppressions='{folder}/tsan.supp'"),
                ("FASTADAM_ISA", isa));
            if (!_noRoom.Any(text => run.Output.Contains(text, StringComparison.Ordinal)))
            {
                break;
            }
        }

        return run;
    }
}
