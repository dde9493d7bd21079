using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Kernels;

/// <summary>Moves parameters towards the first state array, or away from it, in tiles of single precision. Where both are the same they stay.
/// Half the difference is taken, which does not overflow.</summary>
internal static unsafe class MixLoop<V>
    where V : unmanaged, IVector<V>
{
    /// <param name="key">The storage types.</param>
    /// <param name="arrays">The parameters, and the first state array, which is only read.</param>
    /// <param name="twiceWeight">Twice the weight of the state array; the parameters have the rest of 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Run(in KernelKey key, in UpdateArrays arrays, float twiceWeight)
    {
        if (!key.Has(ArrayRole.FirstState))
        {
            return;
        }

        float* parameters = stackalloc float[2 * Tiles<V>.Room];
        float* state = parameters + Tiles<V>.Room;
        V weights = V.Broadcast(twiceWeight);

        // It is no step, on whose number random rounding depends.
        KernelKey nearest = key.With(ArrayRole.Parameters, ElementTypes.ToNearest(key.Types[ArrayRole.Parameters]));
        for (nuint start = 0; start < arrays.Length; start += Tiles<V>.Length)
        {
            UpdateArrays part = arrays.Part(key, start, nuint.Min(start + Tiles<V>.Length, arrays.Length));
            int count = (int)part.Length;
            PartedTiles<V>.Open(parameters, nearest, part, ArrayRole.Parameters);
            PartedTiles<V>.Open(state, nearest, part, ArrayRole.FirstState);
            for (int i = 0; i < count; i += V.Count)
            {
                byte* place = (byte*)(parameters + i);
                V p = V.Load(place);
                V half = (V.Load((byte*)(state + i)) * 0.5f) - (p * 0.5f);
                V.Store(place, V.MultiplyAdd(weights, half, p));
            }

            PartedTiles<V>.Close(nearest, part, ArrayRole.Parameters, parameters, default);
        }
    }
}
