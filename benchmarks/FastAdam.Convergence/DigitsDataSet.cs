using System.Globalization;
using System.IO.Compression;
using System.Numerics.Tensors;

namespace FastAdam.Convergence;

/// <summary>The handwritten digits of data/digits.csv.gz: 8 x 8 pixels from 0 to 1, and a label from 0 to 9.</summary>
internal sealed class DigitsDataSet
{
    public const int Pixels = 64;
    public const int Classes = 10;

    private const float Ink = 16;
    private const double TrainingShare = 0.8;

    private readonly float[] _pixels;
    private readonly int[] _labels;

    private DigitsDataSet(float[] pixels, int[] labels)
    {
        _pixels = pixels;
        _labels = labels;
    }

    public int Count => _labels.Length;

    /// <summary>Reads the copy that stands beside the program.</summary>
    public static DigitsDataSet Load()
    {
        using FileStream file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "data", "digits.csv.gz"));
        using var decompressed = new GZipStream(file, CompressionMode.Decompress);
        using var reader = new StreamReader(decompressed);

        var pixels = new List<float>();
        var labels = new List<int>();
        while (reader.ReadLine() is { } line)
        {
            int[] numbers = [.. line.Split(',').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
            pixels.AddRange(numbers.Take(Pixels).Select(ink => (float)ink));
            labels.Add(numbers[Pixels]);
        }

        float[] scaled = [.. pixels];
        TensorPrimitives.Divide(scaled, Ink, scaled);
        return new DigitsDataSet(scaled, [.. labels]);
    }

    /// <summary>How many of so many images are to train with.</summary>
    public static int TrainingCount(int count) => (int)(TrainingShare * count);

    public ReadOnlySpan<float> Image(int index) => _pixels.AsSpan(index * Pixels, Pixels);

    public int Label(int index) => _labels[index];

    /// <summary>Shuffles the images and cuts them into those to train with and those to test with.</summary>
    public (int[] Training, int[] Test) Split(Random random)
    {
        int[] indices = [.. Enumerable.Range(0, Count)];
        random.Shuffle(indices);
        int training = TrainingCount(Count);
        return (indices[..training], indices[training..]);
    }
}
