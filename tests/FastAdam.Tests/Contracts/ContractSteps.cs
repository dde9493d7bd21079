using System.Runtime.InteropServices;
using FastAdam.Kernels;

namespace FastAdam.Tests.Contracts;

/// <summary>The only file of the checksums that knows the library: it makes a described step with an instruction set.</summary>
internal static unsafe class ContractSteps
{
    /// <summary>The names of the instruction sets that this process can use.</summary>
    public static IReadOnlyList<string> InstructionSetNames { get; } =
        [.. InstructionSets.Supported.Select(instructionSet => $"{instructionSet}".ToLowerInvariant())];

    /// <summary>Whether this is arm64, which is tested under emulation.</summary>
    public static bool IsEmulated { get; } = InstructionSets.IsSupported(InstructionSet.Neon);

    public static ContractReport Run(string instructionSetName, ContractStep step)
    {
        InstructionSet instructionSet = Enum.Parse<InstructionSet>(instructionSetName, ignoreCase: true);
        ParameterGroup[] groups = [.. step.Groups.Select(GroupOf)];
        bool areTables = step.Tensors.Length > 0 && step.Tensors[0].Indices is not null;
        StepReport report = default;
        if (step.GoesShortestWay && !areTables && IsPlainAdam(step))
        {
            StepAdam(instructionSet, step, groups[step.Tensors[0].Group]);
        }
        else
        {
            var options = new StepOptions
            {
                MaxGradientNorm = step.MaxGradNorm,
                NonFiniteGradients = step.SkipsNonFinite ? NonFiniteGradients.SkipStep : NonFiniteGradients.Propagate,
                ReportsChanges = step.ReportsChanges,
                Threads = step.Threads,
            };
            report = areTables
                ? SparseAdam.Step(instructionSet, [.. step.Tensors.Select(TableOf)], groups, step.Number, options)
                : StepList(instructionSet, step, groups, options);
        }

        GC.KeepAlive(step);
        return new ContractReport(
            report.IsSkipped,
            report.NonFiniteGradients,
            report.GradientNorm,
            report.UpdateNorm,
            report.ParameterNorm,
            report.UnchangedShare);
    }

    private static bool IsPlainAdam(ContractStep step) =>
        step.Tensors.Length == 1
        && step is { MaxGradNorm: null, SkipsNonFinite: false, ReportsChanges: false }
        && step.Groups[step.Tensors[0].Group] is { Rule: "adam", AmsGrad: false, ClipValue: double.PositiveInfinity };

    private static ParameterGroup DefaultsOf(string rule) => rule switch
    {
        "adam" => ParameterGroup.Adam,
        "nadam" => ParameterGroup.NAdam,
        "radam" => ParameterGroup.RAdam,
        "adamax" => ParameterGroup.AdaMax,
        "sgd" => ParameterGroup.Sgd,
        "adagrad" => ParameterGroup.AdaGrad,
        "rmsprop" => ParameterGroup.RmsProp,
        "lion" => ParameterGroup.Lion,
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "Unknown rule."),
    };

    /// <summary>The state arrays of a rule, in the order in which the library has them.</summary>
    private static string[] StateOf(string rule) => rule switch
    {
        "adam" => ["exp_avg", "exp_avg_sq", "max_exp_avg_sq"],
        "nadam" or "radam" => ["exp_avg", "exp_avg_sq"],
        "adamax" => ["exp_avg", "exp_inf"],
        "sgd" => ["momentum_buffer"],
        "adagrad" => ["sum"],
        "rmsprop" => ["square_avg", "momentum_buffer", "grad_avg"],
        "lion" => ["exp_avg"],
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "Unknown rule."),
    };

    private static ParameterGroup GroupOf(ContractGroup group) => DefaultsOf(group.Rule) with
    {
        LearningRate = group.Lr,
        Beta1 = group.Beta1,
        Beta2 = group.Rule == "rmsprop" ? group.Alpha : group.Beta2,
        Epsilon = group.Eps,
        WeightDecay = group.WeightDecay,
        DecoupledWeightDecay = group.DecoupledWeightDecay,
        AmsGrad = group.AmsGrad,
        Momentum = group.Momentum,
        Dampening = group.Dampening,
        Nesterov = group.Nesterov,
        Centered = group.Centered,
        LearningRateDecay = group.LrDecay,
        MomentumDecay = group.MomentumDecay,
        GradientScale = group.GradScale,
        MaxGradientValue = group.ClipValue,
        Maximize = group.Maximize,
        Subnormals = group.PreservesSubnormals ? Subnormals.Preserve : Subnormals.Flush,
    };

    /// <summary>Tensors may share a number in a description. In the library each has its own: they are the same, and stay so.</summary>
    private static StepReport StepList(InstructionSet instructionSet, ContractStep step, ParameterGroup[] groups, in StepOptions options)
    {
        double[] numbers = GC.AllocateArray<double>(int.Max(step.Tensors.Length, 1), pinned: true);
        OptimizerTensor[] tensors = new OptimizerTensor[step.Tensors.Length];
        for (int i = 0; i < tensors.Length; i++)
        {
            ContractTensor tensor = step.Tensors[i];
            numbers[i] = tensor.MuProduct?[0] ?? 0;
            TensorArray[] state =
                [.. StateOf(step.Groups[tensor.Group].Rule).Select(name => ArrayOf(tensor.State.GetValueOrDefault(name)))];
            tensors[i] = OptimizerTensor.Create(
                (nuint)tensor.Length, ArrayOf(tensor.Parameters), ArrayOf(tensor.Gradients), state) with
            {
                Group = tensor.Group,
                Step = tensor.Step,
                Numbers = tensor.MuProduct is null ? null : (double*)Address(numbers) + i,
            };
        }

        StepReport report = Optimizer.Step(instructionSet, tensors, groups, step.Number, options);
        for (int i = 0; i < tensors.Length; i++)
        {
            if (step.Tensors[i].MuProduct is double[] product)
            {
                product[0] = numbers[i];
            }
        }

        return report;
    }

    private static SparseTable TableOf(ContractTensor table) => SparseTable.Create(
        (nuint)(table.Length / table.RowLength),
        (nuint)table.RowLength,
        ArrayOf(table.Parameters),
        ArrayOf(table.State["exp_avg"]),
        ArrayOf(table.State["exp_avg_sq"]),
        (long*)Address(table.Indices),
        ArrayOf(table.Gradients),
        (nuint)table.Indices!.Length) with
    {
        Group = table.Group,
        Step = table.Step,
    };

    private static void StepAdam(InstructionSet instructionSet, ContractStep step, in ParameterGroup group)
    {
        ContractTensor tensor = step.Tensors[0];
        (TensorArray p, TensorArray g) = (ArrayOf(tensor.Parameters), ArrayOf(tensor.Gradients));
        (TensorArray m, TensorArray v) = (ArrayOf(tensor.State["exp_avg"]), ArrayOf(tensor.State["exp_avg_sq"]));
        var arrays = new UpdateArrays
        {
            Parameters = p.Start,
            Gradients = g.Start,
            FirstState = m.Start,
            SecondState = v.Start,
            Length = (nuint)tensor.Length,
        };
        Steps.AdamStep.Run(
            instructionSet,
            new StorageTypes(p.Type, g.Type, m.Type, v.Type),
            arrays,
            Steps.AdamConstants.OfThread.At(group.Values, tensor.Step == 0 ? step.Number : tensor.Step),
            step.Threads);
    }

    private static TensorArray ArrayOf(ContractArray? array) => new(
        Address(array?.Memory),
        array?.Type switch
        {
            null or 'f' => ElementType.Float32,
            'h' => ElementType.Float16,
            'b' => ElementType.BFloat16,
            char type => throw new ArgumentOutOfRangeException(nameof(array), type, "Unknown storage type."),
        });

    private static void* Address<T>(T[]? pinned) =>
        pinned is null ? null : (void*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
}
