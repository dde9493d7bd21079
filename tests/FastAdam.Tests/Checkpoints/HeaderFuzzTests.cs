using System.Diagnostics;
using System.Numerics;
using System.Text;
using System.Text.Json;
using FastAdam.Checkpoints;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Checkpoints;

/// <summary>Files that random changes have made: each is refused with its one exception, or is what its header says.</summary>
public sealed class HeaderFuzzTests(ITestOutputHelper output)
{
    private static readonly string[] _words =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud800", "\\ud83d\\ude00", " ", "\n", "0", "1", "2", "4", "8", "-0", "-1", "1.5",
        "1e1", "9223372036854775807", "9223372036854775808", "18446744073709551616", "4294967296", "null", "true", "\"dtype\"", "\"shape\"",
        "\"data_offsets\"", "\"__metadata__\"", "\"F32\"", "\"U8\"", "\"BF16\"", "\"I64\"", "\"F4\"", "\"a\"", "\"b\"", "{}", "[]",
        "[0,0]", "[8,8]", "{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}", "\0", "é", "/*", "NaN",
    ];

    [Fact]
    public void A_changed_file_is_refused_or_right()
    {
        // The factor 500 makes it a million.
        int rounds = Rounds.Of(2000);
        var random = new Random(Seeds.Base);
        byte[][] valid = [.. HeaderCase.Valid.Select(x => x.File())];
        var time = Stopwatch.StartNew();
        int accepted = 0;
        for (int round = 0; round < rounds; round++)
        {
            byte[] file = valid[random.Next(valid.Length)];
            for (int changes = random.Next(1, 5); changes > 0; changes--)
            {
                file = Changed(file, valid[random.Next(valid.Length)], random);
            }

            try
            {
                Require(file, SafeTensorsHeader.Read(file));
                accepted++;
            }
            catch (InvalidDataException)
            {
            }
            catch (Exception fault)
            {
                Assert.Fail($"round {round} {Seeds.Replay}, {Convert.ToHexString(file)}: {fault}");
            }
        }

        output.WriteLine($"{rounds} changed files {Seeds.Replay}: {accepted} accepted, in {time.Elapsed.TotalSeconds:F1} s");
        Assert.InRange(accepted, rounds / 1000, rounds / 2);
    }

    private static byte[] Changed(byte[] file, byte[] other, Random random)
    {
        int place = random.Next(file.Length + 1);
        int length = random.Next(int.Min(file.Length - place, 12) + 1);
        byte[] word = Encoding.UTF8.GetBytes(_words[random.Next(_words.Length)]);
        byte[] changed;
        switch (random.Next(9))
        {
            case 0: // a bit
                changed = [.. file];
                if (place < file.Length)
                {
                    changed[place] ^= (byte)(1 << random.Next(8));
                }

                return changed;
            case 1: // any byte
                changed = [.. file];
                if (place < file.Length)
                {
                    changed[place] = (byte)random.Next(256);
                }

                return changed;
            case 2: // bytes gone, with the header's length as it was
                return [.. file[..place], .. file[(place + length)..]];
            case 3: // cut off
                return file[..place];
            case 4: // bytes behind
                return [.. file, .. new byte[random.Next(1, 9)]];
            case 5: // the length of the header
                changed = [.. file];
                if (file.Length >= 8)
                {
                    ulong claimed =
                        random.Next(3) == 0 ? (ulong)random.NextInt64() : BitConverter.ToUInt64(file) + (ulong)random.Next(-9, 9);
                    BitConverter.TryWriteBytes(changed, claimed);
                }

                return changed;
            case 6: // text of another file
                return WithText(file, place, length, Piece(other, random));
            default: // a word in the place of some text
                return WithText(file, place, random.Next(2) * length, word);
        }
    }

    private static byte[] Piece(byte[] file, Random random)
    {
        int start = random.Next(8, file.Length);
        return file[start..random.Next(start, file.Length + 1)];
    }

    /// <summary>The file with other bytes in a place of its header, whose length is that of the new one.</summary>
    private static byte[] WithText(byte[] file, int place, int length, byte[] text)
    {
        if (place < 8 || file.Length < 8)
        {
            return file;
        }

        byte[] changed = [.. file[..place], .. text, .. file[(place + length)..]];
        BitConverter.TryWriteBytes(changed, BitConverter.ToInt64(file) + text.Length - length);
        return changed;
    }

    /// <summary>What is accepted is JSON to another parser, which reads the same of it; and no tensor reaches outside or over another
    /// one.</summary>
    private static void Require(byte[] file, SafeTensorsHeader header)
    {
        int length = checked((int)BitConverter.ToInt64(file));
        using var json = JsonDocument.Parse(file.AsMemory(8, length), new JsonDocumentOptions { AllowDuplicateProperties = false });
        Assert.Equal(8 + length, header.DataStart);
        int[] owners = new int[file.Length - 8 - length];
        int tensors = 0;
        foreach (JsonProperty property in json.RootElement.EnumerateObject())
        {
            if (property.Name == "__metadata__")
            {
                Assert.Equal(property.Value.EnumerateObject().ToDictionary(x => x.Name, x => x.Value.GetString()!), header.Metadata);
                continue;
            }

            tensors++;
            HeaderTensor tensor = header.Tensors[header.Places[property.Name]];
            long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(x => x.GetInt64())];
            long[] offsets = [.. property.Value.GetProperty("data_offsets").EnumerateArray().Select(x => x.GetInt64())];
            Assert.Equal(property.Name, tensor.Name);
            Assert.Equal(property.Value.GetProperty("dtype").GetString(), SafeTensorTypes.Name(tensor.Type));
            Assert.Equal(shape, tensor.Shape);
            Assert.Equal((offsets[0], offsets[1]), (tensor.Begin, tensor.End));
            BigInteger bytes = shape.Aggregate((BigInteger)SafeTensorTypes.Size(tensor.Type), (product, x) => product * x);
            Assert.Equal(bytes, tensor.End - tensor.Begin);
            for (long i = tensor.Begin; i < tensor.End; i++)
            {
                owners[i]++;
            }
        }

        Assert.Equal(tensors, header.Tensors.Length);
        Assert.All(owners, x => Assert.Equal(1, x));
    }
}
