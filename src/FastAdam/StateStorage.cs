namespace FastAdam;

/// <summary>How a <see cref="StatefulOptimizer"/> stores the state that it makes for a parameter.</summary>
public enum StateStorage
{
    /// <summary>In single precision.</summary>
#pragma warning disable CA1720 // It is named as the type that it stands for.
    Float32,
#pragma warning restore CA1720

    /// <summary>In the type of the parameter's elements, as PyTorch's optimizers do: of those with lower bits
    /// <see cref="FastAdam.BFloat16"/>, of those with a copy single precision.</summary>
    AsParameters,

    /// <summary>In bfloat16, rounded to nearest even.</summary>
    BFloat16,

    /// <summary>In half precision, rounded to nearest even.</summary>
    Float16,

    /// <summary>In blocks of 128 elements of 8 bits: <see cref="TensorArray.Block8"/>. In single precision where the parameter has fewer
    /// elements than <see cref="StatefulOptimizer.MinBlock8Length"/>, and where an array holds parameters, as Schedule-Free's z
    /// does.</summary>
    Block8,

    /// <summary>In bfloat16, rounded at random: <see cref="TensorArray.Stochastic(FastAdam.BFloat16*)"/>. In single precision where an array
    /// holds parameters.</summary>
    StochasticBFloat16,
}
