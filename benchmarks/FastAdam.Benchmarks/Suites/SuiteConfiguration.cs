using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;

namespace FastAdam.Benchmarks.Suites;

/// <summary>What all suites report: memory, GB/s, the machine code, and hardware counters where the system has them.</summary>
internal sealed class SuiteConfiguration : ManualConfig
{
    public SuiteConfiguration()
    {
        AddDiagnoser(MemoryDiagnoser.Default);
        AddColumn(new GigabytesPerSecondColumn());
        AddDiagnoser(new DisassemblyDiagnoser(new DisassemblyDiagnoserConfig(maxDepth: 3, exportGithubMarkdown: true)));
        if (OperatingSystem.IsWindows())
        {
            AddHardwareCounters(HardwareCounter.TotalCycles, HardwareCounter.InstructionRetired, HardwareCounter.CacheMisses);
        }
    }
}
