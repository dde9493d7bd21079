using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;

namespace FastAdam.Benchmarks.Suites;

/// <summary>What all suites report: memory, GB/s, the machine code, and hardware counters where the system has them.</summary>
internal sealed class SuiteConfiguration : ManualConfig
{
    // BenchmarkDotNet reads hardware counters on Windows only, by a package that other systems have no use for.
    private static readonly string _windowsDiagnosers =
        Path.Join(AppContext.BaseDirectory, "BenchmarkDotNet.Diagnostics.Windows.dll");

    public SuiteConfiguration()
    {
        AddDiagnoser(MemoryDiagnoser.Default);
        AddColumn(new GigabytesPerSecondColumn());
        if (!OperatingSystem.IsMacOS())
        {
            AddDiagnoser(new DisassemblyDiagnoser(new DisassemblyDiagnoserConfig(maxDepth: 5, exportGithubMarkdown: true)));
        }

        if (File.Exists(_windowsDiagnosers))
        {
            AddHardwareCounters(HardwareCounter.TotalCycles, HardwareCounter.InstructionRetired, HardwareCounter.CacheMisses);
        }
    }
}
