using System.Globalization;
using FastAdam.Memory;
using Xunit;

namespace FastAdam.Tests.Memory;

/// <summary>Blocks of every kind: how they start, what they hold, who may free them.</summary>
public sealed unsafe class BlockTests
{
    private const int Page = 4096;
    private const int HugePage = 2 << 20;

    private static readonly int[] _shorterThanPage = [0, 1, 63, 64, 65, Page - 1];
    private static readonly int[] _pages = [Page, Page + 1, 300_001, HugePage - 1, HugePage, HugePage + 1, (3 * HugePage) + 12_345];

    public static TheoryData<int> Sizes => [.. _shorterThanPage, .. _pages];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Starts_at_a_line(int bytes) => WithBlocks(5, bytes, 1, (block, _) => Assert.Equal(0u, (nuint)block % 64));

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Is_zero_and_writable_to_its_last_byte_even_where_memory_was_used_before(int bytes)
    {
        for (int threads = 0; threads <= 3; threads++)
        {
            WithBlocks(3, bytes, threads, (block, number) =>
            {
                var content = new Span<byte>(block, bytes);
                int written = content.IndexOfAnyExcept((byte)0);
                Assert.True(written < 0, $"block {number} of {bytes} bytes, {threads} threads: byte {written} is not 0");
                content.Fill(0xa5);
            });
        }
    }

    [Theory]
    [InlineData(16 << 20, 1, 8, 1)]
    [InlineData(16 << 20, 3, 8, 3)]
    [InlineData(16 << 20, 9, 8, 8)]
    [InlineData(16 << 20, 0, 4, 4)]
    [InlineData(16 << 20, 0, 64, 8)]
    [InlineData((4 << 20) - 1, 0, 8, 1)]
    [InlineData(4 << 20, 0, 8, 2)]
    [InlineData(0, 0, 8, 1)]
    public void Is_zeroed_by_as_many_threads_as_it_may_and_is_worth(int bytes, int threads, int processors, int expected) =>
        Assert.Equal(expected, FirstTouch.PartsOf((nuint)bytes, threads, processors));

    [Fact]
    public void An_interrupted_caller_gets_its_block_and_stays_interrupted()
    {
        Exception? thrown = null;
        bool stillInterrupted = false;
        var caller = new Thread(() =>
        {
            for (int round = 0; round < 20 && thrown is null; round++)
            {
                Thread.CurrentThread.Interrupt();
                thrown = Record.Exception(() => Block.Free(Block.Allocate(16 << 20, 0)));
                stillInterrupted = Record.Exception(() => Thread.Sleep(1)) is ThreadInterruptedException;
            }
        });
        caller.Start();
        caller.Join();
        Assert.Null(thrown);
        Assert.True(stillInterrupted);
    }

    [Fact]
    public void Large_ones_start_in_the_first_64_KiB_of_a_huge_page()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pages of their own are Linux's.");
        WithBlocks(4, HugePage, 1, (block, _) => Assert.InRange((nuint)block % HugePage, 0u, (64u << 10) - 1));
    }

    [Fact]
    public void Large_ones_ask_for_huge_pages()
    {
        Assert.SkipUnless(File.Exists("/sys/kernel/mm/transparent_hugepage/enabled"), "This system has no transparent huge pages.");
        Assert.SkipWhen(
            Environment.GetEnvironmentVariable("FASTADAM_TEST_SUPPORTED") is not null,
            "Emulation does not pass the advice on; the machine's own run has this test.");
        WithBlocks(2, 3 * HugePage, 1, (block, _) => Assert.Contains("hg", FlagsOfMapping((nuint)block)));
    }

    [Fact]
    public void Any_thread_may_free_them()
    {
        const int Count = 64;
        nint[] blocks = new nint[Count];
        Parallel.For(0, Count, i => blocks[i] = (nint)Block.Allocate((nuint)(i % 8 == 0 ? HugePage : i * 1000), 0));
        Assert.Equal(Count, blocks.Distinct().Count());
        Parallel.For(0, Count, i => Block.Free((byte*)blocks[Count - 1 - i]));
    }

    [Fact]
    public void Freeing_null_does_nothing() => Block.Free(null);

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 100)]
    [InlineData(ulong.MaxValue - (2 << 20))]
    [InlineData(ulong.MaxValue / 2)]
    [InlineData(1UL << 50)]
    public void More_than_there_is_is_an_error(ulong bytes)
    {
        OutOfMemoryException exception = Assert.Throws<OutOfMemoryException>(() => Block.Free(Block.Allocate((nuint)bytes, 0)));
        Assert.Contains(bytes.ToString(CultureInfo.InvariantCulture), exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Negative_number_of_threads_is_an_error()
    {
        ArgumentOutOfRangeException exception =
            Assert.Throws<ArgumentOutOfRangeException>(() => Block.Free(Block.Allocate(1, -1)));
        Assert.Equal(("threads", -1), (exception.ParamName, exception.ActualValue));
    }

    private delegate void Use(byte* block, int number);

    /// <summary>Allocates that many blocks, uses each, and frees them all.</summary>
    private static void WithBlocks(int count, int bytes, int threads, Use use)
    {
        byte*[] blocks = new byte*[count];
        try
        {
            for (int i = 0; i < count; i++)
            {
                blocks[i] = Block.Allocate((nuint)bytes, threads);
                Assert.True(blocks[i] != null);
            }

            for (int i = 0; i < count; i++)
            {
                use(blocks[i], i);
            }
        }
        finally
        {
            foreach (byte* block in blocks)
            {
                Block.Free(block);
            }
        }
    }

    /// <summary>The flags that Linux shows for the mapping with that address.</summary>
    private static string[] FlagsOfMapping(nuint address)
    {
        bool found = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words[0].Split('-') is [string first, string end]
                && nuint.TryParse(first, NumberStyles.HexNumber, null, out nuint start)
                && nuint.TryParse(end, NumberStyles.HexNumber, null, out nuint stop))
            {
                found = start <= address && address < stop;
            }
            else if (found && words[0] == "VmFlags:")
            {
                return words[1..];
            }
        }

        return [];
    }
}
