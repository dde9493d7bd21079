using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>Steps on the threads of the OpenMP runtime that the process has loaded.</summary>
public sealed class OpenMpTests
{
    private static string StandIn => Path.Combine(Installation.CFolder, "openmp_stand_in.c");

    [Theory]
    [InlineData("libgomp-a34b3233.so.1")]
    [InlineData("libomp.so")]
    [InlineData("libiomp5.so")]
    public void A_runtime_that_is_loaded_later_is_found_by_its_name_and_asked_for_its_threads(string name)
    {
        Installation installation = Installation.Native();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Runtimes are looked for on Linux only.");
        string program = CProgram.Compile(installation, Path.Combine(Installation.CFolder, "openmp_runtime_test.c"), "cc", "-ldl");
        CProgram.Run(program, [Library("libomptarget.so", "-DWITHOUT_ENTRIES"), Library(name)], ("FASTADAM_ISA", null));

        string Library(string file, params string[] extra)
        {
            string path = Path.Combine(installation.Prefix, file);
            (int exitCode, string output) = Command.Run("cc", ["-shared", "-fPIC", "-pthread", .. extra, StandIn, "-o", path]);
            Assert.True(exitCode == 0, output);
            return path;
        }
    }

    [Theory]
    [InlineData("c++", "-fopenmp")]
    [InlineData("clang++", "-fopenmp=libomp")]
    public void A_program_with_openmp(string compiler, string option)
    {
        Installation installation = Installation.Native();
        Assert.SkipUnless(Command.Exists(compiler), $"There is no {compiler}.");
        string probe = Path.Combine(installation.Prefix, $"openmp-{Guid.NewGuid():N}");
        File.WriteAllText($"{probe}.cpp", "#include <omp.h>\nint main() { return omp_get_max_threads() > 0 ? 0 : 1; }\n");
        (int exitCode, string output) = Command.Run(compiler, [option, $"{probe}.cpp", "-o", probe]);
        Assert.SkipUnless(exitCode == 0, $"{compiler} lacks {option}: {output}");
        string program = CProgram.Compile(installation, Path.Combine(Installation.CFolder, "openmp_test.cpp"), compiler, option);
        foreach (string isa in CInterfaceTests.Levels.Select(level => level.Data))
        {
            CProgram.Run(program, [], ("FASTADAM_ISA", isa));
        }
    }
}
