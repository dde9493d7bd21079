namespace FastAdam.Isa;

/// <summary>What the random words of one array in one step depend on, besides the element.</summary>
/// <param name="Key0">The seed's lower half.</param>
/// <param name="Key1">The seed's upper half, exclusive or the step's upper half.</param>
/// <param name="Step">The step's lower half.</param>
/// <param name="Tensor">The tensor's number.</param>
/// <param name="Array">The array's number: 0 for the parameters.</param>
internal readonly record struct RandomStream(uint Key0, uint Key1, uint Step, uint Tensor, uint Array);
