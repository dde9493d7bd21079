using FastAdam.Kernels;

namespace FastAdam.LibTorch.Tests;

/// <summary>FastAdam's step for storage types known at run time: finds the four type arguments, one after another.</summary>
internal static unsafe class FastAdamStep
{
    public static void Run(
        InstructionSet set, ElementType[] types, void* p, void* g, void* m, void* v, nuint n, long t, in AdamOptions options)
    {
        switch (types[0])
        {
            case ElementType.Float32: Run(set, types, (float*)p, g, m, v, n, t, options); break;
            case ElementType.Float16: Run(set, types, (Half*)p, g, m, v, n, t, options); break;
            case ElementType.BFloat16: Run(set, types, (BFloat16*)p, g, m, v, n, t, options); break;
        }
    }

    private static void Run<P>(
        InstructionSet set, ElementType[] types, P* p, void* g, void* m, void* v, nuint n, long t, in AdamOptions options)
        where P : unmanaged
    {
        switch (types[1])
        {
            case ElementType.Float32: Run(set, types, p, (float*)g, m, v, n, t, options); break;
            case ElementType.Float16: Run(set, types, p, (Half*)g, m, v, n, t, options); break;
            case ElementType.BFloat16: Run(set, types, p, (BFloat16*)g, m, v, n, t, options); break;
        }
    }

    private static void Run<P, G>(
        InstructionSet set, ElementType[] types, P* p, G* g, void* m, void* v, nuint n, long t, in AdamOptions options)
        where P : unmanaged
        where G : unmanaged
    {
        switch (types[2])
        {
            case ElementType.Float32: Run(set, types, p, g, (float*)m, v, n, t, options); break;
            case ElementType.Float16: Run(set, types, p, g, (Half*)m, v, n, t, options); break;
            case ElementType.BFloat16: Run(set, types, p, g, (BFloat16*)m, v, n, t, options); break;
        }
    }

    private static void Run<P, G, M>(
        InstructionSet set, ElementType[] types, P* p, G* g, M* m, void* v, nuint n, long t, in AdamOptions options)
        where P : unmanaged
        where G : unmanaged
        where M : unmanaged
    {
        switch (types[3])
        {
            case ElementType.Float32: Adam.Step(set, p, g, m, (float*)v, n, t, options); break;
            case ElementType.Float16: Adam.Step(set, p, g, m, (Half*)v, n, t, options); break;
            case ElementType.BFloat16: Adam.Step(set, p, g, m, (BFloat16*)v, n, t, options); break;
        }
    }
}
