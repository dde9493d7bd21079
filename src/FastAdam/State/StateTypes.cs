using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam.State;

/// <summary>Which storage type a state array has.</summary>
internal static class StateTypes
{
    /// <param name="storage">What the optimizer asks for.</param>
    /// <param name="minBlock8Length">The least elements of a parameter whose state is in blocks of 8 bits.</param>
    /// <param name="array">The state array.</param>
    /// <param name="parameters">The storage type of the parameters.</param>
    /// <param name="length">Their elements.</param>
    public static ElementType Of(
        StateStorage storage, nuint minBlock8Length, StateArray array, ElementType parameters, nuint length)
    {
        bool holdsParameters = array.WhyNotBlock8 is not null;
        return storage switch
        {
            StateStorage.AsParameters => OfElements(parameters),
            StateStorage.BFloat16 => ElementType.BFloat16,
            StateStorage.Float16 => ElementType.Float16,
            StateStorage.Block8 when !holdsParameters && length >= minBlock8Length => ElementType.Block8,
            StateStorage.StochasticBFloat16 when !holdsParameters => ElementType.StochasticBFloat16,
            _ => ElementType.Float32,
        };
    }

    /// <summary>The plain type of the elements in the array itself.</summary>
    private static ElementType OfElements(ElementType parameters) => parameters switch
    {
        ElementType.BFloat16 or ElementType.Split16 or ElementType.Split8 or ElementType.StochasticBFloat16 => ElementType.BFloat16,
        ElementType.Float16 or ElementType.StochasticFloat16 => ElementType.Float16,
        _ => ElementType.Float32,
    };
}
