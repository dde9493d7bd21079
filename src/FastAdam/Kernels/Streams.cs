using System.Runtime.CompilerServices;

namespace FastAdam.Kernels;

/// <summary>The arrays of one update, of the same length, without overlap, each in its own storage type. Those of the state that
/// the rule does not keep are null; NAdam's third place is that of its product of momentums.</summary>
internal readonly unsafe struct Streams(
    void* parameters, void* gradients, void* first, void* second, void* third, nuint length)
    : IEquatable<Streams>
{
    /// <summary>How many arrays there are at most: they are numbered in the order of the properties.</summary>
    public const int Count = 5;

    /// <summary>The number of the gradients, the only array that is not written.</summary>
    public const int GradientsNumber = 1;

    public Streams(void* parameters, void* gradients, void* first, void* second, nuint length)
        : this(parameters, gradients, first, second, null, length)
    {
    }

    public byte* Parameters { get; } = (byte*)parameters;

    public byte* Gradients { get; } = (byte*)gradients;

    public byte* First { get; } = (byte*)first;

    public byte* Second { get; } = (byte*)second;

    public byte* Third { get; } = (byte*)third;

    /// <summary>Elements in each array.</summary>
    public nuint Length { get; } = length;

    /// <summary>An array by its number.</summary>
    public byte* this[int array]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => array switch
        {
            0 => Parameters,
            GradientsNumber => Gradients,
            2 => First,
            3 => Second,
            _ => Third,
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Equals(Streams other) =>
        Parameters == other.Parameters
        && Gradients == other.Gradients
        && First == other.First
        && Second == other.Second
        && Third == other.Third
        && Length == other.Length;

    public override bool Equals(object? obj) => obj is Streams other && Equals(other);

    public override int GetHashCode() =>
        HashCode.Combine((nuint)Parameters, (nuint)Gradients, (nuint)First, (nuint)Second, (nuint)Third, Length);
}
