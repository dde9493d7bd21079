using FastAdam.Rules;

namespace FastAdam.Convergence;

/// <summary>Steps of <see cref="Optimizer"/> in single precision, with the state that the rule's description asks for.</summary>
internal sealed unsafe class OptimizerStep : IStep<float, float>
{
    private readonly ParameterGroup _group;
    private readonly float[][] _state;
    private readonly double[] _numbers;

    public OptimizerStep(ParameterGroup group)
    {
        RuleDescription rule = RuleTable.Rules[(int)group.Rule];
        _group = group;
        _state = [.. rule.State.Select(array => Pinned<float>(array.IsKept(group.Values) ? Network.ParameterCount : 0))];
        _numbers = Pinned<double>(rule.Numbers.Length);
        rule.Numbers.Select(number => number.Initial).ToArray().CopyTo(_numbers, 0);
    }

    public double LossScale => _group.GradientScale;

    public double StateBytes => (_state.Sum(array => array.Length) * sizeof(float)) + (_numbers.Length * sizeof(double));

    public void Step(float[] parameters, float[] gradients, long step)
    {
        fixed (float* p = parameters)
        fixed (float* g = gradients)
        {
            Optimizer.Step([Tensor(p, g)], [_group], step);
        }
    }

    public void ToEvaluation(float[] parameters)
    {
        fixed (float* p = parameters)
        {
            Optimizer.ToEvaluation([Tensor(p, null)], [_group]);
        }
    }

    public void ToTraining(float[] parameters)
    {
        fixed (float* p = parameters)
        {
            Optimizer.ToTraining([Tensor(p, null)], [_group]);
        }
    }

    /// <summary>State and numbers are pinned as long as this object is there.</summary>
    private OptimizerTensor Tensor(float* parameters, float* gradients)
    {
        TensorArray[] state = [.. _state.Select(array => array.Length == 0 ? default : TensorArray.Of(Address(array)))];
        return OptimizerTensor.Create(Network.ParameterCount, parameters, gradients, state) with { Numbers = Address(_numbers) };
    }

    private static T[] Pinned<T>(int length) => GC.AllocateArray<T>(length, pinned: true);

    private static T* Address<T>(T[] pinned)
        where T : unmanaged =>
        (T*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
}
