using System.Runtime.CompilerServices;
using FastAdam.Checks;
using FastAdam.Passes;
using FastAdam.Rules;

namespace FastAdam.Steps;

/// <summary>Takes the parameters of Schedule-Free from those in training to those for evaluation, or back.</summary>
internal static unsafe class EvaluationSwap
{
    /// <exception cref="ArgumentException">As in <see cref="Optimizer"/>.</exception>
    /// <exception cref="OutOfMemoryException">There is no memory for the work area: nothing was written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TTensors, TGroups>(
        InstructionSet instructionSet, TTensors tensors, TGroups groups, bool toEvaluation, int threads)
        where TTensors : IItems<OptimizerTensor>, allows ref struct
        where TGroups : IItems<GroupValues>, allows ref struct
    {
        StepCheck.Threads(threads);
        using StepArea area = StepArea.Take();
        area.Constants.SetGroups(groups, "tensors", isSparse: false);
        Fill(area, instructionSet, tensors, toEvaluation);
        TensorCheck.Arrays(ref area.Tensors, ref area.Overlap);
        area.Tensors.Mix(area.Constants.Constants, Parallelism.Of(threads));
        for (nuint i = 0; i < area.Tensors.Count; i++)
        {
            double* numbers = area.Tensors[i].Numbers;
            if (numbers != null)
            {
                Unsafe.WriteUnaligned(numbers + ScheduleFreeRule.EvaluationMode, toEvaluation ? 1.0 : 0.0);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Fill<TTensors>(StepArea area, InstructionSet instructionSet, TTensors tensors, bool toEvaluation)
        where TTensors : IItems<OptimizerTensor>, allows ref struct
    {
        int count = tensors.Count;
        area.Tensors.Resize((nuint)count);
        for (int i = 0; i < count; i++)
        {
            tensors.Read(i, out OptimizerTensor tensor);
            RuleKind kind = area.Constants.KindOf(tensor.Group, tensor.Step, i, out _);
            if (kind != RuleKind.ScheduleFree)
            {
                area.Tensors.Set((nuint)i, default);
                continue;
            }

            TensorNumbers numbers = TensorCheck.Numbers(
                ScheduleFreeRule.Description, tensor.Numbers, tensor.Length, i, isStep: false);

            // Before the first step, and while all learning rates were 0, parameters and average are the same.
            bool moves = numbers[ScheduleFreeRule.LargestRate] != 0
                && toEvaluation == (numbers[ScheduleFreeRule.EvaluationMode] == 0);
            int constants = area.Constants.IndexOfSwap(tensor.Group, toEvaluation);
            area.Tensors.Set((nuint)i, tensor.MixWork(instructionSet, kind, constants, moves));
        }
    }
}
