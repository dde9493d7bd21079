using System.Runtime.CompilerServices;
using FastAdam.Isa;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>
/// An update in tiles that stay in the cache: arrays of other storage types are opened into single precision, go through the rule's loop for
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
            PartedTiles<V>.Open(before, key, part, ArrayRole.Parameters);
            Update(key, part, constants, room);
            PartedTiles<V>.Open(after, key, part, ArrayRole.Parameters);
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
        UpdateArrays tiles = part;
        StorageTypes types = default;
        for (ArrayRole role = 0; (int)role < ArrayRoles.Count; role++)
        {
            if (IsOpened(key, role))
            {
                tiles[role] = (byte*)(room + ((int)role * TileRoom));
                PartedTiles<V>.Open((float*)tiles[role], key, part, role);
            }
            else
            {
                types = types.With(role, key.Types[role]);
            }
        }

        KernelTable.Run(new KernelKey(key.InstructionSet, key.Rule, types), tiles, constants);
        for (ArrayRole role = 0; (int)role < ArrayRoles.Count; role++)
        {
            if (role != ArrayRole.Gradients && IsOpened(key, role))
            {
                PartedTiles<V>.Close(key, part, role, (float*)tiles[role], constants.Random);
            }
        }
    }

    /// <summary>True for arrays that the rule's loop in single precision cannot take.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsOpened(in KernelKey key, ArrayRole role) =>
        key.Types[role] != ElementType.Float32 && !PartedLoops.TakesIntegers(key, role);

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
