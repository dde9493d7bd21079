namespace FastAdam.Rules;

/// <summary>What depends on the number of the step.</summary>
/// <param name="Step">t, from 1.</param>
/// <param name="Beta1Power">beta1^t.</param>
/// <param name="Beta2Power">beta2^t.</param>
/// <param name="MomentumProduct">NAdam's product of mu up to this step.</param>
internal readonly record struct StepNumbers(long Step, double Beta1Power, double Beta2Power, double MomentumProduct);
