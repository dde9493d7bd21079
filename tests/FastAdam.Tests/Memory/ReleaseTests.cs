using System.Runtime.CompilerServices;
using FastAdam.Memory;
using Xunit;

namespace FastAdam.Tests.Memory;

/// <summary>Memory goes back, by what the process has in use: alone, since other tests change that, too.</summary>
[CollectionDefinition(nameof(ReleaseTests), DisableParallelization = true)]
[Collection(nameof(ReleaseTests))]
public sealed unsafe class ReleaseTests
{
    private const int Total = 1 << 30;

    [Theory]
    [InlineData(1 << 20)]
    [InlineData(32 << 20)]
    public void Freed_blocks_go_back(int bytes) => Uses(bytes, () => Block.Free(Block.Allocate((nuint)bytes, 1)));

    [Theory]
    [InlineData(1 << 20)]
    [InlineData(32 << 20)]
    public void Disposed_buffers_go_back(int bytes) => Uses(bytes, () => new AlignedBuffer<byte>(bytes).Dispose());

    [Theory]
    [InlineData(1 << 20)]
    [InlineData(32 << 20)]
    public void Buffers_that_nobody_refers_to_go_back(int bytes) => Uses(bytes, () =>
    {
        Forget(bytes);
        GC.Collect();
        GC.WaitForPendingFinalizers();
    });

    private static void Uses(int bytes, Action allocateAndRelease)
    {
        long before = Environment.WorkingSet;
        for (int i = 0; i < Total / bytes; i++)
        {
            allocateAndRelease();
        }

        long grown = Environment.WorkingSet - before;
        Assert.True(grown < Total / 4, $"{grown} bytes more are in use after {Total / bytes} times {bytes} bytes");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(int bytes) => _ = new AlignedBuffer<byte>(bytes);
}
