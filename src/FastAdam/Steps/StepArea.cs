using System.Runtime.CompilerServices;
using FastAdam.Passes;

namespace FastAdam.Steps;

/// <summary>
/// The work area of one step over a list: native memory, as large as the list needs. A process keeps some for later steps, each of which
/// finds there what its thread's last step left. Threads that end leave nothing behind.
/// </summary>
internal sealed class StepArea : IDisposable
{
    /// <summary>Areas that a process keeps at most.</summary>
    private const int KeptCount = 64;

    /// <summary>Bytes of the largest area that is kept. That suits lists of some thousand tensors.</summary>
    private const int KeptBytes = 1 << 20;

    private static readonly StepArea?[] _kept = new StepArea?[KeptCount];

    /// <summary>The tensors of the step.</summary>
    public TensorList Tensors;

    /// <summary>The constants that the tensors name.</summary>
    public ConstantTable Constants;

    /// <summary>Where the tensors' arrays are compared.</summary>
    public ListOverlap Overlap;

    /// <summary>The tables of a sparse step.</summary>
    public RowTable Rows;

    private StepArea() => Constants = new ConstantTable();

    private nuint Bytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Tensors.Bytes + Constants.Bytes + Overlap.Bytes + Rows.Bytes;
    }

    /// <summary>An area that nobody else uses.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static StepArea Take() => Interlocked.Exchange(ref Place, null) ?? new StepArea();

    /// <summary>Keeps the area, or frees its memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Dispose()
    {
        if (Bytes > KeptBytes || Interlocked.CompareExchange(ref Place, this, null) is not null)
        {
            Tensors.Free();
            Constants.Free();
            Overlap.Free();
            Rows.Free();
        }
    }

    /// <summary>Threads that follow each other have the same numbers again, and threads beside each other mostly have different
    /// ones.</summary>
    private static ref StepArea? Place
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _kept[Environment.CurrentManagedThreadId % KeptCount];
    }
}
