using System.Globalization;
using Xunit;

namespace FastAdam.Tests.Contracts;

/// <summary>
/// No bit of any result changes: checksums of what every rule computes in all storage types, over all options, against those in
/// Checksums.txt, on every instruction set. After a change of results that is wanted,
/// <c>FASTADAM_WRITE_CHECKSUMS=path/to/Checksums.txt</c> writes the file anew, with scalar code.
/// </summary>
public sealed class ResultChecksums
{
    private const string FileName = "Checksums.txt";
    private const string WriteVariable = "FASTADAM_WRITE_CHECKSUMS";

    /// <summary>Under emulation one line of so many is compared: the loops there are chosen as elsewhere, and each line takes
    /// milliseconds. No multiple of 2 or 3, so that all types, options of lists and numbers of threads are among them.</summary>
    private const int EmulatedStride = 7;

    private const int ShownDifferences = 10;

    private static readonly string? _pathToWrite = Environment.GetEnvironmentVariable(WriteVariable);

    private static readonly string[] _file = ReadFile();

    /// <summary>Instruction sets, and what lines begin with.</summary>
    public static TheoryData<string, string> Variants
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string instructionSet in ContractSteps.InstructionSetNames)
            {
                foreach (string variant in ChecksumLines.Variants)
                {
                    data.Add(instructionSet, variant);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_result_is_what_it_was(string instructionSet, string variant)
    {
        Assert.SkipWhen(_pathToWrite is not null, $"{WriteVariable} is set: the file is written.");
        Dictionary<string, (int Number, string Checksum)> expected = _file.Index()
            .ToDictionary(line => KeyOf(line.Item), line => (line.Index + 1, line.Item[(line.Item.LastIndexOf(' ') + 1)..]));
        var differences = new List<string>();
        int stride = ContractSteps.IsEmulated ? EmulatedStride : 1;
        foreach ((string key, Func<string, ulong> compute) in ChecksumLines.Lines(variant).Where((_, i) => i % stride == 0))
        {
            string actual = compute(instructionSet).ToString("x16", CultureInfo.InvariantCulture);
            (int number, string checksum) = expected.GetValueOrDefault(key, (0, "no line"));
            if (actual != checksum)
            {
                differences.Add($"{FileName}({number}): {key} on {instructionSet}: expected {checksum}, actual {actual}");
            }
        }

        Assert.True(
            differences.Count == 0,
            $"{differences.Count} checksums differ:\n{string.Join('\n', differences.Take(ShownDifferences))}");
    }

    [Fact]
    public void The_file_has_every_line_in_order()
    {
        if (_pathToWrite is not null)
        {
            string[] lines =
            [
                .. ChecksumLines.Variants.SelectMany(ChecksumLines.Lines)
                    .Select(line => ChecksumLines.Line(line.Key, line.Compute("scalar")))
                    .Order(StringComparer.Ordinal),
            ];
            File.WriteAllText(_pathToWrite, string.Join('\n', lines) + "\n");
            return;
        }

        string[] keys = [.. ChecksumLines.Variants.SelectMany(ChecksumLines.Keys)];
        Assert.Equal(keys.Order(StringComparer.Ordinal), _file.Select(KeyOf).Order(StringComparer.Ordinal));
        Assert.Equal(_file.Order(StringComparer.Ordinal), _file);
    }

    private static string KeyOf(string line) => line[..line.LastIndexOf(' ')];

    private static string[] ReadFile()
    {
        using var reader = new StreamReader(typeof(ResultChecksums).Assembly.GetManifestResourceStream(FileName)!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
