using System.Runtime.CompilerServices;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>AdamW as one writes it down in C#: a loop over the elements.</summary>
internal static class NaiveLoop
{
    // Optimised at once, so that it need not be called often before it is measured.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Step<TParameter, TState>(
        Span<TParameter> parameters,
        ReadOnlySpan<TParameter> gradients,
        Span<TState> expAvg,
        Span<TState> expAvgSq,
        long step,
        in ParameterGroup options)
        where TParameter : unmanaged
        where TState : unmanaged
    {
        float beta1 = (float)options.Beta1;
        float beta2 = (float)options.Beta2;
        float epsilon = (float)options.Epsilon;
        float decay = (float)(1 - (options.LearningRate * options.WeightDecay));
        float stepSize = (float)(options.LearningRate / (1 - Math.Pow(options.Beta1, step)));
        float rootCorrection = (float)Math.Sqrt(1 - Math.Pow(options.Beta2, step));
        for (int i = 0; i < parameters.Length; i++)
        {
            float g = ToSingle(gradients[i]);
            float m = (beta1 * ToSingle(expAvg[i])) + ((1 - beta1) * g);
            float v = (beta2 * ToSingle(expAvgSq[i])) + ((1 - beta2) * g * g);
            float p = (ToSingle(parameters[i]) * decay) - (stepSize * m / ((MathF.Sqrt(v) / rootCorrection) + epsilon));
            parameters[i] = FromSingle<TParameter>(p);
            expAvg[i] = FromSingle<TState>(m);
            expAvgSq[i] = FromSingle<TState>(v);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float ToSingle<T>(T value)
        where T : unmanaged =>
        typeof(T) == typeof(float) ? Unsafe.BitCast<T, float>(value)
        : typeof(T) == typeof(Half) ? (float)Unsafe.BitCast<T, Half>(value)
        : (float)Unsafe.BitCast<T, BFloat16>(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T FromSingle<T>(float value)
        where T : unmanaged =>
        typeof(T) == typeof(float) ? Unsafe.BitCast<float, T>(value)
        : typeof(T) == typeof(Half) ? Unsafe.BitCast<Half, T>((Half)value)
        : Unsafe.BitCast<BFloat16, T>((BFloat16)value);
}
