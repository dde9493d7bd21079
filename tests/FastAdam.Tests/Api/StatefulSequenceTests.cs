using System.Runtime.CompilerServices;
using FastAdam.Kernels;
using FastAdam.Rules;
using FastAdam.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>Random sequences of all that can be done with an optimizer, against <see cref="Optimizer"/> over arrays held by hand.</summary>
public sealed unsafe class StatefulSequenceTests
{
    public enum Act
    {
        Step,
        Skip,
        AddParameter,
        AddGroup,
        Freeze,
        Thaw,
        Rate,
        Redraw,
        Evaluate,
        Clear,
    }

    [Fact]
    public void The_object_has_the_bits_of_plain_steps() => Properties.Check(Arb.From(Cases, Smaller), Run, Rounds.Of(100));

    private static Gen<Sequence> Cases =>
        from acts in Gen.ArrayOf(
            from act in Gen.Frequency(
                (8, Gen.Constant(Act.Step)),
                (1, Gen.Constant(Act.Skip)),
                (4, Gen.Constant(Act.AddParameter)),
                (1, Gen.Elements(Enum.GetValues<Act>())),
                (3, Gen.Elements(Act.Freeze, Act.Thaw, Act.Rate, Act.Redraw, Act.AddGroup)))
            from seed in Gen.Choose(0, int.MaxValue)
            select new Deed(act, seed),
            25)
        from storage in Gen.Elements(Enum.GetValues<StateStorage>())
        from seed in Gen.Choose(0, int.MaxValue)
        select new Sequence(storage, acts, seed);

    private static IEnumerable<Sequence> Smaller(Sequence all) =>
        all.Deeds.Select((_, left) => all with { Deeds = [.. all.Deeds.Where((_, i) => i != left)] });

    private static void Run(Sequence all)
    {
        var random = new Random(all.Seed);
        ParameterGroup first = RandomGroup.Next(random, RandomKind(random));
        List<ParameterGroup> groups = [first];
        List<HandHeld> tensors = [];
        using var optimizer = new StatefulOptimizer(first) { StateStorage = all.Storage, MinBlock8Length = HandHeld.MinBlock8Length };
        foreach (Deed deed in (Deed[])[new Deed(Act.AddParameter, all.Seed), .. all.Deeds])
        {
            Do(deed, all, optimizer, groups, tensors);
            for (int i = 0; i < tensors.Count; i++)
            {
                string? difference = tensors[i].DifferenceFrom(optimizer.Parameters[i]);
                Assert.True(difference is null, $"parameter {i}, {difference} after {deed} of {all}");
            }
        }
    }

    private static void Do(Deed deed, Sequence all, StatefulOptimizer optimizer, List<ParameterGroup> groups, List<HandHeld> tensors)
    {
        var random = new Random(deed.Seed);
        int group = random.Next(groups.Count);
        int tensor = tensors.Count == 0 ? 0 : random.Next(tensors.Count);
        switch (deed.Act)
        {
            case Act.Step or Act.Skip:
                bool skips = deed.Act == Act.Skip;
                foreach (HandHeld each in tensors)
                {
                    each.SetGradients(random, skips);
                }

                optimizer.Options = new StepOptions
                {
                    MaxGradientNorm = random.Next(3) == 0 ? 1 : null,
                    NonFiniteGradients = skips ? NonFiniteGradients.SkipStep : (NonFiniteGradients)random.Next(2),
                    ReportsChanges = random.Next(2) == 0,
                    Seed = (ulong)random.Next(3),
                    Threads = random.Next(3),
                };
                Step(all, optimizer, groups, tensors);
                break;
            case Act.AddParameter:
                var added = new HandHeld(random, group, groups[group], all.Storage, tensors.Count);
                optimizer.Add((nuint)added.Length, added.Twin.Parameters, added.Gradients, group);
                tensors.Add(added);
                break;
            case Act.AddGroup:
                groups.Add(RandomGroup.Next(random, RandomKind(random)));
                Assert.Equal(groups.Count - 1, optimizer.AddGroup(groups[^1]));
                break;
            case Act.Freeze or Act.Thaw when tensors.Count != 0:
                tensors[tensor].IsFrozen = optimizer.Parameters[tensor].IsFrozen = deed.Act == Act.Freeze;
                break;
            case Act.Rate:
                groups[group] = groups[group] with { LearningRate = RandomGroup.Magnitude(random, -5, 0) };
                optimizer[group] = optimizer[group] with { LearningRate = groups[group].LearningRate };
                break;
            case Act.Redraw:
                // Other ways of the same rule, such as momentum, which need other arrays.
                RuleKind[] kinds = [.. Enum.GetValues<RuleKind>().Where(kind => RuleFacts.Of(kind).Rule == groups[group].Rule)];
                groups[group] = RandomGroup.Next(random, random.GetItems(kinds, 1)[0]);
                optimizer[group] = groups[group];
                break;
            case Act.Evaluate:
                OptimizerTensor[] swapped =
                    [.. tensors.Where(each => each.Step > 0 && each.Rule == OptimizerRule.ScheduleFree).Select(each => each.Tensor(0))];
                Optimizer.ToEvaluation(swapped, [.. groups]);
                Optimizer.ToTraining(swapped, [.. groups]);
                optimizer.ToEvaluation();
                optimizer.ToTraining();
                break;
            case Act.Clear when tensors.Count != 0:
                tensors[tensor].Clear();
                optimizer.Parameters[tensor].ClearState();
                break;
        }
    }

    private static void Step(Sequence all, StatefulOptimizer optimizer, List<ParameterGroup> groups, List<HandHeld> tensors)
    {
        HandHeld[] active = [.. tensors.Where(each => !each.IsFrozen)];
        long[] steps = [.. active.Select(each => each.NextStep(groups[each.Group]))];
        StepReport wanted = default;
        Exception? refusal = Record.Exception(() => wanted = Optimizer.Step(
            [.. active.Select((each, i) => each.Tensor(steps[i]))], [.. groups], 1, optimizer.Options));
        if (refusal is not null)
        {
            // What follows from the hyperparameters may be beyond single precision.
            Exception own = Assert.Throws(refusal.GetType(), () => { optimizer.Step(); });
            Assert.Equal(refusal.Message, own.Message);
            return;
        }

        StepReport report = optimizer.Step();
        Assert.True(wanted == report, $"{report} instead of {wanted} at {all}");
        if (!report.IsSkipped)
        {
            Array.ForEach(active, each => each.AfterStep(groups[each.Group]));
        }
    }

    private static RuleKind RandomKind(Random random) => random.GetItems(Enum.GetValues<RuleKind>(), 1)[0];

    public sealed record Deed(Act Act, int Seed);

    public sealed record Sequence(StateStorage Storage, Deed[] Deeds, int Seed)
    {
        public override string ToString() => $"{Storage}, [{string.Join("; ", (object[])Deeds)}], seed {Seed}";
    }

    /// <summary>A tensor whose state the test holds, and beside it the parameters that the optimizer has, with the same gradients.</summary>
    private sealed class HandHeld
    {
        public const int MinBlock8Length = 200;

        private static readonly ElementType[] _parameterTypes =
            [.. Enum.GetValues<ElementType>().Where(type => ElementTypes.Suits(type, ArrayRole.Parameters))];

        private readonly RuleDescription _rule;
        private readonly Stored _parameters;
        private readonly Stored _gradients;
        private readonly Stored[] _state;
        private readonly double[] _numbers = GC.AllocateArray<double>(TensorNumbers.Capacity, pinned: true);
        private readonly uint _randomId;
        private bool _hasBegunMomentum;

        public HandHeld(Random random, int group, ParameterGroup options, StateStorage storage, int index)
        {
            Length = random.Next(8) == 0 ? 0 : random.Next(1, 500);
            Group = group;
            Rule = options.Rule;
            _rule = RuleTable.Rules[(int)Rule];
            _randomId = (uint)index + 1;
            ElementType type = random.GetItems(_parameterTypes, 1)[0];
            (_parameters, Twin) = (new Stored(type, Length), new Stored(type, Length));
            _gradients = new Stored(random.GetItems(ElementTypes.Plain.ToArray(), 1)[0], Length);
            _state = [.. _rule.State.Select(array => new Stored(TypeOf(storage, array.Name, type), Length))];
            float[] values = Numbers(random);
            _parameters.Array.Encode(values);
            Twin.Array.Encode(values);
            Clear();
        }

        public int Length { get; }

        public int Group { get; }

        public OptimizerRule Rule { get; }

        public bool IsFrozen { get; set; }

        public long Step { get; private set; }

        /// <summary>The optimizer's parameters.</summary>
        public Stored Twin { get; }

        public TensorArray Gradients => _gradients.Array;

        public void SetGradients(Random random, bool isInfinite)
        {
            float[] values = Numbers(random);
            if (isInfinite && Length != 0)
            {
                values[random.Next(Length)] = float.PositiveInfinity;
            }

            _gradients.Array.Encode(values);
        }

        public long NextStep(ParameterGroup options) => BeginsMomentum(options) ? 1 : Step + 1;

        public OptimizerTensor Tensor(long step) =>
            OptimizerTensor.Create((nuint)Length, _parameters.Array, _gradients.Array, [.. _state.Select(array => array.Array)]) with
            {
                Group = Group,
                Step = step,
                Numbers = (double*)Unsafe.AsPointer(ref _numbers[0]),
                RandomId = _randomId,
            };

        public void AfterStep(ParameterGroup options)
        {
            _hasBegunMomentum |= BeginsMomentum(options);
            Step++;
        }

        public void Clear()
        {
            Array.ForEach(_state, array => array.Clear());
            Array.Clear(_numbers);
            RuleFacts.Of(RuleKinds.Of(ParameterGroupOf(Rule).Values)).Numbers.Select(number => number.Initial).ToArray().CopyTo(_numbers, 0);
            (Step, _hasBegunMomentum) = (0, false);
        }

        public string? DifferenceFrom(OptimizerParameter parameter)
        {
            if (parameter.Step != Step)
            {
                return $"{parameter.Step} steps instead of {Step}";
            }

            if (!Twin.HasBytesOf(_parameters.Array))
            {
                return "parameters differ";
            }

            foreach (OptimizerState state in parameter.State)
            {
                if (!_state[Array.FindIndex(_rule.State, array => array.Name == state.Name)].HasBytesOf(state.Array))
                {
                    return $"{state.Name} differs";
                }
            }

            double[] numbers = [.. parameter.NumberNames.Select(parameter.GetNumber)];
            return numbers.AsSpan().SequenceEqual(_numbers.AsSpan(0, numbers.Length)) ? null
                : $"numbers are {string.Join(", ", numbers)} instead of {string.Join(", ", _numbers)}";
        }

        private static ParameterGroup ParameterGroupOf(OptimizerRule rule) =>
            new(RuleTable.Rules[(int)rule].Defaults());

        private bool BeginsMomentum(ParameterGroup options) =>
            Rule == OptimizerRule.Sgd && options.Momentum > 0 && !_hasBegunMomentum;

        private float[] Numbers(Random random) => [.. Enumerable.Range(0, Length).Select(_ => (random.NextSingle() * 2) - 1)];

        private ElementType TypeOf(StateStorage storage, string array, ElementType parameters) => storage switch
        {
            StateStorage.BFloat16 => ElementType.BFloat16,
            StateStorage.Float16 => ElementType.Float16,
            StateStorage.StochasticBFloat16 when array != "z" => ElementType.StochasticBFloat16,
            StateStorage.Block8 when array != "z" && Length >= MinBlock8Length => ElementType.Block8,
            StateStorage.AsParameters when $"{parameters}".StartsWith("Split", StringComparison.Ordinal) => ElementType.BFloat16,
            StateStorage.AsParameters when $"{parameters}".StartsWith("Float32", StringComparison.Ordinal) => ElementType.Float32,
            StateStorage.AsParameters when $"{parameters}".EndsWith("BFloat16", StringComparison.Ordinal) => ElementType.BFloat16,
            StateStorage.AsParameters => ElementType.Float16,
            _ => ElementType.Float32,
        };
    }

    /// <summary>An array with what is beside it.</summary>
    private sealed class Stored(ElementType type, int length)
    {
        private readonly byte[] _array = GC.AllocateArray<byte>((length * ElementTypes.Size(type)) + 1, pinned: true);
        private readonly byte[] _part = GC.AllocateArray<byte>((int)ElementTypes.PartBytes(type, (nuint)length) + 1, pinned: true);

        public TensorArray Array => new(Unsafe.AsPointer(ref _array[0]), type, Unsafe.AsPointer(ref _part[0]));

        public TensorArray Parameters => Array;

        public void Clear()
        {
            System.Array.Clear(_array);
            System.Array.Clear(_part);
        }

        public bool HasBytesOf(in TensorArray other) =>
            other.Type == type
            && _array.AsSpan()[..^1].SequenceEqual(new ReadOnlySpan<byte>(other.Start, _array.Length - 1))
            && _part.AsSpan()[..^1].SequenceEqual(new ReadOnlySpan<byte>(other.Part, _part.Length - 1));
    }
}
