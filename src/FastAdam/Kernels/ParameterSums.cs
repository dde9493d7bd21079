namespace FastAdam.Kernels;

/// <summary>What a step did to the parameters of a block, as they are stored.</summary>
/// <param name="UpdateSquareSum">The sum of the squares of their changes.</param>
/// <param name="SquareSum">The sum of the squares of what they are now.</param>
/// <param name="Unchanged">How many have the bits that they had before.</param>
internal readonly record struct ParameterSums(double UpdateSquareSum, double SquareSum, long Unchanged);
