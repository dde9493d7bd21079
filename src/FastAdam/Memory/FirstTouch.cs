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
        int processors = Environment.ProcessorCount;
        int available = threads == 0 ? processors : int.Min(threads, processors);
        int parts = (int)nuint.Clamp(bytes / LeastPerThread, 1, (nuint)available);
        nuint part = bytes / (nuint)parts & ~(nuint)(Stagger.Line - 1);
        var others = new Thread?[parts - 1];
        for (int i = 0; i < others.Length; i++)
        {
            byte* first = start + ((nuint)i * part);
            others[i] = Start(() => NativeMemory.Clear(first, part));
        }

        nuint rest = (nuint)others.Length * part;
        NativeMemory.Clear(start + rest, bytes - rest);
        foreach (Thread? other in others)
        {
            other?.Join();
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
