using FastAdam.Machines.Tests;
using Xunit;

[assembly: AssemblyFixture(typeof(TestCopy))]

namespace FastAdam.Machines.Tests;

/// <summary>FastAdam.Tests as it was built, copied before the first test: whoever builds beside these tests changes the files.</summary>
public sealed class TestCopy : IDisposable
{
    public TestCopy()
    {
        foreach (string file in Directory.GetFiles(TestRun.Output))
        {
            File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)));
        }
    }

    internal static string Folder { get; } = Directory.CreateTempSubdirectory("fastadam-machines-").FullName;

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
