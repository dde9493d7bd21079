using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>Buffers, as their users have them.</summary>
public sealed unsafe class AlignedBufferTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1003)]
    [InlineData(1_500_001)]
    public void Elements_are_zero_and_all_there(int length)
    {
        using var buffer = new AlignedBuffer<float>(length);
        Assert.Equal((nuint)length, buffer.Length);
        Assert.Equal(length, buffer.Span.Length);
        Assert.True(buffer.Pointer != null);
        Assert.Equal(0u, (nuint)buffer.Pointer % 64);
        Assert.False(buffer.Span.ContainsAnyExcept(0f));
        for (int i = 0; i < length; i++)
        {
            buffer.Span[i] = i;
        }

        Assert.Equal(length == 0 ? 0 : length - 1f, length == 0 ? 0 : buffer.Pointer[length - 1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(int.MaxValue)]
    public void Any_number_of_threads_gives_the_same(int threads)
    {
        using var buffer = new AlignedBuffer<Half>((8 << 20) + 3, threads);
        Assert.False(buffer.Span.ContainsAnyExcept((Half)0));
    }

    [Fact]
    public void Steps_over_buffers_are_those_over_arrays()
    {
        const int Length = 5003;
        using var p = new AlignedBuffer<float>(Length);
        using var g = new AlignedBuffer<BFloat16>(Length);
        using var m = new AlignedBuffer<Half>(Length);
        using var v = new AlignedBuffer<float>(Length);
        float[] parameters = new float[Length];
        var gradients = new BFloat16[Length];
        var expAvg = new Half[Length];
        float[] expAvgSq = new float[Length];
        for (int step = 1; step <= 3; step++)
        {
            for (int i = 0; i < Length; i++)
            {
                gradients[i] = (BFloat16)((i % 29) - 14f);
            }

            gradients.CopyTo(g.Span);
            Adam.Step(parameters, gradients, expAvg, expAvgSq, step, ParameterGroup.AdamW);
            if (step == 2)
            {
                Optimizer.Step(
                    [OptimizerTensor.Create(p.Length, p.Pointer, g.Pointer, m.Pointer, v.Pointer)], [ParameterGroup.AdamW], step);
            }
            else
            {
                Adam.Step(p.Span, g.Span, m.Span, v.Span, step, ParameterGroup.AdamW);
            }
        }

        Assert.Equal(parameters, p.Span);
        Assert.Equal(expAvg, m.Span);
        Assert.Equal(expAvgSq, v.Span);
        Assert.NotEqual(0, parameters[0]);
    }

    [Fact]
    public void After_Dispose_nothing_gives_its_memory()
    {
        var buffer = new AlignedBuffer<float>(10);
        buffer.Dispose();
        buffer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => (nint)buffer.Pointer);
        Assert.Throws<ObjectDisposedException>(() => buffer.Span.Length);
        Assert.Equal(10u, buffer.Length);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData(1L << 62)]
    public void Impossible_length_is_an_error(long length)
    {
        ArgumentOutOfRangeException exception =
            Assert.Throws<ArgumentOutOfRangeException>(() => new AlignedBuffer<float>(length).Dispose());
        Assert.Equal("length", exception.ParamName);
        Assert.Equal($"{length}", $"{exception.ActualValue}");
    }

    [Fact]
    public void More_than_the_memory_is_an_error()
    {
        OutOfMemoryException exception =
            Assert.Throws<OutOfMemoryException>(() => new AlignedBuffer<float>(1L << 48).Dispose());
        Assert.Contains($"{1L << 50} bytes", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Negative_number_of_threads_is_an_error()
    {
        ArgumentOutOfRangeException exception =
            Assert.Throws<ArgumentOutOfRangeException>(() => new AlignedBuffer<float>(1, -3).Dispose());
        Assert.Equal(("threads", -3), (exception.ParamName, exception.ActualValue));
    }
}
