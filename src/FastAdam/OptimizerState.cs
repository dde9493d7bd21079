namespace FastAdam;

/// <summary>A state array of an <see cref="OptimizerParameter"/>.</summary>
/// <param name="Name">PyTorch's name, such as <c>exp_avg</c>: <see cref="OptimizerRule"/> has them all.</param>
/// <param name="Array">Where it is, shape [<see cref="OptimizerParameter.Length"/>].</param>
/// <param name="IsSigned">Whether its numbers may be below 0, which <see cref="TensorArray.Decode"/> and <see cref="TensorArray.Encode"/> of
/// blocks of 8 bits must know.</param>
public readonly record struct OptimizerState(string Name, TensorArray Array, bool IsSigned);
