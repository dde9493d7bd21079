using FastAdam.Benchmarks.LibTorch;
using static FastAdam.Benchmarks.LibTorch.TensorOperators;

namespace FastAdam.Benchmarks.Bitsandbytes;

/// <summary>
/// The conversions of bitsandbytes' default backend, which it has for devices without functions of their own: an operator of libtorch
/// after the other.
/// </summary>
internal sealed class TensorConversion : BlockConversion
{
    private const double LeastScale = 1e-38;

    public override double Resolution => 0;

    public override ulong Dequantize(Moment moment)
    {
        using var scope = new Scope();
        ulong indices = scope.Of(To(moment.Codes, TensorOperators.Int32));
        ulong values = scope.Of(Index(moment.Map, indices));
        ulong scales = scope.Of(Rows(moment.Scales, moment.Blocks, 1));
        ulong result = scope.Of(Multiply(scope.Of(Rows(values, moment.Blocks, Block)), scales));
        return Flat(result, moment.Length);
    }

    public override void Quantize(ulong values, Moment moment)
    {
        using var scope = new Scope();
        ulong rows = scope.Of(Rows(values, moment.Blocks, Block));
        ulong scales = scope.Of(MaxOfRows(scope.Of(Abs(rows))));
        ulong inverse = scope.Of(Reciprocal(scope.Of(Clamp(scales, LeastScale, null))));
        ulong shares = scope.Of(Multiply(rows, scope.Of(Rows(inverse, moment.Blocks, 1))));
        ulong clamped = scope.Of(Flat(scope.Of(Clamp(shares, -1, 1)), moment.Length));
        ulong indices = scope.Of(Bucketize(clamped, moment.Middles));
        Copy(moment.Codes, scope.Of(To(indices, TensorOperators.UInt8)));
        Copy(moment.Scales, scales);
    }
}
