using FastAdam.Kernels;

namespace FastAdam.LibTorch.Tests;

/// <summary>Makes a tensor of storage types known at run time: finds the four type arguments, one after another.</summary>
internal static unsafe class TypedTensor
{
    /// <param name="types">Storage types of parameters, gradients, and first and second state array; the third is as the
    /// second.</param>
    /// <param name="p">Parameters.</param>
    /// <param name="g">Gradients.</param>
    /// <param name="m">The first state array.</param>
    /// <param name="v">The second.</param>
    /// <param name="x">The third.</param>
    /// <param name="n">Elements in each array.</param>
    public static OptimizerTensor Create(ElementType[] types, void* p, void* g, void* m, void* v, void* x, nuint n) =>
        types[0] switch
        {
            ElementType.Float32 => Create(types, (float*)p, g, m, v, x, n),
            ElementType.Float16 => Create(types, (Half*)p, g, m, v, x, n),
            ElementType.BFloat16 => Create(types, (BFloat16*)p, g, m, v, x, n),
            _ => throw new ArgumentOutOfRangeException(nameof(types)),
        };

    private static OptimizerTensor Create<P>(ElementType[] types, P* p, void* g, void* m, void* v, void* x, nuint n)
        where P : unmanaged => types[1] switch
        {
            ElementType.Float32 => Create(types, p, (float*)g, m, v, x, n),
            ElementType.Float16 => Create(types, p, (Half*)g, m, v, x, n),
            ElementType.BFloat16 => Create(types, p, (BFloat16*)g, m, v, x, n),
            _ => throw new ArgumentOutOfRangeException(nameof(types)),
        };

    private static OptimizerTensor Create<P, G>(ElementType[] types, P* p, G* g, void* m, void* v, void* x, nuint n)
        where P : unmanaged
        where G : unmanaged => types[2] switch
        {
            ElementType.Float32 => Create(types, p, g, (float*)m, v, x, n),
            ElementType.Float16 => Create(types, p, g, (Half*)m, v, x, n),
            ElementType.BFloat16 => Create(types, p, g, (BFloat16*)m, v, x, n),
            _ => throw new ArgumentOutOfRangeException(nameof(types)),
        };

    private static OptimizerTensor Create<P, G, M>(ElementType[] types, P* p, G* g, M* m, void* v, void* x, nuint n)
        where P : unmanaged
        where G : unmanaged
        where M : unmanaged => types[3] switch
        {
            ElementType.Float32 => OptimizerTensor.Create(p, g, m, (float*)v, (float*)x, n),
            ElementType.Float16 => OptimizerTensor.Create(p, g, m, (Half*)v, (Half*)x, n),
            ElementType.BFloat16 => OptimizerTensor.Create(p, g, m, (BFloat16*)v, (BFloat16*)x, n),
            _ => throw new ArgumentOutOfRangeException(nameof(types)),
        };
}
