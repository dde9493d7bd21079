namespace FastAdam.Rules;

/// <summary>Which state arrays a step reads and writes beside the parameters, by their places in the rule's description.</summary>
[Flags]
internal enum StateArrays
{
    None = 0,
    First = 1,
    Second = 2,
    Third = 4,
    Fourth = 8,
}
