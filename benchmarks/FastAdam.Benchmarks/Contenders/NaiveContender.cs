namespace FastAdam.Benchmarks.Contenders;

/// <summary>AdamW as one writes it down in C#: a loop over the elements, by one thread.</summary>
internal sealed unsafe class NaiveContender<TParameter, TState>(TensorSet set) : IContender
    where TParameter : unmanaged
    where TState : unmanaged
{
    private long _step = 1;

    public void Begin(int calls)
    {
    }

    public void Run(int calls)
    {
        for (int call = 0; call < calls; call++, _step++)
        {
            foreach (Tensor tensor in set.Tensors)
            {
                int length = checked((int)tensor.Length);
                NaiveLoop.Step(
                    new Span<TParameter>(tensor.Parameters, length),
                    new ReadOnlySpan<TParameter>(tensor.Gradients, length),
                    new Span<TState>(tensor.ExpAvg, length),
                    new Span<TState>(tensor.ExpAvgSq, length),
                    _step,
                    ParameterGroup.AdamW);
            }
        }
    }

    public void End()
    {
    }

    public void Dispose() => set.Dispose();
}
