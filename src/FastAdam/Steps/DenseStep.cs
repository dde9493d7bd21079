using System.Runtime.CompilerServices;
using FastAdam.Checks;
using FastAdam.Passes;
using FastAdam.Rules;

namespace FastAdam.Steps;

/// <summary>A step over a list of tensors: arguments, checks, constants, passes.</summary>
internal static unsafe class DenseStep
{
    /// <exception cref="ArgumentException">As in <see cref="Optimizer"/>.</exception>
    /// <exception cref="OutOfMemoryException">There is no memory for the work area: nothing was written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static StepReport Run<TTensors, TGroups>(
        InstructionSet instructionSet, TTensors tensors, TGroups groups, long step, in StepOptions options)
        where TTensors : IItems<OptimizerTensor>, allows ref struct
        where TGroups : IItems<GroupValues>, allows ref struct
    {
        StepCheck.Number(step);
        StepCheck.Options(options);
        using StepArea area = StepArea.Take();
        area.Constants.SetGroups(groups, "tensors", isSparse: false, options.Seed);
        bool keepsNumbers = Fill(area, instructionSet, tensors, step);
        TensorCheck.Arrays(ref area.Tensors, ref area.Overlap);
        StepReport report = StepPasses.Run(area, options);
        if (keepsNumbers && !report.IsSkipped)
        {
            KeepNumbers(area);
        }

        return report;
    }

    /// <returns>True where a rule keeps numbers for one of the tensors.</returns>
    // Inlined, it would leave the JIT no budget for what it is made of.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static bool Fill<TTensors>(StepArea area, InstructionSet instructionSet, TTensors tensors, long step)
        where TTensors : IItems<OptimizerTensor>, allows ref struct
    {
        int count = tensors.Count;
        bool keepsNumbers = false;
        area.Tensors.Resize((nuint)count);
        for (int i = 0; i < count; i++)
        {
            tensors.Read(i, out OptimizerTensor tensor);
            RuleKind kind = area.Constants.KindOf(tensor.Group, tensor.Step, i, out bool keeps);
            TensorNumbers numbers = default;
            if (keeps)
            {
                keepsNumbers = true;
                numbers = TensorCheck.Numbers(RuleKinds.DescriptionOf(kind), tensor.Numbers, tensor.Length, i);
            }

            int constants = area.Constants.IndexOf(tensor.Group, tensor.Step == 0 ? step : tensor.Step, numbers);
            OptimizerTensor.Put(ref tensor, ref area.Tensors, i, instructionSet, kind, constants, keeps);
        }

        return keepsNumbers;
    }

    /// <summary>Writes what the rules keep for their tensors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void KeepNumbers(StepArea area)
    {
        for (nuint i = 0; i < area.Tensors.Count; i++)
        {
            ref readonly TensorWork tensor = ref area.Tensors[i];
            if (tensor.Numbers != null)
            {
                TensorNumbers after = area.Constants.NumbersAfter(tensor.Constants);
                int count = RuleKinds.DescriptionOf(tensor.Key.Rule).Numbers.Length;
                for (int number = 0; number < count; number++)
                {
                    Unsafe.WriteUnaligned(tensor.Numbers + number, after[number]);
                }
            }
        }
    }
}
