using FastAdam.Benchmarks.Cases;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>The limit: all tensors' elements in equal shares for the threads, which wait for work without sleeping.</summary>
internal sealed unsafe class LimitContender : IContender
{
    private readonly TensorSet _set;
    private readonly Tensor[][] _shares;
    private readonly Team _team;
    private readonly int _parameterBytes;
    private readonly int _stateBytes;
    private readonly Work _work;

    public LimitContender(TensorSet set, Case measured)
    {
        _set = set;
        _work = measured.Work;
        _parameterBytes = DType.SizeOf(set.DType.Parameter);
        _stateBytes = DType.SizeOf(set.DType.State);
        _shares = [.. Enumerable.Range(0, measured.Threads).Select(number => Share(number, measured))];
        _team = new Team(measured.Threads, Work);
    }

    public void Begin(int calls) => _team.Begin();

    public void Run(int calls)
    {
        for (int call = 0; call < calls; call++)
        {
            _team.Run();
        }
    }

    public void End() => _team.End();

    public void Dispose()
    {
        _team.Dispose();
        _set.Dispose();
    }

    private void Work(int number)
    {
        foreach (ref readonly Tensor tensor in _shares[number].AsSpan())
        {
            if (_work.OnlyReadsGradients)
            {
                LimitLoop.Read(tensor.Gradients, tensor.Length * _parameterBytes);
            }
            else
            {
                LimitLoop.Run(tensor, _work.State, _parameterBytes, _stateBytes);
            }
        }
    }

    /// <summary>The parts of tensors that lie in a thread's share of all elements.</summary>
    private Tensor[] Share(int number, Case measured)
    {
        long first = Boundary(number, measured);
        long end = Boundary(number + 1, measured);
        List<Tensor> share = [];
        long start = 0;
        foreach (Tensor tensor in _set.Tensors)
        {
            long from = Math.Clamp(first - start, 0, tensor.Length);
            long to = Math.Clamp(end - start, 0, tensor.Length);
            if (from < to)
            {
                share.Add(tensor.From(from, _parameterBytes, _stateBytes, to - from));
            }

            start += tensor.Length;
        }

        return [.. share];
    }

    private static long Boundary(int number, Case measured)
    {
        const int CacheLine = 64;
        return number == measured.Threads
            ? measured.Length
            : measured.Length * number / measured.Threads / CacheLine * CacheLine;
    }
}
