using System.Buffers;

namespace FastAdam.Convergence;

/// <summary>Gives an optimizer the network's parameters, to be stored in some format.</summary>
internal delegate void ParameterFormat<TParameter, TGradient>(StatefulOptimizer optimizer, TParameter[] parameters, TGradient[] gradients);

/// <summary>The formats.</summary>
internal static unsafe class ParameterFormats
{
    /// <summary>As they are, rounded to nearest.</summary>
    public static void Plain<TParameter, TGradient>(StatefulOptimizer optimizer, TParameter[] parameters, TGradient[] gradients)
        where TParameter : unmanaged
        where TGradient : unmanaged => optimizer.Add(parameters, gradients);

    /// <summary>Rounded at random.</summary>
    public static void Stochastic(StatefulOptimizer optimizer, BFloat16[] parameters, BFloat16[] gradients)
    {
        (MemoryHandle p, MemoryHandle g) = (parameters.AsMemory().Pin(), gradients.AsMemory().Pin());
        optimizer.Add(
            (nuint)parameters.Length, TensorArray.Stochastic((BFloat16*)p.Pointer), (BFloat16*)g.Pointer, owners: [p, g]);
    }

    /// <summary>The upper halves of fp32 parameters, whose lower ones are zero at first.</summary>
    public static void Split(StatefulOptimizer optimizer, BFloat16[] parameters, BFloat16[] gradients)
    {
        (MemoryHandle p, MemoryHandle g) = (parameters.AsMemory().Pin(), gradients.AsMemory().Pin());
        var lower = new AlignedBuffer<ushort>(parameters.Length);
        optimizer.Add(
            (nuint)parameters.Length,
            TensorArray.Split((BFloat16*)p.Pointer, lower.Pointer),
            (BFloat16*)g.Pointer,
            owners: [p, g, lower]);
    }
}
