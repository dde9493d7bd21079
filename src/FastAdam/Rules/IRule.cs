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
    /// <paramref name="v"/> with the gradients <paramref name="g"/>. <paramref name="m"/> and <paramref name="v"/> come out as
    /// they are to be stored.</summary>
    void Update(ref V p, V g, ref V m, ref V v);
}
