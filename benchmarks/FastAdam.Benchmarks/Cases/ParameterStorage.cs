namespace FastAdam.Benchmarks.Cases;

/// <summary>How parameters are stored.</summary>
internal enum ParameterStorage
{
    /// <summary>In fp32.</summary>
    Float32,

    /// <summary>In two halves: the upper one is the parameter in bf16, both together are it in fp32.</summary>
    Split,

    /// <summary>In fp32, and a copy in bf16, which a step writes too.</summary>
    WithCopy,

    /// <summary>In bf16, rounded at random.</summary>
    Stochastic,
}
