using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using FastAdam.Rules;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>The optimizer with its state, as its users have it.</summary>
public sealed unsafe class StatefulOptimizerTests
{
    public static TheoryData<string> Rules => [.. Enum.GetNames<RuleKind>()];

    public static TheoryData<string> Sources => ["arrays", "memory", "buffers", "pointers", "handles", "tensors"];

    [Theory]
    [MemberData(nameof(Sources))]
    public void Parameters_come_from_any_memory(string source)
    {
        float[] p = [1, 2, 3], g = [0.5f, -1, 0], m = new float[3], v = new float[3];
        using var q = new AlignedBuffer<float>(3);
        using var h = new AlignedBuffer<float>(3);
        Tensor<float> tensor = Tensor.Create<float>([1, 2, 3], [3]);
        Tensor<float> gradientTensor = Tensor.Create<float>(g, [3]);
        float[] array = [9, 1, 2, 3, 9];
        Span<float> own = source is "arrays" or "memory" or "handles" ? array.AsSpan(1, 3) : source == "tensors" ? default : q.Span;
        p.CopyTo(q.Span);
        g.CopyTo(h.Span);

        using (var optimizer = new StatefulOptimizer(ParameterGroup.AdamW))
        {
            float[] exact = [1, 2, 3];
            switch (source)
            {
                case "arrays":
                    optimizer.Add(exact, g);
                    own = exact;
                    break;
                case "memory":
                    optimizer.Add(array.AsMemory(1, 3), g.AsMemory());
                    break;
                case "buffers":
                    optimizer.Add(q, h);
                    break;
                case "pointers":
                    optimizer.Add(3, q.Pointer, h.Pointer);
                    break;
                case "handles":
                    optimizer.Add<float, float>(3, array.AsMemory(1, 3).Pin(), h.Pin());
                    break;
                case "tensors":
                    Assert.True(tensor.IsDense);
                    optimizer.Add<float, float>((nuint)tensor.FlattenedLength, tensor.GetPinnedHandle(), gradientTensor.GetPinnedHandle());
                    own = tensor.AsTensorSpan().GetSpan([0], 3);
                    break;
            }

            for (int step = 1; step <= 3; step++)
            {
                GC.Collect();
                Adam.Step(p, g, m, v, step, ParameterGroup.AdamW);
                optimizer.Step();
            }

            OptimizerParameter parameter = Assert.Single(optimizer.Parameters);
            Assert.Equal(["exp_avg", "exp_avg_sq"], parameter.State.Select(state => state.Name));
            Assert.Equal([true, false], parameter.State.Select(state => state.IsSigned));
            float[] read = new float[3];
            parameter.State[1].Array.Decode(read, isSigned: false);
            Assert.Equal(v, read);
            Assert.Equal(3, parameter.Step);
        }

        Assert.Equal(p, own.ToArray());
    }

    [Fact]
    public void A_buffer_may_be_disposed_of_before_its_optimizer()
    {
        var p = new AlignedBuffer<float>(1 << 20);
        var g = new AlignedBuffer<float>(1 << 20);
        using var optimizer = new StatefulOptimizer(ParameterGroup.Adam);
        optimizer.Add(p, g);
        float* parameters = p.Pointer;
        g.Span.Fill(1);
        p.Dispose();
        g.Dispose();
        Assert.Throws<ObjectDisposedException>(() => optimizer.Add(p, g));
        optimizer.Step();
        Assert.Equal(-1e-3, parameters[(1 << 20) - 1], 1e-6);
    }

    [Fact]
    public void Dispose_lets_go_of_what_keeps_memory()
    {
        var memory = new CountingMemory();
        var owner = new Owner();
        float* other = stackalloc float[2];
        var optimizer = new StatefulOptimizer(ParameterGroup.Adam);
        optimizer.Add(memory.Memory, new float[4].AsMemory());
        optimizer.Add(1, other, other + 1, 0, owner);
        optimizer.Step();
        Assert.Equal((1, 0), (memory.Pins, owner.Disposals));
        optimizer.Dispose();
        optimizer.Dispose();
        Assert.Equal((0, 1), (memory.Pins, owner.Disposals));
    }

    [Fact]
    public void What_an_optimizer_pinned_is_free_when_nobody_refers_to_it()
    {
        var memory = new CountingMemory();
        Drop(memory);
        for (int i = 0; i < 20 && memory.Pins != 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal(0, memory.Pins);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Drop(CountingMemory memory) =>
            new StatefulOptimizer(ParameterGroup.Adam).Add(memory.Memory, new float[4].AsMemory());
    }

    [Fact]
    public void A_refused_parameter_is_not_pinned()
    {
        var memory = new CountingMemory();
        using var optimizer = new StatefulOptimizer(ParameterGroup.Adam);
        Assert.Throws<ArgumentException>(() => optimizer.Add(memory.Memory, memory.Memory));
        Assert.Throws<ArgumentException>(() => optimizer.Add(memory.Memory, new float[3].AsMemory()));
        Assert.Equal(0, memory.Pins);
        Assert.Empty(optimizer.Parameters);
    }

    [Fact]
    public void State_comes_with_the_first_step_that_a_parameter_makes()
    {
        using var optimizer = new StatefulOptimizer(ParameterGroup.Adam);
        OptimizerParameter first = optimizer.Add(new float[] { 1 }, new float[] { 1 });
        OptimizerParameter second = optimizer.Add(new float[] { 1 }, new float[] { float.NaN });
        second.IsFrozen = true;
        Assert.Equal(0u, optimizer.StateBytes);
        optimizer.Step();
        Assert.Equal((2, 0, 8u), (first.State.Count, second.State.Count, optimizer.StateBytes));
        Assert.Equal((1, 0), (first.Step, second.Step));

        // A step that is skipped makes none.
        optimizer.Options = new StepOptions { NonFiniteGradients = NonFiniteGradients.SkipStep };
        second.IsFrozen = false;
        Assert.True(optimizer.Step().IsSkipped);
        Assert.Equal((1, 0, 0), (first.Step, second.Step, second.State.Count));

        second.MakeState();
        Assert.Equal(2, second.State.Count);
        optimizer[0] = optimizer[0] with { AmsGrad = true };
        second.IsFrozen = true;
        optimizer.Step();
        Assert.Equal(["exp_avg", "exp_avg_sq", "max_exp_avg_sq"], first.State.Select(state => state.Name));
        Assert.Equal(2, second.State.Count);
    }

    [Theory]
    [InlineData(StateStorage.Float32, 8u, 8u * 5000)]
    [InlineData(StateStorage.BFloat16, 4u, 4u * 5000)]
    [InlineData(StateStorage.Float16, 4u, 4u * 5000)]
    [InlineData(StateStorage.AsParameters, 4u, 4u * 5000)]
    [InlineData(StateStorage.StochasticBFloat16, 4u, 4u * 5000)]
    [InlineData(StateStorage.Block8, 8u, 2u * (5000 + (40 * 4)))]
    public void State_is_stored_as_asked_for(StateStorage storage, uint smallBytes, uint largeBytes)
    {
        using var optimizer = new StatefulOptimizer(ParameterGroup.Adam) { StateStorage = storage };
        optimizer.Add(new Half[] { (Half)1 }, new float[1]).MakeState();
        Assert.Equal(smallBytes, optimizer.StateBytes);
        optimizer.Add(new Half[5000], new float[5000]).MakeState();
        Assert.Equal(smallBytes + largeBytes, optimizer.StateBytes);
    }

    [Fact]
    public void Small_tensors_may_have_8_bits_too()
    {
        using var optimizer = new StatefulOptimizer(ParameterGroup.Lion) { StateStorage = StateStorage.Block8, MinBlock8Length = 0 };
        optimizer.Add(new float[] { 1 }, new float[] { 1 });
        optimizer.Step();
        Assert.Equal(5u, optimizer.StateBytes);
    }

    [Fact]
    public void State_that_there_is_no_memory_for_leaves_all_as_it_was()
    {
        float[] p = [1], g = [1];
        using var optimizer = new StatefulOptimizer(ParameterGroup.Adam);
        optimizer.Add(p, g);

        // Its arrays are never looked at, and lie where no process has memory: state for so many elements is refused first.
        optimizer.Add((nuint)1 << 50, (float*)((nuint)1 << 60), (float*)((nuint)1 << 61));
        Assert.Throws<OutOfMemoryException>(() => { optimizer.Step(); });
        Assert.Equal((1, 0u), (p[0], optimizer.StateBytes));
        Assert.All(optimizer.Parameters, parameter => Assert.Equal((0, 0), (parameter.Step, parameter.State.Count)));
        Assert.Throws<OutOfMemoryException>(optimizer.Parameters[1].MakeState);
        optimizer.Parameters[1].IsFrozen = true;
        optimizer.Step();
        Assert.Equal(0.999, p[0], 1e-6);
    }

    [Fact]
    public void Refused_steps_leave_all_as_it_was()
    {
        float[] p = [1], g = [1];
        using var optimizer = new StatefulOptimizer(ParameterGroup.Adam);
        OptimizerParameter parameter = optimizer.Add(p, g);
        optimizer[0] = optimizer[0] with { LearningRate = 3e38 };
        ArgumentOutOfRangeException refused = Assert.Throws<ArgumentOutOfRangeException>(() => { optimizer.Step(); });
        Assert.StartsWith("groups[0]: ", refused.Message, StringComparison.Ordinal);
        Assert.Equal((1, 0, 0), (p[0], parameter.Step, parameter.State.Count));
    }

    [Fact]
    public void Momentum_that_begins_later_begins_with_the_gradients()
    {
        float[] p = [0], g = [1];
        using var optimizer = new StatefulOptimizer(ParameterGroup.Sgd with { LearningRate = 1 });
        OptimizerParameter parameter = optimizer.Add(p, g);
        optimizer.Step();
        Assert.Equal(-1, p[0]);
        optimizer[0] = optimizer[0] with { Momentum = 0.5, Dampening = 0.5 };
        g[0] = 4;
        optimizer.Options = new StepOptions { NonFiniteGradients = NonFiniteGradients.SkipStep };
        g[0] = float.NaN;
        optimizer.Step();
        g[0] = 4;
        optimizer.Step();
        Assert.Equal((-5, 2), (p[0], parameter.Step));
        optimizer.Step();
        Assert.Equal((-9, 3), (p[0], parameter.Step));
    }

    [Fact]
    public void A_frozen_parameter_keeps_its_step_and_has_no_part_in_norms()
    {
        float[] p = [0], g = [3], q = [0], h = [4];
        using var optimizer = new StatefulOptimizer(ParameterGroup.Adam)
        {
            Options = new StepOptions { MaxGradientNorm = double.PositiveInfinity },
        };
        optimizer.Add(p, g);
        optimizer.Add(q, h, optimizer.AddGroup(ParameterGroup.Lion));
        Assert.Equal(5, optimizer.Step().GradientNorm);
        optimizer.Parameters[0].IsFrozen = true;
        float before = p[0];
        Assert.Equal(4, optimizer.Step().GradientNorm);
        optimizer.Parameters[0].IsFrozen = false;
        Assert.Equal((before, 1, 2), (p[0], optimizer.Parameters[0].Step, optimizer.Parameters[1].Step));
        optimizer.Step();
        Assert.Equal((2, 3), (optimizer.Parameters[0].Step, optimizer.Parameters[1].Step));
    }

    [Fact]
    public void ZeroGradients_clears_all_of_them()
    {
        float[] g = [1, 2, 3];
        BFloat16[] h = [BFloat16.One, BFloat16.NaN];
        using var optimizer = new StatefulOptimizer(ParameterGroup.Adam);
        optimizer.Add(new float[3], g).IsFrozen = true;
        optimizer.Add(new float[2], h);
        optimizer.Add(0, default, default);
        optimizer.ZeroGradients();
        Assert.Equal([0, 0, 0], g);
        Assert.Equal([default, default], h);
    }

    [Fact]
    public void Evaluation_is_there_and_back_and_no_step_between()
    {
        float[] p = [1], g = [1], q = [1];
        using var optimizer = new StatefulOptimizer(ParameterGroup.ScheduleFree);
        OptimizerParameter parameter = optimizer.Add(p, g);
        optimizer.Add(q, g, optimizer.AddGroup(ParameterGroup.AdamW));
        optimizer.ToEvaluation();
        Assert.Equal(0, parameter.GetNumber("eval_mode"));
        for (int i = 0; i < 3; i++)
        {
            optimizer.Step();
        }

        (float training, float other) = (p[0], q[0]);
        optimizer.ToEvaluation();
        Assert.NotEqual(training, p[0]);
        Assert.Equal((other, 1), (q[0], parameter.GetNumber("eval_mode")));
        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => { optimizer.Step(); });
        Assert.StartsWith("parameters[0]: ", refused.Message, StringComparison.Ordinal);
        Assert.Equal((other, 3), (q[0], optimizer.Parameters[1].Step));
        optimizer.ToTraining();
        Assert.Equal(training, p[0], 3e-7);
        optimizer.Step();
        Assert.Equal(4, parameter.Step);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_state_that_was_taken_over_goes_on_with_the_same_bits(string rule)
    {
        const int Length = 300;
        ParameterGroup group = StepModes.Group(Enum.Parse<RuleKind>(rule), 0);
        var random = new Random(Seeds.Base);
        float[] p = [.. Enumerable.Range(0, Length).Select(_ => random.NextSingle())], g = new float[Length];
        using var whole = new StatefulOptimizer(group);
        whole.Add(p, g);
        for (int i = 0; i < 3; i++)
        {
            Draw();
            whole.Step();
        }

        float[] q = [.. p];
        using var other = new StatefulOptimizer(group);
        OptimizerParameter from = whole.Parameters[0], to = other.Add(q, g);
        to.MakeState();
        float[] values = new float[Length];
        foreach (OptimizerState state in from.State)
        {
            state.Array.Decode(values, state.IsSigned);
            to.MakeState(state.Name).Array.Encode(values, state.IsSigned);
        }

        foreach (string number in from.NumberNames)
        {
            to.SetNumber(number, from.GetNumber(number));
        }

        to.Step = from.Step;
        for (int i = 0; i < 3; i++)
        {
            Draw();
            whole.Step();
            other.Step();
        }

        Assert.Equal(p, q);
        Assert.Equal(6, to.Step);
        Assert.Equal(from.State.Select(state => state.Name), to.State.Select(state => state.Name));

        void Draw()
        {
            foreach (ref float each in g.AsSpan())
            {
                each = random.NextSingle() - 0.5f;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Steps_leave_nothing_to_the_garbage_collector(string rule)
    {
        using var optimizer = new StatefulOptimizer(StepModes.Group(Enum.Parse<RuleKind>(rule), 0))
        {
            Options = new StepOptions
            {
                MaxGradientNorm = 1,
                NonFiniteGradients = NonFiniteGradients.SkipStep,
                ReportsChanges = true,
                Threads = 1,
            },
        };
        float[] g = new float[100];
        optimizer.Add(new float[100], g);
        optimizer.Add(new float[5000], new float[5000]);
        optimizer.Add(new float[5], new float[5]).IsFrozen = true;
        var scaler = new LossScaler(growthInterval: 3);
        Steps();
        Allocations.RequireNone(Steps);

        void Steps()
        {
            for (int i = 0; i < 20; i++)
            {
                optimizer[0] = optimizer[0] with { LearningRate = LearningRates.WarmupCosine(0.01, i, 5, 20) };
                optimizer.Step();
                g[7] = i % 5 == 0 ? float.NaN : 1;
                scaler.Step(optimizer);
                scaler.Update();
                optimizer.ZeroGradients();
                optimizer.ToEvaluation();
                optimizer.ToTraining();
            }
        }
    }

    [Fact]
    public void Bad_arguments_are_named_and_nothing_is_changed()
    {
        float[] p = [1, 2], g = [3, 4];
        float* memory = stackalloc float[8];
        using var optimizer = new StatefulOptimizer(ParameterGroup.Adam);
        optimizer.Add(2, memory, memory + 2);
        Refuses<ArgumentOutOfRangeException>(
            "groups[0]: ParameterGroup must start from", () => new StatefulOptimizer(default).Dispose());
        Refuses<ArgumentOutOfRangeException>(
            "groups[0]: ParameterGroup.LearningRate", () => new StatefulOptimizer(ParameterGroup.Adam with { LearningRate = -1 }).Dispose());
        Refuses<ArgumentOutOfRangeException>(
            "StateStorage must be one of", () => new StatefulOptimizer(ParameterGroup.Adam) { StateStorage = (StateStorage)6 }.Dispose());
        Refuses<ArgumentOutOfRangeException>("groups[1]: ParameterGroup.Beta1", () => optimizer.AddGroup(ParameterGroup.Adam with { Beta1 = 1 }));
        Refuses<ArgumentOutOfRangeException>(
            "groups[0]: ParameterGroup.LearningRate", () => optimizer[0] = optimizer[0] with { LearningRate = double.NaN });
        Refuses<ArgumentException>("groups[0]: The rule is Adam and cannot become Lion", () => optimizer[0] = ParameterGroup.Lion);
        Refuses<ArgumentOutOfRangeException>("There are 1 groups", () => optimizer[1] = ParameterGroup.Adam);
        Refuses<ArgumentOutOfRangeException>("There are 1 groups", () => _ = optimizer[-1]);
        Refuses<ArgumentOutOfRangeException>("There are 1 groups", () => optimizer.Add(p, g, 1));
        Refuses<ArgumentOutOfRangeException>(
            "StepOptions.MaxGradientNorm", () => optimizer.Options = new StepOptions { MaxGradientNorm = 0 });
        Refuses<ArgumentException>("gradients has 1 elements, but parameters has 2.", () => optimizer.Add(p, new float[1]));
        Refuses<ArgumentNullException>("Value cannot be null. (Parameter 'parameters')", () => optimizer.Add((float[])null!, g));
        Refuses<ArgumentNullException>("Value cannot be null. (Parameter 'gradients')", () => optimizer.Add(p, (float[])null!));
        Refuses<ArgumentNullException>(
            "Value cannot be null. (Parameter 'owners')", () => optimizer.Add(1, memory + 6, memory + 7, 0, [null!]));
        Refuses<ArgumentNullException>("parameters[1]: parameters is null.", () => optimizer.Add(2, default, memory));
        Refuses<ArgumentNullException>("parameters[1]: gradients is null.", () => optimizer.Add(2, memory + 4, default));
        Refuses<ArgumentNullException>(
            "parameters[1]: copy is null.", () => optimizer.Add(2, TensorArray.WithCopy(memory + 4, (Half*)null), memory));
        Refuses<ArgumentOutOfRangeException>(
            "parameters[1]: parameters would end beyond the address space.", () => optimizer.Add(2, (float*)(nuint.MaxValue - 3), memory));
        Refuses<ArgumentOutOfRangeException>(
            "parameters[1]: parameters cannot be stored as Block8.",
            () => optimizer.Add(2, TensorArray.Block8((byte*)(memory + 4), memory + 6), memory));
        Refuses<ArgumentOutOfRangeException>(
            "parameters[1]: gradients cannot be stored as StochasticFloat16.",
            () => optimizer.Add(2, memory + 4, TensorArray.Stochastic((Half*)(memory + 6))));
        Refuses<ArgumentException>(
            "parameters[1]: parameters overlaps parameters[0] parameters.", () => optimizer.Add(2, memory + 1, memory + 4));
        Refuses<ArgumentException>(
            "parameters[1]: parameters overlaps parameters[0] gradients.", () => optimizer.Add(2, memory + 3, memory + 5));
        Refuses<ArgumentException>(
            "parameters[1]: gradients overlaps parameters[0] parameters.", () => optimizer.Add(2, memory + 4, memory));
        Refuses<ArgumentException>(
            "parameters[1]: gradients overlaps parameters[1] parameters.", () => optimizer.Add(2, memory + 4, memory + 5));
        Refuses<ArgumentException>(
            "parameters[1]: copy or lower bits overlaps parameters[0] gradients.",
            () => optimizer.Add(2, TensorArray.WithCopy(memory + 4, (Half*)(memory + 3)), memory + 6));
        Assert.Throws<NotSupportedException>(() => { optimizer.Add(new int[2], g); });

        OptimizerParameter parameter = optimizer.Parameters[0];
        Refuses<ArgumentOutOfRangeException>("parameters[0]: Step must be from 0", () => parameter.Step = -1);
        Refuses<ArgumentException>("parameters[0]: Adam has no state array 'sum'.", () => parameter.MakeState("sum"));
        Refuses<ArgumentException>("parameters[0]: Adam has no number 'mu_product'.", () => parameter.GetNumber("mu_product"));
        Assert.Equal((1, 1), (optimizer.GroupCount, optimizer.Parameters.Count));
        Assert.Equal(ParameterGroup.Adam, optimizer[0]);
        Assert.Equal(default, optimizer.Options);

        // What was refused can come again in a way that is right; parameters may share gradients.
        optimizer.Add(2, memory + 4, memory + 2);
        optimizer.Step();

        using var schedule = new StatefulOptimizer(ParameterGroup.ScheduleFree);
        OptimizerParameter free = schedule.Add(p, g);
        Refuses<ArgumentOutOfRangeException>("parameters[0]: eval_mode must be 0 or 1.", () => free.SetNumber("eval_mode", 0.5));
        Refuses<ArgumentOutOfRangeException>("parameters[0]: weight_sum must be from 0 to ", () => free.SetNumber("weight_sum", double.NaN));
        Assert.Equal([0, 0, 0], free.NumberNames.Select(free.GetNumber));

        static void Refuses<TException>(string message, Action act)
            where TException : Exception => Assert.StartsWith(message, Assert.Throws<TException>(act).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shapes_that_no_file_can_have_are_refused()
    {
        using var optimizer = new StatefulOptimizer(ParameterGroup.Adam);
        OptimizerParameter parameter = optimizer.Add(new float[10], new float[10]);
        OptimizerParameter empty = optimizer.Add(Array.Empty<float>(), Array.Empty<float>());
        parameter.Shape = [5, 2];
        foreach (long[] shape in (long[][])[[3], [-2, -5], [], [0], [long.MaxValue, long.MaxValue, 0], [.. Enumerable.Repeat(1L, 64), 10]])
        {
            ArgumentException refused = Assert.Throws<ArgumentException>(() => parameter.Shape = shape);
            Assert.StartsWith("parameters[0]: Shape ", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal([5, 2], parameter.Shape);
        ArgumentException overflow = Assert.Throws<ArgumentException>(() => empty.Shape = [0, long.MaxValue, long.MaxValue]);
        Assert.Contains("more than 2^63 - 1 bytes", overflow.Message, StringComparison.Ordinal);
        parameter.Shape = [.. Enumerable.Repeat(1L, 63), 10];
        empty.Shape = [3, 0];
    }

    [Fact]
    public void There_is_no_step_after_the_last_one()
    {
        float[] p = [1], g = [1];
        using var optimizer = new StatefulOptimizer(ParameterGroup.Adam);
        OptimizerParameter frozen = optimizer.Add(new float[1], g), parameter = optimizer.Add(p, g);
        frozen.IsFrozen = true;
        parameter.Step = long.MaxValue - 2;
        optimizer.Step();
        Assert.Equal(long.MaxValue - 1, parameter.Step);
        float before = p[0];
        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => { optimizer.Step(); });
        Assert.StartsWith("parameters[1]: Step is 9223372036854775806", refused.Message, StringComparison.Ordinal);
        Assert.Equal((long.MaxValue - 1, before), (parameter.Step, p[0]));
    }

    [Fact]
    public void Dispose_disposes_of_all_owners_also_where_one_throws()
    {
        float* memory = stackalloc float[4];
        foreach (int throwing in (int[])[1, 2])
        {
            var last = new Owner();
            var optimizer = new StatefulOptimizer(ParameterGroup.Adam);
            optimizer.Add(1, memory, memory + 1, 0, [.. Enumerable.Repeat(new ThrowingOwner(), throwing)]);
            optimizer.Add(1, memory + 2, memory + 3, 0, last);
            Exception? thrown = Record.Exception(optimizer.Dispose);
            Assert.Equal(1, last.Disposals);
            Assert.Equal(throwing, thrown is AggregateException several ? several.InnerExceptions.Count : 1);
            Assert.IsType(throwing == 1 ? typeof(TimeZoneNotFoundException) : typeof(AggregateException), thrown);
            optimizer.Dispose();
        }
    }

    [Fact]
    public void After_Dispose_nothing_uses_its_memory()
    {
        float[] p = [1], g = [1];
        var optimizer = new StatefulOptimizer(ParameterGroup.NAdam);
        OptimizerParameter parameter = optimizer.Add(p, g);
        optimizer.Step();
        optimizer.Dispose();
        Action[] uses =
        [
            () => optimizer.Step(),
            () => new LossScaler().Step(optimizer),
            optimizer.ZeroGradients,
            optimizer.ToEvaluation,
            optimizer.ToTraining,
            () => optimizer.Add(p, g),
            () => optimizer.AddGroup(ParameterGroup.Adam),
            () => optimizer[0] = ParameterGroup.NAdam,
            () => _ = optimizer.StateBytes,
            () => _ = parameter.State,
            parameter.MakeState,
            () => parameter.MakeState("exp_avg"),
            parameter.ClearState,
            () => parameter.GetNumber("mu_product"),
            () => parameter.SetNumber("mu_product", 1),
        ];
        Assert.All(uses, use => Assert.Throws<ObjectDisposedException>(use));
    }

    /// <summary>Memory that counts how often it is pinned.</summary>
    private sealed class CountingMemory : MemoryManager<float>
    {
        private readonly float[] _elements = GC.AllocateArray<float>(4, pinned: true);

        public int Pins { get; private set; }

        public override Span<float> GetSpan() => _elements;

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            Pins++;
            return new MemoryHandle(Unsafe.AsPointer(ref _elements[elementIndex]), default, this);
        }

        public override void Unpin() => Pins--;

        protected override void Dispose(bool disposing)
        {
        }
    }

    private sealed class Owner : IDisposable
    {
        public int Disposals { get; private set; }

        public void Dispose() => Disposals++;
    }

    private sealed class ThrowingOwner : IDisposable
    {
        public void Dispose() => throw new TimeZoneNotFoundException();
    }
}
