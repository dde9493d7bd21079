using System.Runtime.InteropServices;
using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam.Tests.Support;

/// <summary>A random table of rows with gradients for some of them.</summary>
internal sealed unsafe class SparseCase
{
    public SparseCase(InstructionSet instructionSet, Random random, int groups)
    {
        KernelKey[] keys = [.. KernelData.Of(instructionSet, RuleKind.Adam)];
        Key = keys[random.Next(keys.Length)];
        Rows = random.Next(1, 20);
        RowLength = random.Next(3) == 0 ? random.Next(500, 1200) : random.Next(1, 70);
        Indices = GC.AllocateArray<long>(random.Next(0, 25), pinned: true);
        Gradients = GC.AllocateArray<byte>(Indices.Length * RowLength * Storage.Size(Key.Types[ArrayRole.Gradients]), pinned: true);
        for (int i = 0; i < Indices.Length; i++)
        {
            Indices[i] = random.NextInt64(Rows);
        }

        for (int i = 0; i < Indices.Length * RowLength; i++)
        {
            Storage.Write(Gradients, Key.Types[ArrayRole.Gradients], i, (float)(random.NextDouble() - 0.5));
        }

        Tables = TestArrays.Create(Key, Rows * RowLength, [random.Next(64), 0, random.Next(64), random.Next(64)]);
        Tables.Fill(Key, random);
        Group = random.Next(groups);
        Step = random.Next(2) == 0 ? 0 : random.Next(1, 50);
    }

    private SparseCase(SparseCase other)
    {
        (Key, Rows, RowLength, Indices, Gradients) = (other.Key, other.Rows, other.RowLength, other.Indices, other.Gradients);
        (Tables, Group, Step) = (other.Tables.CopyAligned(), other.Group, other.Step);
    }

    public KernelKey Key { get; }

    public int Rows { get; }

    public int RowLength { get; }

    public long[] Indices { get; }

    public byte[] Gradients { get; }

    public TestArrays Tables { get; }

    public int Group { get; }

    public long Step { get; }

    /// <summary>The same with tables of its own.</summary>
    public SparseCase Copy() => new(this);

    public override string ToString() =>
        $"{Key}, {Rows} rows of {RowLength}, group {Group}, step {Step}, indices {string.Join(' ', Indices)}";

    /// <summary>The table for a call, with another array or other numbers where they are given.</summary>
    /// <param name="array">The array to be elsewhere, by its number among p, m, v, indices, gradients; -1 for none.</param>
    /// <param name="place">Where.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="rowLength">How long.</param>
    /// <param name="count">How many indices.</param>
    public SparseTable Table(int array = -1, void* place = null, nuint? rows = null, nuint? rowLength = null, nuint? count = null)
    {
        UpdateArrays places = Tables.Places();
        return SparseTable.Create(
            rows ?? (nuint)Rows,
            rowLength ?? (nuint)RowLength,
            new TensorArray(Of(0, places.Parameters), Key.Types[ArrayRole.Parameters]),
            new TensorArray(Of(1, places.FirstState), Key.Types[ArrayRole.FirstState]),
            new TensorArray(Of(2, places.SecondState), Key.Types[ArrayRole.SecondState]),
            (long*)Of(3, Address(Indices)),
            new TensorArray(Of(4, Address(Gradients)), Key.Types[ArrayRole.Gradients]),
            count ?? (nuint)Indices.Length) with
        {
            Group = Group,
            Step = Step,
        };

        void* Of(int number, void* own) => number == array ? place : own;
    }

    private static void* Address<T>(T[] pinned) => (void*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
}
