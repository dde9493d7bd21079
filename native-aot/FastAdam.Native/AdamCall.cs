using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam.Native;

/// <summary>fastadam_step.</summary>
internal static unsafe class AdamCall
{
    public static Status Run(NativeTensor* tensors, nuint count, NativeOptions* options, long step)
    {
        LastOptions last = LastOptions.OfThread;
        if (options == null || !last.Are(options))
        {
            Status status = NativeOptions.Check(options);
            if (status != Status.Ok)
            {
                return status;
            }

            if (options->Flags.HasFlag(NativeFlags.AmsGrad))
            {
                return OptimizerCall.RunAmsGrad(tensors, count, *options, step);
            }

            last.Set(*options);
        }

        ref readonly StepConstants constants = ref last.At(step);
        if (tensors == null && count != 0)
        {
            return Status.Null;
        }

        int threads = options->Threads;
        return count == 1 ? RunOne(*tensors, constants, threads) : RunList(tensors, count, constants, threads);
    }

    private static Status RunOne(in NativeTensor tensor, in StepConstants constants, int threads)
    {
        if (!tensor.Types.AreKnown)
        {
            return Status.DType;
        }

        KernelKey key = tensor.Types.AdamKey;
        Streams streams = tensor.Streams;
        StepValidation.Arrays(key, streams);
        if (streams.Length != 0)
        {
            ParallelRun.Run(key, streams, constants, threads);
        }

        return Status.Ok;
    }

    private static Status RunList(NativeTensor* tensors, nuint count, in StepConstants constants, int threads)
    {
        if (count > OptimizerCall.LongestList)
        {
            return Status.Length;
        }

        using TensorList list = TensorList.Take((int)count);
        list.Constants(1)[0] = constants;
        for (int i = 0; i < (int)count; i++)
        {
            if (!tensors[i].Types.AreKnown)
            {
                return Status.DType;
            }

            list.Set(i, new TensorWork(tensors[i].Types.AdamKey, tensors[i].Streams));
        }

        StepValidation.Tensors(list);
        list.Run(Parallelism.Of(threads));
        return Status.Ok;
    }
}
