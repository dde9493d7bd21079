namespace FastAdam.Convergence.Formats;

/// <summary>How parameters and moments are stored. Gradients are in single precision with all formats.</summary>
/// <param name="Name">What it is called in reports: parameters, then moments.</param>
/// <param name="Parameters">Makes the storage of so many parameters.</param>
/// <param name="Moment">Makes the storage of so many numbers of the first moment or, where it is true, of the second.</param>
internal sealed record StorageFormat(string Name, Func<int, IParameterStorage> Parameters, Func<int, bool, IMomentStorage> Moment)
{
    // As in bitsandbytes (min_8bit_size) and torchao.
    private const int LeastQuantized = 4096;

    /// <summary>All of them; the first is what the others are compared with.</summary>
    public static IReadOnlyList<StorageFormat> All { get; } =
    [
        new("f32", Plain<float>, PlainMoment<float>),
        new("f32_bf16", Plain<float>, PlainMoment<BFloat16>),
        new("f32_block8", Plain<float>, LargeOnly(Block8)),
        new("f32_dynamic8", Plain<float>, LargeOnly((length, isSecond) => new Dynamic8Moment(length, isSigned: !isSecond))),
        new("bf16_f32", Plain<BFloat16>, PlainMoment<float>),
        new("bf16sr_f32", length => new StochasticParameters(length), PlainMoment<float>),
        new("split_f32", length => new SplitParameters(length), PlainMoment<float>),
        new("split_block8", length => new SplitParameters(length), LargeOnly(Block8)),
    ];

    private static PlainParameters<T> Plain<T>(int length)
        where T : unmanaged => new(length);

    private static PlainMoment<T> PlainMoment<T>(int length, bool isSecond)
        where T : unmanaged => new(length);

    private static Block8Moment Block8(int length, bool isSecond) => new(length);

    /// <summary>Small tensors keep moments in single precision.</summary>
    private static Func<int, bool, IMomentStorage> LargeOnly(Func<int, bool, IMomentStorage> quantized) =>
        (length, isSecond) => length < LeastQuantized ? new PlainMoment<float>(length) : quantized(length, isSecond);
}
