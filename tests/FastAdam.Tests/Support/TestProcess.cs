using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;

namespace FastAdam.Tests.Support;

/// <summary>A process of its own that runs some of these tests, while the JIT lists what it compiles.</summary>
internal static class TestProcess
{
    /// <param name="type">The tests' class.</param>
    /// <param name="method">The test.</param>
    /// <param name="environment">What the JIT is to list, and more.</param>
    /// <returns>The listing.</returns>
    public static string ListingOf(Type type, string method, params (string Name, string Value)[] environment)
    {
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64, "An emulated process cannot start another one.");
        string listing = Path.Combine(Directory.CreateTempSubdirectory("fastadam-listing-").FullName, "listing.txt");
        try
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!)
            {
                ArgumentList = { "-class", type.FullName!, "-method", $"*{method}" },
                Environment = { ["DOTNET_JitStdOutFile"] = listing },
                RedirectStandardOutput = true,
            };
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

            // Not the exit code: the JIT crashes at times when a thread compiles while the process ends and the listing is closed.
            Assert.True(output.Contains("Errors: 0, Failed: 0,", StringComparison.Ordinal), output);
            return File.ReadAllText(listing);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(listing)!, recursive: true);
        }
    }
}
