using FastAdam.Benchmarks.Cases;
using FastAdam.Native;
using FastAdam.Rules;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>
/// FastAdam as C programs call it: one tensor of one storage type by the function for it, others, and those with an executor, as a list.
/// Called without what .NET does around foreign functions so that its garbage collector could run meanwhile.
/// </summary>
internal sealed unsafe class FastAdamCContender : IContender
{
    private readonly delegate* unmanaged[Cdecl, SuppressGCTransition]
        <void*, void*, void*, void*, nuint, GroupValues*, long, int, int> _stepSingle;

    private readonly delegate* unmanaged[Cdecl, SuppressGCTransition]
        <NativeTensor*, nuint, GroupValues*, nuint, NativeStepOptions*, long, void*, int> _stepList;

    private readonly TensorSet _set;
    private readonly NativeTensor[] _tensors;
    private readonly int _stride;
    private GroupValues _group = ParameterGroup.AdamW.Values;
    private NativeStepOptions _options;
    private long _step = 1;

    public FastAdamCContender(FastAdamLibrary library, TensorSet set, Case measured, nint executor)
    {
        _set = set;
        DType type = measured.DType;
        _tensors =
        [
            .. set.Tensors.Select(tensor => new NativeTensor
            {
                StructSize = (uint)sizeof(NativeTensor),
                N = (nuint)tensor.Length,
                Param = tensor.Parameters,
                Grad = tensor.Gradients,
                State0 = tensor.ExpAvg,
                State1 = tensor.ExpAvgSq,
                ParamDtype = (int)type.Parameter,
                GradDtype = (int)type.Parameter,
                StateDtype0 = (int)type.State,
                StateDtype1 = (int)type.State,
            }),
        ];
        _options = new NativeStepOptions
        {
            StructSize = (uint)sizeof(NativeStepOptions),
            Threads = measured.Threads,
            Executor = (void*)executor,
        };
        _stride = measured.SameStep ? 0 : 1;
        _stepList = (delegate* unmanaged[Cdecl, SuppressGCTransition]
            <NativeTensor*, nuint, GroupValues*, nuint, NativeStepOptions*, long, void*, int>)library.StepOfList();
        if (_tensors.Length == 1 && type.Parameter == type.State && executor == 0)
        {
            _stepSingle = (delegate* unmanaged[Cdecl, SuppressGCTransition]
                <void*, void*, void*, void*, nuint, GroupValues*, long, int, int>)library.StepOf(type.Parameter);
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
        fixed (GroupValues* group = &_group)
        {
            for (int call = 0; call < calls; call++, _step += _stride)
            {
                status |= _stepSingle(
                    tensor.Param, tensor.Grad, tensor.State0, tensor.State1, tensor.N, group, _step, _options.Threads);
            }
        }

        return status;
    }

    private int RunList(int calls)
    {
        int status = 0;
        fixed (NativeTensor* tensors = _tensors)
        fixed (GroupValues* group = &_group)
        fixed (NativeStepOptions* options = &_options)
        {
            for (int call = 0; call < calls; call++, _step += _stride)
            {
                status |= _stepList(tensors, (nuint)_tensors.Length, group, 1, options, _step, null);
            }
        }

        return status;
    }
}
