using System.Diagnostics;

namespace FastAdam.Machines.Tests;

/// <summary>Programs that tests run.</summary>
internal static class Command
{
    // Of compilers, builds, git, terminals, the date, and of what this library itself looks at.
    private static readonly string[] _foreign =
    [
        "CC", "CXX", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH", "MAKEFLAGS",
        "MAKELEVEL", "MFLAGS", "CI", "SOURCE_DATE_EPOCH", "VIRTUAL_ENV", "NO_COLOR", "COLUMNS", "LINES", "LANG", "LANGUAGE", "TZ",
        "GLIBC_TUNABLES", "FASTADAM_ISA", "FASTADAM_LIBRARY", "DOTNET_PROCESSOR_COUNT",
    ];

    // All that begins with one of these.
    private static readonly string[] _families =
    [
        "CMAKE_", "PKG_CONFIG_", "GIT_", "PIP_", "PYTHON", "OMP_", "GOMP_", "KMP_", "ASAN_", "LSAN_", "TSAN_", "UBSAN_", "MALLOC_", "LC_", "COMPlus_",
        "DOTNET_Tiered", "DOTNET_TC_",
    ];

    /// <summary>Removes variables that were set for other programs and would change what this one does. Set what a test needs after
    /// it.</summary>
    public static void Clean(ProcessStartInfo start)
    {
        foreach (string name in start.Environment.Keys.Where(IsForeign).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["LC_ALL"] = "C.UTF-8";
    }

    /// <summary>Runs a program to its end; its output is both of its streams.</summary>
    public static (int ExitCode, string Output) Run(
        string program, IEnumerable<string> arguments, params (string Name, string? Value)[] environment)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        Clean(start);
        foreach ((string name, string? value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }

    /// <summary>Whether a program is on the path.</summary>
    public static bool Exists(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, program)));

    private static bool IsForeign(string name) =>
        _foreign.Contains(name) || _families.Any(family => name.StartsWith(family, StringComparison.Ordinal));
}
