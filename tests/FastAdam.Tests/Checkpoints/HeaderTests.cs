using System.Text.RegularExpressions;
using FastAdam.Checkpoints;
using Xunit;

namespace FastAdam.Tests.Checkpoints;

/// <summary>Which files are of the safetensors format, and what is wrong with the others.</summary>
public sealed class HeaderTests
{
    public static TheoryData<string> Invalid => [.. HeaderCase.Invalid.Select(x => x.What)];

    public static TheoryData<string> Valid => [.. HeaderCase.Valid.Select(x => x.What)];

    [Theory]
    [MemberData(nameof(Invalid))]
    public void Refuses(string what)
    {
        HeaderCase file = HeaderCase.Invalid.Single(x => x.What == what);
        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => SafeTensorsHeader.Read(file.File()));
        Assert.Matches(file.Says!, fault.Message);
        Assert.True(fault.Message.Length < 600, fault.Message);
        Assert.DoesNotContain(fault.Message, char.IsControl);
    }

    [Theory]
    [MemberData(nameof(Valid))]
    public void Reads(string what)
    {
        HeaderCase file = HeaderCase.Valid.Single(x => x.What == what);
        var header = SafeTensorsHeader.Read(file.File());
        Assert.Equal(
            file.Tensors!.Select(x => string.Join(" ", x)),
            header.Tensors.Select(x =>
                $"{x.Name} {SafeTensorTypes.Name(x.Type)} [{string.Join(",", x.Shape)}] {x.Begin} {x.End}"),
            (x, y) => Regex.Replace(x, @",\s+", ",") == y);
        Assert.Equal(file.Metadata!, header.Metadata);
        Assert.Equal(header.DataStart + file.Data, file.File().Length);
    }

    /// <summary>The words of an error are the file's own name and what is wrong.</summary>
    [Fact]
    public void A_reader_names_the_file()
    {
        string path = Path.GetTempFileName();
        try
        {
            foreach (HeaderCase file in HeaderCase.Invalid)
            {
                File.WriteAllBytes(path, file.File());
                InvalidDataException fault = Assert.Throws<InvalidDataException>(() => new SafeTensorsReader(path).Dispose());
                Assert.StartsWith($"{path} is no valid safetensors file: ", fault.Message, StringComparison.Ordinal);
                Assert.Matches(file.Says!, fault.Message);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>A hostile header costs a few times its own size at most, whatever it claims.</summary>
    [Fact]
    public void An_invalid_header_allocates_no_more_than_its_size_allows()
    {
        foreach (HeaderCase file in HeaderCase.Invalid)
        {
            byte[] bytes = file.File();
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<InvalidDataException>(() => SafeTensorsHeader.Read(bytes));
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < 100_000 + (10L * bytes.Length), $"{file.What}: {allocated} bytes for a file of {bytes.Length}");
        }
    }
}
