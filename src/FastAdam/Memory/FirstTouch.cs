using System.Runtime.InteropServices;

namespace FastAdam.Memory;

/// <summary>
/// Writes memory for the first time: the system then places a page on the memory of the processor whose thread wrote to it.
/// </summary>
internal static unsafe class FirstTouch
{
    /// <summary>Less than this a thread does not start for.</summary>
    private const nuint LeastPerThread = 2 << 20;

    /// <summary>Zeroes a block: each thread one contiguous part.</summary>
    /// <param name="start">Its first byte.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="threads">At most that many; 0 for all that the process may use.</param>
    public static void Zero(byte* start, nuint bytes, int threads)
    {
        int parts = PartsOf(bytes, threads, Environment.ProcessorCount);
        nuint part = bytes / (nuint)parts & ~(nuint)(Stagger.Line - 1);
        var others = new Thread?[parts - 1];
        for (int i = 0; i < others.Length; i++)
        {
            byte* first = start + ((nuint)i * part);
            others[i] = Start(() => NativeMemory.Clear(first, part));
        }

        nuint rest = (nuint)others.Length * part;
        NativeMemory.Clear(start + rest, bytes - rest);
        bool isInterrupted = false;
        foreach (Thread? other in others)
        {
            isInterrupted |= other is not null && Join(other);
        }

        if (isInterrupted)
        {
            Thread.CurrentThread.Interrupt();
        }
    }

    /// <summary>The threads that zero a block, the calling one among them.</summary>
    internal static int PartsOf(nuint bytes, int threads, int processors)
    {
        int available = threads == 0 ? processors : int.Min(threads, processors);
        return (int)nuint.Clamp(bytes / LeastPerThread, 1, (nuint)available);
    }

    /// <summary>Waits for a thread's end.</summary>
    /// <returns>Whether the calling thread was interrupted, in spite of which it has waited.</returns>
    private static bool Join(Thread other)
    {
        for (bool isInterrupted = false; ; isInterrupted = true)
        {
            try
            {
                other.Join();
                return isInterrupted;
            }
            catch (ThreadInterruptedException)
            {
                // Not while another thread writes to the block.
            }
        }
    }

    /// <summary>Has another thread work; none where the system starts no more of them, and the work is done on return.</summary>
    private static Thread? Start(Action work)
    {
        try
        {
            var thread = new Thread(() => work()) { IsBackground = true };
            thread.Start();
            return thread;
        }
        catch (OutOfMemoryException)
        {
            work();
            return null;
        }
    }
}
