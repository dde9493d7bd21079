using FastAdam.Kernels;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>
/// The instruction set that the environment asks for is the one whose kernels run. FastAdam.Machines.Tests runs this class alone,
/// in processes of its own, with what it expects in a variable.
/// </summary>
public sealed unsafe class CurrentInstructionSetTests
{
    private static readonly string? _expected = Environment.GetEnvironmentVariable("FASTADAM_TEST_CURRENT");

    [Fact]
    public void Current_is_what_the_environment_asks_for()
    {
        InstructionSet chosen = InstructionSets.Choose(Environment.GetEnvironmentVariable(InstructionSets.EnvironmentVariable));
        Assert.Equal(chosen, InstructionSets.Current);
        Assert.Equal(_expected ?? $"{chosen}", $"{InstructionSets.Current}");
    }

    [Fact]
    public void Steps_run_on_the_current_instruction_set()
    {
        float[] p = new float[9];
        Half[] q = new Half[9];
        Adam.Step(p, new float[9], new float[9], new float[9], 1, ParameterGroup.Adam);
        fixed (Half* parameters = q)
        {
            float* arrays = stackalloc float[27];
            Optimizer.Step([OptimizerTensor.Create(9, parameters, arrays, arrays + 9, arrays + 18)], [ParameterGroup.Adam], 1);
        }

        KernelKey[] dispatched = [.. KernelData.Supported.Where(key => KernelTable.HasRun(key, changesGradients: false))];
        foreach (ElementType type in (ElementType[])[ElementType.Float32, ElementType.Float16])
        {
            Assert.Contains(
                dispatched, key => key.InstructionSet == InstructionSets.Current && key.Types[ArrayRole.Parameters] == type);
        }

        if (dispatched.Length == 2)
        {
            // The class runs alone: nothing else was dispatched.
            Assert.All(dispatched, key => Assert.Equal(InstructionSets.Current, key.InstructionSet));
        }
    }
}
