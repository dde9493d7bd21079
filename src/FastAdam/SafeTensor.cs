using FastAdam.Checkpoints;

namespace FastAdam;

/// <summary>A tensor of a safetensors file: its name, what its elements are, its shape, and where they lie in memory.</summary>
/// <remarks>It holds an address, not memory. One that a <see cref="SafeTensorsReader"/> has given is that of the mapped file, which is only
/// read, and holds until the reader is disposed of. One for <see cref="SafeTensorsWriter"/> is the caller's, and must stay where it is
/// until that has returned. <c>default</c> is no tensor.</remarks>
public readonly unsafe struct SafeTensor
{
    private readonly long[] _shape;

    /// <summary>Names a tensor.</summary>
    /// <param name="name">Its name: any text without control characters but <c>__metadata__</c>.</param>
    /// <param name="type">What its elements are.</param>
    /// <param name="shape">Its dimensions, at most 64, the last one contiguous; empty for a single element. They are copied.</param>
    /// <param name="data">The first element; may be null where there are none.</param>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null, or <paramref name="data"/> although there are
    /// elements.</exception>
    /// <exception cref="ArgumentException"><paramref name="name"/> is none that a file can have.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="type"/> is none of the enumeration; <paramref name="shape"/> has more
    /// than 64 dimensions, a negative one, or more than 2^63 - 1 bytes, those of an empty tensor counted without its zeros.</exception>
    public SafeTensor(string name, SafeTensorType type, ReadOnlySpan<long> shape, void* data)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (TensorNames.WhatIsWrong(name) is string fault)
        {
            throw new ArgumentException($"A tensor's name {fault}.", nameof(name));
        }

        if (!Enum.IsDefined(type))
        {
            throw new ArgumentOutOfRangeException(nameof(type), type, $"{type} is no type of elements.");
        }

        if (TensorExtent.WhatIsWrong(shape, type, out long byteLength) is string wrong)
        {
            throw new ArgumentOutOfRangeException(nameof(shape), $"The shape of {TensorNames.Quoted(name)} {wrong}.");
        }

        if (byteLength != 0)
        {
            ArgumentNullException.ThrowIfNull(data);
        }

        this = new SafeTensor(name, type, shape.ToArray(), (byte*)data, byteLength);
    }

    internal SafeTensor(string name, SafeTensorType type, long[] shape, byte* data, long byteLength)
    {
        Name = name;
        ElementType = type;
        _shape = shape;
        Data = data;
        ByteLength = byteLength;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>What its elements are.</summary>
    public SafeTensorType ElementType { get; }

    /// <summary>Its dimensions; empty for a single element.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>The first byte of the first element. In a file of another program it need not be aligned to the elements.</summary>
    public byte* Data { get; }

    /// <summary>Bytes of all elements.</summary>
    public long ByteLength { get; }

    /// <summary>All bytes, numbers with the least significant byte first.</summary>
    /// <exception cref="InvalidOperationException">They are more than a span can hold: use <see cref="Data"/>.</exception>
    public ReadOnlySpan<byte> Bytes => ByteLength <= int.MaxValue ? new ReadOnlySpan<byte>(Data, (int)ByteLength)
        : throw new InvalidOperationException(
            $"{TensorNames.Quoted(Name)} has {ByteLength} bytes, more than a span can have ({int.MaxValue}): use {nameof(Data)}.");
}
