namespace FastAdam.Convergence.Tasks;

/// <summary>A network in training. Its parameters and gradients are flat arrays of the caller's, one tensor after the other.</summary>
internal interface ILearner
{
    /// <summary>How many parameters each tensor has.</summary>
    IReadOnlyList<int> TensorLengths { get; }

    ReadOnlySpan<float> InitialParameters { get; }

    /// <summary>Writes the gradients of the next mini-batch's mean loss.</summary>
    void Backpropagate(ReadOnlySpan<float> parameters, Span<float> gradients);

    /// <summary>The mean loss of what it was not trained with.</summary>
    double HeldOutLoss(ReadOnlySpan<float> parameters);
}
