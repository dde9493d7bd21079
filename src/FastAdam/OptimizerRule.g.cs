// Written by src/FastAdam.Faces from the rules' descriptions: do not edit.
namespace FastAdam;

/// <summary>
/// The optimizers, with what each keeps for a tensor: <see cref="OptimizerTensor"/> names the state arrays and the numbers in this
/// order. In the formulas p are the parameters, t is the step, bc1 = 1 - beta1^t, bc2 = 1 - beta2^t, and g is the gradient after
/// <see cref="ParameterGroup.GradientScale"/>, clipping, <see cref="ParameterGroup.Maximize"/> and coupled weight decay. State is zero
/// before step 1 where nothing else is said. Each rule has PyTorch's semantics, defaults and order of operations where PyTorch has it.
/// </summary>
public enum OptimizerRule
{
    /// <summary>
    /// Adam, AdamW, AMSGrad:
    /// <code>
    /// m = beta1 * m + (1 - beta1) * g
    /// v = beta2 * v + (1 - beta2) * g^2; with amsgrad x = max(x, v), which stands below for v
    /// p = p - lr / bc1 * m / (sqrt(v) / sqrt(bc2) + eps)
    /// </code>
    /// State: exp_avg m, exp_avg_sq v, max_exp_avg_sq x with amsgrad. PyTorch's Adam and AdamW with fused=True. D. P. Kingma, J.
    /// Ba, "Adam: a method for stochastic optimization", 2015; I. Loshchilov, F. Hutter, "Decoupled weight decay regularization",
    /// 2019; S. J. Reddi, S. Kale, S. Kumar, "On the convergence of Adam and beyond", 2018.
    /// </summary>
    Adam = 0,

    /// <summary>
    /// NAdam:
    /// <code>
    /// m and v as Adam's; mu_t = beta1 * (1 - 0.96^(t * momentum_decay) / 2); Pi_t the product of mu_1 to mu_t
    /// p = p - lr * ((1 - mu_t) / (1 - Pi_t) * g + mu_(t+1) / (1 - Pi_(t+1)) * m) / (sqrt(v / bc2) + eps)
    /// </code>
    /// State: exp_avg m, exp_avg_sq v, the number mu_product Pi, 1 before step 1. PyTorch's NAdam. T. Dozat, "Incorporating
    /// Nesterov momentum into Adam", 2016.
    /// </summary>
    NAdam = 1,

    /// <summary>
    /// RAdam:
    /// <code>
    /// m and v as Adam's; rho = 2 / (1 - beta2) - 1; rho_t = rho - 2 * t * beta2^t / bc2
    /// r = sqrt((rho_t - 4) * (rho_t - 2) * rho / ((rho - 4) * (rho - 2) * rho_t))
    /// p = p - lr / bc1 * m * r * sqrt(bc2) / (sqrt(v) + eps) where rho_t &gt; 5, else p = p - lr / bc1 * m
    /// </code>
    /// State: exp_avg m, exp_avg_sq v. PyTorch's RAdam. L. Liu et al., "On the variance of the adaptive learning rate and
    /// beyond", 2020.
    /// </summary>
    RAdam = 2,

    /// <summary>
    /// AdaMax:
    /// <code>
    /// m as Adam's; u = max(beta2 * u, |g| + eps)
    /// p = p - lr / bc1 * m / u
    /// </code>
    /// State: exp_avg m, exp_inf u. PyTorch's Adamax. D. P. Kingma, J. Ba, 2015, algorithm 2.
    /// </summary>
    AdaMax = 3,

    /// <summary>
    /// SGD, with momentum and Nesterov's:
    /// <code>
    /// p = p - lr * g
    /// with a momentum above 0 instead b = momentum * b + (1 - dampening) * g, in step 1 b = g
    /// and p = p - lr * b, with nesterov p = p - lr * (g + momentum * b)
    /// </code>
    /// State: momentum_buffer b with a momentum above 0. PyTorch's SGD with fused=True. B. T. Polyak, 1964; Y. Nesterov, 1983; I.
    /// Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013.
    /// </summary>
    Sgd = 4,

    /// <summary>
    /// AdaGrad:
    /// <code>
    /// s = s + g^2
    /// p = p - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps)
    /// </code>
    /// State: sum s, which may hold another value before step 1. PyTorch's Adagrad with fused=True. J. Duchi, E. Hazan, Y.
    /// Singer, "Adaptive subgradient methods for online learning and stochastic optimization", 2011.
    /// </summary>
    AdaGrad = 5,

    /// <summary>
    /// RMSProp:
    /// <code>
    /// s = beta2 * s + (1 - beta2) * g^2; d = sqrt(s) + eps
    /// with centered a = beta2 * a + (1 - beta2) * g and d = sqrt(max(s - a^2, 0)) + eps
    /// p = p - lr * g / d; with a momentum above 0 b = momentum * b + g / d and p = p - lr * b
    /// </code>
    /// State: square_avg s, momentum_buffer b with a momentum above 0, grad_avg a with centered. PyTorch's RMSprop, whose alpha
    /// is beta2. T. Tieleman, G. Hinton, 2012; centered: A. Graves, "Generating sequences with recurrent neural networks", 2013.
    /// </summary>
    RmsProp = 6,

    /// <summary>
    /// Lion:
    /// <code>
    /// p = p - lr * sign(beta1 * m + (1 - beta1) * g)
    /// m = beta2 * m + (1 - beta2) * g
    /// </code>
    /// State: exp_avg m. Its authors' code. X. Chen et al., "Symbolic discovery of optimization algorithms", 2023.
    /// </summary>
    Lion = 7,

    /// <summary>
    /// AdEMAMix:
    /// <code>
    /// m and v as Adam's; n = beta3_t * n + (1 - beta3_t) * g
    /// p = p - lr * (m / bc1 + alpha_t * n) / (sqrt(v / bc2) + eps)
    /// alpha_t = alpha * min(t / alpha_warmup, 1)
    /// 1 / ln beta3_t goes from 1 / ln beta1 to 1 / ln beta3 until step beta3_warmup, beta3_t = beta3 then
    /// </code>
    /// State: exp_avg_fast m, exp_avg_sq v, exp_avg_slow n. Its authors' code. M. Pagliardini, P. Ablin, D. Grangier, "The
    /// AdEMAMix optimizer: better, faster, older", 2024.
    /// </summary>
    AdEmaMix = 8,

    /// <summary>
    /// ADOPT:
    /// <code>
    /// in step 1 v = g^2, and nothing else
    /// then, with c = (t - 1)^clip_exponent, m = beta1 * m + (1 - beta1) * min(max(g / max(sqrt(v), eps), -c), c)
    /// p = p - lr * m; v = beta2 * v + (1 - beta2) * g^2
    /// </code>
    /// State: exp_avg m, exp_avg_sq v. Its authors' code of November 22nd, 2024. S. Taniguchi et al., "ADOPT: modified Adam can
    /// converge with any beta2 with the optimal rate", 2024.
    /// </summary>
    Adopt = 9,

    /// <summary>
    /// Schedule-Free AdamW:
    /// <code>
    /// v as Adam's; u = g / (sqrt(v / bc2) + eps) + weight_decay * y; in step 1 z begins as y
    /// lr_t = lr * min(t / warmup_steps, 1); L = max(L, lr_t); w = t^r * L^weight_lr_power; W = W + w; c = w / W
    /// y = (1 - c) * y + c * z - lr_t * (1 - beta1 * (1 - c)) * u; z = z - lr_t * u
    /// The parameters are y, where gradients are taken; those for evaluation are x = y / beta1 + (1 - 1 / beta1) * z
    /// </code>
    /// State: z, exp_avg_sq v, the number weight_sum W, 0 before step 1, the number lr_max L, 0 before step 1, the number
    /// eval_mode, 0 before step 1 and in every step: 1 says that the parameters are those for evaluation. Its authors'
    /// AdamWScheduleFree, version 1.4. A. Defazio et al., "The road less scheduled", 2024.
    /// </summary>
    ScheduleFree = 10,

    /// <summary>
    /// Adan:
    /// <code>
    /// k = g + h, in step 1 k = 0; m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * k
    /// n = beta3 * n + (1 - beta3) * (g + beta2 * k)^2; h = -g
    /// p = (p - lr * (m / bc1 + beta2 * v / bc2) / (sqrt(n / bc3) + eps)) / (1 + lr * weight_decay), bc3 = 1 - beta3^t
    /// with no_prox p = (1 - lr * weight_decay) * p - lr * (...) / (...)
    /// </code>
    /// State: exp_avg m, exp_avg_sq n, exp_avg_diff v, neg_pre_grad h. Its authors' code. X. Xie et al., "Adan: adaptive Nesterov
    /// momentum algorithm for faster optimizing deep models", 2022.
    /// </summary>
    Adan = 11,

    /// <summary>
    /// AdaDelta:
    /// <code>
    /// s = beta2 * s + (1 - beta2) * g^2; u = sqrt(a + eps) / sqrt(s + eps) * g
    /// a = beta2 * a + (1 - beta2) * u^2; p = p - lr * u
    /// </code>
    /// State: square_avg s, acc_delta a. PyTorch's Adadelta, whose rho is beta2. M. D. Zeiler, "ADADELTA: an adaptive learning
    /// rate method", 2012.
    /// </summary>
    AdaDelta = 12,
}
