using System.Runtime.CompilerServices;

namespace FastAdam.Rules;

/// <summary>The numbers that a rule keeps for a tensor, in the order of its description; 0 where it has fewer.</summary>
[InlineArray(Capacity)]
internal struct TensorNumbers : IEquatable<TensorNumbers>
{
    /// <summary>The most that a rule keeps.</summary>
    public const int Capacity = 3;

#pragma warning disable CS0169, IDE0044, IDE0051, CA1823 // The inline array's element.
    private double _first;
#pragma warning restore CS0169, IDE0044, IDE0051, CA1823

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Equals(TensorNumbers other) => this[0] == other[0] && this[1] == other[1] && this[2] == other[2];

    public override readonly bool Equals(object? obj) => obj is TensorNumbers other && Equals(other);

    public override readonly int GetHashCode() => HashCode.Combine(this[0], this[1], this[2]);
}
