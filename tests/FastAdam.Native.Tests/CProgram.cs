using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>C and C++ programs, compiled against an installation with all warnings as errors.</summary>
internal static class CProgram
{
    /// <summary>Compiles a program into the installation's folder, linked with the installed library.</summary>
    /// <returns>The program's path.</returns>
    public static string Compile(Installation installation, string source, string compiler = "cc", params string[] extra)
    {
        string program = Path.Combine(installation.Prefix, $"{Path.GetFileNameWithoutExtension(source)}-{Guid.NewGuid():N}");
        string standard = Path.GetExtension(source) == ".cpp" ? "-std=c++17" : "-std=c99";
        (int exitCode, string output) = Command.Run(
            compiler,
            [
                standard, "-Wall", "-Wextra", "-Werror", "-pedantic", "-O1", "-g", .. extra,
                $"-I{Path.Combine(installation.Prefix, "include")}", source, "-o", program,
                $"-L{installation.Library}", "-lfastadam", $"-Wl,-rpath,{installation.Library}", "-lm", "-pthread",
            ]);
        Assert.True(exitCode == 0, $"{compiler} ended with {exitCode}:\n{output}");
        return program;
    }

    /// <summary>Runs it and requires the exit code 0.</summary>
    /// <returns>What it printed.</returns>
    public static string Run(string program, IEnumerable<string> arguments, params (string Name, string? Value)[] environment)
    {
        (int exitCode, string output) = Command.Run(program, arguments, environment);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {exitCode}:\n{output}");
        return output;
    }
}
