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
        ["enumeration of a group"] = GroupEnumeration,
        ["switch that the rule has not"] = GroupSwitch,
        ["number that the rule has not"] = ForeignNumber,
        ["Nesterov without momentum"] = Nesterov,
        ["step size of single precision"] = StepSize,
        ["decay of single precision"] = Decay,
        ["null array"] = NullArray,
        ["length"] = Length,
        ["overlap"] = Overlap,
        ["no momentum product"] = NoMomentumProduct,
        ["momentum product"] = MomentumProduct,
        ["momentum product between two"] = MisalignedMomentumProduct,
        ["momentum product in an array"] = MomentumProductInArray,
        ["momentum product of another step or group"] = SharedMomentumProduct,
    };

    public static TheoryData<string> Flaws => [.. _flaws.Keys];

    [Theory]
    [MemberData(nameof(Flaws))]
    public void Nothing_is_touched(string flaw)
    {
        Gen<ListCase> lists = ListCases.All.Where(list => list.Tensors.Any(tensor => tensor.Length > 0));
        Prop.ForAll(Arb.From(lists), list => RequireError(list, flaw)).Check(Config.QuickThrowOnFailure.WithMaxTest(Rounds.Of(60)));
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
        (string Name, double[] Bad)[] numbers =
        [
            (nameof(OptimizerOptions.LearningRate), [-1e-300, 1e39]),
            (nameof(OptimizerOptions.Beta1), [-0.1, 1, 1.5]),
            (nameof(OptimizerOptions.Beta2), [-0.1, 1, 1.5]),
            (nameof(OptimizerOptions.Epsilon), [-1e-8, 1e39]),
            (nameof(OptimizerOptions.WeightDecay), [-0.1, 1e39]),
            (nameof(OptimizerOptions.Momentum), [-0.1, 1e39]),
            (nameof(OptimizerOptions.Dampening), [1e39, -1e39]),
            (nameof(OptimizerOptions.LearningRateDecay), [-0.1, 1e39]),
            (nameof(OptimizerOptions.MomentumDecay), [-0.1, 1e39]),
            (nameof(OptimizerOptions.GradientScale), [0, -1, 1e-50, 1e39]),
            (nameof(OptimizerOptions.MaxGradientValue), [0, -1, 1e-50]),
        ];
        (string name, double[] bad) = random.GetItems(numbers, 1)[0];
        double[] worst = name == nameof(OptimizerOptions.MaxGradientValue) ? [] : [double.PositiveInfinity];
        return SetInGroup(call, random, name, random.GetItems([.. bad, .. worst, double.NaN, double.NegativeInfinity], 1)[0]);
    }

    private static Error GroupEnumeration(Call call, Random random) => random.Next(2) == 0
        ? SetInGroup(call, random, nameof(OptimizerOptions.Rule), (OptimizerRule)Pick(random, -1, 99))
        : SetInGroup(call, random, nameof(OptimizerOptions.Subnormals), (Subnormals)Pick(random, -1, 7));

    private static Error GroupSwitch(Call call, Random random)
    {
        (string Name, OptimizerRule[] Rules)[] switches =
        [
            (nameof(OptimizerOptions.AmsGrad), [OptimizerRule.Adam]),
            (nameof(OptimizerOptions.Nesterov), [OptimizerRule.Sgd]),
            (nameof(OptimizerOptions.Centered), [OptimizerRule.RmsProp]),
            (nameof(OptimizerOptions.DecoupledWeightDecay),
                [OptimizerRule.Adam, OptimizerRule.NAdam, OptimizerRule.RAdam, OptimizerRule.Lion]),
        ];
        int j = random.Next(call.Groups.Length);
        string[] foreign = [.. switches.Where(each => !each.Rules.Contains(call.Groups[j].Rule)).Select(each => each.Name)];
        return SetInGroup(call, random, random.GetItems(foreign, 1)[0], true, j);
    }

    /// <summary>Numbers that are 0 in a rule's defaults are not its own, but for those that it may do without.</summary>
    private static Error ForeignNumber(Call call, Random random)
    {
        int j = random.Next(call.Groups.Length);
        OptimizerRule rule = call.Groups[j].Rule;
        var defaults = (OptimizerOptions)typeof(OptimizerOptions).GetProperty($"{rule}")!.GetValue(null)!;
        string[] own = rule switch
        {
            OptimizerRule.Sgd => [nameof(OptimizerOptions.Momentum), nameof(OptimizerOptions.Dampening)],
            OptimizerRule.RmsProp => [nameof(OptimizerOptions.Momentum)],
            OptimizerRule.AdaGrad => [nameof(OptimizerOptions.LearningRateDecay)],
            _ => [],
        };
        string[] foreign =
        [
            .. typeof(OptimizerOptions).GetProperties()
                .Where(property => property.PropertyType == typeof(double) && (double)property.GetValue(defaults)! == 0)
                .Select(property => property.Name)
                .Except([.. own, nameof(OptimizerOptions.WeightDecay)]),
        ];
        return SetInGroup(call, random, random.GetItems(foreign, 1)[0], 0.25, j);
    }

    private static Error Nesterov(Call call, Random random)
    {
        int j = random.Next(call.Groups.Length);
        call.Groups[j] = random.Next(2) == 0
            ? OptimizerOptions.Sgd with { Nesterov = true }
            : OptimizerOptions.Sgd with { Nesterov = true, Momentum = 0.9, Dampening = 0.1 };
        return Error.OutOfRange("groups", $@"groups\[{j}\]: OptimizerOptions.Nesterov needs", true);
    }

    private static Error StepSize(Call call, Random random)
    {
        int j = call.Tensors[random.Next(call.Tensors.Length)].Group;
        call.Groups[j] = Pick(random, OptimizerOptions.Adam, OptimizerOptions.AdaMax) with { LearningRate = 3e38 };
        call.Step = 1;
        call.Tensors = [.. call.Tensors.Select(tensor => tensor with { Step = 0 })];
        return Error.OutOfRange("groups", $@"groups\[{j}\]: OptimizerOptions.LearningRate divided by", 3e38);
    }

    private static Error Decay(Call call, Random random)
    {
        int j = random.Next(call.Groups.Length);
        call.Groups[j] = Pick(random, OptimizerOptions.AdamW, OptimizerOptions.Lion) with { LearningRate = 1e30, WeightDecay = 1e30 };
        return Error.OutOfRange("groups", $@"groups\[{j}\]: OptimizerOptions.WeightDecay times LearningRate must be finite", 1e30);
    }

    private static Error NullArray(Call call, Random random)
    {
        (int i, int array) = AnyArray(call, random, isWritten: false);
        Place(call, i, array, null);
        return new Error(typeof(ArgumentNullException), "tensors", $@"tensors\[{i}\]: {ArrayName(call, i, array)} is null", null);
    }

    private static Error Length(Call call, Random random)
    {
        int i = random.Next(call.Tensors.Length);
        nuint bad = Pick(random, nuint.MaxValue, nuint.MaxValue / 2, (nuint.MaxValue / 8) + 1);
        Streams streams = call.Arrays[i].Work(call.Arrays.Keys[i]).Streams;
        void* Some(byte* place) => place == null ? (void*)64 : place;

        // An array of no elements may have no place, and an error about that would be right too.
        call.Tensors[i] = call.Arrays.Tensor(i, new Streams(
            Some(streams.Parameters), Some(streams.Gradients), Some(streams.First), Some(streams.Second), Some(streams.Third), bad));
        return Error.OutOfRange("tensors", $@"tensors\[{i}\]: parameters would end beyond the address space", bad);
    }

    private static Error Overlap(Call call, Random random)
    {
        (int i, int array) = AnyArray(call, random, isWritten: true);
        (int j, int other) = AnyArray(call, random, isWritten: false);
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

    private static Error NoMomentumProduct(Call call, Random random)
    {
        int i = MakeNAdam(call, random);
        call.Tensors[i] = call.Tensors[i] with { MomentumProduct = null };
        return new Error(typeof(ArgumentNullException), "tensors", $@"tensors\[{i}\]: MomentumProduct is null", null);
    }

    private static Error MomentumProduct(Call call, Random random)
    {
        int i = MakeNAdam(call, random);
        double bad = Pick(random, double.NaN, -1e-9, 1.0000001, double.PositiveInfinity, double.NegativeInfinity);
        call.Arrays.MomentumProducts[i] = bad;
        return Error.OutOfRange("tensors", $@"tensors\[{i}\]: MomentumProduct must be from 0 to 1", bad);
    }

    private static Error MisalignedMomentumProduct(Call call, Random random)
    {
        int i = MakeNAdam(call, random);
        nint bad = (nint)call.Tensors[i].MomentumProduct + random.Next(1, sizeof(double));
        call.Tensors[i] = call.Tensors[i] with { MomentumProduct = (double*)bad };
        return Error.OutOfRange("tensors", $@"tensors\[{i}\]: MomentumProduct must be aligned to 8 bytes", bad);
    }

    private static Error MomentumProductInArray(Call call, Random random)
    {
        int[] ofNAdam = [.. Enumerable.Range(0, call.Tensors.Length).Where(
            i => call.Tensors[i].Length != 0 && call.Arrays.Keys[i].Rule == RuleKind.NAdam)];
        if (ofNAdam.Length == 0)
        {
            return NoMomentumProduct(call, random);
        }

        int i = random.GetItems(ofNAdam, 1)[0];
        (int j, int array) = AnyArray(call, random, isWritten: false);
        (nint start, nint end) = Extent(call, j, array);

        // At either end, where there are zeros: a valid product.
        double* product = (double*)((random.Next(2) == 0 ? end - 1 : start) & -sizeof(double));
        call.Arrays[j].Array(array).Clear();
        new Span<byte>(product, sizeof(double)).Clear();
        call.Tensors[i] = call.Tensors[i] with { MomentumProduct = product };
        return new Error(
            typeof(ArgumentException),
            "tensors",
            $@"tensors\[\d+\]: (MomentumProduct overlaps tensors\[{j}\] {ArrayName(call, j, array)}|"
            + $@"{ArrayName(call, j, array)} overlaps tensors\[{i}\] MomentumProduct)\.",
            null);
    }

    private static Error SharedMomentumProduct(Call call, Random random)
    {
        // Of tensors without elements, as tensors of other rules may not have all arrays; one may be NAdam's already.
        double* product = random.GetItems(call.Tensors, 1)[0].MomentumProduct;
        *product = 0.5;
        bool isStep = random.Next(2) == 0;
        int group = call.Groups.Length;
        call.Groups = [.. call.Groups, OptimizerOptions.NAdam, OptimizerOptions.NAdam with { Beta1 = 0.5 }];
        OptimizerTensor[] shared =
        [
            default(OptimizerTensor) with { Group = group, Step = 1, MomentumProduct = product },
            default(OptimizerTensor) with { Group = isStep ? group : group + 1, Step = isStep ? 2 : 1, MomentumProduct = product },
        ];
        random.Shuffle(shared);
        call.Tensors = [.. call.Tensors, .. shared];
        return new Error(
            typeof(ArgumentException), "tensors", @"tensors\[\d+\]: MomentumProduct is that of tensors\[\d+\], but ", null);
    }

    /// <summary>Gives a tensor that is not empty a group of NAdam.</summary>
    private static int MakeNAdam(Call call, Random random)
    {
        call.Groups = [.. call.Groups, OptimizerOptions.NAdam];
        (int i, _) = AnyArray(call, random, isWritten: false);
        call.Tensors[i] = call.Tensors[i] with { Group = call.Groups.Length - 1 };
        return i;
    }

    private static Error SetInGroup(Call call, Random random, string name, object value, int group = -1)
    {
        int j = group < 0 ? random.Next(call.Groups.Length) : group;
        object options = call.Groups[j] with { Nesterov = false };
        typeof(OptimizerOptions).GetProperty(name)!.SetValue(options, value);
        call.Groups[j] = (OptimizerOptions)options;
        return Error.OutOfRange("groups", $@"groups\[{j}\]: OptimizerOptions\.{name} ", value);
    }

    /// <summary>An array of a tensor that is not empty.</summary>
    private static (int Tensor, int Array) AnyArray(Call call, Random random, bool isWritten)
    {
        (int Tensor, int Array)[] all =
        [
            .. from tensor in Enumerable.Range(0, call.Tensors.Length)
               from array in Enumerable.Range(0, Streams.Count)
               where call.Tensors[tensor].Length != 0 && call.Arrays.Keys[tensor].Has(array)
               where !isWritten || array != Streams.GradientsNumber
               select (tensor, array),
        ];
        return random.GetItems(all, 1)[0];
    }

    private static void Place(Call call, int tensor, int array, void* place)
    {
        Streams streams = call.Arrays[tensor].Work(call.Arrays.Keys[tensor]).Streams;
        void* Of(int number) => number == array ? place : streams[number];
        call.Moved[(tensor, array)] = (nint)place;
        call.Tensors[tensor] = call.Arrays.Tensor(tensor, new Streams(Of(0), Of(1), Of(2), Of(3), Of(4), streams.Length));
    }

    private static (nint Start, nint End) Extent(Call call, int tensor, int array)
    {
        KernelKey key = call.Arrays.Keys[tensor];
        nint start = call.Moved.TryGetValue((tensor, array), out nint place) ? place : (nint)call.Arrays[tensor].Work(key).Streams[array];
        return (start, start + (call.Arrays[tensor].Length * (nint)key.Size(array)));
    }

    /// <summary>What may be said about an array that lies on others, one of which is written.</summary>
    private static IEnumerable<string> Overlaps(Call call, (int Tensor, int Array) moved)
    {
        (nint start, nint end) = Extent(call, moved.Tensor, moved.Array);
        for (int i = 0; i < call.Tensors.Length; i++)
        {
            for (int array = 0; array < Streams.Count; array++)
            {
                (nint otherStart, nint otherEnd) = Extent(call, i, array);
                bool isOther = (i, array) != moved && call.Arrays.Keys[i].Has(array) && otherStart < otherEnd;
                bool isWritten = array != Streams.GradientsNumber || moved.Array != Streams.GradientsNumber;
                if (isOther && isWritten && start < otherEnd && otherStart < end)
                {
                    ((int Tensor, int Array) first, (int Tensor, int Array) second) =
                        moved.CompareTo((i, array)) > 0 ? (moved, (i, array)) : ((i, array), moved);
                    yield return $"tensors[{first.Tensor}]: {ArrayName(call, first.Tensor, first.Array)} overlaps "
                        + $"tensors[{second.Tensor}] {ArrayName(call, second.Tensor, second.Array)}.";
                }
            }
        }
    }

    /// <summary>PyTorch's names, in the words of this library.</summary>
    private static string ArrayName(Call call, int tensor, int array)
    {
        OptimizerRule rule = call.Groups[call.Tensors[tensor].Group].Rule;
        return (array, rule) switch
        {
            (0, _) => "parameters",
            (1, _) => "gradients",
            (2, OptimizerRule.Sgd or OptimizerRule.RmsProp) => "momentumBuffer",
            (2, _) => "expAvg",
            (3, OptimizerRule.AdaMax) => "expInf",
            (3, OptimizerRule.AdaGrad) => "sum",
            (3, OptimizerRule.RmsProp) => "squareAvg",
            (3, _) => "expAvgSq",
            (_, OptimizerRule.RmsProp) => "gradAvg",
            _ => "maxExpAvgSq",
        };
    }

    private static T Pick<T>(Random random, params T[] values) => random.GetItems(values, 1)[0];

    /// <summary>A call that is fine until something in it is changed.</summary>
    private sealed class Call(ListCase list, ListArrays arrays)
    {
        public ListArrays Arrays { get; } = arrays;

        /// <summary>Arrays that have been put somewhere else.</summary>
        public Dictionary<(int Tensor, int Array), nint> Moved { get; } = [];

        public OptimizerTensor[] Tensors { get; set; } = arrays.Tensors();

        public OptimizerOptions[] Groups { get; set; } = arrays.Groups;

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
