namespace FastAdam.Benchmarks.Contenders;

/// <summary>A kernel over tensors of its own. Its turns are Begin, any number of Run, End; only Run is timed.</summary>
internal interface IContender : IDisposable
{
    /// <summary>Gets everything ready for a turn.</summary>
    /// <param name="calls">The calls that the turn will make, in all.</param>
    void Begin(int calls);

    /// <summary>Updates all tensors by so many calls of the kernel.</summary>
    /// <param name="calls">How often.</param>
    void Run(int calls);

    /// <summary>Ends the turn: nothing of the contender uses a CPU from here on, or soon no longer.</summary>
    void End();
}
