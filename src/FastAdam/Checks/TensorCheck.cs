using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using FastAdam.Kernels;
using FastAdam.Passes;
using FastAdam.Rules;

namespace FastAdam.Checks;

/// <summary>Finds what is wrong with the arrays and the numbers of a list of tensors.</summary>
internal static unsafe class TensorCheck
{
    private const string Argument = "tensors";

    // The place of a tensor's numbers among its arrays.
    private const byte NumbersPlace = ArrayRoles.Count;

    // Behind it those of what is beside the arrays, by their roles.
    private const byte FirstPartPlace = NumbersPlace + 1;

    /// <summary>Checks a list that was not accepted yet, and accepts it.</summary>
    /// <exception cref="ArgumentException">An array is null, would end beyond the address space, or overlaps another one that is
    /// written, or is written itself.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Arrays(ref TensorList tensors, ref ListOverlap overlap)
    {
        if (tensors.IsAccepted)
        {
            return;
        }

        overlap.Reserve(Places(tensors));
        for (nuint i = 0; i < tensors.Count; i++)
        {
            Add(tensors[i], (int)i, ref overlap);
        }

        if (overlap.Find() is (ArrayBytes array, ArrayBytes other))
        {
            throw Faults.Invalid(
                Fault.Overlap,
                Argument,
                $"{Argument}[{array.Owner}]: {Name(tensors, array)} overlaps {Argument}[{other.Owner}] {Name(tensors, other)}.");
        }

        tensors.Accept();
    }

    /// <summary>Reads the numbers that a rule keeps for a tensor.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="numbers">Where they are.</param>
    /// <param name="length">Elements of the tensor.</param>
    /// <param name="index">The tensor's index.</param>
    /// <param name="isStep">False for what is no step, in which a number may be 1 that is 0 in every step.</param>
    /// <exception cref="ArgumentException">They are missing, or out of their range.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static TensorNumbers Numbers(RuleDescription rule, double* numbers, nuint length, int index, bool isStep = true)
    {
        TensorNumbers result = default;
        for (int i = 0; i < rule.Numbers.Length; i++)
        {
            TensorNumber number = rule.Numbers[i];
            if (numbers == null)
            {
                result[i] = length == 0
                    ? number.Initial
                    : throw new Item(Argument, index).Null($"{ArrayNames.Numbers} is null, but {rule.Name} keeps {number.Name}.");
                continue;
            }

            result[i] = Unsafe.ReadUnaligned<double>(numbers + i);
            if (!IsValid(number, result[i], isStep))
            {
                ThrowInvalid(number, result[i], $"{ArrayNames.Numbers}[{i}], which is {number.Name},", new Item(Argument, index), isStep);
            }
        }

        return result;
    }

    /// <exception cref="ArgumentOutOfRangeException">A number that a rule keeps is out of its range.</exception>
    public static void Number(TensorNumber number, double value, string name, Item item, bool isStep)
    {
        if (!IsValid(number, value, isStep))
        {
            ThrowInvalid(number, value, name, item, isStep);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsValid(TensorNumber number, double value, bool isStep) => number.WhyZeroInStep is null
        ? value >= 0 && value <= number.Largest
        : value == 0 || (value == 1 && !isStep);

    [DoesNotReturn]
    private static void ThrowInvalid(TensorNumber number, double value, string name, Item item, bool isStep)
    {
        string range = number.WhyZeroInStep is null ? $"must be from 0 to {number.Largest}"
            : isStep ? $"must be 0 in a step: {number.WhyZeroInStep}"
            : "must be 0 or 1";
        throw item.OutOfRange(Fault.Hyperparameter, value, $"{name} {range}.");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(in TensorWork tensor, int index, ref ListOverlap overlap)
    {
        for (ArrayRole role = 0; (int)role < ArrayRoles.Count && tensor.Arrays.Length != 0; role++)
        {
            if (!tensor.Key.Has(role))
            {
                continue;
            }

            byte* start = tensor.Arrays[role];
            if (!ArrayExtent.TryEnd(start, tensor.Key.Types[role], tensor.Arrays.Length, out nuint end))
            {
                ArrayExtent.ThrowInvalid(
                    new Item(Argument, index), ArrayNames.Of(tensor.Key.Rule, role), start, tensor.Arrays.Length);
            }

            overlap.Add(new ArrayBytes((nuint)start, end, index, (byte)role, IsWritten: role != ArrayRole.Gradients));
        }

        if (!tensor.Key.Types.ArePlain)
        {
            AddParts(tensor, index, ref overlap);
        }

        if (tensor.Numbers != null)
        {
            nuint start = (nuint)tensor.Numbers;
            nuint bytes = (nuint)RuleKinds.DescriptionOf(tensor.Key.Rule).Numbers.Length * sizeof(double);
            overlap.Add(new ArrayBytes(start, start + bytes, index, NumbersPlace, IsWritten: true));
        }
    }

    /// <summary>The most arrays that the tensors can have.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static nuint Places(in TensorList tensors)
    {
        nuint places = tensors.Count * FirstPartPlace;
        for (nuint i = 0; i < tensors.Count; i++)
        {
            places += tensors[i].Key.Types.ArePlain ? 0u : ArrayRoles.Count;
        }

        return places;
    }

    /// <summary>Adds what is beside the arrays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void AddParts(in TensorWork tensor, int index, ref ListOverlap overlap)
    {
        var item = new Item(Argument, index);
        if (tensor.Arrays.Parts.FirstElement % ElementTypes.BlockLength != 0)
        {
            throw item.OutOfRange(
                Fault.Index,
                tensor.Arrays.Parts.FirstElement,
                $"FirstElement must be a multiple of {ElementTypes.BlockLength}.");
        }

        for (ArrayRole role = 0; (int)role < ArrayRoles.Count; role++)
        {
            ElementType type = tensor.Key.Types[role];
            if (!tensor.Key.Has(role) || ElementTypes.IsPlain(type))
            {
                continue;
            }

            string name = ArrayNames.Of(tensor.Key.Rule, role);
            string? reason = type != ElementType.Block8 || role < ArrayRole.FirstState ? null
                : RuleKinds.DescriptionOf(tensor.Key.Rule).State[role - ArrayRole.FirstState].WhyNotBlock8;
            if (!ElementTypes.Suits(type, role) || reason is not null)
            {
                throw item.OutOfRange(
                    Fault.ElementType, type, $"{name} cannot be stored as {type}{(reason is null ? "" : $": {reason}")}.");
            }

            string? part = ElementTypes.PartName(type);
            if (part is null || tensor.Arrays.Length == 0)
            {
                continue;
            }

            nuint start = (nuint)tensor.Arrays.Parts[role];
            nuint end = start + ElementTypes.PartBytes(type, tensor.Arrays.Length);
            if (start == 0 || end < start)
            {
                ArrayExtent.ThrowInvalid(item, $"{part} of {name}", tensor.Arrays.Parts[role], tensor.Arrays.Length);
            }

            overlap.Add(new ArrayBytes(start, end, index, (byte)(FirstPartPlace + (int)role), IsWritten: true));
        }
    }

    private static string Name(in TensorList tensors, in ArrayBytes array)
    {
        KernelKey key = tensors[(nuint)array.Owner].Key;
        if (array.Array < NumbersPlace)
        {
            return ArrayNames.Of(key.Rule, (ArrayRole)array.Array);
        }

        if (array.Array == NumbersPlace)
        {
            return ArrayNames.Numbers;
        }

        ArrayRole role = (ArrayRole)(array.Array - FirstPartPlace);
        return $"{ElementTypes.PartName(key.Types[role])} of {ArrayNames.Of(key.Rule, role)}";
    }
}
