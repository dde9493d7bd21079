namespace FastAdam.Kernels;

/// <summary>What an array is to an update.</summary>
internal enum ArrayRole
{
    Parameters,

    /// <summary>The only array that is not written.</summary>
    Gradients,
    FirstState,
    SecondState,
    ThirdState,
    FourthState,
}

/// <summary>All roles.</summary>
internal static class ArrayRoles
{
    public const int Count = (int)ArrayRole.FourthState + 1;

    /// <summary>State arrays that a rule can have.</summary>
    public const int MostStates = Count - (int)ArrayRole.FirstState;
}
