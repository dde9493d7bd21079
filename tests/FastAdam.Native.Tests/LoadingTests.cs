using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>How the face finds the kernels' libraries, and what it says when it cannot.</summary>
public sealed class LoadingTests
{
    private static readonly Lazy<string> _program = new(() =>
        CProgram.Compile(Installation.Native(), Path.Combine(Installation.CFolder, "library_info.c")));

    private static readonly Lazy<string> _refusedStart = new(() =>
        CProgram.Compile(Installation.Native(), Path.Combine(Installation.CFolder, "refused_start.c")));

    /// <summary>The programs that print hashes of results.</summary>
    private static readonly string[] _results =
        [.. ((string[])["results.c", "optimizer_results.c"]).Select(source => Path.Combine(Installation.CFolder, source))];

    private static string Version => typeof(Optimizer).Assembly.GetName().Version!.ToString(3);

    [Theory]
    [InlineData("load")]
    [InlineData("isa")]
    [InlineData("step")]
    [InlineData("alloc")]
    public void First_call_loads_whatever_it_is(string first)
    {
        string output = Info([first], ("FASTADAM_ISA", null));
        string widest = $"{InstructionSets.Supported[0]}".ToLowerInvariant();
        Assert.StartsWith($"status=0 isa={widest} step=0 untouched=0 version={Version} abi=2 block=1 ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("avx512", InstructionSet.Avx512)]
    [InlineData("scalar", InstructionSet.Scalar)]
    [InlineData("AVX2", InstructionSet.Avx2)]
    [InlineData("neon", InstructionSet.Neon)]
    public void Environment_variable_chooses(string requested, InstructionSet instructionSet)
    {
        string output = Info([], ("FASTADAM_ISA", requested));
        bool hasLibrary = instructionSet != InstructionSet.Scalar || !InstructionSets.IsSupported(InstructionSet.Neon);
        string expected = InstructionSets.IsSupported(instructionSet) && hasLibrary
            ? $"status=0 isa={requested.ToLowerInvariant()} step=0 untouched=0 "
            : "status=-11 isa=none step=-11 untouched=1 ";
        Assert.StartsWith(expected, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("baseline")]
    [InlineData(" avx2")]
    [InlineData("avx1024")]
    public void Nonsense_in_the_environment_variable_is_an_error(string requested) => Assert.StartsWith(
        "status=-11 isa=none step=-11 untouched=1 ", Info([], ("FASTADAM_ISA", requested)), StringComparison.Ordinal);

    [Fact]
    public void Missing_or_broken_sibling_is_an_error()
    {
        string folder = CopyOfLibrary();
        string sibling = Directory.GetFiles(folder, $"libfastadam-{WidestLevel}.so").Single();

        File.WriteAllText(sibling, "no library");
        Assert.StartsWith(
            $"status=-12 isa=none step=-12 untouched=1 version={Version} abi=2 block=0 ", InfoWith(folder), StringComparison.Ordinal);

        File.Delete(sibling);
        Assert.StartsWith("status=-12 isa=none step=-12 untouched=1 ", InfoWith(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void Too_little_address_space_is_an_error()
    {
        Installation.Native();
        Assert.StartsWith(
            "status=-12 isa=none step=-12 untouched=1 ",
            CProgram.Run("/bin/sh", ["-c", "ulimit -v 550000; exec \"$0\"", _program.Value], ("FASTADAM_ISA", null)),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1000", -12)]
    [InlineData("200000", -12)]
    [InlineData("1FFFFFF", -12)]
    [InlineData("2000000", 0)]
    [InlineData("", 0)]
    [InlineData("nonsense", 0)]
    public void Heap_limit_for_dotnet_programs_is_an_error_or_lets_it_run(string limit, int status) => Assert.StartsWith(
        $"status={status} ", Info([], ("DOTNET_GCHeapHardLimit", limit), ("FASTADAM_ISA", null)), StringComparison.Ordinal);

    [Theory]
    [InlineData("GCHeapHardLimitSOH=10000000", -12)]
    [InlineData("GCHeapHardLimitLOH=10000000", -12)]
    [InlineData("GCHeapHardLimitSOH=2000000 GCHeapHardLimitLOH=1000 GCHeapHardLimitPOH=2000000", -12)]
    [InlineData("GCHeapHardLimitSOH=2000000 GCHeapHardLimitLOH=2000000 GCHeapHardLimitPOH=2000000", 0)]
    [InlineData("GCHeapHardLimitPOHPercent=1", -12)]
    [InlineData("GCHeapHardLimitSOHPercent=30 GCHeapHardLimitLOHPercent=30 GCHeapHardLimitPOHPercent=30", -12)]
    [InlineData("GCRegionSize=1000", -12)]
    [InlineData("GCRegionSize=300000", -12)]
    [InlineData("GCRegionSize=400000", 0)]
    [InlineData("GCRegionSize=4000000", -12)]
    [InlineData("GCRegionSize=800000 GCHeapHardLimit=2000000", -12)]
    [InlineData("GCRegionRange=1000", -12)]
    [InlineData("GCRegionRange=2600000", -12)]
    [InlineData("GCRegionRange=10000000", 0)]
    [InlineData("GCRegionRange=FFFFFFFFFFFF", -12)]
    [InlineData("GCLargePages=0", 0)]
    public void Heap_settings_for_dotnet_programs_are_an_error_or_let_it_run(string settings, int status) => Assert.StartsWith(
        $"status={status} ",
        Info([], [("FASTADAM_ISA", null), .. settings.Split(' ').Select(setting => setting.Split('='))
            .Select(parts => ($"DOTNET_{parts[0]}", (string?)parts[1]))]),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("", 0)]
    [InlineData("membarrier", 0)]
    [InlineData("memlock", 0)]
    [InlineData("membarrier memlock", -12)]
    [InlineData("sigaction", -12)]
    [InlineData("data", -12)]
    [InlineData("keys", -12)]
    [InlineData("all-but-one-key", 0)]
    public void What_the_system_refuses_is_an_error_or_lets_it_run(string refused, int status)
    {
        Installation.Native();
        Assert.Equal(
            $"status={status} again={status}\n",
            CProgram.Run(_refusedStart.Value, refused.Split(' ', StringSplitOptions.RemoveEmptyEntries), ("FASTADAM_ISA", null)));
    }

    [Fact]
    public void Library_is_found_through_symbolic_links_and_relative_paths()
    {
        // The face's folder has spaces in its name; another folder has a link to the face and no siblings.
        string links = Directory.CreateDirectory(Path.Combine(Installation.Native().Prefix, "links")).FullName;
        string link = Path.Combine(links, "libfastadam.so.2");
        File.CreateSymbolicLink(link, Path.Combine(Installation.Native().Library, "libfastadam.so"));
        Assert.Contains(" ", Installation.Native().Library, StringComparison.Ordinal);
        Assert.StartsWith("status=0 ", InfoWith(links), StringComparison.Ordinal);

        string relative = Path.GetRelativePath(Environment.CurrentDirectory, links);
        Assert.StartsWith("status=0 ", InfoWith(relative), StringComparison.Ordinal);
    }

    [Fact]
    public void Emulated_CPUs_open_no_wider_library_and_get_the_same_bits()
    {
        Installation installation = Installation.Native();
        Assert.SkipUnless(Command.Exists("qemu-x86_64-static"), "qemu-x86_64-static is not installed (qemu-user-static).");
        Assert.SkipUnless(InstructionSets.IsSupported(InstructionSet.Avx2), "Emulating x86-64 is set up for x86-64 hosts.");
        (string Program, string Expected)[] results = [.. _results.Select(source =>
        {
            string program = CProgram.Compile(installation, source);
            return (program, CProgram.Run(program, [], ("FASTADAM_ISA", null)));
        })];

        foreach ((string cpu, string isa, string[] opened) in ((string, string, string[])[])
            [("Nehalem", "scalar", ["baseline"]), ("Haswell", "avx2", ["avx2"])])
        {
            foreach ((string program, string expected) in results)
            {
                Assert.Equal(
                    expected,
                    WithoutWarnings(CProgram.Run("qemu-x86_64-static", ["-cpu", cpu, program], ("FASTADAM_ISA", null))));
            }

            // The dynamic linker itself says what it opens.
            string output = CProgram.Run(
                "qemu-x86_64-static", ["-cpu", cpu, "-E", "LD_DEBUG=files", _program.Value], ("FASTADAM_ISA", null));
            Assert.Contains($"status=0 isa={isa} ", output, StringComparison.Ordinal);
            string[] levels = ["baseline", "avx2", "avx512"];
            Assert.Equal(opened, levels.Where(level => output.Contains($"libfastadam-{level}.so", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Arm64_gets_the_same_bits()
    {
        Installation arm64 = Installation.Arm64();
        Assert.StartsWith("status=0 isa=neon ", Emulated("library_info.c"), StringComparison.Ordinal);
        foreach (string source in _results)
        {
            Assert.Equal(CProgram.Run(CProgram.Compile(Installation.Native(), source), [], ("FASTADAM_ISA", null)), Emulated(source));
        }

        foreach (string source in (string[])["api_test.c", "optimizer_api_test.c", "struct_size_test.c", "alloc_test.c"])
        {
            Emulated(source);
        }

        string Emulated(string source) => CProgram.Run(
            "qemu-aarch64-static",
            [CProgram.Compile(arm64, Path.Combine(Installation.CFolder, source), "aarch64-linux-gnu-gcc")],
            ("FASTADAM_ISA", null));
    }

    /// <summary>QEMU warns of features of the CPU that it does not emulate.</summary>
    private static string WithoutWarnings(string output) => string.Join(
        '\n', output.Split('\n').Where(line => !line.StartsWith("qemu-x86_64-static: warning: ", StringComparison.Ordinal)));

    private static string WidestLevel => InstructionSets.Supported[0] switch
    {
        InstructionSet.Scalar => "baseline",
        InstructionSet widest => $"{widest}".ToLowerInvariant(),
    };

    private static string CopyOfLibrary()
    {
        Installation installation = Installation.Native();
        string folder = Directory.CreateDirectory(Path.Combine(installation.Prefix, $"copy {Guid.NewGuid():N}")).FullName;
        foreach (string file in Directory.GetFiles(installation.Library))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        return folder;
    }

    private static string InfoWith(string libraryFolder) => Info([], ("LD_LIBRARY_PATH", libraryFolder), ("FASTADAM_ISA", null));

    private static string Info(IEnumerable<string> arguments, params (string Name, string? Value)[] environment)
    {
        Installation.Native();
        return CProgram.Run(_program.Value, arguments, environment);
    }
}
