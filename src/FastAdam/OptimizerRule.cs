namespace FastAdam;

/// <summary>
/// The optimizers. Each has PyTorch's semantics, defaults and order of operations where PyTorch has it. With g the gradient
/// (after <see cref="OptimizerOptions.GradientScale"/>, clipping, <see cref="OptimizerOptions.Maximize"/> and coupled weight decay),
/// t the step, bc1 = 1 - beta1^t and bc2 = 1 - beta2^t.
/// </summary>
public enum OptimizerRule
{
    /// <summary>
    /// Adam, AdamW (with <see cref="OptimizerOptions.DecoupledWeightDecay"/>) and AMSGrad (with
    /// <see cref="OptimizerOptions.AmsGrad"/>): m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * g^2;
    /// p = p - lr / bc1 * m / (sqrt(v) / sqrt(bc2) + eps), where AMSGrad has max(v so far) for v. State: exp_avg m, exp_avg_sq v,
    /// and for AMSGrad max_exp_avg_sq. torch.optim.Adam and AdamW with fused=True.
    /// </summary>
    Adam,

    /// <summary>
    /// NAdam: m and v as Adam's; with mu_t = beta1 * (1 - 0.96^(t * momentum_decay) / 2) and Pi_t the product of mu_1 to mu_t,
    /// p = p - lr * ((1 - mu_t) / (1 - Pi_t) * g + mu_(t+1) / (1 - Pi_(t+1)) * m) / (sqrt(v / bc2) + eps). State: exp_avg m,
    /// exp_avg_sq v and the number Pi (<see cref="OptimizerTensor.MomentumProduct"/>). torch.optim.NAdam.
    /// </summary>
    NAdam,

    /// <summary>
    /// RAdam: m and v as Adam's; with rho = 2 / (1 - beta2) - 1 and rho_t = rho - 2 * t * beta2^t / bc2,
    /// p = p - lr / bc1 * m * r * sqrt(bc2) / (sqrt(v) + eps) where rho_t is above 5, else p = p - lr / bc1 * m, and
    /// r = sqrt((rho_t - 4) * (rho_t - 2) * rho / ((rho - 4) * (rho - 2) * rho_t)). State: exp_avg m, exp_avg_sq v.
    /// torch.optim.RAdam.
    /// </summary>
    RAdam,

    /// <summary>
    /// AdaMax: m as Adam's; u = max(beta2 * u, |g| + eps); p = p - lr / bc1 * m / u. State: exp_avg m, exp_inf u as the second
    /// array. torch.optim.Adamax.
    /// </summary>
    AdaMax,

    /// <summary>
    /// Gradient descent: p = p - lr * g. With a <see cref="OptimizerOptions.Momentum"/> above 0: b = momentum * b + (1 - dampening)
    /// * g, in step 1 b = g; p = p - lr * b, with <see cref="OptimizerOptions.Nesterov"/> p = p - lr * (g + momentum * b).
    /// State: none, with momentum the momentum_buffer b as the first array. torch.optim.SGD with fused=True.
    /// </summary>
    Sgd,

    /// <summary>
    /// AdaGrad: s = s + g^2; p = p - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps). State: sum s as the second array, which
    /// holds the initial accumulator's value before step 1. torch.optim.Adagrad with fused=True.
    /// </summary>
    AdaGrad,

    /// <summary>
    /// RMSProp, alpha being <see cref="OptimizerOptions.Beta2"/>: s = alpha * s + (1 - alpha) * g^2; d = sqrt(s) + eps, with
    /// <see cref="OptimizerOptions.Centered"/> a = alpha * a + (1 - alpha) * g and d = sqrt(max(s - a^2, 0)) + eps;
    /// p = p - lr * g / d, with <see cref="OptimizerOptions.Momentum"/> b = momentum * b + g / d and p = p - lr * b. State:
    /// square_avg s as the second array, with momentum the momentum_buffer b as the first, centered grad_avg a as the third.
    /// torch.optim.RMSprop.
    /// </summary>
    RmsProp,

    /// <summary>
    /// Lion: p = p - lr * sign(beta1 * m + (1 - beta1) * g); m = beta2 * m + (1 - beta2) * g. State: exp_avg m as the first array.
    /// X. Chen et al., "Symbolic discovery of optimization algorithms", 2023.
    /// </summary>
    Lion,
}
