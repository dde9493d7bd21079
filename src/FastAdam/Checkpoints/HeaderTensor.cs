namespace FastAdam.Checkpoints;

/// <summary>A tensor as a header has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">What its elements are.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Begin">Its first byte, counted from the end of the header.</param>
/// <param name="End">The byte behind its last one.</param>
internal sealed record HeaderTensor(string Name, SafeTensorType Type, long[] Shape, long Begin, long End)
{
    /// <summary>Bytes of all elements.</summary>
    public long ByteLength => End - Begin;

    /// <summary>The tensor in memory.</summary>
    /// <param name="data">The first byte behind the header.</param>
    public unsafe SafeTensor At(byte* data) => new(Name, Type, Shape, data + Begin, ByteLength);
}
