namespace FastAdam.Rules;

/// <summary>The update rules that have kernels: one for each set of state arrays and way to compute.</summary>
internal enum RuleKind
{
    Adam,
    AmsGrad,
    NAdam,
    RAdam,
    AdaMax,
    GradientDescent,
    Momentum,
    AdaGrad,
    RmsProp,
    RmsPropMomentum,
    CenteredRmsProp,
    CenteredRmsPropMomentum,
    Lion,
}
