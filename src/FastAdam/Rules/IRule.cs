using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>
/// The mathematics of one optimizer: what happens to one vector of elements in one step. An instance holds the step's
/// coefficients, each in every lane.
/// </summary>
internal interface IRule<TSelf, V>
    where TSelf : struct, IRule<TSelf, V>
    where V : unmanaged, IVector<V>
{
    /// <summary>The state arrays of a step, which <see cref="RuleDescription.State"/> describes.</summary>
    static abstract StateArrays State { get; }

    /// <summary>True where 16-bit arrays have loops of their own. Rules that few use go through tiles: their code is smaller.</summary>
    static virtual bool HasNarrowLoops => true;

    /// <summary>True where weight decay is the rule's own, and never joins the gradients.</summary>
    static virtual bool HasOwnWeightDecay
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    /// <summary>The numbers of one step.</summary>
    static abstract Coefficients Coefficients(in GroupValues group, StepNumbers numbers);

    /// <summary>What the parameters are multiplied by before <see cref="Update"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static virtual double ParameterDecay(in GroupValues group, StepNumbers numbers) => WeightDecay.ParameterDecay(group);

    /// <summary>Makes of a tensor's numbers before a step those after it.</summary>
    static virtual void Advance(in GroupValues group, long step, ref TensorNumbers numbers)
    {
    }

    static abstract TSelf Create(in Coefficients coefficients);

    /// <summary>Updates the parameters <paramref name="p"/> and the state with the gradients <paramref name="g"/>, as
    /// <see cref="Preparation{V, TChanges}"/> gives them. Arrays that the step does not keep are zeros, and nothing becomes of
    /// them.</summary>
    /// <param name="p">Parameters, after decoupled weight decay.</param>
    /// <param name="g">Gradients.</param>
    /// <param name="s0">The first state array.</param>
    /// <param name="s1">The second state array.</param>
    /// <param name="s2">The third state array.</param>
    /// <param name="s3">The fourth state array.</param>
    void Update(ref V p, V g, ref V s0, ref V s1, ref V s2, ref V s3);
}
