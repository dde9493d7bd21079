using FastAdam.Passes;
using Xunit;

namespace FastAdam.Tests.Passes;

/// <summary>Whoever offers seats waits for those who have come, however long they stay, and for nobody else.</summary>
public sealed class SeatsTests
{
    // Much longer than a thread spins before it blocks.
    private static readonly TimeSpan _stay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(10);

    [Fact]
    public void There_are_as_many_as_were_offered_until_they_are_closed()
    {
        var seats = new Seats();
        Assert.False(seats.TryEnter());
        seats.Open(2);
        Assert.True(seats.TryEnter());
        Assert.True(seats.TryEnter());
        Assert.False(seats.TryEnter());
        seats.Leave();
        Assert.False(seats.TryEnter());
        seats.Leave();
        Assert.False(seats.Close());
        seats.Open(1);
        Assert.False(seats.Close());
        Assert.False(seats.TryEnter());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Closing_waits_for_all_who_are_there(int guests) => RequireWaiting(guests, interrupts: 0);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Closing_waits_in_spite_of_interruptions_and_tells_them(int interrupts) => RequireWaiting(2, interrupts);

    private static void RequireWaiting(int guests, int interrupts)
    {
        var seats = new Seats();
        seats.Open(guests + 1);
        int left = 0;
        int leftAtClose = -1;
        bool isInterrupted = false;
        using var entered = new CountdownEvent(guests);
        using var leave = new ManualResetEventSlim();
        Thread[] others = [.. Enumerable.Range(0, guests).Select(_ => new Thread(() =>
        {
            Assert.True(seats.TryEnter());
            entered.Signal();
            leave.Wait();
            Interlocked.Increment(ref left);
            seats.Leave();
        }) { IsBackground = true })];
        var owner = new Thread(() =>
        {
            isInterrupted = seats.Close();
            leftAtClose = Volatile.Read(ref left);
        })
        { IsBackground = true };
        Array.ForEach(others, other => other.Start());
        Assert.True(entered.Wait(_limit));
        owner.Start();
        for (int i = 0; i < interrupts; i++)
        {
            Thread.Sleep(_stay);
            owner.Interrupt();
        }

        Assert.False(owner.Join(_stay), "It has not waited.");
        leave.Set();
        Assert.True(owner.Join(_limit), "It waits though everyone has left.");
        Assert.Equal(guests, leftAtClose);
        Assert.Equal(interrupts != 0, isInterrupted);
        Array.ForEach(others, other => other.Join());
    }
}
