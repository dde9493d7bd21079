using FastAdam.Kernels;
using FastAdam.Tests.Reference;
using FastAdam.Tests.Support;
using FsCheck.Fluent;
using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>Random lists of random storage types, lengths, rules and options against the references: arrays to the bit, and the
/// report.</summary>
public sealed class RandomListTests
{
    public static TheoryData<InstructionSet> InstructionSetsHere => KernelData.InstructionSets;

    [Theory]
    [MemberData(nameof(InstructionSetsHere))]
    public void A_step_is_that_of_the_contract(InstructionSet instructionSet) =>
        Properties.Check(Arb.From(ListCases.All, ListCases.Smaller), list => RequireContract(list, instructionSet), Rounds.Of(150));

    private static void RequireContract(ListCase list, InstructionSet instructionSet)
    {
        var actual = ListArrays.Create(list, instructionSet);
        ListArrays before = actual.Copy();
        StepReport report = Optimizer.Step(instructionSet, actual.Tensors(), actual.Groups, list.Step, list.Options);

        float[][] gradients = [.. ScaledGradients(list, before)];
        double norm = OrderedNorm.Of(gradients);
        long nonFinite = gradients.Sum(array => array.LongCount(number => !float.IsFinite(number)));
        bool isSkipped = list.Options.NonFiniteGradients == NonFiniteGradients.SkipStep && nonFinite != 0;
        ListArrays expected = before.Copy();
        if (isSkipped)
        {
            Assert.True(actual.HasBytesOf(before), $"a skipped step changed an array: {list}");
        }
        else
        {
            Step(list, expected, list.Options.MaxGradientNorm is double limit ? Coefficient(limit, norm) : 1);
            string? difference = actual.DifferenceFrom(expected) ?? Difference(actual, expected);
            Assert.True(difference is null, $"{instructionSet}, {difference} at {list}");
        }

        StepReport wanted = Report(list, before, expected, isSkipped, nonFinite, norm);
        Assert.True(wanted == report, $"{instructionSet}, {report} instead of {wanted} at {list}");
    }

    /// <summary>clip_grad_norm_: max_norm / (norm + 1e-6), clamped to 1, which leaves NaN; 1 for a limit of infinity.</summary>
    private static double Coefficient(double limit, double norm)
    {
        double coefficient = limit / (norm + 1e-6);
        return double.IsPositiveInfinity(limit) || coefficient > 1 ? 1 : coefficient;
    }

    private static IEnumerable<float[]> ScaledGradients(ListCase list, ListArrays arrays) => arrays
        .Numbers(ArrayRole.Gradients)
        .Select((numbers, i) => numbers.Select(number => number / (float)arrays.Groups[list.Tensors[i].Group].GradientScale).ToArray());

    /// <summary>What the list comes to be, element by element.</summary>
    private static void Step(ListCase list, ListArrays arrays, double coefficient)
    {
        for (int i = 0; i < list.Tensors.Length; i++)
        {
            ParameterGroup options = list.Groups[list.Tensors[i].Group].Value;
            long step = list.Tensors[i].Step == 0 ? list.Step : list.Tensors[i].Step;
            var contract = new ContractRules(options, step, coefficient, arrays.NumbersOf(i).ToArray());
            contract.Step(arrays.Keys[i], arrays[i]);
            contract.Numbers.CopyTo(arrays.NumbersOf(i));
        }
    }

    private static string? Difference(ListArrays actual, ListArrays expected)
    {
        for (int place = 0; place < actual.TensorNumbers.Length; place++)
        {
            // What the rule does not keep stays as it is.
            (int tensor, int i) = Math.DivRem(place, ListArrays.MostNumbers);
            TensorNumberFacts[] kept = RuleFacts.Of(actual.Keys[tensor].Rule).Numbers;
            double tolerance = i < kept.Length ? kept[i].Tolerance : 0;
            double number = actual.TensorNumbers[place];
            double wanted = expected.TensorNumbers[place];
            if (!(Math.Abs(number - wanted) <= tolerance * wanted))
            {
                return $"number {i} of tensor {tensor} is {number:r} instead of {wanted:r}";
            }
        }

        return null;
    }

    private static StepReport Report(
        ListCase list, ListArrays before, ListArrays after, bool isSkipped, long nonFinite, double norm)
    {
        bool hasNorm = list.Options.MaxGradientNorm is not null;
        var report = new StepReport(
            isSkipped,
            hasNorm || list.Options.NonFiniteGradients == NonFiniteGradients.SkipStep ? nonFinite : null,
            hasNorm ? norm : null,
            null,
            null,
            null);
        if (isSkipped || !list.Options.ReportsChanges)
        {
            return report;
        }

        float[][] old = [.. before.Numbers(ArrayRole.Parameters)];
        float[][] now = [.. after.Numbers(ArrayRole.Parameters)];
        long count = now.Sum(array => array.LongLength);
        long unchanged = old.Zip(now).Sum(pair => pair.First.Zip(pair.Second).LongCount(
            each => Storage.Same(ElementType.Float32, Bits(each.First), Bits(each.Second))));
        return report with
        {
            UpdateNorm = OrderedNorm.Of(old.Zip(now, (from, to) => from.Zip(to, (was, value) => value - was).ToArray())),
            ParameterNorm = OrderedNorm.Of(now),
            UnchangedShare = count == 0 ? 0 : unchanged / (double)count,
        };
    }

    private static uint Bits(float number) => BitConverter.SingleToUInt32Bits(number);
}
