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
    /// <summary>The arrays that it keeps between steps.</summary>
    static abstract StateArrays State { get; }

    /// <summary>Its numbers for one step.</summary>
    static abstract Coefficients Coefficients(in Hyperparameters hyperparameters, in StepNumbers numbers);

    static abstract TSelf Create(in Coefficients coefficients);

    /// <summary>Updates the parameters <paramref name="p"/> and the state with the gradients <paramref name="g"/>, as
    /// <see cref="Preparation{V, TChanges}"/> gives them. Arrays that the rule does not keep are zeros, and nothing becomes of them.</summary>
    /// <param name="p">Parameters, after decoupled weight decay.</param>
    /// <param name="g">Gradients.</param>
    /// <param name="m">The first state array.</param>
    /// <param name="v">The second state array.</param>
    /// <param name="x">The third state array.</param>
    void Update(ref V p, V g, ref V m, ref V v, ref V x);
}
