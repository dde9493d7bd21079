using FastAdam.Kernels;
using FastAdam.Memory;
using FastAdam.Rules;

namespace FastAdam.State;

/// <summary>What a rule keeps for one tensor: the arrays that there are so far, numbers, and how many steps it has made.</summary>
internal sealed unsafe class TensorState : IDisposable
{
    private readonly StateBuffer?[] _arrays;
    private readonly BlockHandle? _numbers;

    /// <exception cref="OutOfMemoryException">The system gives no memory for the numbers.</exception>
    public TensorState(RuleDescription rule)
    {
        Rule = rule;
        _arrays = new StateBuffer?[rule.State.Length];
        if (rule.Numbers.Length != 0)
        {
            _numbers = new BlockHandle((nuint)rule.Numbers.Length * sizeof(double), threads: 1);
            for (int i = 0; i < rule.Numbers.Length; i++)
            {
                Numbers[i] = rule.Numbers[i].Initial;
            }
        }
    }

    public RuleDescription Rule { get; }

    /// <summary>The steps that it has made.</summary>
    public long Step { get; set; }

    /// <summary>The rule's numbers; null where it keeps none.</summary>
    public double* Numbers => _numbers is null ? null : (double*)_numbers.Start;

    /// <summary>True where a number says that the parameters are those for evaluation.</summary>
    public bool IsInEvaluation
    {
        get
        {
            for (int i = 0; i < Rule.Numbers.Length; i++)
            {
                if (Rule.Numbers[i].WhyZeroInStep is not null && Numbers[i] != 0)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Bytes of its arrays and numbers.</summary>
    public nuint Bytes
    {
        get
        {
            nuint bytes = _numbers?.Bytes ?? 0;
            foreach (StateBuffer? array in _arrays)
            {
                bytes += array?.Bytes ?? 0;
            }

            return bytes;
        }
    }

    /// <summary>An array by its place in the rule's description; <c>default</c> where there is none yet.</summary>
    public TensorArray this[int array] => _arrays[array]?.Array ?? default;

    public bool Has(int array) => _arrays[array] is not null;

    /// <summary>Makes an array that there is not yet, of zeros.</summary>
    /// <exception cref="OutOfMemoryException">The system does not give that much memory.</exception>
    public void Make(int array, ElementType type, nuint length, int threads) => _arrays[array] = new StateBuffer(type, length, threads);

    /// <summary>Frees an array.</summary>
    public void Drop(int array)
    {
        _arrays[array]?.Dispose();
        _arrays[array] = null;
    }

    public void Dispose()
    {
        for (int i = 0; i < _arrays.Length; i++)
        {
            Drop(i);
        }

        _numbers?.Dispose();
    }
}
