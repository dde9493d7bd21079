using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;

namespace FastAdam.Tests.Support;

/// <summary>A process of its own that runs some of these tests, while the JIT lists what it compiles.</summary>
internal static class TestProcess
{
    private const int Attempts = 10;

    // How the JIT compiles is a new process's own, whatever is set for this one; CPU features stay as they are.
    private static readonly string[] _ofTheJit =
    [
        "DOTNET_Tiered", "DOTNET_TC_", "DOTNET_Jit", "DOTNET_ReadyToRun", "DOTNET_OSR_", "COMPlus_Tiered", "COMPlus_TC_", "COMPlus_Jit",
        "COMPlus_ReadyToRun",
    ];

    /// <summary>Skips a test that starts another process.</summary>
    public static void SkipUnderEmulation() => Assert.SkipUnless(
        RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64,
        "An emulated process cannot start another one.");

    /// <param name="type">The tests' class.</param>
    /// <param name="method">The test.</param>
    /// <param name="environment">What the JIT is to list, and more.</param>
    /// <returns>The listing.</returns>
    public static string ListingOf(Type type, string method, params (string Name, string Value)[] environment)
    {
        SkipUnderEmulation();
        string listing = Path.Combine(Directory.CreateTempSubdirectory("fastadam-listing-").FullName, "listing.txt");
        try
        {
            // The JIT crashes at times when a thread compiles while the process ends and the listing is closed, even without any test.
            int exitCode = -1;
            string output = "";
            for (int attempt = 0; attempt < Attempts && exitCode != 0; attempt++)
            {
                File.Delete(listing);
                (exitCode, output) = Run(type, method, [("DOTNET_JitStdOutFile", listing), .. environment]);
                Assert.True(output.Contains("Errors: 0, Failed: 0,", StringComparison.Ordinal), output);
            }

            Assert.True(exitCode == 0, $"{type.Name} ended with {exitCode} {Attempts} times: {output}");
            return File.ReadAllText(listing);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(listing)!, recursive: true);
        }
    }

    private static (int ExitCode, string Output) Run(Type type, string method, (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList = { "-class", type.FullName!, "-method", $"*{method}" },
            RedirectStandardOutput = true,
        };
        foreach (string name in start.Environment.Keys.Where(name => _ofTheJit.Any(of => name.StartsWith(of, StringComparison.Ordinal))).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet")
        {
            start.ArgumentList.Insert(0, typeof(TestProcess).Assembly.Location);
        }

        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
