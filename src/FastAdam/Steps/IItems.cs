using System.Runtime.CompilerServices;

namespace FastAdam.Steps;

/// <summary>The items of an argument that is a list, in C# or in C. They are read where they are: a copy would be as large as the caller's
/// list.</summary>
internal interface IItems<T>
{
    int Count { get; }

    /// <exception cref="ArgumentException">What the item says cannot be understood.</exception>
    void Read(int index, out T item);
}

/// <summary>Groups in C#.</summary>
internal readonly ref struct ManagedGroups(ReadOnlySpan<ParameterGroup> groups) : IItems<Rules.GroupValues>
{
    private readonly ReadOnlySpan<ParameterGroup> _groups = groups;

    public int Count => _groups.Length;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Read(int index, out Rules.GroupValues item) => item = _groups[index].Values;
}

/// <summary>Tensors in C#.</summary>
internal readonly ref struct ManagedTensors(ReadOnlySpan<OptimizerTensor> tensors) : IItems<OptimizerTensor>
{
    private readonly ReadOnlySpan<OptimizerTensor> _tensors = tensors;

    public int Count => _tensors.Length;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Read(int index, out OptimizerTensor item) => item = _tensors[index];
}

/// <summary>Tables in C#.</summary>
internal readonly ref struct ManagedTables(ReadOnlySpan<SparseTable> tables) : IItems<SparseTable>
{
    private readonly ReadOnlySpan<SparseTable> _tables = tables;

    public int Count => _tables.Length;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Read(int index, out SparseTable item) => item = _tables[index];
}
