using System.Runtime.CompilerServices;
using FastAdam.Kernels;
using FastAdam.Steps;

namespace FastAdam;

/// <summary>
/// Where an array is, and how its elements are stored: <see cref="float"/>, <see cref="Half"/> or <see cref="BFloat16"/>. Pointers of
/// these types become one by themselves. <c>default</c> is no array. Parameters and state also come in formats of fewer bytes, which the
/// methods here name.
/// </summary>
public readonly unsafe struct TensorArray
{
    internal readonly byte* Start;
    internal readonly byte* Part;
    internal readonly ElementType Type;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal TensorArray(void* start, ElementType type, void* part = null)
    {
        Start = (byte*)start;
        Part = (byte*)part;
        Type = type;
    }

    /// <summary>Names an array.</summary>
    /// <typeparam name="T">How elements are stored: <see cref="float"/>, <see cref="Half"/> or <see cref="BFloat16"/>.</typeparam>
    /// <param name="start">The first element; null for no array.</param>
    /// <returns>The array.</returns>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is none of the three storage types.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TensorArray Of<T>(T* start)
        where T : unmanaged => new(start, ElementTypes.Of<T>());

    /// <summary>
    /// Names state in blocks of 128 elements of 8 bits with a scale for each block, the largest magnitude in it. The last block may be
    /// shorter. With A a block's scale and q its integers:
    /// <code>
    /// m = q * A / 127,  q from -127 to 127           state that may be negative, such as the first moment
    /// v = ((q + 1/2) * A / 255.5)^2,  q from 0 to 255   state that is never negative, such as the second moment
    /// </code>
    /// No v of a block is 0 unless all are: updates would be divided by it. A block one of whose numbers is infinite or NaN has NaN for its
    /// scale, and so only NaN. A block whose largest magnitude is below 2^-100 (m), or whose largest root below 2^-50 (v), is stored as
    /// zeros.
    /// </summary>
    /// <param name="integers">q, shape [n]; all 0 before the first step.</param>
    /// <param name="scales">A, shape [ceil(n / 128)]; all 0 before the first step.</param>
    /// <returns>The array.</returns>
    public static TensorArray Block8(byte* integers, float* scales) => new(integers, ElementType.Block8, scales);

    /// <summary>
    /// Names single-precision parameters in two halves: the nearest <see cref="BFloat16"/>, which a model can use, and the lower 16 bits.
    /// Nothing is lost. Whoever writes upper halves, other than zeros, leaves the lower ones as they are, and so is off by up to half a
    /// unit; <see cref="Encode"/> writes both. <see cref="Encode"/> makes them, and <see cref="Decode"/> joins them again.
    /// </summary>
    /// <param name="upper">The nearest bfloat16, of two that are as near the one away from zero, shape [n].</param>
    /// <param name="lower">The lower 16 bits, shape [n]: as a signed integer s the parameter's bits are upper * 2^16 + s.</param>
    /// <returns>The array.</returns>
    public static TensorArray Split(BFloat16* upper, ushort* lower) => new(upper, ElementType.Split16, lower);

    /// <summary>Names parameters of 24 bits: single precision rounded to that, in the nearest <see cref="BFloat16"/> and 8 bits more.</summary>
    /// <param name="upper">The nearest bfloat16, of two that are as near the one away from zero, shape [n].</param>
    /// <param name="lower">The next 8 bits, shape [n]: as a signed integer s the parameter's bits are upper * 2^16 + s * 2^8.</param>
    /// <returns>The array.</returns>
    public static TensorArray Split(BFloat16* upper, byte* lower) => new(upper, ElementType.Split8, lower);

    /// <summary>Names single-precision parameters of which a step writes a copy in another type as well.</summary>
    /// <param name="parameters">The parameters, shape [n].</param>
    /// <param name="copy">Takes what they are in bfloat16, rounded to nearest even, shape [n].</param>
    /// <returns>The array.</returns>
    public static TensorArray WithCopy(float* parameters, BFloat16* copy) => new(parameters, ElementType.Float32WithBFloat16, copy);

    /// <summary>Names single-precision parameters of which a step writes a copy in another type as well.</summary>
    /// <param name="parameters">The parameters, shape [n].</param>
    /// <param name="copy">Takes what they are in half precision, rounded to nearest even, shape [n].</param>
    /// <returns>The array.</returns>
    public static TensorArray WithCopy(float* parameters, Half* copy) => new(parameters, ElementType.Float32WithFloat16, copy);

    /// <summary>
    /// Names parameters or state that a step rounds at random: away from zero with the probability of what lies beyond the number towards
    /// zero, so that updates below half a unit are not lost. The random bits depend on <see cref="StepOptions.Seed"/>, the step, the
    /// tensor's <see cref="OptimizerTensor.RandomId"/> and the element alone.
    /// </summary>
    /// <param name="start">The first element, shape [n].</param>
    /// <returns>The array.</returns>
    public static TensorArray Stochastic(BFloat16* start) => new(start, ElementType.StochasticBFloat16);

    /// <summary>Names parameters that a step rounds at random, as <see cref="Stochastic(BFloat16*)"/>.</summary>
    /// <param name="start">The first element, shape [n].</param>
    /// <returns>The array.</returns>
    public static TensorArray Stochastic(Half* start) => new(start, ElementType.StochasticFloat16);

    /// <summary>Names an array of single-precision numbers.</summary>
    /// <param name="start">The first element; null for no array.</param>
    public static implicit operator TensorArray(float* start) => Of(start);

    /// <summary>Makes single-precision numbers of the array's first elements.</summary>
    /// <param name="values">Takes the numbers, shape [n].</param>
    /// <param name="isSigned">Of blocks of 8 bits: false for state that is never negative. Default true.</param>
    /// <exception cref="ArgumentNullException">It is no array, or what is to be beside it is missing.</exception>
    /// <exception cref="ArgumentException">The numbers overlap the array.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The array would end beyond the address space.</exception>
    public void Decode(Span<float> values, bool isSigned = true)
    {
        fixed (float* numbers = values)
        {
            ArrayConversion.Decode(InstructionSets.Current, Type, Start, Part, (nuint)values.Length, isSigned, numbers);
        }
    }

    /// <summary>Stores single-precision numbers in the array, as a step would store them, but rounded to nearest.</summary>
    /// <param name="values">The numbers, shape [n].</param>
    /// <param name="isSigned">For blocks of 8 bits: false for state that is never negative; numbers below 0 are NaN then. Default
    /// true.</param>
    /// <exception cref="ArgumentNullException">It is no array, or what is to be beside it is missing.</exception>
    /// <exception cref="ArgumentException">The numbers overlap the array.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The array would end beyond the address space.</exception>
    public void Encode(ReadOnlySpan<float> values, bool isSigned = true)
    {
        fixed (float* numbers = values)
        {
            ArrayConversion.Encode(InstructionSets.Current, Type, Start, Part, (nuint)values.Length, isSigned, numbers);
        }
    }

    /// <summary>Names an array of half-precision numbers.</summary>
    /// <param name="start">The first element; null for no array.</param>
    public static implicit operator TensorArray(Half* start) => Of(start);

    /// <summary>Names an array of bfloat16 numbers.</summary>
    /// <param name="start">The first element; null for no array.</param>
    public static implicit operator TensorArray(BFloat16* start) => Of(start);
}
