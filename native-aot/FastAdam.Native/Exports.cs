#pragma warning disable CA1031 // Nothing may cross the C boundary: all exceptions are caught.
using System.Runtime.InteropServices;
using FastAdam.Kernels;
using FastAdam.Memory;
using FastAdam.Passes;
using FastAdam.Rules;
using FastAdam.Steps;

namespace FastAdam.Native;

/// <summary>
/// What the C face in native-aot/loader calls: functions that step, allocate and free, and the version that must be its own.
/// fastadam.h says what they do; nothing but a status or a pointer leaves them.
/// </summary>
internal static unsafe class Exports
{
    /// <summary>The version of the interface; 0 where the kernels cannot be used. The first call, while no other thread calls: what is
    /// made once is made by it. Threads that all came first were seen to fail for good with a NullReferenceException there, in one process
    /// of some hundreds.</summary>
    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_version")]
    public static int Version()
    {
        try
        {
            Level.Prepare();
            return NativeLayout.Version;
        }
        catch (Exception)
        {
            return 0;
        }
    }

    /// <summary>How the face calls executors, and counts their threads: before any step.</summary>
    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_set_calls")]
    public static void SetCalls(
        delegate* unmanaged<void*, void*, void*, uint, void> call, delegate* unmanaged<void*, int> countThreads) =>
        HostExecutor.SetCalls(call, countThreads);

    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_set_executor")]
    public static int SetExecutor(void* function, void* context)
    {
        try
        {
            HostExecutor.OfProcess = new HostExecutor(function, context);
            return (int)Status.Ok;
        }
        catch (Exception exception)
        {
            return Statuses.Of(exception);
        }
    }

    /// <summary>A part of a work, on any thread.</summary>
    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_run_part")]
    public static void RunPart(void* work, uint part) => ParallelRun.Help((nuint)work);

    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_adam_f32")]
    public static int AdamFloat32(
        void* param, void* grad, void* expAvg, void* expAvgSq, nuint n, GroupValues* group, long step, int threads)
    {
        try
        {
            AdamCall.Run(ElementType.Float32, param, grad, expAvg, expAvgSq, n, group, step, threads);
            return (int)Status.Ok;
        }
        catch (Exception exception)
        {
            return Statuses.Of(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_adam_f16")]
    public static int AdamFloat16(
        void* param, void* grad, void* expAvg, void* expAvgSq, nuint n, GroupValues* group, long step, int threads)
    {
        try
        {
            AdamCall.Run(ElementType.Float16, param, grad, expAvg, expAvgSq, n, group, step, threads);
            return (int)Status.Ok;
        }
        catch (Exception exception)
        {
            return Statuses.Of(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_adam_bf16")]
    public static int AdamBFloat16(
        void* param, void* grad, void* expAvg, void* expAvgSq, nuint n, GroupValues* group, long step, int threads)
    {
        try
        {
            AdamCall.Run(ElementType.BFloat16, param, grad, expAvg, expAvgSq, n, group, step, threads);
            return (int)Status.Ok;
        }
        catch (Exception exception)
        {
            return Statuses.Of(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_step")]
    public static int Step(
        void* tensors, nuint count, void* groups, nuint groupCount, void* options, long step, NativeReport* report)
    {
        try
        {
            StepOptions stepOptions = StepArguments.Options(options);
            StepArguments.CheckReport(report);
            StepReport result = DenseStep.Run(
                Level.InstructionSet, new NativeTensors(tensors, count), new NativeGroups(groups, groupCount), step, stepOptions);
            StepArguments.SetReport(report, result);
            return (int)Status.Ok;
        }
        catch (Exception exception)
        {
            return Statuses.Of(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_sparse_step")]
    public static int SparseStep(
        void* tables, nuint count, void* groups, nuint groupCount, void* options, long step, NativeReport* report)
    {
        try
        {
            StepOptions stepOptions = StepArguments.Options(options);
            StepArguments.CheckReport(report);
            StepReport result = Steps.SparseStep.Run(
                Level.InstructionSet, new NativeTables(tables, count), new NativeGroups(groups, groupCount), step, stepOptions);
            StepArguments.SetReport(report, result);
            return (int)Status.Ok;
        }
        catch (Exception exception)
        {
            return Statuses.Of(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_to_evaluation")]
    public static int ToEvaluation(void* tensors, nuint count, void* groups, nuint groupCount, int threads) =>
        Swap(tensors, count, groups, groupCount, toEvaluation: true, threads);

    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_to_training")]
    public static int ToTraining(void* tensors, nuint count, void* groups, nuint groupCount, int threads) =>
        Swap(tensors, count, groups, groupCount, toEvaluation: false, threads);

    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_decode")]
    public static int Decode(int dtype, void* array, void* part, nuint n, ulong flags, float* values)
    {
        try
        {
            bool isSigned = StepArguments.IsSigned(flags);
            ArrayConversion.Decode(Level.InstructionSet, NativeTensors.Type(dtype), (byte*)array, (byte*)part, n, isSigned, values);
            return (int)Status.Ok;
        }
        catch (Exception exception)
        {
            return Statuses.Of(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_encode")]
    public static int Encode(int dtype, void* array, void* part, nuint n, ulong flags, float* values)
    {
        try
        {
            bool isSigned = StepArguments.IsSigned(flags);
            ArrayConversion.Encode(Level.InstructionSet, NativeTensors.Type(dtype), (byte*)array, (byte*)part, n, isSigned, values);
            return (int)Status.Ok;
        }
        catch (Exception exception)
        {
            return Statuses.Of(exception);
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

    private static int Swap(void* tensors, nuint count, void* groups, nuint groupCount, bool toEvaluation, int threads)
    {
        try
        {
            EvaluationSwap.Run(
                Level.InstructionSet, new NativeTensors(tensors, count), new NativeGroups(groups, groupCount), toEvaluation, threads);
            return (int)Status.Ok;
        }
        catch (Exception exception)
        {
            return Statuses.Of(exception);
        }
    }
}
