using System.Numerics.Tensors;

namespace FastAdam.Convergence.Formats;

/// <summary>
/// A moment in bitsandbytes' 8 bits: a code for each number, and for each block of 256 numbers the largest magnitude, which the codes'
/// values are multiplied by. A step is the library's in single precision, between decoding and encoding.
/// </summary>
/// <remarks>
/// The library's <see cref="Dynamic8"/>, signed for the first moment and unsigned for the second, but encoded here: as in bitsandbytes'
/// <c>kOptimizerStatic8bit2StateBlockwise</c> (https://github.com/bitsandbytes-foundation/bitsandbytes, its CUDA sources) a negative first
/// moment, however small, is not made 0. Ties and last bits may be others than there.
/// </remarks>
internal sealed unsafe class Dynamic8Moment
{
    private const int BlockLength = Dynamic8.BlockLength;

    private readonly byte[] _codes;
    private readonly float[] _scales;
    private readonly float* _decoded;
    private readonly bool _isSigned;
    private readonly float[] _values;
    private readonly float[] _midpoints;

    /// <param name="state">The optimizer's moment in single precision.</param>
    /// <param name="length">Its numbers.</param>
    public Dynamic8Moment(in OptimizerState state, int length)
    {
        _codes = new byte[length];
        _scales = new float[(length + BlockLength - 1) / BlockLength];
        _decoded = (float*)state.Array.Start;
        _isSigned = state.IsSigned;
        _values = Dynamic8.Map(_isSigned).ToArray();
        _midpoints = [.. _values.Zip(_values.Skip(1), (lower, upper) => (lower + upper) * 0.5f)];
    }

    private Span<float> Decoded => new(_decoded, _codes.Length);

    /// <summary>Fills the optimizer's moment from what is stored.</summary>
    public void BeforeStep() => Dynamic8.Decode(_codes, _scales, _isSigned, Decoded);

    /// <summary>Stores what a step has left there.</summary>
    public void AfterStep()
    {
        Span<float> numbers = Decoded;
        for (int start = 0; start < numbers.Length; start += BlockLength)
        {
            Span<float> block = numbers[start..Math.Min(start + BlockLength, numbers.Length)];
            float scale = Math.Abs(TensorPrimitives.MaxMagnitude<float>(block));
            _scales[start / BlockLength] = scale;
            for (int i = 0; i < block.Length; i++)
            {
                _codes[start + i] = (byte)Code(block[i], scale);
            }
        }
    }

    private int Code(float number, float scale)
    {
        float share = scale == 0 ? 0 : number / scale;

        // The number of midpoints below it, by halving; NaN is below none.
        int code = 0;
        for (int step = 128; step > 0; step >>= 1)
        {
            if (share > _midpoints[code + step - 1])
            {
                code += step;
            }
        }

        // A number below zero must not become zero, which is positive.
        return _isSigned && number < 0 && _values[code] >= 0 ? code - 1 : code;
    }
}
