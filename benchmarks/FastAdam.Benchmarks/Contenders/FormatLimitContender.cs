using FastAdam.Benchmarks.Cases;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>The limit of a format: the tensor's blocks in equal shares for the threads, as in <see cref="LimitContender"/>.</summary>
internal sealed class FormatLimitContender : IContender
{
    private readonly FormatSet _set;
    private readonly FormatTensor[] _shares;
    private readonly Team _team;

    public FormatLimitContender(FormatSet set, Case measured)
    {
        _set = set;
        _shares = [.. Enumerable.Range(0, measured.Threads).Select(number => Share(number, measured.Threads))];
        _team = new Team(measured.Threads, number => FormatLimitLoop.Run(_shares[number], set.Format));
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

    private FormatTensor Share(int number, int threads)
    {
        long first = Boundary(number, threads);
        return _set.Tensor.From(_set.Format, first, Boundary(number + 1, threads) - first);
    }

    private long Boundary(int number, int threads)
    {
        long length = _set.Tensor.Length;
        return number == threads ? length : length * number / threads / Format.Block * Format.Block;
    }
}
