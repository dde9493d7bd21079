using System.IO.Compression;
using System.Text.RegularExpressions;

namespace FastAdam.Convergence;

/// <summary>
/// The text of data/text.txt.gz as numbers: one for each word in small letters and each mark. Those that the training part has most
/// often have a number of their own, the most frequent 1 and so on; all others are <see cref="Unknown"/>.
/// </summary>
internal sealed partial class TextDataSet
{
    public const int Vocabulary = 2048;
    public const int Unknown = 0;

    private const double TrainingShare = 0.9;

    private TextDataSet(int[] training, int[] heldOut)
    {
        Training = training;
        HeldOut = heldOut;
    }

    /// <summary>The first nine tenths of the text.</summary>
    public int[] Training { get; }

    /// <summary>The rest.</summary>
    public int[] HeldOut { get; }

    /// <summary>Reads the copy that stands beside the program.</summary>
    public static TextDataSet Load()
    {
        using FileStream file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "data", "text.txt.gz"));
        using var decompressed = new GZipStream(file, CompressionMode.Decompress);
        using var reader = new StreamReader(decompressed);

#pragma warning disable CA1308 // Upper case would say nothing more.
        string[] words = [.. Words().Matches(reader.ReadToEnd().ToLowerInvariant()).Select(match => match.Value)];
#pragma warning restore CA1308
        int training = (int)(TrainingShare * words.Length);

        // Words that are equally frequent are in the order of their first use, as OrderBy keeps it.
        var numbers = words[..training]
            .GroupBy(word => word)
            .OrderByDescending(uses => uses.Count())
            .Take(Vocabulary - 1)
            .Index()
            .ToDictionary(uses => uses.Item.Key, uses => uses.Index + 1);
        int[] tokens = [.. words.Select(word => numbers.GetValueOrDefault(word, Unknown))];
        return new TextDataSet(tokens[..training], tokens[training..]);
    }

    [GeneratedRegex(@"[a-z]+|[^a-z\s]")]
    private static partial Regex Words();
}
