namespace FastAdam.Isa;

/// <summary>Moves the elements of a partial vector for instruction sets without masked loads and stores of that width.</summary>
internal static unsafe class PartialCopy
{
    public static void Words(byte* destination, byte* source, int count)
    {
        for (int i = 0; i < count; i++)
        {
            ((ushort*)destination)[i] = ((ushort*)source)[i];
        }
    }

    public static void Lanes(byte* destination, byte* source, int count)
    {
        for (int i = 0; i < count; i++)
        {
            ((uint*)destination)[i] = ((uint*)source)[i];
        }
    }
}
