using System.Numerics.Tensors;

namespace FastAdam.Convergence.Formats;

/// <summary>
/// A moment in bitsandbytes' 8 bits: a code for each number, and for each block of 256 numbers the largest magnitude, which the codes'
/// values are multiplied by. A step is the library's in single precision, between decoding and encoding.
/// </summary>
/// <remarks>
/// The codes' values are those of <c>create_dynamic_map</c> in bitsandbytes/functional.py, signed for the first moment and unsigned for the
/// second; blocks, rounding and signs are those of <c>kOptimizerStatic8bit2StateBlockwise</c> and <c>quantize_2D</c> in its CUDA sources
/// (https://github.com/bitsandbytes-foundation/bitsandbytes). This is code of its own; ties and last bits may be others.
/// </remarks>
internal sealed unsafe class Dynamic8Moment : IMomentStorage
{
    private const int BlockLength = 256;
    private const int ExponentBits = 7;

    private static readonly float[] _signedValues = Values(isSigned: true);
    private static readonly float[] _unsignedValues = Values(isSigned: false);

    private readonly byte[] _codes;
    private readonly float[] _scales;
    private readonly AlignedBuffer<float> _decoded;
    private readonly bool _isSigned;
    private readonly float[] _values;
    private readonly float[] _midpoints;

    public Dynamic8Moment(int length, bool isSigned)
    {
        _codes = new byte[length];
        _scales = new float[(length + BlockLength - 1) / BlockLength];
        _decoded = new AlignedBuffer<float>(length, threads: 1);
        _isSigned = isSigned;
        _values = isSigned ? _signedValues : _unsignedValues;
        _midpoints = [.. _values.Zip(_values.Skip(1), (lower, upper) => (lower + upper) * 0.5f)];
    }

    public TensorArray Array => TensorArray.Of(_decoded.Pointer);

    public void BeforeStep()
    {
        Span<float> decoded = _decoded.Span;
        for (int i = 0; i < decoded.Length; i++)
        {
            decoded[i] = _values[_codes[i]] * _scales[i / BlockLength];
        }
    }

    public void AfterStep()
    {
        Span<float> numbers = _decoded.Span;
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

    public void Dispose() => _decoded.Dispose();

    /// <summary>
    /// All values: 0, 1, and means of equal parts of 0.1 to 1, times powers of ten from 10^-6 to 1. Each power has twice as many parts
    /// as the one before, and without signs twice as many as with them.
    /// </summary>
    private static float[] Values(bool isSigned)
    {
        var values = new List<double> { 0, 1 };
        for (int i = 0; i < ExponentBits; i++)
        {
            int parts = (isSigned ? 1 : 2) << i;
            double power = Math.Pow(10, i - (ExponentBits - 1));
            for (int part = 0; part < parts; part++)
            {
                double value = power * (0.1 + (0.9 * (part + 0.5) / parts));
                values.Add(value);
                if (isSigned)
                {
                    values.Add(-value);
                }
            }
        }

        return [.. values.Order().Select(value => (float)value)];
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
