// Written by src/FastAdam.Faces from the rules' descriptions: do not edit.
using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>The ways to compute that have kernels: one for each rule and set of state arrays.</summary>
internal enum RuleKind : byte
{
    Adam,
    AdamAmsGrad,
    NAdam,
    RAdam,
    AdaMax,
    Sgd,
    SgdMomentum,
    AdaGrad,
    RmsProp,
    RmsPropMomentum,
    RmsPropCentered,
    RmsPropMomentumCentered,
    Lion,
    AdEmaMix,
    Adopt,
    ScheduleFree,
    Adan,
    AdaDelta,
}

/// <summary>The one table of rules.</summary>
internal static class RuleTable
{
    /// <summary>How many members <see cref="RuleKind"/> has.</summary>
    public const int KindCount = 18;

    /// <summary>All rules, by their numbers.</summary>
    public static readonly RuleDescription[] Rules =
    [
        AdamRule.Description,
        NAdamRule.Description,
        RAdamRule.Description,
        AdaMaxRule.Description,
        SgdRule.Description,
        AdaGradRule.Description,
        RmsPropRule.Description,
        LionRule.Description,
        AdEmaMixRule.Description,
        AdoptRule.Description,
        ScheduleFreeRule.Description,
        AdanRule.Description,
        AdaDeltaRule.Description,
    ];

    /// <summary>Calls the visitor with a rule's type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TResult Visit<V, TVisitor, TResult>(RuleKind kind, TVisitor visitor)
        where V : unmanaged, IVector<V>
        where TVisitor : struct, IRuleVisitor<V, TResult> => kind switch
        {
            RuleKind.Adam => visitor.Visit<AdamRule<V, Off>>(),
            RuleKind.AdamAmsGrad => visitor.Visit<AdamRule<V, On>>(),
            RuleKind.NAdam => visitor.Visit<NAdamRule<V>>(),
            RuleKind.RAdam => visitor.Visit<RAdamRule<V>>(),
            RuleKind.AdaMax => visitor.Visit<AdaMaxRule<V>>(),
            RuleKind.Sgd => visitor.Visit<SgdRule<V, Off>>(),
            RuleKind.SgdMomentum => visitor.Visit<SgdRule<V, On>>(),
            RuleKind.AdaGrad => visitor.Visit<AdaGradRule<V>>(),
            RuleKind.RmsProp => visitor.Visit<RmsPropRule<V, Off, Off>>(),
            RuleKind.RmsPropMomentum => visitor.Visit<RmsPropRule<V, On, Off>>(),
            RuleKind.RmsPropCentered => visitor.Visit<RmsPropRule<V, Off, On>>(),
            RuleKind.RmsPropMomentumCentered => visitor.Visit<RmsPropRule<V, On, On>>(),
            RuleKind.Lion => visitor.Visit<LionRule<V>>(),
            RuleKind.AdEmaMix => visitor.Visit<AdEmaMixRule<V>>(),
            RuleKind.Adopt => visitor.Visit<AdoptRule<V>>(),
            RuleKind.ScheduleFree => visitor.Visit<ScheduleFreeRule<V>>(),
            RuleKind.Adan => visitor.Visit<AdanRule<V>>(),
            RuleKind.AdaDelta => visitor.Visit<AdaDeltaRule<V>>(),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown rule."),
        };
}
