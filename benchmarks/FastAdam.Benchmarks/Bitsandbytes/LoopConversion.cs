using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FastAdam.Benchmarks.LibTorch;

namespace FastAdam.Benchmarks.Bitsandbytes;

/// <summary>
/// The conversions of bitsandbytes' CPU backend, which are C++ functions of its own library: a loop over the blocks, on libtorch's threads
/// here. A number is looked up by its code; a code by the 65,536th part of the range that the number lies in.
/// </summary>
internal sealed unsafe class LoopConversion : BlockConversion
{
    public override double Resolution => 2.0 / (Moment.Parts - 1);

    public override ulong Dequantize(Moment moment)
    {
        ulong result = TensorOperators.Empty(moment.Length, TensorOperators.Float32);
        Arrays arrays = Of(moment, result, moment.Codes, moment.Scales);
        TensorOperators.ParallelFor(moment.Blocks, &Dequantize, &arrays);
        return result;
    }

    public override void Quantize(ulong values, Moment moment)
    {
        using var scope = new Scope();
        ulong codes = scope.Of(TensorOperators.Empty(moment.Length, TensorOperators.UInt8));
        ulong scales = scope.Of(TensorOperators.Empty(moment.Blocks, TensorOperators.Float32));
        Arrays arrays = Of(moment, values, codes, scales);
        TensorOperators.ParallelFor(moment.Blocks, &Quantize, &arrays);
        TensorOperators.Copy(moment.Codes, codes);
        TensorOperators.Copy(moment.Scales, scales);
    }

    private static Arrays Of(Moment moment, ulong values, ulong codes, ulong scales) => new()
    {
        Values = (float*)TensorOperators.Data(values),
        Codes = (byte*)TensorOperators.Data(codes),
        Scales = (float*)TensorOperators.Data(scales),
        Map = (float*)TensorOperators.Data(moment.Map),
        NearestCodes = moment.NearestCodes,
    };

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Dequantize(long first, long end, void* context)
    {
        for (long block = first; block < end; block++)
        {
            Dequantize(block, *(Arrays*)context);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Quantize(long first, long end, void* context)
    {
        for (long block = first; block < end; block++)
        {
            Quantize(block, *(Arrays*)context);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dequantize(long block, in Arrays arrays)
    {
        float* map = arrays.Map;
        byte* codes = arrays.Codes + (block * Block);
        float* values = arrays.Values + (block * Block);
        Vector256<float> scale = Vector256.Create(arrays.Scales[block]);
        for (int i = 0; i < Block; i += Vector256<float>.Count)
        {
            var numbers = Vector256.Create(
                map[codes[i]],
                map[codes[i + 1]],
                map[codes[i + 2]],
                map[codes[i + 3]],
                map[codes[i + 4]],
                map[codes[i + 5]],
                map[codes[i + 6]],
                map[codes[i + 7]]);
            (numbers * scale).Store(values + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Quantize(long block, in Arrays arrays)
    {
        byte* nearest = arrays.NearestCodes;
        byte* codes = arrays.Codes + (block * Block);
        float* values = arrays.Values + (block * Block);
        Vector256<float> largest = default;
        for (int i = 0; i < Block; i += Vector256<float>.Count)
        {
            largest = Vector256.MaxNative(largest, Vector256.Abs(Vector256.Load(values + i)));
        }

        float scale = 0;
        for (int i = 0; i < Vector256<float>.Count; i++)
        {
            scale = Math.Max(scale, largest[i]);
        }

        arrays.Scales[block] = scale;
        if (scale == 0)
        {
            new Span<byte>(codes, Block).Clear();
            return;
        }

        Vector256<float> one = Vector256<float>.One;
        Vector256<float> inverse = Vector256.Create(1 / scale);
        Vector256<float> parts = Vector256.Create((Moment.Parts - 1) * 0.5f);
        Vector256<float> half = Vector256.Create(0.5f);
        int* places = stackalloc int[Vector256<int>.Count];
        for (int i = 0; i < Block; i += Vector256<float>.Count)
        {
            Vector256<float> share = Vector256.ClampNative(Vector256.Load(values + i) * inverse, -one, one);
            Vector256.ConvertToInt32Native(((share + one) * parts) + half).Store(places);
            for (int j = 0; j < Vector256<int>.Count; j++)
            {
                codes[i + j] = nearest[places[j]];
            }
        }
    }

    private struct Arrays
    {
        public float* Values;
        public byte* Codes;
        public float* Scales;
        public float* Map;
        public byte* NearestCodes;
    }
}
