namespace FastAdam.Convergence.Formats;

/// <summary>How parameters and moments are stored. Gradients are in single precision with all formats.</summary>
/// <param name="Name">What it is called in reports: parameters, then moments.</param>
/// <param name="Parameters">Makes the storage of so many parameters.</param>
/// <param name="State">How the optimizer stores moments; small tensors' in single precision where that is in 8 bits.</param>
/// <param name="IsDynamic8">True where moments are in bitsandbytes' 8 bits between steps.</param>
internal sealed record StorageFormat(
    string Name, Func<int, IParameterStorage> Parameters, StateStorage State = StateStorage.Float32, bool IsDynamic8 = false)
{
    /// <summary>All of them; the first is what the others are compared with.</summary>
    public static IReadOnlyList<StorageFormat> All { get; } =
    [
        new("f32", Plain<float>),
        new("f32_bf16", Plain<float>, StateStorage.BFloat16),
        new("f32_block8", Plain<float>, StateStorage.Block8),
        new("f32_dynamic8", Plain<float>, IsDynamic8: true),
        new("bf16_f32", Plain<BFloat16>),
        new("bf16sr_f32", length => new StochasticParameters(length)),
        new("split_f32", length => new SplitParameters(length)),
        new("split_block8", length => new SplitParameters(length), StateStorage.Block8),
    ];

    private static PlainParameters<T> Plain<T>(int length)
        where T : unmanaged => new(length);
}
