namespace FastAdam.Checkpoints;

/// <summary>How many bytes a shape has.</summary>
internal static class TensorExtent
{
    /// <summary>The most dimensions of a tensor; those of numpy.</summary>
    public const int MaxDimensions = 64;

    /// <summary>What is wrong with a shape, for the end of a sentence; null where nothing is.</summary>
    public static string? WhatIsWrong(ReadOnlySpan<long> shape, SafeTensorType type, out long byteLength)
    {
        byteLength = 0;
        if (shape.Length > MaxDimensions)
        {
            return $"has {shape.Length} dimensions, more than {MaxDimensions}";
        }

        bool isEmpty = false;
        long product = SafeTensorTypes.Size(type);
        foreach (long dimension in shape)
        {
            if (dimension < 0)
            {
                return $"has the dimension {dimension}, which is negative";
            }

            isEmpty |= dimension == 0;
            if (dimension != 0 && product > long.MaxValue / dimension)
            {
                return $"[{string.Join(", ", shape.ToArray())}] of {SafeTensorTypes.Name(type)} has more than 2^63 - 1 bytes";
            }

            product *= long.Max(dimension, 1);
        }

        byteLength = isEmpty ? 0 : product;
        return null;
    }
}
