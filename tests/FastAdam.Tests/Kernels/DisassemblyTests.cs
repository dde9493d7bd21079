using System.Text.RegularExpressions;
using FastAdam.Kernels;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Kernels;

/// <summary>
/// The machine code of the loops, as the JIT lists it in a process of its own. The JIT inlines only so much into one method, and
/// keeps only so many variables in registers: beyond that a loop is several times slower, and no result shows it.
/// </summary>
public sealed partial class DisassemblyTests
{
    /// <summary>What a loop may call: the runtime's own helpers, and the fused multiply-add of scalar code on CPUs without one.</summary>
    private static readonly string[] _allowed = ["CORINFO_", "ScalarVector:MultiplyAddInDouble"];

    /// <summary>
    /// Instructions with a whole register of the stack in a method. Sixteen registers are too few for half precision: constants of
    /// the loop are there, and numbers that it needs later, up to 30 of them. With a hundred variables too many it
    /// was 160, and the loop took 2.5 times as long.
    /// </summary>
    private const int MostOnStack = 80;

    /// <summary>The same in loops over blocks: what is outside the innermost loop, and constants of sixteen registers, are there.</summary>
    private const int MostOnStackOfBlocks = 60;

    [Fact]
    public void No_loop_contains_a_call_or_keeps_its_variables_on_the_stack()
    {
        string listing = TestProcess.ListingOf(
            typeof(BitEqualityTests),
            nameof(BitEqualityTests.Every_mixture_of_storage_types_once),
            ("DOTNET_JitDisasm", "FastAdam.Kernels.UpdateLoop*:Run"));
        int loops = KernelData.Supported.Sum(key =>
            (LoopSearch.IsTiled(key, changesGradients: false) ? 0 : 1) + (LoopSearch.IsTiled(key, changesGradients: true) ? 0 : 1));
        RequireFast(listing, loops, MostOnStack);
    }

    [Fact]
    public void No_loop_over_blocks_contains_a_call_or_keeps_its_variables_on_the_stack()
    {
        string listing = TestProcess.ListingOf(
            typeof(PartedLoopTests),
            nameof(PartedLoopTests.Every_loop_gives_what_the_contract_gives),
            ("DOTNET_JitDisasm", "FastAdam.Kernels.BlockLoop*:Run FastAdam.Kernels.FirstBlockLoop*:Run FastAdam.Kernels.PartedLoop`*:Run"));
        RequireFast(listing, InstructionSets.Supported.Sum(each => PartedLoopTests.LoopsOf(each).Count()), MostOnStackOfBlocks);
    }

    private static void RequireFast(string listing, int loops, int mostOnStack)
    {
        string[] methods = [.. listing.Split("; Assembly listing for method ")[1..]];
        Assert.Equal(loops, methods.Length);
        string[] calls =
        [
            .. from method in methods
               from Match call in Call().Matches(method)
               where !_allowed.Any(allowed => call.Value.Contains(allowed, StringComparison.Ordinal))
               select $"{method[..method.IndexOf('\n', StringComparison.Ordinal)]}: {call.Value}",
        ];
        Assert.True(calls.Length == 0, $"{calls.Length} calls were left in loops: {string.Join("\n", calls.Take(20))}");
        string[] slow =
        [
            .. from method in methods
               let onStack = OnStack().Count(method)
               where onStack > mostOnStack
               orderby onStack descending
               select $"{method[..method.IndexOf('\n', StringComparison.Ordinal)]}: {onStack}",
        ];
        Assert.True(slow.Length == 0, $"{slow.Length} loops keep variables on the stack: {string.Join("\n", slow.Take(20))}");
    }

    [GeneratedRegex(@"^ +call .*$", RegexOptions.Multiline)]
    private static partial Regex Call();

    [GeneratedRegex(@"[yz]mmword ptr \[r[bs]p")]
    private static partial Regex OnStack();
}
