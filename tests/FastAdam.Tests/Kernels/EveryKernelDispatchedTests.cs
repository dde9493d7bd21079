using FastAdam.Kernels;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Kernels;

/// <summary>Runs after all other tests: the runner keeps collections that are not parallel for last.</summary>
[CollectionDefinition(nameof(EveryKernelDispatchedTests), DisableParallelization = true)]
[Collection(nameof(EveryKernelDispatchedTests))]
public sealed class EveryKernelDispatchedTests
{
    [Fact]
    public void No_kernel_of_this_machine_was_left_out_by_this_run()
    {
        string[] never = [.. KernelData.Supported.Where(key => !WasDispatched(key)).Select(key => $"{key}")];

        Assert.True(never.Length == 0, $"{never.Length} kernels were never dispatched: {string.Join("; ", never)}");
    }

    /// <summary>A loop, both for gradients as they are and for changed ones.</summary>
    private static bool WasDispatched(KernelKey key)
    {
        bool asTheyAre = KernelTable.HasRun(key, changesGradients: false);
        bool changed = KernelTable.HasRun(key, changesGradients: true);
        return LoopSearch.IsTiled(key, changesGradients: false) ? asTheyAre || changed : asTheyAre && changed;
    }
}
