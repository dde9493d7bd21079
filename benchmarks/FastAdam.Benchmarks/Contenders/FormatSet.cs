using FastAdam.Benchmarks.Cases;
using FastAdam.Kernels;
using FastAdam.Memory;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>The tensor of a case for one kernel in a format, laid out as a <see cref="TensorSet"/> is. 8-bit moments are zero, as before
/// the first step: after it they are those of a training.</summary>
internal sealed unsafe class FormatSet : IDisposable
{
    private readonly Memory _memory;
    private readonly FormatTensor _tensor;

    public FormatSet(Case measured)
    {
        Format = (Format)measured.DType;
        long length = measured.Length;
        long scales = Format.Moment is null ? (length + Format.Block - 1) / Format.Block * sizeof(float) : 0;
        long[] sizes =
        [
            length * Format.ParameterBytes,
            length * Format.SecondBytes,
            length * Format.GradientBytes,
            length * Format.MomentBytes,
            length * Format.MomentBytes,
            scales,
            scales,
        ];
        long[] starts = new long[sizes.Length];
        long end = 0;
        uint kinds = 0;
        for (int i = 0; i < sizes.Length; i++)
        {
            if (sizes[i] != 0)
            {
                starts[i] = Up(end, Stagger.Span) + (long)Stagger.Of(kinds++);
                end = Up(starts[i] + sizes[i], Stagger.Line);
            }
        }

        _memory = new Memory(end);
        _tensor = new FormatTensor
        {
            Parameters = Place(0),
            Second = Place(1),
            Gradients = Place(2),
            ExpAvg = Place(3),
            ExpAvgSq = Place(4),
            ExpAvgScales = (float*)Place(5),
            ExpAvgSqScales = (float*)Place(6),
            Length = length,
        };
        Fill(measured.Values.Create(Format));

        byte* Place(int array) => sizes[array] == 0 ? null : _memory.Start + starts[array];
    }

    public Format Format { get; }

    public ref readonly FormatTensor Tensor => ref _tensor;

    public void Dispose() => _memory.Dispose();

    private void Fill(float[][] values)
    {
        uint[] bits = Array.ConvertAll(values[0], BitConverter.SingleToUInt32Bits);
        Repeat(
            Format.Storage switch
            {
                ParameterStorage.Split => Pattern.Bytes(Array.ConvertAll(bits, value => (ushort)((value + 0x8000) >> 16))),
                _ => Pattern.Encode(values[0], Format.Parameter),
            },
            _tensor.Parameters,
            Format.ParameterBytes);
        Repeat(
            Format.Storage switch
            {
                ParameterStorage.Split => Pattern.Bytes(Array.ConvertAll(bits, value => (ushort)value)),
                _ => Pattern.Encode(values[0], ElementType.BFloat16),
            },
            _tensor.Second,
            Format.SecondBytes);
        Repeat(Pattern.Encode(values[1], Format.Gradient), _tensor.Gradients, Format.GradientBytes);
        if (Format.Moment is { } type)
        {
            Repeat(Pattern.Encode(values[2], type), _tensor.ExpAvg, Format.MomentBytes);
            Repeat(Pattern.Encode(values[3], type), _tensor.ExpAvgSq, Format.MomentBytes);
        }
        else
        {
            // Written, so that it has pages of its own.
            byte[] zeros = new byte[Values.Count];
            Repeat(zeros, _tensor.ExpAvg, sizeof(byte));
            Repeat(zeros, _tensor.ExpAvgSq, sizeof(byte));
            long scales = (_tensor.Length + Format.Block - 1) / Format.Block * sizeof(float);
            Pattern.Repeat(zeros, (byte*)_tensor.ExpAvgScales, scales);
            Pattern.Repeat(zeros, (byte*)_tensor.ExpAvgSqScales, scales);
        }
    }

    private void Repeat(byte[] pattern, byte* array, int elementBytes) => Pattern.Repeat(pattern, array, _tensor.Length * elementBytes);

    private static long Up(long value, long multiple) => (value + multiple - 1) / multiple * multiple;
}
