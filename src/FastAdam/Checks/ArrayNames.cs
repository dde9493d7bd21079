using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam.Checks;

/// <summary>What errors call the arrays of a tensor: PyTorch's names, as C# writes them.</summary>
internal static class ArrayNames
{
    public const string Numbers = "Numbers";

    public static string Of(RuleKind rule, ArrayRole role) => role switch
    {
        ArrayRole.Parameters => "parameters",
        ArrayRole.Gradients => "gradients",
        _ => OfState(RuleKinds.DescriptionOf(rule).State[role - ArrayRole.FirstState].Name),
    };

    /// <summary>exp_avg becomes expAvg.</summary>
    private static string OfState(string name)
    {
        string[] words = name.Split('_');
        for (int i = 1; i < words.Length; i++)
        {
            words[i] = char.ToUpperInvariant(words[i][0]) + words[i][1..];
        }

        return string.Concat(words);
    }
}
