using FastAdam.Memory;
using Xunit;

namespace FastAdam.Tests.Memory;

/// <summary>Blocks one after another start where they do not get in each other's way: alone, since others' blocks count, too.</summary>
[Collection(nameof(ReleaseTests))]
public sealed unsafe class ConsecutiveBlockTests
{
    private const int Page = 4096;
    private const int HugePage = 2 << 20;

    [Theory]
    [InlineData(Page)]
    [InlineData(Page + 1)]
    [InlineData(300_001)]
    [InlineData(HugePage - 1)]
    [InlineData(HugePage)]
    [InlineData(HugePage + 1)]
    [InlineData((3 * HugePage) + 12_345)]
    public void They_start_in_different_sets(int bytes)
    {
        byte*[] blocks = new byte*[4];
        var starts = new HashSet<nuint>();
        for (int i = 0; i < blocks.Length; i++)
        {
            blocks[i] = Block.Allocate((nuint)bytes, 1);
            starts.Add((nuint)blocks[i] % Page);
        }

        foreach (byte* block in blocks)
        {
            Block.Free(block);
        }

        Assert.Equal(4, starts.Count);
    }
}
