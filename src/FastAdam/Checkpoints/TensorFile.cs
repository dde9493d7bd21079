using System.Diagnostics.CodeAnalysis;

namespace FastAdam.Checkpoints;

/// <summary>An open file in the safetensors format whose header was checked, and whose tensors are read by ordinary reads: a file that
/// another process cuts off meanwhile is an error, not a signal.</summary>
internal sealed unsafe class TensorFile : IDisposable
{
    // A span has no more than 2^31 - 1 bytes.
    private const int Piece = 1 << 30;

    /// <param name="path">Where it is.</param>
    /// <exception cref="InvalidDataException">It is no whole file of this format; the message names it.</exception>
    public TensorFile(string path)
    {
        SafeTensorTypes.RequireLittleEndian();
        Stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        try
        {
            Header = SafeTensorsHeader.Read(Stream.SafeFileHandle);
        }
        catch (InvalidDataException fault)
        {
            Stream.Dispose();
            throw new InvalidDataException($"{path} is no valid safetensors file: {fault.Message}", fault);
        }
        catch
        {
            Stream.Dispose();
            throw;
        }
    }

    public FileStream Stream { get; }

    public SafeTensorsHeader Header { get; }

    /// <summary>Looks a tensor up.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out HeaderTensor? tensor)
    {
        tensor = Header.Places.TryGetValue(name, out int place) ? Header.Tensors[place] : null;
        return tensor is not null;
    }

    /// <summary>Reads all bytes of a tensor.</summary>
    /// <exception cref="InvalidDataException">The file has become shorter.</exception>
    public void Read(HeaderTensor tensor, void* target)
    {
        for (long done = 0; done < tensor.ByteLength;)
        {
            var piece = new Span<byte>((byte*)target + done, (int)long.Min(Piece, tensor.ByteLength - done));
            int read = RandomAccess.Read(Stream.SafeFileHandle, piece, Header.DataStart + tensor.Begin + done);
            done += read > 0 ? read
                : throw new InvalidDataException($"it was cut off while {TensorNames.Quoted(tensor.Name)} was read.");
        }
    }

    public void Dispose() => Stream.Dispose();
}
