using System.Buffers.Binary;
using FastAdam.Memory;
using Microsoft.Win32.SafeHandles;

namespace FastAdam.Checkpoints;

/// <summary>The header of a safetensors file, with all checks: its tensors fill the rest of the file without holes or overlaps.</summary>
internal sealed class SafeTensorsHeader
{
    /// <summary>Bytes of the length before the header.</summary>
    public const int LengthBytes = 8;

    /// <summary>The most bytes that the format allows for a header.</summary>
    public const int MaxBytes = 100_000_000;

    private SafeTensorsHeader(HeaderTensor[] tensors, Dictionary<string, string> metadata, int bytes, long dataLength)
    {
        Tensors = tensors;
        Metadata = metadata;
        DataStart = LengthBytes + bytes;
        DataLength = dataLength;
        Places = new Dictionary<string, int>(tensors.Length);
        foreach ((int place, HeaderTensor tensor) in tensors.Index())
        {
            Places.Add(tensor.Name, place);
        }
    }

    /// <summary>In the order in which they lie in the file.</summary>
    public HeaderTensor[] Tensors { get; }

    /// <summary>Where each lies in <see cref="Tensors"/>.</summary>
    public Dictionary<string, int> Places { get; }

    public Dictionary<string, string> Metadata { get; }

    /// <summary>Bytes before the tensors.</summary>
    public int DataStart { get; }

    /// <summary>Bytes of all tensors.</summary>
    public long DataLength { get; }

    /// <summary>Reads a file's header, by ordinary reads: a file that another process cuts off meanwhile is an error, not a
    /// signal.</summary>
    /// <exception cref="InvalidDataException">It is no whole file of this format.</exception>
    public static SafeTensorsHeader Read(SafeFileHandle file)
    {
        long fileLength = RandomAccess.GetLength(file);
        Span<byte> start = stackalloc byte[LengthBytes];
        Fill(file, start[..(int)long.Min(fileLength, LengthBytes)], 0);
        int bytes = JsonBytes(start[..(int)long.Min(fileLength, LengthBytes)], fileLength);
        NativeBuffer<byte> json = default;
        try
        {
            json.Reserve((nuint)bytes);
            Span<byte> text = json.AsSpan((nuint)bytes);
            Fill(file, text, LengthBytes);
            return Parse(text, fileLength - LengthBytes - bytes);
        }
        finally
        {
            json.Free();
        }
    }

    /// <summary>The same for a file in memory.</summary>
    public static SafeTensorsHeader Read(ReadOnlySpan<byte> file)
    {
        int bytes = JsonBytes(file[..int.Min(file.Length, LengthBytes)], file.Length);
        return Parse(file.Slice(LengthBytes, bytes), file.Length - LengthBytes - bytes);
    }

    private static int JsonBytes(ReadOnlySpan<byte> start, long fileLength)
    {
        if (start.Length < LengthBytes)
        {
            throw new InvalidDataException($"it has {fileLength} bytes, too few for the length of a header, which has {LengthBytes}.");
        }

        ulong bytes = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (bytes > MaxBytes)
        {
            throw new InvalidDataException($"the length of its header is {bytes}, more than {MaxBytes}.");
        }

        if ((long)bytes > fileLength - LengthBytes)
        {
            throw new InvalidDataException(
                $"the length of its header is {bytes}, but only {fileLength - LengthBytes} bytes follow: it is cut off, or of another "
                + "format.");
        }

        return (int)bytes;
    }

    private static SafeTensorsHeader Parse(ReadOnlySpan<byte> json, long dataLength)
    {
        var parser = new HeaderParser(json);
        parser.Parse();
        HeaderTensor[] tensors = [.. parser.Tensors.OrderBy(x => x.Begin).ThenBy(x => x.End)];
        long end = 0;
        foreach (HeaderTensor tensor in tensors)
        {
            if (tensor.Begin != end)
            {
                throw new InvalidDataException(
                    $"the data_offsets of {TensorNames.Quoted(tensor.Name)} begin at {tensor.Begin}, "
                    + (tensor.Begin < end ? $"before another tensor's end at {end}." : $"which leaves a hole from {end}."));
            }

            end = tensor.End;
            if (end > dataLength)
            {
                throw new InvalidDataException(
                    $"the data_offsets of {TensorNames.Quoted(tensor.Name)} end at {end}, but the tensors have {dataLength} bytes.");
            }
        }

        return end == dataLength ? new SafeTensorsHeader(tensors, parser.Metadata, json.Length, dataLength)
            : throw new InvalidDataException($"{dataLength - end} bytes at its end belong to no tensor.");
    }

    private static void Fill(SafeFileHandle file, Span<byte> target, long offset)
    {
        for (int done = 0; done < target.Length;)
        {
            int read = RandomAccess.Read(file, target[done..], offset + done);
            done += read > 0 ? read : throw new InvalidDataException("it was cut off while its header was read.");
        }
    }
}
