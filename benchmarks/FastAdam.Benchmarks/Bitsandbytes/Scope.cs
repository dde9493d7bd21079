using Torch = FastAdam.LibTorch.Tests.LibTorch;

namespace FastAdam.Benchmarks.Bitsandbytes;

/// <summary>Tensors that are given back at its end.</summary>
internal readonly struct Scope() : IDisposable
{
    private readonly List<ulong> _tensors = [];

    /// <summary>Notes a tensor.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <returns>It.</returns>
    public ulong Of(ulong tensor)
    {
        _tensors.Add(tensor);
        return tensor;
    }

    public void Dispose() => _tensors.ForEach(Torch.Delete);
}
