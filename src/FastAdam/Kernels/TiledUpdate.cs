using System.Runtime.CompilerServices;
using FastAdam.Isa;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>
/// An update in tiles that stay in the cache: 16-bit arrays are opened into single precision, go through the rule's loop for
/// that, and are closed again. So a rule need not have a loop for each mixture of storage types; and an update can be compared
/// with what was there before while that is still in the cache. The results are those of a loop without tiles.
/// </summary>
internal static unsafe class TiledUpdate<V, D>
    where V : unmanaged, IVector<V>
    where D : ISquareSums
{
    private const int TileLength = Tiles<V>.Length;
    private const int TileRoom = Tiles<V>.Room;

    /// <param name="loop">None: a kernel's loop is found for its tiles.</param>
    /// <param name="key">The kernel.</param>
    /// <param name="arrays">The arrays.</param>
    /// <param name="constants">The step's.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Run(nint loop, in KernelKey key, in UpdateArrays arrays, in StepConstants constants)
    {
        float* room = stackalloc float[ArrayRoles.Count * TileRoom];
        for (nuint start = 0; start < arrays.Length; start += TileLength)
        {
            Update(key, Part(key, arrays, start), constants, room);
        }
    }

    /// <summary>The same for at most <see cref="LaneSums.BlockLength"/> elements, the first ones of a block, with what became of
    /// the parameters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static ParameterSums RunAndCompare(in KernelKey key, in UpdateArrays arrays, in StepConstants constants)
    {
        float* room = stackalloc float[(ArrayRoles.Count + 2) * TileRoom];
        float* before = room + (ArrayRoles.Count * TileRoom);
        float* after = before + TileRoom;
        LaneSums updates = default;
        LaneSums parameters = default;
        long unchanged = 0;
        for (nuint start = 0; start < arrays.Length; start += TileLength)
        {
            UpdateArrays part = Part(key, arrays, start);
            int count = (int)part.Length;
            Tiles<V>.Open(before, part.Parameters, key.Types[ArrayRole.Parameters], count);
            Update(key, part, constants, room);
            Tiles<V>.Open(after, part.Parameters, key.Types[ArrayRole.Parameters], count);
            unchanged += Subtract(before, after, count);
            LaneSums.AddSquares<D>(ref updates, before, count);
            LaneSums.AddSquares<D>(ref parameters, after, count);
        }

        return new ParameterSums(updates.Total(), parameters.Total(), unchanged);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static UpdateArrays Part(in KernelKey key, in UpdateArrays arrays, nuint start) =>
        arrays.Part(key, start, nuint.Min(start + TileLength, arrays.Length));

    /// <summary>Updates one tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Update(in KernelKey key, in UpdateArrays part, in StepConstants constants, float* room)
    {
        int count = (int)part.Length;
        UpdateArrays tiles = part;
        for (ArrayRole role = 0; (int)role < ArrayRoles.Count; role++)
        {
            if (key.Types[role] != ElementType.Float32)
            {
                tiles[role] = (byte*)(room + ((int)role * TileRoom));
                Tiles<V>.Open((float*)tiles[role], part[role], key.Types[role], count);
            }
        }

        KernelTable.Run(new KernelKey(key.InstructionSet, key.Rule, default), tiles, constants);
        for (ArrayRole role = 0; (int)role < ArrayRoles.Count; role++)
        {
            if (role != ArrayRole.Gradients && key.Types[role] != ElementType.Float32)
            {
                Tiles<V>.Close(part[role], (float*)tiles[role], key.Types[role], count);
            }
        }
    }

    /// <summary>Puts what has become of the elements in place of what they were, and counts those that are as they were.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Subtract(float* before, float* after, int count)
    {
        int unchanged = 0;
        for (int i = 0; i < count; i += V.Count)
        {
            int lanes = int.Min(V.Count, count - i);
            V old = V.LoadPartial((byte*)(before + i), lanes);
            V now = V.LoadPartial((byte*)(after + i), lanes);

            // NaN stays NaN, of which payload does not matter: it may be another on each instruction set. The lanes beyond are
            // zero in both.
            unchanged += V.CountEqual(V.SelectIfNaN(old, now, old), now) - (V.Count - lanes);
            V.StorePartial((byte*)(before + i), now - old, lanes);
        }

        return unchanged;
    }
}
