using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>Something to be done for a way to compute that has a form beside moments in blocks of 8 bits.</summary>
internal interface IScaledRuleVisitor<V, TResult>
    where V : unmanaged, IVector<V>
{
    TResult Visit<R>()
        where R : struct, IScaledRule<R, V>;
}

/// <summary>The one table of rules that have such a form.</summary>
internal static class ScaledRules
{
    public static bool Has(RuleKind kind) => kind is RuleKind.Adam or RuleKind.NAdam or RuleKind.RAdam;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TResult Visit<V, TVisitor, TResult>(RuleKind kind, TVisitor visitor)
        where V : unmanaged, IVector<V>
        where TVisitor : struct, IScaledRuleVisitor<V, TResult> => kind switch
        {
            RuleKind.Adam => visitor.Visit<ScaledAdamRule<V>>(),
            RuleKind.NAdam => visitor.Visit<ScaledNAdamRule<V>>(),
            RuleKind.RAdam => visitor.Visit<ScaledRAdamRule<V>>(),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "It has no form beside moments in blocks of 8 bits."),
        };
}
