using System.Runtime.InteropServices;

namespace FastAdam.Tests.Support;

/// <summary>Managed arrays as the one tensor of a step, of any rule and storage types.</summary>
internal static unsafe class OneTensor
{
    /// <summary>Makes one step.</summary>
    /// <param name="parameters">p: an array of float, Half or BFloat16, as the others are.</param>
    /// <param name="gradients">g.</param>
    /// <param name="state">The state arrays in the rule's order; null for none.</param>
    /// <param name="step">t.</param>
    /// <param name="group">The group.</param>
    /// <param name="options">What holds for the step as a whole.</param>
    /// <param name="numbers">What the rule keeps beside the arrays.</param>
    /// <param name="instructionSet">Null for the current one.</param>
    public static StepReport Step(
        Array parameters,
        Array gradients,
        Array?[] state,
        long step,
        ParameterGroup group,
        StepOptions options = default,
        double[]? numbers = null,
        InstructionSet? instructionSet = null)
    {
        using var pins = new Pins();
        var tensor = OptimizerTensor.Create(
            (nuint)parameters.Length, pins.Of(parameters), pins.Of(gradients), [.. state.Select(pins.Of)]) with
        {
            Numbers = numbers is null ? null : (double*)pins.Address(numbers),
        };
        return Optimizer.Step(instructionSet ?? InstructionSets.Current, [tensor], [group], step, options);
    }

    /// <summary>Makes one step over rows of one table.</summary>
    /// <param name="parameters">p, row after row.</param>
    /// <param name="expAvg">m.</param>
    /// <param name="expAvgSq">v.</param>
    /// <param name="rowLength">Elements in a row.</param>
    /// <param name="indices">The rows to update.</param>
    /// <param name="gradients">A row for each index.</param>
    /// <param name="step">t.</param>
    /// <param name="group">The group.</param>
    /// <param name="options">What holds for the step as a whole.</param>
    public static StepReport SparseStep(
        Array parameters,
        Array expAvg,
        Array expAvgSq,
        int rowLength,
        long[] indices,
        Array gradients,
        long step,
        ParameterGroup group,
        StepOptions options = default)
    {
        using var pins = new Pins();
        var table = SparseTable.Create(
            (nuint)(parameters.Length / rowLength),
            (nuint)rowLength,
            pins.Of(parameters),
            pins.Of(expAvg),
            pins.Of(expAvgSq),
            (long*)pins.Address(indices),
            pins.Of(gradients),
            (nuint)indices.Length);
        return SparseAdam.Step([table], [group], step, options);
    }

    private sealed class Pins : IDisposable
    {
        private readonly List<GCHandle> _handles = [];

        public TensorArray Of(Array? array) => array switch
        {
            null => default,
            float[] => TensorArray.Of((float*)Address(array)),
            Half[] => TensorArray.Of((Half*)Address(array)),
            BFloat16[] => TensorArray.Of((BFloat16*)Address(array)),
            _ => throw new ArgumentException($"{array.GetType()} is no array of a storage type.", nameof(array)),
        };

        public void* Address(Array array)
        {
            _handles.Add(GCHandle.Alloc(array, GCHandleType.Pinned));
            return (void*)_handles[^1].AddrOfPinnedObject();
        }

        public void Dispose() => _handles.ForEach(handle => handle.Free());
    }
}
