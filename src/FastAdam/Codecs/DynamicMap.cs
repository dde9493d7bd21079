using System.Runtime.CompilerServices;

namespace FastAdam.Codecs;

/// <summary>
/// The dynamic 8-bit type: the numbers of its 256 codes, in ascending order, and the nearest of them to a number. Source: T. Dettmers,
/// "8-Bit Approximations for Parallelism in Deep Learning", 2016; bitsandbytes, <c>functional.create_dynamic_map</c>; torchao,
/// <c>optim/quant_utils.py</c>, whose numbers are the same.
/// </summary>
internal sealed class DynamicMap
{
    public const int Length = 256;

    private const float First = 0.1f;

    /// <summary>The upper ends of the decades.</summary>
    private static readonly float[] _decades = [1e-6f, 1e-5f, 1e-4f, 1e-3f, 1e-2f, 1e-1f, 1];

    private readonly float[] _values;

    // Where the numbers begin that are nearest to code 1, to code 2, and so on.
    private readonly float[] _starts = new float[Length - 1];

    private DynamicMap(bool isSigned)
    {
        _values = [.. Unsorted(isSigned)];
        Array.Sort(_values);
        for (int code = 0; code < _starts.Length; code++)
        {
            // As bitsandbytes' kernels search: the middle, rounded, belongs to the even code.
            float middle = (_values[code] + _values[code + 1]) * 0.5f;
            _starts[code] = (code & 1) == 0 ? MathF.BitIncrement(middle) : middle;
        }

        Zero = Nearest(0);
    }

    public static DynamicMap Signed { get; } = new(isSigned: true);

    public static DynamicMap Unsigned { get; } = new(isSigned: false);

    /// <summary>The numbers of the codes.</summary>
    public ReadOnlySpan<float> Entries => _values;

    /// <summary>The code of 0.</summary>
    public byte Zero { get; }

    /// <param name="value">From -1 to 1.</param>
    /// <returns>The nearest code; of two that are as near, the even one.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte Nearest(float value)
    {
        float[] starts = _starts;
        int code = 0;
        for (int bit = 7; bit >= 0; bit--)
        {
            // A number to add, not a branch, which could not be predicted.
            code += (value >= starts[code + (1 << bit) - 1] ? 1 : 0) << bit;
        }

        return (byte)code;
    }

    private static IEnumerable<float> Unsorted(bool isSigned)
    {
        yield return 0;
        yield return 1;
        for (int decade = 0; decade < _decades.Length; decade++)
        {
            int count = 1 << (isSigned ? decade : decade + 1);
            for (int i = 0; i < count; i++)
            {
                float value = _decades[decade] * ((Bound(i, count) + Bound(i + 1, count)) / 2);
                yield return value;
                if (isSigned)
                {
                    yield return -value;
                }
            }
        }
    }

    /// <summary>Bound i of the count + 1 between equal parts of 0.1 to 1.</summary>
    /// <remarks>torch.linspace: a step in single precision, and from the nearer end a fused multiply-add, as PyTorch's AVX2 and AVX-512 code
    /// has it. In double the product and the sum are exact, so that there is one rounding here too.</remarks>
    private static float Bound(int i, int count)
    {
        double step = (1 - First) / count;
        return i < (count + 1) / 2 ? (float)(First + (step * i)) : (float)(1 - (step * (count - i)));
    }
}
