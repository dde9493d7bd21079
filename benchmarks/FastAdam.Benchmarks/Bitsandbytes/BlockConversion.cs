namespace FastAdam.Benchmarks.Bitsandbytes;

/// <summary>How moments get from their 8 bits into single precision and back.</summary>
internal abstract class BlockConversion
{
    /// <summary>Elements that share a scale.</summary>
    public const int Block = 256;

    /// <summary>What numbers are rounded to, in parts of their scale, before their codes are looked up; 0 where they are not.</summary>
    public abstract double Resolution { get; }

    /// <summary>A new tensor of what the codes stand for.</summary>
    /// <param name="moment">The moment.</param>
    public abstract ulong Dequantize(Moment moment);

    /// <summary>Sets the codes and scales to those nearest to the values.</summary>
    /// <param name="values">A tensor.</param>
    /// <param name="moment">The moment.</param>
    public abstract void Quantize(ulong values, Moment moment);
}
