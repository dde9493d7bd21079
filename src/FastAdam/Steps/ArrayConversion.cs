using FastAdam.Checks;
using FastAdam.Kernels;

namespace FastAdam.Steps;

/// <summary>Arrays of any storage type to single precision and back: their checks, then the work.</summary>
internal static unsafe class ArrayConversion
{
    /// <exception cref="ArgumentException">As <see cref="TensorArray.Decode"/>.</exception>
    public static void Decode(
        InstructionSet instructionSet, ElementType type, byte* array, byte* part, nuint length, bool isSigned, float* values)
    {
        if (length != 0)
        {
            ConversionCheck.Arrays(type, array, part, length, values);
            KernelTable.Decode(instructionSet, type, array, part, length, isSigned, values);
        }
    }

    /// <exception cref="ArgumentException">As <see cref="TensorArray.Encode"/>.</exception>
    public static void Encode(
        InstructionSet instructionSet, ElementType type, byte* array, byte* part, nuint length, bool isSigned, float* values)
    {
        if (length != 0)
        {
            ConversionCheck.Arrays(type, array, part, length, values);
            KernelTable.Encode(instructionSet, type, array, part, length, isSigned, values);
        }
    }
}
