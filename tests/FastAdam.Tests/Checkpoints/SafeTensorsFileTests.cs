using System.Runtime.InteropServices;
using System.Text;
using FastAdam.Checkpoints;
using FastAdam.Tests.Support;
using Xunit;

#pragma warning disable xUnit1051 // A save here takes milliseconds.
namespace FastAdam.Tests.Checkpoints;

/// <summary>What is saved is what the format says, and what is read again.</summary>
public sealed unsafe class SafeTensorsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File1 => _folder.File("a.safetensors");

    public void Dispose() => _folder.Dispose();

    /// <summary>The bytes that tests of the format's own library expect: test_serialization, test_serialization_forced_alignement and
    /// test_empty in safetensors/src/tensor.rs of https://github.com/huggingface/safetensors.</summary>
    [Fact]
    public void Small_files_are_those_of_the_formats_own_tests()
    {
        const string Numbers = "\0\0\0\0\0\0\u0080?\0\0\0@\0\0@@\0\0\u0080@\0\0\u00a0@";
        AssertBytes(
            "@\0\0\0\0\0\0\0{\"attn.0\":{\"dtype\":\"F32\",\"shape\":[1,2,3],\"data_offsets\":[0,24]}}" + Numbers,
            "attn.0",
            [1, 2, 3]);
        AssertBytes(
            "H\0\0\0\0\0\0\0{\"attn0\":{\"dtype\":\"F32\",\"shape\":[1,1,2,3],\"data_offsets\":[0,24]}}       " + Numbers,
            "attn0",
            [1, 1, 2, 3]);

        SafeTensorsWriter.Save(File1, []);
        Assert.Equal("\b\0\0\0\0\0\0\0{}      "u8, File.ReadAllBytes(File1));
        SafeTensorsWriter.Save(File1, [], new Dictionary<string, string> { ["framework"] = "pt" });
        Assert.Equal("(\0\0\0\0\0\0\0{\"__metadata__\":{\"framework\":\"pt\"}}     "u8, File.ReadAllBytes(File1));
    }

    [Fact]
    public void All_types_come_back_with_their_bits()
    {
        byte[] data = [.. Enumerable.Range(0, 8 * 6).Select(i => (byte)(37 * i))];
        long[][] shapes = [[2, 3], [6], [], [0], [3, 0, 2], [1, 1, 1, 6]];
        fixed (byte* pointer = data)
        {
            byte* at = pointer;
            SafeTensor[] saved =
            [
                .. Enum.GetValues<SafeTensorType>().SelectMany(
                    type => shapes.Select((shape, i) => new SafeTensor($"{i} {type}", type, shape, shape.Contains(0) ? null : at))),
            ];
            SafeTensorsWriter.Save(File1, saved);
            using var reader = new SafeTensorsReader(File1);
            Assert.Equal(saved.Select(x => x.Name).Order(), reader.Tensors.Select(x => x.Name).Order());
            byte* file = reader.Tensors[0].Data;
            foreach (SafeTensor tensor in saved)
            {
                SafeTensor read = reader[tensor.Name];
                Assert.Equal(tensor.ElementType, read.ElementType);
                Assert.Equal(tensor.Shape, read.Shape);
                Assert.Equal(tensor.Bytes, read.Bytes);
                Assert.Equal(0, (long)read.Data % SafeTensorTypes.Size(read.ElementType));
                long elements = read.Shape.ToArray().Aggregate(1L, (x, y) => x * y);
                Assert.Equal(elements * SafeTensorTypes.Size(read.ElementType), read.ByteLength);
            }

            Assert.Equal(reader.Tensors.OrderBy(x => (nint)x.Data).Select(x => x.Name), reader.Tensors.Select(x => x.Name));
        }
    }

    [Fact]
    public void The_order_of_the_tensors_does_not_matter()
    {
        float number = 1;
        float* data = &number;
        SafeTensor[] tensors =
        [
            .. ((string[])["\ud83d\ude00", "z/y", "\ue000", "a", "b", ""]).Select(
                (name, i) => new SafeTensor(name, i % 2 == 0 ? SafeTensorType.F32 : SafeTensorType.F16, [], data)),
        ];
        SafeTensorsWriter.Save(File1, tensors);
        SafeTensorsWriter.Save(_folder.File("b"), tensors.Reverse());
        Assert.Equal(File.ReadAllBytes(File1), File.ReadAllBytes(_folder.File("b")));
        using var reader = new SafeTensorsReader(File1);

        // By the bytes of UTF-8, in which U+E000 is less than U+1F600.
        Assert.Equal(["b", "\ue000", "\ud83d\ude00", "", "a", "z/y"], reader.Tensors.Select(x => x.Name));
    }

    [Fact]
    public void Metadata_comes_back()
    {
        var metadata = new Dictionary<string, string>
        {
            ["json"] = "{\"lr\": [1e-3, \"\\\\\"]}",
            ["lines"] = "1\r\n2\t\0",
            [""] = "",
            ["schräg"] = "漢字 😀 </script>",
        };
        SafeTensorsWriter.Save(File1, [], metadata);
        using var reader = new SafeTensorsReader(File1);
        Assert.Equal(metadata, reader.Metadata);
    }

    [Fact]
    public void A_tensor_longer_than_2_GiB_is_read()
    {
        const long Length = (3L << 30) + 5;
        SaveSparse(File1, Length);
        using var reader = new SafeTensorsReader(File1);
        SafeTensor tensor = reader["long"];
        Assert.Equal(Length, tensor.ByteLength);
        Assert.Equal((0, 7), (tensor.Data[Length - 2], tensor.Data[Length - 1]));
        InvalidOperationException fault = Assert.Throws<InvalidOperationException>(() => tensor.Bytes.Length);
        Assert.Contains("\"long\" has 3221225477 bytes", fault.Message, StringComparison.Ordinal);
        if (Rounds.AreMany)
        {
            string copy = _folder.File("copy");
            SafeTensorsWriter.Save(copy, reader.Tensors);
            using var again = new SafeTensorsReader(copy);
            Assert.Equal(7, again["long"].Data[Length - 1]);
            Assert.Equal(new FileInfo(File1).Length, new FileInfo(copy).Length);
        }
    }

    [Fact]
    public void Names_are_looked_up()
    {
        float number = 1.5f;
        SafeTensorsWriter.Save(File1, [new SafeTensor("a", SafeTensorType.F32, [1], &number)]);
        using var reader = new SafeTensorsReader(File1);
        Assert.True(reader.TryGetTensor("a", out SafeTensor tensor));
        Assert.Equal(1.5f, MemoryMarshal.Read<float>(tensor.Bytes));
        Assert.False(reader.TryGetTensor("A", out _));
        KeyNotFoundException fault = Assert.Throws<KeyNotFoundException>(() => reader["A"]);
        Assert.Equal($"{File1} has no tensor \"A\".", fault.Message);
    }

    [Fact]
    public void A_reader_that_was_disposed_of_says_so()
    {
        SafeTensorsWriter.Save(File1, []);
        var reader = new SafeTensorsReader(File1);
        reader.Dispose();
        reader.Dispose();
        Assert.Throws<ObjectDisposedException>(() => reader.Tensors);
        Assert.Throws<ObjectDisposedException>(() => reader.TryGetTensor("a", out _));
        Assert.Throws<ObjectDisposedException>(() => reader["a"]);
        Assert.Empty(reader.Metadata);
    }

    [Fact]
    public void Invalid_tensors_are_named()
    {
        float number = 1;
        float* data = &number;
        nint address = (nint)data;
        SafeTensor Make(string name, SafeTensorType type, long[] shape, nint at) => new(name, type, shape, (void*)at);

        Assert.Equal("name", Assert.Throws<ArgumentNullException>(() => Make(null!, SafeTensorType.F32, [], address)).ParamName);
        Assert.Equal("data", Assert.Throws<ArgumentNullException>(() => Make("a", SafeTensorType.F32, [], 0)).ParamName);
        Assert.Equal("type", Assert.Throws<ArgumentOutOfRangeException>(() => Make("a", (SafeTensorType)17, [], address)).ParamName);
        foreach ((string name, string says) in ((string, string)[])
            [
                ("__metadata__", "__metadata__"), ("a\nb", "\"a\\u000ab\" has"), ("\ud800", "\"\\ud800\" is not"),
                ("\ud800x", "valid Unicode"),
            ])
        {
            ArgumentException fault = Assert.Throws<ArgumentException>(() => Make(name, SafeTensorType.F32, [], address));
            Assert.Contains(says, fault.Message, StringComparison.Ordinal);
        }

        foreach ((long[] shape, string says) in ((long[], string)[])
            [([2, -1], "\"a\" has the dimension -1"), ([1L << 61, 2], "more than 2^63 - 1 bytes"), (new long[65], "65 dimensions")])
        {
            ArgumentOutOfRangeException fault =
                Assert.Throws<ArgumentOutOfRangeException>(() => Make("a", SafeTensorType.F32, shape, address));
            Assert.Contains(says, fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Invalid_arguments_leave_the_file_alone()
    {
        float number = 1;
        var tensor = new SafeTensor("a", SafeTensorType.F32, [], &number);
        SafeTensorsWriter.Save(File1, [tensor]);
        byte[] before = File.ReadAllBytes(File1);
        foreach ((string says, SafeTensor[] tensors, Dictionary<string, string>? metadata) in
            ((string, SafeTensor[], Dictionary<string, string>?)[])
            [
                ("two tensors \"a\"", [tensor, tensor], null),
                ("tensors[1] has no name", [tensor, default], null),
                ("metadata[\"k\"] is null", [], new() { ["k"] = null! }),
                ("metadata[\"k\"] is no valid Unicode", [], new() { ["k"] = "\ud800" }),
                ("metadata[\"\\udc00\"] is no valid Unicode", [], new() { ["\udc00"] = "" }),
                ("a header of 1000000", [], new() { ["k"] = new string('x', 100_000_000) }),
            ])
        {
            ArgumentException fault = Assert.ThrowsAny<ArgumentException>(() => SafeTensorsWriter.Save(File1, tensors, metadata));
            Assert.Contains(says, fault.Message, StringComparison.Ordinal);
            Assert.Equal(before, File.ReadAllBytes(File1));
            Assert.Equal(["a.safetensors"], _folder.Names);
        }
    }

    /// <summary>A file of zeros that takes no room on the disk, but for its last byte, which is 7.</summary>
    private static void SaveSparse(string path, long length)
    {
        byte[] header = Encoding.UTF8.GetBytes($$$"""{"long":{"dtype":"U8","shape":[{{{length}}}],"data_offsets":[0,{{{length}}}]}}""");
        using FileStream file = File.Create(path);
        file.Write(BitConverter.GetBytes((long)header.Length));
        file.Write(header);
        file.SetLength(8 + header.Length + length);
        file.Position = file.Length - 1;
        file.WriteByte(7);
    }

    private void AssertBytes(string expected, string name, ReadOnlySpan<long> shape)
    {
        float[] numbers = [0, 1, 2, 3, 4, 5];
        fixed (float* pointer = numbers)
        {
            SafeTensorsWriter.Save(File1, [new SafeTensor(name, SafeTensorType.F32, shape, pointer)]);
        }

        Assert.Equal(Encoding.Latin1.GetBytes(expected), File.ReadAllBytes(File1));
    }
}
