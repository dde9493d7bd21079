using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastAdam.Passes;

/// <summary>
/// Threads that a host lends in place of the .NET pool's: a function of the host that runs the parts of a work, on whatever threads it
/// has, and returns when they have returned. <c>default</c> is none of a host.
/// </summary>
/// <param name="function">A <c>delegate* unmanaged&lt;void* context, delegate* unmanaged&lt;void* work, uint part, void&gt; run, void* work,
/// uint parts, void&gt;</c>, which calls run once for each part.</param>
/// <param name="context">Its first argument.</param>
internal readonly unsafe struct HostExecutor(void* function, void* context) : IEquatable<HostExecutor>
{
    private static delegate* unmanaged<void*, void*, void*, uint, void> _call = &CallDirectly;
    private static delegate* unmanaged<void*, int> _countThreads = &KnowNoCount;
    private static StrongBox<HostExecutor>? _ofProcess;

    private readonly void* _function = function;
    private readonly void* _context = context;

    /// <summary>That of steps which name none. A step sees both its function and its context, or neither.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory for it: the one before stays.</exception>
    public static HostExecutor OfProcess
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Volatile.Read(ref _ofProcess) is StrongBox<HostExecutor> executor ? executor.Value : default;
        set => Volatile.Write(ref _ofProcess, value.IsThere ? new StrongBox<HostExecutor>(value) : null);
    }

    /// <summary>False for <c>default</c>.</summary>
    public bool IsThere
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _function != null;
    }

    /// <summary>Sets how functions of the host are called, before any is.</summary>
    /// <param name="call">Calls a function with its context, a work and its number of parts. Of what it gives the function, each call of
    /// run comes to <see cref="ParallelRun.Help"/> with the work.</param>
    /// <param name="countThreads">Says how many threads a function has; 0 where that is not known.</param>
    public static void SetCalls(
        delegate* unmanaged<void*, void*, void*, uint, void> call, delegate* unmanaged<void*, int> countThreads)
    {
        _call = call;
        _countThreads = countThreads;
    }

    /// <summary>The most threads of a step that asks for so many, or for all with 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Limit(int threads)
    {
        int count = _countThreads(_function);
        if (count > 0)
        {
            return threads == 0 ? count : int.Min(threads, count);
        }

        return threads == 0 ? Environment.ProcessorCount : threads;
    }

    /// <summary>Has the host run that many parts of a work, and waits until it says that it has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(nuint work, int parts) => _call(_function, _context, (void*)work, (uint)parts);

    public bool Equals(HostExecutor other) => _function == other._function && _context == other._context;

    public override bool Equals(object? obj) => obj is HostExecutor other && Equals(other);

    public override int GetHashCode() => HashCode.Combine((nint)_function, (nint)_context);

    [UnmanagedCallersOnly]
    private static void CallDirectly(void* function, void* context, void* work, uint parts) =>
        ((delegate* unmanaged<void*, delegate* unmanaged<void*, uint, void>, void*, uint, void>)function)(context, &RunPart, work, parts);

    [UnmanagedCallersOnly]
    private static void RunPart(void* work, uint part) => ParallelRun.Help((nuint)work);

    [UnmanagedCallersOnly]
    private static int KnowNoCount(void* function) => 0;
}
