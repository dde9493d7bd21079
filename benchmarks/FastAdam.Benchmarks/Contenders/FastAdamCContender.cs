using FastAdam.Benchmarks.Cases;
using FastAdam.Kernels;
using FastAdam.Native.Tests;
using FastAdam.Rules;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>
/// FastAdam as C programs call it: one tensor of one storage type by the function for it, others as a list. Called without what
/// .NET does around foreign functions so that its garbage collector could run meanwhile.
/// </summary>
internal sealed unsafe class FastAdamCContender : IContender
{
    private readonly delegate* unmanaged[Cdecl, SuppressGCTransition]
        <void*, void*, void*, void*, nuint, NativeOptions*, long, int> _stepSingle;

    private readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<NativeTensor*, nuint, NativeOptions*, long, int> _stepList;
    private readonly TensorSet _set;
    private readonly NativeTensor[] _tensors;
    private readonly int _stride;
    private NativeOptions _options;
    private long _step = 1;

    public FastAdamCContender(FastAdamLibrary library, TensorSet set, Case measured)
    {
        _set = set;
        DType type = measured.DType;
        var key = new KernelKey(InstructionSets.Current, RuleKind.Adam, type.Parameter, type.Parameter, type.State, type.State);
        _tensors =
        [
            .. set.Tensors.Select(tensor => new NativeTensor(new TensorWork(key, new Streams(
                tensor.Parameters, tensor.Gradients, tensor.ExpAvg, tensor.ExpAvgSq, (nuint)tensor.Length)))),
        ];
        _options = NativeOptions.Of(AdamOptions.AdamW) with { Threads = measured.Threads };
        _stride = measured.SameStep ? 0 : 1;
        _stepList = (delegate* unmanaged[Cdecl, SuppressGCTransition]<NativeTensor*, nuint, NativeOptions*, long, int>)
            library.StepOfList();
        if (_tensors.Length == 1 && type.Parameter == type.State)
        {
            _stepSingle = (delegate* unmanaged[Cdecl, SuppressGCTransition]
                <void*, void*, void*, void*, nuint, NativeOptions*, long, int>)library.StepOf(type.Parameter);
        }
    }

    public void Begin(int calls)
    {
    }

    public void Run(int calls)
    {
        int status = _stepSingle == null ? RunList(calls) : RunSingle(calls);
        if (status != 0)
        {
            throw new InvalidOperationException($"libfastadam returned the status {status}.");
        }
    }

    public void End()
    {
    }

    public void Dispose() => _set.Dispose();

    private int RunSingle(int calls)
    {
        NativeTensor tensor = _tensors[0];
        int status = 0;
        fixed (NativeOptions* options = &_options)
        {
            for (int call = 0; call < calls; call++, _step += _stride)
            {
                status |= _stepSingle(
                    tensor.Parameters, tensor.Gradients, tensor.ExpAvg, tensor.ExpAvgSq, tensor.Length, options, _step);
            }
        }

        return status;
    }

    private int RunList(int calls)
    {
        int status = 0;
        fixed (NativeTensor* tensors = _tensors)
        fixed (NativeOptions* options = &_options)
        {
            for (int call = 0; call < calls; call++, _step += _stride)
            {
                status |= _stepList(tensors, (nuint)_tensors.Length, options, _step);
            }
        }

        return status;
    }
}
