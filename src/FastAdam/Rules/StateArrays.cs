namespace FastAdam.Rules;

/// <summary>The state arrays that a rule reads and writes beside the parameters.</summary>
[Flags]
internal enum StateArrays
{
    None = 0,

    /// <summary>What is linear in the gradients: Adam's first moment, a momentum buffer.</summary>
    First = 1,

    /// <summary>What measures their size: Adam's second moment, a sum or mean of squares, an infinity norm.</summary>
    Second = 2,

    /// <summary>AMSGrad's maximum of the second moment; the mean gradient of a centered RMSProp. Stored as the second.</summary>
    Third = 4,
}
