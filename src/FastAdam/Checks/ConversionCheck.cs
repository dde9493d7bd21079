using FastAdam.Kernels;

namespace FastAdam.Checks;

/// <summary>Finds what is wrong with an array that is to be converted, and with its numbers.</summary>
internal static unsafe class ConversionCheck
{
    /// <param name="type">The storage type.</param>
    /// <param name="array">The stored elements.</param>
    /// <param name="part">What is beside them.</param>
    /// <param name="length">How many.</param>
    /// <param name="values">The numbers.</param>
    /// <exception cref="ArgumentNullException">One of them is null.</exception>
    /// <exception cref="ArgumentException">One of them would end beyond the address space, or overlaps another one.</exception>
    public static void Arrays(ElementType type, byte* array, byte* part, nuint length, float* values)
    {
        nuint arrayEnd = ArrayExtent.End(nameof(array), array, type, length);
        nuint valuesEnd = ArrayExtent.End(nameof(values), (byte*)values, ElementType.Float32, length);
        ArrayExtent.RequireApart((nuint)array, arrayEnd, (nuint)values, valuesEnd, nameof(array), nameof(values));
        if (ElementTypes.PartName(type) is not string name)
        {
            return;
        }

        nuint partEnd = (nuint)part + ElementTypes.PartBytes(type, length);
        if (part == null || partEnd < (nuint)part)
        {
            ArrayExtent.ThrowInvalid(new Item(name), name, part, length);
        }

        ArrayExtent.RequireApart((nuint)part, partEnd, (nuint)array, arrayEnd, name, nameof(array));
        ArrayExtent.RequireApart((nuint)part, partEnd, (nuint)values, valuesEnd, name, nameof(values));
    }
}
