using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>
/// The mathematics of one optimizer: what happens to one vector of elements in one step. An instance holds the step's
/// constants, each in every lane.
/// </summary>
internal interface IRule<TSelf, V>
    where TSelf : struct, IRule<TSelf, V>
    where V : unmanaged, IVector<V>
{
    static abstract TSelf Create(in AdamConstants constants);

    /// <summary>Updates parameters <paramref name="p"/>, first moment <paramref name="m"/> and second moment
    /// <paramref name="v"/> with the gradients <paramref name="g"/>.</summary>
    void Update(ref V p, V g, ref V m, ref V v);

    /// <summary>A moment as it is to be stored in a type that holds numbers below 2^-126.</summary>
    V Flush(V moment);
}
