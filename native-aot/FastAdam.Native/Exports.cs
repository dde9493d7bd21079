#pragma warning disable CA1031 // Nothing may cross the C boundary: all exceptions are caught.
using System.Runtime.InteropServices;
using FastAdam.Memory;

namespace FastAdam.Native;

/// <summary>
/// What the C face in native-aot/loader calls: functions that step, allocate and free, and the version that must be its own.
/// fastadam.h says what they do; nothing but a status or a pointer leaves them.
/// </summary>
internal static unsafe class Exports
{
    /// <summary>Raised with any change of the functions or the structs; 0 where the kernels cannot be used. The first call, while no
    /// other thread calls: what is made once is made by it. Threads that all came first were seen to fail for good with a
    /// NullReferenceException there, in one process of some hundreds.</summary>
    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_version")]
    public static int Version()
    {
        try
        {
            Level.Prepare();
            return 4;
        }
        catch (Exception)
        {
            return 0;
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_step")]
    public static int Step(NativeTensor* tensors, nuint count, NativeOptions* options, long step)
    {
        try
        {
            return (int)AdamCall.Run(tensors, count, options, step);
        }
        catch (Exception exception)
        {
            return (int)Failure.StatusOf(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_optimizer_step")]
    public static int OptimizerStep(
        NativeGroupTensor* tensors,
        nuint count,
        NativeGroup* groups,
        nuint groupCount,
        NativeStepOptions* options,
        long step,
        NativeReport* report)
    {
        try
        {
            return (int)OptimizerCall.Run(tensors, count, groups, groupCount, options, step, report);
        }
        catch (Exception exception)
        {
            return (int)Failure.StatusOf(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_sparse_step")]
    public static int SparseStep(NativeSparse* table, NativeOptions* options, long step)
    {
        try
        {
            return (int)SparseCall.Run(table, options, step);
        }
        catch (Exception exception)
        {
            return (int)Failure.StatusOf(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_sparse_optimizer_step")]
    public static int SparseOptimizerStep(
        NativeGroupSparse* tables,
        nuint count,
        NativeGroup* groups,
        nuint groupCount,
        NativeStepOptions* options,
        long step,
        NativeReport* report)
    {
        try
        {
            return (int)SparseCall.Run(tables, count, groups, groupCount, options, step, report);
        }
        catch (Exception exception)
        {
            return (int)Failure.StatusOf(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_alloc")]
    public static void* Alloc(nuint bytes, int threads)
    {
        try
        {
            return Block.Allocate(bytes, threads);
        }
        catch (Exception)
        {
            return null;
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_free")]
    public static void Free(void* block) => Block.Free((byte*)block);
}
