using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FastAdam.Benchmarks.Cases;
using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>The loads and stores of an update of AdamW in a format with next to no arithmetic, as <see cref="LimitLoop"/>.</summary>
internal static unsafe class FormatLimitLoop
{
    /// <summary>Passes once over the arrays, but for what is left over of a block.</summary>
    /// <param name="tensor">The arrays.</param>
    /// <param name="format">Their format.</param>
    public static void Run(in FormatTensor tensor, Format format)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Run<Block64>(tensor, format);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Run<Block32>(tensor, format);
        }
        else
        {
            Run<Block16>(tensor, format);
        }
    }

    /// <summary>So many elements at a time that the narrowest arrays fill a vector, and two where all are alike.</summary>
    private static void Run<T>(in FormatTensor tensor, Format format)
        where T : unmanaged, IBlock<T>
    {
        switch (format)
        {
            case { Moment: null, Gradient: ElementType.Float32, Storage: ParameterStorage.Float32 }:
                Pass<Pair<Pair<T>>, T, Off, Off, Off, On>(tensor, format);
                break;
            case { Moment: null, Gradient: ElementType.BFloat16, Storage: ParameterStorage.Float32 }:
                Pass<Pair<T>, T, On, Off, Off, On>(tensor, format);
                break;
            case { Moment: null, Gradient: ElementType.BFloat16, Storage: ParameterStorage.Split }:
                Pass<Pair<T>, T, Off, On, Off, On>(tensor, format);
                break;
            case { Moment: null, Gradient: ElementType.BFloat16, Storage: ParameterStorage.Stochastic }:
                Pass<Pair<T>, T, Off, Off, Off, On>(tensor, format);
                break;
            case { Moment: ElementType.BFloat16, Gradient: ElementType.BFloat16, Storage: ParameterStorage.Split }:
                Pass<Pair<T>, Pair<T>, Off, On, Off, Off>(tensor, format);
                break;
            case { Moment: ElementType.Float32, Gradient: ElementType.BFloat16, Storage: ParameterStorage.WithCopy }:
                Pass<T, Pair<T>, On, Off, On, Off>(tensor, format);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format));
        }
    }

    /// <summary>Passes over whole blocks. The parameters take in the gradients, the copy is made of what they take in, and the moments
    /// change places.</summary>
    /// <typeparam name="TGradient">As many elements of the gradients</typeparam>
    /// <typeparam name="TMoment">as of the moments.</typeparam>
    /// <typeparam name="TWide">Whether an element of the parameters is twice as wide as one of the gradients, not as wide.</typeparam>
    /// <typeparam name="TLower">Whether there are lower halves, as wide as the gradients.</typeparam>
    /// <typeparam name="TCopy">Whether there is a copy, as wide as the gradients.</typeparam>
    /// <typeparam name="TScales">Whether the moments have scales.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pass<TGradient, TMoment, TWide, TLower, TCopy, TScales>(in FormatTensor tensor, Format format)
        where TGradient : unmanaged, IBlock<TGradient>
        where TMoment : unmanaged, IBlock<TMoment>
        where TWide : ISwitch
        where TLower : ISwitch
        where TCopy : ISwitch
        where TScales : ISwitch
    {
        byte* parameters = tensor.Parameters;
        byte* second = tensor.Second;
        byte* gradients = tensor.Gradients;
        byte* expAvg = tensor.ExpAvg;
        byte* expAvgSq = tensor.ExpAvgSq;
        float* expAvgScales = tensor.ExpAvgScales;
        float* expAvgSqScales = tensor.ExpAvgSqScales;
        nint wide = TWide.IsOn ? 2 * sizeof(TGradient) : sizeof(TGradient);
        nint times = Format.Block * format.GradientBytes / sizeof(TGradient);
        nint blocks = (nint)(tensor.Length / Format.Block);
        for (nint block = 0; block < blocks; block++)
        {
            for (nint i = block * times; i < (block + 1) * times; i++)
            {
                byte* parameter = parameters + (i * wide);
                TGradient p = TGradient.Load(parameter);
                TGradient q = TWide.IsOn ? TGradient.Load(parameter + sizeof(TGradient))
                    : TLower.IsOn ? TGradient.Load(second + (i * sizeof(TGradient)))
                    : default;
                TGradient g = TGradient.Load(gradients + (i * sizeof(TGradient)));
                TMoment m = TMoment.Load(expAvg + (i * sizeof(TMoment)));
                TMoment v = TMoment.Load(expAvgSq + (i * sizeof(TMoment)));
                TGradient.Store(p ^ g, parameter);
                if (TWide.IsOn)
                {
                    TGradient.Store(q ^ g, parameter + sizeof(TGradient));
                }

                if (TLower.IsOn)
                {
                    TGradient.Store(q ^ g, second + (i * sizeof(TGradient)));
                }

                if (TCopy.IsOn)
                {
                    TGradient.Store(p ^ q, second + (i * sizeof(TGradient)));
                }

                TMoment.Store(v, expAvg + (i * sizeof(TMoment)));
                TMoment.Store(m, expAvgSq + (i * sizeof(TMoment)));
            }

            if (TScales.IsOn)
            {
                (expAvgScales[block], expAvgSqScales[block]) = (expAvgSqScales[block], expAvgScales[block]);
            }
        }
    }
}
