using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>
/// Holds a run to the machine that it was meant for: FastAdam.Machines.Tests starts this assembly with CPU features switched off
/// or emulated, and a switch that the runtime ignores must not pass for a tested instruction set.
/// </summary>
public sealed class ExpectedMachineTests
{
    public const string SupportedVariable = "FASTADAM_TEST_SUPPORTED";
    public const string CurrentVariable = "FASTADAM_TEST_CURRENT";

    [Fact]
    public void Supported_instruction_sets_are_those_that_the_run_is_for()
    {
        string? expected = Environment.GetEnvironmentVariable(SupportedVariable);
        Assert.SkipWhen(expected is null, $"{SupportedVariable} is not set: this run is for whatever machine it is on.");
        Assert.Equal(expected, string.Join(' ', InstructionSets.Supported));
    }

    [Fact]
    public void Current_instruction_set_is_the_one_that_the_run_is_for()
    {
        string? expected = Environment.GetEnvironmentVariable(CurrentVariable);
        Assert.SkipWhen(expected is null, $"{CurrentVariable} is not set: this run is for whatever machine it is on.");
        Assert.Equal(expected, $"{InstructionSets.Current}");
    }
}
