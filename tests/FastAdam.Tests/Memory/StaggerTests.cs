using FastAdam.Memory;
using Xunit;

namespace FastAdam.Tests.Memory;

/// <summary>The sequence of offsets, against what the caches ask for.</summary>
public sealed class StaggerTests
{
    private const int Page = 4096;

    [Fact]
    public void Offsets_are_whole_lines_within_the_span()
    {
        for (uint block = 0; block < 5000; block++)
        {
            Assert.Equal(0u, Stagger.Of(block) % Stagger.Line);
            Assert.True(Stagger.Of(block) < Stagger.Span, $"block {block}: offset {Stagger.Of(block)}");
        }
    }

    [Fact]
    public void Four_in_a_row_lie_far_apart_in_the_sets_of_both_levels()
    {
        for (uint block = 0; block < 5000; block++)
        {
            int[] offsets = [.. Enumerable.Range(0, 4).Select(i => (int)Stagger.Of(block + (uint)i))];
            AssertApart(offsets, Page, 13 * Stagger.Line, block);
            AssertApart(offsets, 64 << 10, 13 << 10, block);
            AssertApart(offsets, 128 << 10, 13 << 10, block);
        }
    }

    [Fact]
    public void Lists_allocated_one_after_the_other_do_not_start_alike()
    {
        for (uint tensors = 1; tensors < 64; tensors++)
        {
            for (uint tensor = 0; tensor < tensors; tensor++)
            {
                Assert.NotEqual(Stagger.Of(tensor) % Page, Stagger.Of(tensor + tensors) % Page);
            }
        }

        Assert.NotEqual(Stagger.Of(7), Stagger.Of(7 + 64));
    }

    [Fact]
    public void The_sequence_goes_on_where_its_number_wraps_around() =>
        Assert.Equal((Stagger.Of(uint.MaxValue) + Stagger.Of(1)) % Stagger.Span, Stagger.Of(0));

    private static void AssertApart(int[] offsets, int modulus, int distance, uint block)
    {
        for (int i = 0; i < 4; i++)
        {
            for (int j = 0; j < i; j++)
            {
                int forward = (((offsets[i] - offsets[j]) % modulus) + modulus) % modulus;
                int apart = int.Min(forward, modulus - forward);
                Assert.True(apart >= distance, $"blocks {block + j} and {block + i} are {apart} bytes apart modulo {modulus}");
            }
        }
    }
}
