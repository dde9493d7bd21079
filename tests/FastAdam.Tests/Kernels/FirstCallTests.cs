using System.Diagnostics.Tracing;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Kernels;

/// <summary>A first step runs optimised code: seen at a copy of the library, whose methods are compiled anew.</summary>
[Collection(nameof(ThreadPoolTests))]
public sealed unsafe class FirstCallTests
{
    // Worth two threads.
    private const int Length = 1 << 19;

    private static readonly string[] _once =
    [
        "FastAdam.InstructionSets.",
        "FastAdam.Isa.",
        "FastAdam.Kernels.KernelKey.get_",
        "FastAdam.Kernels.KernelRegistry.get_WidestOnly",
        "FastAdam.Kernels.KernelRegistry.IsIncluded",
        "FastAdam.Kernels.KernelRegistry.IsSupported",
        "FastAdam.Kernels.KernelRegistry.IsTiled",
        "FastAdam.Kernels.KernelRegistry.LaneCount",
        "FastAdam.Kernels.KernelRegistry.Visit",
        "FastAdam.Kernels.KernelRegistry.Find",
        "FastAdam.Kernels.KernelRegistry.Loop",
        "FastAdam.Kernels.KernelRegistry+",
        "FastAdam.Kernels.ParallelRun..ctor",
        "FastAdam.Kernels.TensorList..ctor",
        "FastAdam.Rules.IntegerPower..ctor",
        "FastAdam.AdamStepConstants..ctor",
        "FastAdam.GroupConstants..ctor",
        "FastAdam.SparseWork..ctor",
    ];

    static FirstCallTests()
    {
        // What the tests before this one called often is compiled again in the background, a little later.
        using var earlier = new CompiledMethods();
        earlier.WaitUntilQuiet(fewest: 0);
    }

    [Theory]
    [InlineData("array", 1)]
    [InlineData("array", 2)]
    [InlineData("list", 1)]
    [InlineData("list", 2)]
    [InlineData("optimizer", 1)]
    [InlineData("optimizer", 2)]
    [InlineData("sparse", 1)]
    [InlineData("sparse list", 1)]
    [InlineData("sparse list", 2)]
    public void No_method_of_a_step_is_compiled_without_optimisation(string call, int threads)
    {
        var context = new AssemblyLoadContext(nameof(FirstCallTests), isCollectible: false);
        Assembly copy = context.LoadFromAssemblyPath(typeof(Adam).Assembly.Location);
        Assert.NotSame(typeof(Adam).Assembly, copy);
        Type steps = context.LoadFromAssemblyPath(typeof(FirstSteps).Assembly.Location).GetType(typeof(FirstSteps).FullName!)!;
        var prepare = steps.GetMethod(nameof(FirstSteps.Prepare))!.CreateDelegate<Func<string, int, int, Action>>();
        Action step = prepare(call, threads, Length);

        using var compiled = new CompiledMethods();
        step();
        (string Method, int Tier)[] methods = compiled.Take();

        // The kernel itself shows that the listener heard.
        Assert.Contains(methods, method => method.Method.StartsWith("FastAdam.Kernels.UpdateLoop", StringComparison.Ordinal));
        string[] unoptimised =
        [
            .. methods.Where(method => !CompiledMethods.IsOptimised(method.Tier)).Select(method => method.Method).Where(RunsAgain),
        ];
        Assert.True(unoptimised.Length == 0, $"Compiled without optimisation: {string.Join(", ", unoptimised)}");
    }

    /// <summary>False for what a process or a thread runs once: to choose kernels, and to make the objects that it keeps.</summary>
    private static bool RunsAgain(string method) =>
        !method.EndsWith("..cctor", StringComparison.Ordinal)
        && !method.EndsWith(".get_State", StringComparison.Ordinal)
        && !method.EndsWith(".get_IsOn", StringComparison.Ordinal)
        && !_once.Any(start => method.StartsWith(start, StringComparison.Ordinal));

    /// <summary>The steps, in the load context that they are called in.</summary>
    public static class FirstSteps
    {
        public static Action Prepare(string call, int threads, int length)
        {
            float[] p = GC.AllocateArray<float>(length, pinned: true);
            float[] g = GC.AllocateArray<float>(length, pinned: true);
            float[] m = GC.AllocateArray<float>(length, pinned: true);
            float[] v = GC.AllocateArray<float>(length, pinned: true);
            var options = new AdamOptions { Threads = threads };
            OptimizerTensor[] tensors = [Part(0), Part((nuint)length / 2)];
            OptimizerOptions[] groups = [OptimizerOptions.RAdam];
            var stepOptions = new StepOptions { MaxGradientNorm = 1, ReportsChanges = true, Threads = threads };
            long[] indices = GC.AllocateArray<long>(3, pinned: true);
            indices[1] = 1;
            nuint rowLength = (nuint)length / 4;
            SparseTable[] tables =
            [
                SparseTable.Create(Address(p), Address(m), Address(v), 4, rowLength, (long*)Unsafe.AsPointer(ref indices[0]), Address(g), 3),
            ];
            OptimizerOptions[] adam = [OptimizerOptions.Adam];

            // All of them keep the arrays alive.
            return call switch
            {
                "array" => () => Adam.Step<float, float, float, float>(p, g, m, v, 1, options),
                "list" => () => Adam.Step(tensors, 1, options),
                "optimizer" => () => Optimizer.Step(tensors, groups, 1, stepOptions),
                "sparse list" => () => SparseAdam.Step(tables, adam, 1, stepOptions),
                _ => () => SparseAdam.Step<float, float, float, float>(
                    p.AsSpan(0, 40), m.AsSpan(0, 40), v.AsSpan(0, 40), 20, indices, g.AsSpan(0, 60), 1, options),
            };

            OptimizerTensor Part(nuint start) => OptimizerTensor.Create(
                Address(p) + start, Address(g) + start, Address(m) + start, Address(v) + start, (nuint)length / 2);
        }

        private static float* Address(float[] pinned) => (float*)Unsafe.AsPointer(ref pinned[0]);
    }

    /// <summary>The methods of FastAdam that the JIT compiles, and how.</summary>
    private sealed class CompiledMethods : EventListener
    {
        private const EventKeywords Jit = (EventKeywords)0x10;

        private readonly List<(string Method, int Tier)> _methods = [];

        /// <summary>By the runtime's numbers: at once, or when it was called again.</summary>
        public static bool IsOptimised(int tier) => tier is 2 or 4;

        /// <summary>Events come from a thread of the runtime, a little later: until there are some, and none has come for a
        /// while.</summary>
        public void WaitUntilQuiet(int fewest)
        {
            int before = -1;
            for (int i = 0; i < 100 && (before < fewest || before != Count()); i++)
            {
                before = Count();
                Thread.Sleep(300);
            }
        }

        public (string Method, int Tier)[] Take()
        {
            WaitUntilQuiet(fewest: 1);
            lock (_methods)
            {
                return [.. _methods];
            }
        }

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "Microsoft-Windows-DotNETRuntime")
            {
                EnableEvents(eventSource, EventLevel.Verbose, Jit);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventName?.StartsWith("MethodLoadVerbose", StringComparison.Ordinal) == true)
            {
                string type = (string)Value("MethodNamespace")!;
                if (type.StartsWith("FastAdam.", StringComparison.Ordinal)
                    && !type.StartsWith("FastAdam.Tests", StringComparison.Ordinal))
                {
                    uint flags = (uint)Value("MethodFlags")!;
                    lock (_methods)
                    {
                        _methods.Add(($"{type}.{Value("MethodName")}", (int)((flags >> 7) & 7)));
                    }
                }
            }

            object? Value(string name) => eventData.Payload![eventData.PayloadNames!.IndexOf(name)];
        }

        private int Count()
        {
            lock (_methods)
            {
                return _methods.Count;
            }
        }
    }
}
