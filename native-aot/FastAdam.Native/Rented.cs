using System.Buffers;

namespace FastAdam.Native;

/// <summary>Room for the arguments of a call as the managed library takes them, from a pool that keeps it for the next call.</summary>
/// <typeparam name="T">What is put there.</typeparam>
internal readonly ref struct Rented<T>(int count) : IDisposable
    where T : unmanaged
{
    private readonly T[] _array = ArrayPool<T>.Shared.Rent(count);

    public Span<T> Span => _array.AsSpan(0, count);

    public void Dispose() => ArrayPool<T>.Shared.Return(_array);
}
