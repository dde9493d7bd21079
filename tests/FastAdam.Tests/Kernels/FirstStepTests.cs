using System.Globalization;
using System.Runtime.CompilerServices;
using Xunit;

namespace FastAdam.Tests.Kernels;

/// <summary>The steps whose compilation <see cref="FirstCallTests"/> looks at, in the process that it starts.</summary>
public sealed unsafe class FirstStepTests
{
    /// <summary>Names the step and its threads.</summary>
    internal const string Variable = "FASTADAM_TEST_FIRST_STEP";

    // Worth two threads, for the pass over gradients, too.
    private const int Length = 1 << 20;

    [Fact]
    public void A_step_changes_the_parameters()
    {
        string[] named = (Environment.GetEnvironmentVariable(Variable) ?? "array,1").Split(',');
        float[] p = GC.AllocateArray<float>(Length, pinned: true);
        Prepare(named[0], int.Parse(named[1], CultureInfo.InvariantCulture), p)();
        Assert.NotEqual(0, p[0]);
    }

    private static Action Prepare(string call, int threads, float[] p)
    {
        float[] g = GC.AllocateArray<float>(Length, pinned: true);
        g.AsSpan().Fill(1);
        float[] m = GC.AllocateArray<float>(Length, pinned: true);
        float[] v = GC.AllocateArray<float>(Length, pinned: true);
        OptimizerTensor[] tensors = [Part(0), Part((nuint)Length / 2)];
        ParameterGroup[] groups = [ParameterGroup.RAdam];
        var stepOptions = new StepOptions { MaxGradientNorm = 1, ReportsChanges = true, Threads = threads };
        long[] indices = GC.AllocateArray<long>(3, pinned: true);
        indices[1] = 1;
        nuint rowLength = (nuint)Length / 4;
        SparseTable[] tables =
        [
            SparseTable.Create(4, rowLength, Address(p), Address(m), Address(v), (long*)Unsafe.AsPointer(ref indices[0]), Address(g), 3),
        ];
        ParameterGroup[] adam = [ParameterGroup.Adam];

        // All of them keep the arrays alive.
        return call switch
        {
            "array" => () => Adam.Step<float, float, float, float>(p, g, m, v, 1, ParameterGroup.Adam, threads),
            "list" => () => Optimizer.Step(tensors, adam, 1, new StepOptions { Threads = threads }),
            "optimizer" => () => Optimizer.Step(tensors, groups, 1, stepOptions),
            _ => () => SparseAdam.Step(tables, adam, 1, stepOptions),
        };

        OptimizerTensor Part(nuint start) => OptimizerTensor.Create(
            (nuint)Length / 2, Address(p) + start, Address(g) + start, Address(m) + start, Address(v) + start);
    }

    private static float* Address(float[] pinned) => (float*)Unsafe.AsPointer(ref pinned[0]);
}
