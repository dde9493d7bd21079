using System.Runtime.CompilerServices;

namespace FastAdam.Rules;

/// <summary>Whether a part of an update is there, for the compiler to know.</summary>
internal interface ISwitch
{
    static abstract bool IsOn { get; }
}

internal readonly struct On : ISwitch
{
    public static bool IsOn
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => true;
    }
}

internal readonly struct Off : ISwitch
{
    public static bool IsOn
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }
}
