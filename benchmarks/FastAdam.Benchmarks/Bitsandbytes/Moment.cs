using System.Runtime.InteropServices;
using FastAdam.Benchmarks.LibTorch;
using FastAdam.Codecs;
using Torch = FastAdam.LibTorch.Tests.LibTorch;

namespace FastAdam.Benchmarks.Bitsandbytes;

/// <summary>A moment in 8 bits, with its map, all as libtorch's tensors.</summary>
internal sealed unsafe class Moment : IDisposable
{
    /// <summary>Parts that the numbers from -1 to 1 are cut in to look up their codes.</summary>
    public const int Parts = 1 << 16;

    private readonly float* _map;
    private readonly float* _middles;
    private readonly byte* _nearest;

    /// <param name="codes">An array.</param>
    /// <param name="scales">An array, an element for each block.</param>
    /// <param name="length">Elements, of whole blocks.</param>
    /// <param name="map">What the codes stand for.</param>
    public Moment(byte* codes, float* scales, long length, DynamicMap map)
    {
        Length = length;
        Blocks = length / BlockConversion.Block;
        Codes = TensorOperators.Over(codes, length, TensorOperators.UInt8);
        Scales = TensorOperators.Over(scales, Blocks, TensorOperators.Float32);
        float[] numbers = map.Entries.ToArray();
        float[] middles = [.. numbers.Zip(numbers.Skip(1), (low, high) => (low + high) * 0.5f)];
        _map = Copy(numbers);
        _middles = Copy(middles);
        _nearest = Copy(Nearest(middles));
        Map = TensorOperators.Over(_map, numbers.Length, TensorOperators.Float32);
        Middles = TensorOperators.Over(_middles, middles.Length, TensorOperators.Float32);
    }

    public long Length { get; }

    public long Blocks { get; }

    public ulong Codes { get; }

    public ulong Scales { get; }

    public ulong Map { get; }

    /// <summary>Between the numbers of the map.</summary>
    public ulong Middles { get; }

    /// <summary>The code of each of the <see cref="Parts"/>.</summary>
    public byte* NearestCodes => _nearest;

    public void Dispose()
    {
        foreach (ulong tensor in (ulong[])[Codes, Scales, Map, Middles])
        {
            Torch.Delete(tensor);
        }

        NativeMemory.Free(_map);
        NativeMemory.Free(_middles);
        NativeMemory.Free(_nearest);
    }

    private static byte[] Nearest(float[] middles)
    {
        byte[] codes = new byte[Parts];
        int code = 0;
        for (int part = 0; part < Parts; part++)
        {
            float value = -1 + (2f * part / (Parts - 1));
            while (code < middles.Length && middles[code] < value)
            {
                code++;
            }

            codes[part] = (byte)code;
        }

        return codes;
    }

    private static T* Copy<T>(T[] values)
        where T : unmanaged
    {
        T* copy = (T*)NativeMemory.Alloc((nuint)values.Length, (nuint)sizeof(T));
        values.CopyTo(new Span<T>(copy, values.Length));
        return copy;
    }
}
