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
    private readonly StateArray[] _state;

    public TensorSet(Case measured)
    {
        DType = measured.DType;
        StateArrays state = measured.Work.State;
        _state = RuleKinds.DescriptionOf(measured.Work.Kind).State;
        int[] kept = [.. Enumerable.Range(0, ArrayRoles.MostStates).Where(i => ((int)state >> i & 1) != 0)];
        ElementType[] types = [DType.Parameter, DType.Parameter, .. kept.Select(_ => DType.State)];
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

        int numbers = measured.Lengths.Count * TensorNumbers.Capacity * sizeof(double);
        _memory = new Memory(end + numbers);
        byte* memory = _memory.Start;
        Numbers = (double*)(memory + end);
        new Span<double>(Numbers, measured.Lengths.Count * TensorNumbers.Capacity).Fill(0.5);
        Tensors =
        [
            .. measured.Lengths.Select((length, i) =>
                new Tensor(memory + starts[0, i], memory + starts[1, i], State(0, i), State(1, i), State(2, i), State(3, i), length)),
        ];
        Fill(measured.Values.Create(DType));

        byte* State(int place, int tensor)
        {
            int kind = Array.IndexOf(kept, place);
            return kind < 0 ? null : memory + starts[2 + kind, tensor];
        }
    }

    public DType DType { get; }

    public IReadOnlyList<Tensor> Tensors { get; }

    /// <summary>The numbers that a rule may keep, of one tensor after the other.</summary>
    public double* Numbers { get; }

    public void Dispose() => _memory.Dispose();

    private static long Up(long value, long multiple) => (value + multiple - 1) / multiple * multiple;

    private void Fill(float[][] values)
    {
        byte[] parameters = Pattern.Encode(values[0], DType.Parameter);
        byte[] gradients = Pattern.Encode(values[1], DType.Parameter);
        byte[] first = Pattern.Encode(values[2], DType.State);
        byte[] second = Pattern.Encode(values[3], DType.State);
        byte** places = stackalloc byte*[ArrayRoles.MostStates];
        foreach (Tensor tensor in Tensors)
        {
            Pattern.Repeat(parameters, tensor.Parameters, tensor.Length * DType.SizeOf(DType.Parameter));
            Pattern.Repeat(gradients, tensor.Gradients, tensor.Length * DType.SizeOf(DType.Parameter));
            places[0] = tensor.ExpAvg;
            places[1] = tensor.ExpAvgSq;
            places[2] = tensor.Third;
            places[3] = tensor.Fourth;
            for (int i = 0; i < _state.Length; i++)
            {
                if (places[i] != null)
                {
                    byte[] pattern = _state[i].Follows == Follows.FirstMoment ? first : second;
                    Pattern.Repeat(pattern, places[i], tensor.Length * DType.SizeOf(DType.State));
                }
            }
        }
    }
}
