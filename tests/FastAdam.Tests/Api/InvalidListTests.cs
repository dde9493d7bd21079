using System.Text.RegularExpressions;
using FastAdam.Kernels;
using FastAdam.Rules;
using FastAdam.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>Random lists that one thing is wrong with: the exception, what it names, and memory that is as it was.</summary>
public sealed unsafe class InvalidListTests
{
    private static readonly Dictionary<string, Func<Call, Random, Error>> _flaws = new()
    {
        ["step"] = Step,
        ["clipping norm"] = ClippingNorm,
        ["policy"] = Policy,
        ["threads"] = Threads,
        ["tensor's group"] = TensorGroup,
        ["tensor's step"] = TensorStep,
        ["number of a group"] = GroupNumber,
        ["rule of a group"] = GroupRule,
        ["group that was never set"] = DefaultGroup,
        ["unknown flag of a group"] = UnknownFlag,
        ["switch that the rule has not"] = GroupSwitch,
        ["number that the rule has not"] = ForeignNumber,
        ["Nesterov without momentum"] = Nesterov,
        ["step size of single precision"] = StepSize,
        ["decay of single precision"] = Decay,
        ["null array"] = NullArray,
        ["length"] = Length,
        ["overlap"] = Overlap,
        ["beta1 of Schedule-Free"] = NoAveraging,
        ["no numbers"] = NoNumbers,
        ["number of a tensor"] = TensorNumber,
        ["numbers in an array"] = NumbersInArray,
        ["numbers of two tensors"] = SharedNumbers,
    };

    public static TheoryData<string> Flaws => [.. _flaws.Keys];

    [Theory]
    [MemberData(nameof(Flaws))]
    public void Nothing_is_touched(string flaw)
    {
        Gen<ListCase> lists = ListCases.All.Where(list => list.Tensors.Any(tensor => tensor.Length > 0));
        Properties.Check(Arb.From(lists), list => RequireError(list, flaw), Rounds.Of(60));
    }

    private static void RequireError(ListCase list, string flaw)
    {
        var random = new Random(list.Seed);
        InstructionSet instructionSet = random.GetItems([.. InstructionSets.Supported], 1)[0];
        var arrays = ListArrays.Create(list, instructionSet);
        var call = new Call(list, arrays);

        // The list before may be remembered; it must not hide anything.
        if (random.Next(2) == 0)
        {
            Optimizer.Step(instructionSet, call.Tensors, call.Groups, call.Step, call.Options);
        }

        Error expected = _flaws[flaw](call, random);
        ListArrays before = arrays.Copy();
        Exception? thrown = Record.Exception(
            () => { Optimizer.Step(instructionSet, call.Tensors, call.Groups, call.Step, call.Options); });
        string where = $"{flaw}, {expected}, at {list}";
        Assert.True(thrown?.GetType() == expected.Type, $"{thrown} instead of {where}");
        Assert.True(((ArgumentException)thrown!).ParamName == expected.Argument, $"{thrown} instead of {where}");
        Assert.True(Regex.IsMatch(thrown.Message, $"^{expected.Message}"), $"{thrown} instead of {where}");
        Assert.True(Equals((thrown as ArgumentOutOfRangeException)?.ActualValue, expected.Value), $"{thrown} instead of {where}");
        Assert.True(arrays.HasBytesOf(before), $"something was written: {where}");
    }

    private static Error Step(Call call, Random random)
    {
        call.Step = Pick<long>(random, 0, -1, long.MinValue);
        return Error.OutOfRange("step", "The step must be at least 1", call.Step);
    }

    private static Error ClippingNorm(Call call, Random random)
    {
        double bad = Pick(random, double.NaN, 0, -0.0, -1, double.NegativeInfinity);
        call.Options = call.Options with { MaxGradientNorm = bad };
        return Error.OutOfRange("options", "StepOptions.MaxGradientNorm must be above 0", bad);
    }

    private static Error Policy(Call call, Random random)
    {
        var bad = (NonFiniteGradients)Pick(random, -1, 2, int.MaxValue);
        call.Options = call.Options with { NonFiniteGradients = bad };
        return Error.OutOfRange("options", "StepOptions.NonFiniteGradients must be", bad);
    }

    private static Error Threads(Call call, Random random)
    {
        int bad = Pick(random, -1, int.MinValue);
        call.Options = call.Options with { Threads = bad };
        return Error.OutOfRange("options", "StepOptions.Threads must be at least 0", bad);
    }

    private static Error TensorGroup(Call call, Random random)
    {
        int bad = Pick(random, call.Groups.Length, call.Groups.Length + 1, int.MaxValue, -1, int.MinValue);
        int i = random.Next(call.Tensors.Length);
        call.Tensors[i] = call.Tensors[i] with { Group = bad };
        return Error.OutOfRange("tensors", $@"tensors\[{i}\]: Group is none of the {call.Groups.Length} groups", bad);
    }

    private static Error TensorStep(Call call, Random random)
    {
        long bad = Pick(random, -1, long.MinValue);
        int i = random.Next(call.Tensors.Length);
        call.Tensors[i] = call.Tensors[i] with { Step = bad };
        return Error.OutOfRange("tensors", $@"tensors\[{i}\]: Step must be at least 1", bad);
    }

    private static Error GroupNumber(Call call, Random random)
    {
        NumberFacts number = random.GetItems(RuleFacts.AllNumbers, 1)[0];
        double bad = random.GetItems([.. number.Invalid, double.NaN, double.NegativeInfinity], 1)[0];
        return SetInGroup(call, random, number.Name, bad);
    }

    private static Error GroupRule(Call call, Random random)
    {
        int bad = Pick(random, -1, 99, int.MaxValue, int.MinValue);
        int j = random.Next(call.Groups.Length);
        call.Groups[j] = new ParameterGroup(call.Groups[j].Values with { Rule = bad });
        return Error.OutOfRange("groups", $@"groups\[{j}\]: ParameterGroup.Rule is none of the rules", bad);
    }

    private static Error DefaultGroup(Call call, Random random)
    {
        int j = random.Next(call.Groups.Length);
        call.Groups[j] = default;
        return Error.OutOfRange("groups", $@"groups\[{j}\]: ParameterGroup must start from a rule's defaults", "default");
    }

    private static Error UnknownFlag(Call call, Random random)
    {
        ulong bad = 1UL << random.Next(Hyperparameters.Flags.Length, 64);
        int j = random.Next(call.Groups.Length);
        call.Groups[j] = new ParameterGroup(call.Groups[j].Values with { Flags = call.Groups[j].Values.Flags | (GroupFlags)bad });
        return Error.OutOfRange("groups", $@"groups\[{j}\]: an unknown flag is set", bad);
    }

    private static Error GroupSwitch(Call call, Random random)
    {
        int j = random.Next(call.Groups.Length);
        string[] foreign = [.. RuleFacts.AllSwitches.Except(RuleFacts.Of(call.Groups[j].Rule).Switches)];
        return SetInGroup(call, random, random.GetItems(foreign, 1)[0], true, j);
    }

    private static Error ForeignNumber(Call call, Random random)
    {
        int j = random.Next(call.Groups.Length);
        var facts = RuleFacts.Of(call.Groups[j].Rule);
        string[] foreign = [.. RuleFacts.AllNumbers.Select(number => number.Name).Where(name => !facts.HasNumber(name))];
        return SetInGroup(call, random, random.GetItems(foreign, 1)[0], 0.25, j);
    }

    private static Error Nesterov(Call call, Random random)
    {
        int j = random.Next(call.Groups.Length);
        call.Groups[j] = random.Next(2) == 0
            ? ParameterGroup.Sgd with { Nesterov = true }
            : ParameterGroup.Sgd with { Nesterov = true, Momentum = 0.9, Dampening = 0.1 };
        return Error.OutOfRange("groups", $@"groups\[{j}\]: ParameterGroup.Nesterov needs", true);
    }

    private static Error StepSize(Call call, Random random)
    {
        int j = call.Tensors[random.Next(call.Tensors.Length)].Group;
        call.Groups[j] = Pick(random, ParameterGroup.Adam, ParameterGroup.AdaMax) with { LearningRate = 3e38 };
        call.Step = 1;
        call.Tensors = [.. call.Tensors.Select(tensor => tensor with { Step = 0 })];
        return Error.OutOfRange("groups", $@"groups\[{j}\]: ParameterGroup.LearningRate divided by", 3e38);
    }

    private static Error Decay(Call call, Random random)
    {
        int j = random.Next(call.Groups.Length);
        ParameterGroup[] rules = [ParameterGroup.AdamW, ParameterGroup.Lion, ParameterGroup.Adan, ParameterGroup.ScheduleFree];
        call.Groups[j] = Pick(random, rules) with { LearningRate = 1e30, WeightDecay = 1e30 };
        return Error.OutOfRange("groups", $@"groups\[{j}\]: ParameterGroup.WeightDecay times LearningRate must be finite", 1e30);
    }

    private static Error NullArray(Call call, Random random)
    {
        (int i, ArrayRole array) = AnyArray(call, random, isWritten: false);
        Place(call, i, array, null);
        return new Error(typeof(ArgumentNullException), "tensors", $@"tensors\[{i}\]: {ArrayName(call, i, array)} is null", null);
    }

    private static Error Length(Call call, Random random)
    {
        int i = random.Next(call.Tensors.Length);
        nuint bad = Pick(random, nuint.MaxValue, nuint.MaxValue / 2, (nuint.MaxValue / 8) + 1);
        UpdateArrays places = call.Arrays[i].Places();
        for (ArrayRole role = 0; (int)role < ArrayRoles.Count; role++)
        {
            // An array of no elements may have no place, and an error about that would be right too.
            places[role] = places[role] == null ? (byte*)64 : places[role];
        }

        places.Length = bad;
        call.Tensors[i] = call.Arrays.Tensor(i, places);
        return Error.OutOfRange("tensors", $@"tensors\[{i}\]: parameters would end beyond the address space", bad);
    }

    private static Error Overlap(Call call, Random random)
    {
        (int i, ArrayRole array) = AnyArray(call, random, isWritten: true);
        (int j, ArrayRole other) = AnyArray(call, random, isWritten: false);
        while (j == i && other == array)
        {
            (j, other) = AnyArray(call, random, isWritten: false);
        }

        // By one byte, at either end.
        (nint start, nint end) = Extent(call, i, array);
        (nint otherStart, nint otherEnd) = Extent(call, j, other);
        Place(call, j, other, (void*)(random.Next(2) == 0 ? end - 1 : start + 1 - (otherEnd - otherStart)));
        return new Error(
            typeof(ArgumentException), "tensors", $"({string.Join('|', Overlaps(call, (j, other)).Select(Regex.Escape))})", null);
    }

    private static Error NoAveraging(Call call, Random random)
    {
        double bad = Pick(random, 0, 1e-39, 5e-39);
        int j = random.Next(call.Groups.Length);
        call.Groups[j] = ParameterGroup.ScheduleFree with { Beta1 = bad };
        return Error.OutOfRange("groups", $@"groups\[{j}\]: ParameterGroup.Beta1 must be above 0 and below 1, and twice its inverse finite", bad);
    }

    private static Error NoNumbers(Call call, Random random)
    {
        (int i, _) = MakeKeepNumbers(call, random);
        call.Tensors[i] = call.Tensors[i] with { Numbers = null };
        return new Error(typeof(ArgumentNullException), "tensors", $@"tensors\[{i}\]: Numbers is null", null);
    }

    private static Error TensorNumber(Call call, Random random)
    {
        (int i, RuleFacts facts) = MakeKeepNumbers(call, random);
        int number = random.Next(facts.Numbers.Length);
        TensorNumberFacts of = facts.Numbers[number];
        double bad = random.GetItems([.. of.Invalid, double.NaN, double.NegativeInfinity], 1)[0];
        facts.ExampleNumbers().CopyTo(call.Arrays.TensorNumbers.AsSpan(i * ListArrays.MostNumbers));
        call.Arrays.TensorNumbers[(i * ListArrays.MostNumbers) + number] = bad;
        return Error.OutOfRange("tensors", $@"tensors\[{i}\]: Numbers\[{number}\], which is {of.Name}, must be (from 0 to |0 in a step)", bad);
    }

    private static Error NumbersInArray(Call call, Random random)
    {
        int[] keeping = [.. Enumerable.Range(0, call.Tensors.Length).Where(
            i => call.Tensors[i].Length != 0 && call.Arrays.NumbersOf(i).Length != 0)];
        if (keeping.Length == 0)
        {
            return NoNumbers(call, random);
        }

        int i = random.GetItems(keeping, 1)[0];
        int bytes = call.Arrays.NumbersOf(i).Length * sizeof(double);
        (int j, ArrayRole array) = AnyArray(call, random, isWritten: false);
        (nint start, nint end) = Extent(call, j, array);

        // By at least one byte at either end, where there are zeros: valid numbers.
        double* numbers = (double*)(random.Next(2) == 0 ? end - random.Next(1, bytes) : start - random.Next(bytes));
        call.Arrays[j].Array(array).Clear();
        new Span<byte>(numbers, bytes).Clear();
        call.Tensors[i] = call.Tensors[i] with { Numbers = numbers };
        return new Error(
            typeof(ArgumentException),
            "tensors",
            $@"tensors\[\d+\]: (Numbers overlaps tensors\[{j}\] {ArrayName(call, j, array)}|"
            + $@"{ArrayName(call, j, array)} overlaps tensors\[{i}\] Numbers)\.",
            null);
    }

    private static Error SharedNumbers(Call call, Random random)
    {
        // Of tensors without elements, as tensors of other rules may not have all arrays; one may keep numbers already.
        double* numbers = random.GetItems(call.Tensors, 1)[0].Numbers;
        *numbers = 0.5;
        int group = call.Groups.Length;
        call.Groups = [.. call.Groups, AnyThatKeepsNumbers(random).Group];
        OptimizerTensor shared = default(OptimizerTensor) with { Group = group, Numbers = numbers };
        call.Tensors = [.. call.Tensors, shared, shared];
        return new Error(
            typeof(ArgumentException), "tensors", @"tensors\[\d+\]: Numbers overlaps tensors\[\d+\] Numbers\.", null);
    }

    /// <summary>Gives a tensor that is not empty a group of a rule that keeps numbers.</summary>
    private static (int Tensor, RuleFacts Facts) MakeKeepNumbers(Call call, Random random)
    {
        RuleFacts facts = AnyThatKeepsNumbers(random);
        call.Groups = [.. call.Groups, facts.Group];
        (int i, _) = AnyArray(call, random, isWritten: false);
        call.Tensors[i] = call.Tensors[i] with { Group = call.Groups.Length - 1 };
        return (i, facts);
    }

    private static RuleFacts AnyThatKeepsNumbers(Random random) =>
        random.GetItems([.. RuleFacts.All.Where(facts => facts.Numbers.Length != 0)], 1)[0];

    private static Error SetInGroup(Call call, Random random, string name, object value, int group = -1)
    {
        int j = group < 0 ? random.Next(call.Groups.Length) : group;
        object options = call.Groups[j] with { Nesterov = false };
        typeof(ParameterGroup).GetProperty(name)!.SetValue(options, value);
        call.Groups[j] = (ParameterGroup)options;
        return Error.OutOfRange("groups", $@"groups\[{j}\]: ParameterGroup\.{name} ", value);
    }

    /// <summary>An array of a tensor that is not empty.</summary>
    private static (int Tensor, ArrayRole Array) AnyArray(Call call, Random random, bool isWritten)
    {
        (int Tensor, ArrayRole Array)[] all =
        [
            .. from tensor in Enumerable.Range(0, call.Tensors.Length)
               from array in Enum.GetValues<ArrayRole>()
               where call.Tensors[tensor].Length != 0 && call.Arrays.Keys[tensor].Has(array)
               where !isWritten || array != ArrayRole.Gradients
               select (tensor, array),
        ];
        return random.GetItems(all, 1)[0];
    }

    private static void Place(Call call, int tensor, ArrayRole array, void* place)
    {
        UpdateArrays places = call.Arrays[tensor].Places();
        places[array] = (byte*)place;
        call.Moved[(tensor, array)] = (nint)place;
        call.Tensors[tensor] = call.Arrays.Tensor(tensor, places);
    }

    private static (nint Start, nint End) Extent(Call call, int tensor, ArrayRole array)
    {
        KernelKey key = call.Arrays.Keys[tensor];
        nint start = call.Moved.TryGetValue((tensor, array), out nint place) ? place : (nint)call.Arrays[tensor].Places()[array];
        return (start, start + (call.Arrays[tensor].Length * (nint)key.Size(array)));
    }

    /// <summary>What may be said about an array that lies on others, one of which is written.</summary>
    private static IEnumerable<string> Overlaps(Call call, (int Tensor, ArrayRole Array) moved)
    {
        (nint start, nint end) = Extent(call, moved.Tensor, moved.Array);
        for (int i = 0; i < call.Tensors.Length; i++)
        {
            foreach (ArrayRole array in Enum.GetValues<ArrayRole>())
            {
                (nint otherStart, nint otherEnd) = Extent(call, i, array);
                bool isOther = (i, array) != moved && call.Arrays.Keys[i].Has(array) && otherStart < otherEnd;
                bool isWritten = array != ArrayRole.Gradients || moved.Array != ArrayRole.Gradients;
                if (isOther && isWritten && start < otherEnd && otherStart < end)
                {
                    ((int Tensor, ArrayRole Array) first, (int Tensor, ArrayRole Array) second) =
                        moved.CompareTo((i, array)) > 0 ? (moved, (i, array)) : ((i, array), moved);
                    yield return $"tensors[{first.Tensor}]: {ArrayName(call, first.Tensor, first.Array)} overlaps "
                        + $"tensors[{second.Tensor}] {ArrayName(call, second.Tensor, second.Array)}.";
                }
            }
        }
    }

    /// <summary>PyTorch's names, in the words of this library.</summary>
    private static string ArrayName(Call call, int tensor, ArrayRole array) =>
        RuleFacts.Of(call.Arrays.Keys[tensor].Rule).NameOf(array);

    private static T Pick<T>(Random random, params T[] values) => random.GetItems(values, 1)[0];

    /// <summary>A call that is fine until something in it is changed.</summary>
    private sealed class Call(ListCase list, ListArrays arrays)
    {
        public ListArrays Arrays { get; } = arrays;

        /// <summary>Arrays that have been put somewhere else.</summary>
        public Dictionary<(int Tensor, ArrayRole Array), nint> Moved { get; } = [];

        public OptimizerTensor[] Tensors { get; set; } = arrays.Tensors();

        public ParameterGroup[] Groups { get; set; } = arrays.Groups;

        public long Step { get; set; } = list.Step;

        public StepOptions Options { get; set; } = list.Options;
    }

    /// <param name="Type">The exception's very type.</param>
    /// <param name="Argument">The argument that it names.</param>
    /// <param name="Message">What its message begins with: a regular expression.</param>
    /// <param name="Value">The value that it names.</param>
    private sealed record Error(Type Type, string Argument, string Message, object? Value)
    {
        public static Error OutOfRange(string argument, string message, object value) =>
            new(typeof(ArgumentOutOfRangeException), argument, message, value);
    }
}
