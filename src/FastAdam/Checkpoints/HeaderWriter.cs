using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FastAdam.Checkpoints;

/// <summary>Headers of safetensors files.</summary>
internal static class HeaderWriter
{
    // The header is filled up to a multiple of this, so that the tensors behind it are aligned.
    private const int Alignment = 8;

    /// <summary>The tensors in the order of files: by their types, from the last to the first, and by their names in UTF-8.</summary>
    /// <exception cref="ArgumentException">Two have the same name, or one is <c>default</c>.</exception>
    public static SafeTensor[] Sorted(IEnumerable<SafeTensor> tensors)
    {
        var names = new HashSet<string>();
        var keyed = new List<(SafeTensor Tensor, byte[] Name)>();
        foreach (SafeTensor tensor in tensors)
        {
            if (tensor.Name is null)
            {
                throw new ArgumentException($"tensors[{keyed.Count}] has no name: default is no tensor.", nameof(tensors));
            }

            if (!names.Add(tensor.Name))
            {
                throw new ArgumentException($"There are two tensors {TensorNames.Quoted(tensor.Name)}.", nameof(tensors));
            }

            keyed.Add((tensor, TensorNames.Utf8.GetBytes(tensor.Name)));
        }

        keyed.Sort((x, y) => x.Tensor.ElementType != y.Tensor.ElementType
            ? y.Tensor.ElementType.CompareTo(x.Tensor.ElementType)
            : x.Name.AsSpan().SequenceCompareTo(y.Name));
        return [.. keyed.Select(x => x.Tensor)];
    }

    /// <summary>The length, the header and what fills it up.</summary>
    /// <param name="tensors">In the order of the file.</param>
    /// <param name="metadata">Texts by keys, or null.</param>
    /// <exception cref="ArgumentException">A text is no valid Unicode, or there is too much of it.</exception>
    public static ReadOnlySpan<byte> Header(SafeTensor[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        buffer.GetSpan(SafeTensorsHeader.LengthBytes)[..SafeTensorsHeader.LengthBytes].Clear();
        buffer.Advance(SafeTensorsHeader.LengthBytes);
        var options = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
        using (var json = new Utf8JsonWriter(buffer, options))
        {
            json.WriteStartObject();
            if (metadata is not null)
            {
                WriteMetadata(json, metadata);
            }

            long offset = 0;
            foreach (SafeTensor tensor in tensors)
            {
                WriteTensor(json, tensor, offset);
                offset = checked(offset + tensor.ByteLength);
            }

            json.WriteEndObject();
        }

        int padding = -buffer.WrittenCount & (Alignment - 1);
        buffer.GetSpan(Alignment)[..padding].Fill((byte)' ');
        buffer.Advance(padding);
        int bytes = buffer.WrittenCount - SafeTensorsHeader.LengthBytes;
        if (bytes > SafeTensorsHeader.MaxBytes)
        {
            throw new ArgumentException(
                $"The names, shapes and metadata take a header of {bytes} bytes; a file can have {SafeTensorsHeader.MaxBytes}.",
                nameof(tensors));
        }

        var header = new Span<byte>([.. buffer.WrittenSpan]);
        BinaryPrimitives.WriteInt64LittleEndian(header, bytes);
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject(TensorNames.Metadata);
        foreach ((string key, string value) in metadata)
        {
            string what = $"metadata[{TensorNames.Quoted(key)}]";
            if (value is null)
            {
                throw new ArgumentNullException(nameof(metadata), $"{what} is null.");
            }

            if (!TensorNames.IsUnicode(key) || !TensorNames.IsUnicode(value))
            {
                throw new ArgumentException($"{what} is no valid Unicode.", nameof(metadata));
            }

            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static void WriteTensor(Utf8JsonWriter json, SafeTensor tensor, long offset)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", SafeTensorTypes.Name(tensor.ElementType));
        json.WriteStartArray("shape");
        foreach (long dimension in tensor.Shape)
        {
            json.WriteNumberValue(dimension);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(checked(offset + tensor.ByteLength));
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
