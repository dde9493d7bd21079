using FastAdam.Kernels;
using FastAdam.Passes;

namespace FastAdam.Checks;

/// <summary>Finds what is wrong with a parameter that an optimizer is to have.</summary>
internal static unsafe class ParameterCheck
{
    private const string Argument = "parameters";

    private const byte ParametersPlace = (byte)ArrayRole.Parameters;
    private const byte GradientsPlace = (byte)ArrayRole.Gradients;
    private const byte PartPlace = ArrayRoles.Count;

    /// <summary>Checks a new parameter, and adds the bytes of its arrays to those of the others.</summary>
    /// <param name="length">Elements in each of its arrays.</param>
    /// <param name="parameters">Its elements.</param>
    /// <param name="gradients">Its gradients.</param>
    /// <param name="index">Its index.</param>
    /// <param name="arrays">The arrays of the parameters before it.</param>
    /// <exception cref="ArgumentException">An array is null, would end beyond the address space, is stored in a way that does not suit it, or
    /// overlaps another one and one of the two is written. Nothing was added.</exception>
    public static void Add(nuint length, in TensorArray parameters, in TensorArray gradients, int index, List<ArrayBytes> arrays)
    {
        var item = new Item(Argument, index);
        Suits(parameters.Type, ArrayRole.Parameters, item);
        Suits(gradients.Type, ArrayRole.Gradients, item);
        if (length == 0)
        {
            return;
        }

        int count = arrays.Count;
        try
        {
            arrays.Add(Bytes(parameters, length, ParametersPlace, item));
            if (ElementTypes.PartName(parameters.Type) is string part)
            {
                nuint start = (nuint)parameters.Part;
                nuint end = start + ElementTypes.PartBytes(parameters.Type, length);
                if (start == 0 || end < start)
                {
                    ArrayExtent.ThrowInvalid(item, part, parameters.Part, length);
                }

                arrays.Add(new ArrayBytes(start, end, index, PartPlace, IsWritten: true));
            }

            arrays.Add(Bytes(gradients, length, GradientsPlace, item));
            for (int i = count; i < arrays.Count; i++)
            {
                Apart(arrays, i, item);
            }
        }
        catch
        {
            arrays.RemoveRange(count, arrays.Count - count);
            throw;
        }
    }

    private static void Suits(ElementType type, ArrayRole role, Item item)
    {
        if (!ElementTypes.Suits(type, role))
        {
            throw item.OutOfRange(Fault.ElementType, type, $"{Name((byte)role)} cannot be stored as {type}.");
        }
    }

    private static ArrayBytes Bytes(in TensorArray array, nuint length, byte place, Item item)
    {
        if (!ArrayExtent.TryEnd(array.Start, array.Type, length, out nuint end))
        {
            ArrayExtent.ThrowInvalid(item, Name(place), array.Start, length);
        }

        return new ArrayBytes((nuint)array.Start, end, item.Index, place, IsWritten: place != GradientsPlace);
    }

    private static void Apart(List<ArrayBytes> arrays, int own, Item item)
    {
        ArrayBytes array = arrays[own];
        for (int i = 0; i < own; i++)
        {
            ArrayBytes other = arrays[i];
            if (array.Start < other.End && other.Start < array.End && (array.IsWritten || other.IsWritten))
            {
                throw Faults.Invalid(
                    Fault.Overlap,
                    Argument,
                    $"{item.Prefix}{Name(array.Array)} overlaps {Argument}[{other.Owner}] {Name(other.Array)}.");
            }
        }
    }

    private static string Name(byte place) => place switch
    {
        ParametersPlace => "parameters",
        GradientsPlace => "gradients",
        _ => "copy or lower bits",
    };
}
