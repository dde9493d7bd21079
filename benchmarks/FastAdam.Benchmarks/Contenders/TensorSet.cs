using System.Runtime.InteropServices;
using FastAdam.Benchmarks.Cases;
using FastAdam.Kernels;
using FastAdam.Memory;
using FastAdam.Rules;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>
/// The tensors of one case for one kernel. All kernels' sets are laid out alike: the arrays of a kind one after the other, each on
/// a cache line of its own. The kinds are staggered as the library's own blocks are: at a distance that is nearly a large power of
/// two, they would wait for each other in the caches or the memory.
/// </summary>
internal sealed unsafe class TensorSet : IDisposable
{
    private readonly Memory _memory;

    public TensorSet(Case measured)
    {
        DType = measured.DType;
        ElementType[] types = [DType.Parameter, DType.Parameter, DType.State, DType.State];
        bool hasThird = measured.Work.State.HasFlag(StateArrays.Third);
        if (hasThird)
        {
            types = [.. types, DType.State];
        }

        long[,] starts = new long[types.Length, measured.Lengths.Count];
        long end = 0;
        for (int kind = 0; kind < types.Length; kind++)
        {
            end = Up(end, Stagger.Span) + (long)Stagger.Of((uint)kind);
            for (int i = 0; i < measured.Lengths.Count; i++)
            {
                starts[kind, i] = end;
                end = Up(end + (measured.Lengths[i] * DType.SizeOf(types[kind])), Stagger.Line);
            }
        }

        _memory = new Memory(end + sizeof(double));
        byte* memory = _memory.Start;
        MomentumProduct = (double*)(memory + end);
        *MomentumProduct = 1;
        Tensors =
        [
            .. measured.Lengths.Select((length, i) =>
                new Tensor(
                    memory + starts[0, i],
                    memory + starts[1, i],
                    memory + starts[2, i],
                    memory + starts[3, i],
                    hasThird ? memory + starts[4, i] : null,
                    length)),
        ];
        Fill(measured.Values.Create(DType));
    }

    public DType DType { get; }

    public IReadOnlyList<Tensor> Tensors { get; }

    /// <summary>NAdam's, of all tensors.</summary>
    public double* MomentumProduct { get; }

    public void Dispose() => _memory.Dispose();

    private static long Up(long value, long multiple) => (value + multiple - 1) / multiple * multiple;

    private void Fill(float[][] values)
    {
        byte[] parameters = Encode(values[0], DType.Parameter);
        byte[] gradients = Encode(values[1], DType.Parameter);
        byte[] expAvg = Encode(values[2], DType.State);
        byte[] expAvgSq = Encode(values[3], DType.State);
        foreach (Tensor tensor in Tensors)
        {
            Repeat(parameters, tensor.Parameters, tensor.Length * DType.SizeOf(DType.Parameter));
            Repeat(gradients, tensor.Gradients, tensor.Length * DType.SizeOf(DType.Parameter));
            Repeat(expAvg, tensor.ExpAvg, tensor.Length * DType.SizeOf(DType.State));
            Repeat(expAvgSq, tensor.ExpAvgSq, tensor.Length * DType.SizeOf(DType.State));
            if (tensor.MaxExpAvgSq != null)
            {
                Repeat(expAvgSq, tensor.MaxExpAvgSq, tensor.Length * DType.SizeOf(DType.State));
            }
        }
    }

    private static byte[] Encode(float[] values, ElementType type) => type switch
    {
        ElementType.Float32 => Bytes(values),
        ElementType.Float16 => Bytes(Array.ConvertAll(values, value => (Half)value)),
        ElementType.BFloat16 => Bytes(Array.ConvertAll(values, value => (BFloat16)value)),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    private static byte[] Bytes<T>(T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    private static void Repeat(ReadOnlySpan<byte> pattern, byte* target, long length)
    {
        for (long done = 0; done < length; done += pattern.Length)
        {
            int count = (int)Math.Min(length - done, pattern.Length);
            pattern[..count].CopyTo(new Span<byte>(target + done, count));
        }
    }
}
