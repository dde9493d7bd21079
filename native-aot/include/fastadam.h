/*
 * FastAdam: fused updates of Adam, AdamW and other optimizers for CPUs. MIT licence.
 *
 * A step reads parameters, gradients and an optimizer's state once, and writes parameters and state. For every element, in single
 * precision, with t the step, Adam and AdamW compute:
 *
 *     decoupled weight decay:  p = p * (1 - lr * weight_decay)          (AdamW)
 *     otherwise:               g = g + weight_decay * p                 (Adam with L2; nothing where weight_decay is 0)
 *     m = beta1 * m + (1 - beta1) * g
 *     v = beta2 * v + (1 - beta2) * g * g
 *     p = p - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
 *
 * The other optimizers are listed under "Types" below.
 *
 * The order of operations and roundings is that of PyTorch's fused CPU kernel and the same for every element on every CPU:
 * results have the same bits whatever the instruction set, the alignment, or the way a tensor is cut into calls. 16-bit elements
 * are widened when read and rounded to nearest even when written.
 *
 * Memory is the caller's: from anywhere, without any alignment, or from fastadam_alloc, which lays it out for steps. A thread's
 * first step allocates some 2 KiB of the library's own. A step over a list takes a work area of some 420 bytes for each tensor, 640
 * with formats that need something beside an array; a sparse step one of 16 bytes for each index, some 100 for each row that occurs, and the sums of repeated rows' gradients as floats.
 * One that cannot be had is FASTADAM_ERR_MEMORY, of that call alone. The library keeps at most 64 areas of at most 1 MiB for later
 * steps. Functions may be called from any thread at any time; two steps at once must not touch the same arrays. After fork(), a child
 * may step, allocate and free only if the parent had not loaded the kernels yet (see fastadam_load).
 *
 * Every function that can fail returns a status, FASTADAM_OK (0) or a negative FASTADAM_ERR_..., but for fastadam_alloc, which
 * returns NULL. After an error every array is as it was. No function prints, exits, raises a signal or lets an exception out, and
 * a step's results do not depend on the floating-point environment of the caller, which every function leaves as it was, with the
 * flags of exceptions.
 *
 * Inside are kernels compiled ahead of time with a .NET runtime. Loading it reserves some address space, adds a thread (steps may
 * add more: see "Threads"), and installs handlers of SIGSEGV, SIGFPE and one real-time signal, which pass on what is not theirs. It
 * reads environment variables that begin with DOTNET_.
 *
 * Where the runtime cannot start, the status is FASTADAM_ERR_LIBRARY: with too little address space (576 MiB are asked for),
 * without one more thread or 4 MiB of memory beside its stack, without a key of thread-specific data, where a sandbox refuses
 * sigaction, or membarrier while no memory may be locked either, with a heap limit below 32 MiB in DOTNET_GCHeapHardLimit, and with
 * limits or regions of the heap in other DOTNET_GC... variables that do not work. Another such variable that forbids the runtime to
 * start would end the process. So does, in a step that is shared with other threads, a limit of the process's threads that leaves
 * no room for them: threads = 1 starts none. A thread whose stack is below 64 KiB, and destructors of thread-specific data
 * (pthread_key_create, tss_create) may not call the library.
 *
 * LeakSanitizer, alone or with AddressSanitizer, and ThreadSanitizer report what the runtime does, unless they are told not to:
 *
 *     LSAN_OPTIONS=suppressions=PREFIX/share/fastadam/lsan.supp:print_suppressions=0
 *     TSAN_OPTIONS=suppressions=PREFIX/share/fastadam/tsan.supp
 *
 * What the program itself leaks and its own races are still reported, but not small blocks of fastadam_alloc that are never freed.
 * UndefinedBehaviorSanitizer needs nothing.
 */
#ifndef FASTADAM_H
#define FASTADAM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#  if defined(FASTADAM_BUILD)
#    define FASTADAM_API __declspec(dllexport)
#  else
#    define FASTADAM_API __declspec(dllimport)
#  endif
#elif defined(FASTADAM_BUILD)
#  define FASTADAM_API __attribute__((visibility("default")))
#else
#  define FASTADAM_API
#endif

/* The version of all packages: of the library that belongs to this header, of the .NET package and of the Python package. */
#define FASTADAM_VERSION "0.2.0"

/* Raised when a program that was compiled before would no longer work. */
#define FASTADAM_ABI_VERSION 2

/* ---- Status ---------------------------------------------------------------------------------------------------------------- */

enum {
    FASTADAM_OK = 0,
    FASTADAM_ERR_NULL = -1,           /* a pointer is NULL that must not be: a group, a list with count > 0, or what a tensor
                                         with n > 0 needs */
    FASTADAM_ERR_STRUCT_SIZE = -2,    /* a struct_size is none that a version of this library has had, differs within a list, or
                                         the structure has something in it that this library does not know */
    FASTADAM_ERR_FLAGS = -3,          /* flags have a bit that this library does not know there */
    FASTADAM_ERR_DTYPE = -4,          /* a tensor's dtype is none of the codes, or not one for that array: gradients and tables are
                                         FASTADAM_F32, _F16 or _BF16 */
    FASTADAM_ERR_LENGTH = -5,         /* an array would end beyond the address space, or a list has more than 2^31 - 1 items */
    FASTADAM_ERR_OVERLAP = -6,        /* an array or numbers that are written overlap another one, of the same or another tensor;
                                         tensors may share gradients */
    FASTADAM_ERR_HYPERPARAMETER = -7, /* a number is out of its range, such as lr or a tensor's own, or set though the rule has none;
                                         so for a flag; rule is none of the rules */
    FASTADAM_ERR_STEP = -8,           /* step is below 1, or a tensor's own is negative */
    FASTADAM_ERR_THREADS = -9,        /* threads is negative */
    FASTADAM_ERR_UNSUPPORTED = -10,   /* understood, but not to be had there: a sparse step or fastadam_adam_f32 and its like for
                                         another rule than Adam */
    FASTADAM_ERR_ISA = -11,           /* FASTADAM_ISA holds no known name, or one that this CPU or library lacks */
    FASTADAM_ERR_LIBRARY = -12,       /* the kernels' library for this CPU is missing beside this one, does not fit it, or
                                         could not start in this process */
    FASTADAM_ERR_INTERNAL = -13,      /* a defect of FastAdam: please report it */
    FASTADAM_ERR_INDEX = -14,         /* a tensor's group is none of the groups, an index of a sparse step none of the rows, first_element
                                         no multiple of 128 where the tensor's formats need one, or random_id 2^32 or more */
    FASTADAM_ERR_MEMORY = -15         /* the system gives no memory for the work area of a list */
};

/* What a status means, in English, without the prefix; a text for unknown values too. Never NULL; not to be freed. */
FASTADAM_API const char *fastadam_status_string(int32_t status);

/* ---- Types ----------------------------------------------------------------------------------------------------------------- */

/*
 * Structures begin with their size: struct_size is sizeof of the structure that the program was compiled with, the same in all
 * structures of a list. Later versions add fields at the end. A smaller structure is read with defaults for what it lacks: a rule's own
 * for a group, NULL or 0 elsewhere. A larger one is accepted where all that the library does not know is zero, else
 * FASTADAM_ERR_STRUCT_SIZE. So fill what you do not set with zeros: { sizeof(fastadam_tensor) } does, and the functions that end
 * in _init.
 */

/*
 * How the elements of an array are stored. Parameters, gradients and state may be of the first three. What others need beside the array
 * is in param_part and state_part of fastadam_tensor.
 */
enum {
    FASTADAM_F32 = 0,              /* float */
    FASTADAM_F16 = 1,              /* IEEE-754 binary16, as uint16_t */
    FASTADAM_BF16 = 2,             /* bfloat16, the upper half of a float, as uint16_t */

    /* State alone: integers q of 8 bits in blocks of 128, and beside them a float scale A for each block, the largest magnitude in it.
       State that may be negative, such as the first moment, is q * A / 127 with q as int8_t; state that is never negative, such as the
       second moment, ((q + 1/2) * A / 255.5)^2 with q as uint8_t: no v of a block is 0 unless all are, since updates are divided by it.
       Integers and scales are all zeros before step 1. A block one of whose numbers is infinite or NaN becomes NaN. */
    FASTADAM_BLOCK8 = 4,

    /* Parameters alone: the nearest bfloat16, of two that are as near the one away from zero, which a model can use, and beside it the 16
       bits that make it a float again: as a signed integer s, the float's bits are bfloat16 * 2^16 + s. Nothing is lost. Zeros may be written
       to the bfloat16 half alone; other numbers are off by the bits that are left beside them, unless fastadam_encode writes both. */
    FASTADAM_SPLIT16 = 5,

    /* Parameters alone: the same with 8 bits, int8_t s: the float, rounded to 24 bits, has the bits bfloat16 * 2^16 + s * 2^8. */
    FASTADAM_SPLIT8 = 6,

    /* Parameters alone: float, and beside it what they are in bfloat16 or binary16, rounded to nearest even, which a step only writes. */
    FASTADAM_F32_BF16_COPY = 7,
    FASTADAM_F32_F16_COPY = 8,

    /* bfloat16, for parameters and state, and binary16, for parameters, rounded at random: away from zero with the probability of what lies
       beyond the number towards zero. The random bits depend on seed, step, random_id and the element's index alone. */
    FASTADAM_BF16_STOCHASTIC = 9,
    FASTADAM_F16_STOCHASTIC = 10
};

/*
 * fastadam_group.rule: the optimizers. Each has PyTorch's semantics, defaults and order of operations where PyTorch has it. p are the
 * parameters, t is the step, bc1 = 1 - beta1^t, bc2 = 1 - beta2^t, and g is the gradient that results from this order: the parameters
 * shrink by decoupled weight decay; the gradient is divided by grad_scale, multiplied by the coefficient of clipping by norm, limited to
 * max_grad_value, reversed by FASTADAM_MAXIMIZE; coupled weight decay is added. State arrays and numbers stand in fastadam_tensor in the
 * order in which they are named here. They are zero before step 1 where nothing else is said.
 */
/* generated: rules */
enum {
    /* m = beta1 * m + (1 - beta1) * g
       v = beta2 * v + (1 - beta2) * g^2; with amsgrad x = max(x, v), which stands below for v
       p = p - lr / bc1 * m / (sqrt(v) / sqrt(bc2) + eps)
       State: exp_avg m, exp_avg_sq v, max_exp_avg_sq x with amsgrad. Default: lr 1e-3, beta1 0.9, beta2 0.999, eps 1e-8.
       PyTorch's Adam and AdamW with fused=True. D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", 2015; I.
       Loshchilov, F. Hutter, "Decoupled weight decay regularization", 2019; S. J. Reddi, S. Kale, S. Kumar, "On the
       convergence of Adam and beyond", 2018. */
    FASTADAM_ADAM = 0,

    /* m and v as Adam's; mu_t = beta1 * (1 - 0.96^(t * momentum_decay) / 2); Pi_t the product of mu_1 to mu_t
       p = p - lr * ((1 - mu_t) / (1 - Pi_t) * g + mu_(t+1) / (1 - Pi_(t+1)) * m) / (sqrt(v / bc2) + eps)
       State: exp_avg m, exp_avg_sq v, the number mu_product Pi, 1 before step 1. Default: lr 2e-3, beta1 0.9, beta2 0.999, eps
       1e-8, momentum_decay 4e-3. PyTorch's NAdam. T. Dozat, "Incorporating Nesterov momentum into Adam", 2016. */
    FASTADAM_NADAM = 1,

    /* m and v as Adam's; rho = 2 / (1 - beta2) - 1; rho_t = rho - 2 * t * beta2^t / bc2
       r = sqrt((rho_t - 4) * (rho_t - 2) * rho / ((rho - 4) * (rho - 2) * rho_t))
       p = p - lr / bc1 * m * r * sqrt(bc2) / (sqrt(v) + eps) where rho_t > 5, else p = p - lr / bc1 * m
       State: exp_avg m, exp_avg_sq v. Default: lr 1e-3, beta1 0.9, beta2 0.999, eps 1e-8. PyTorch's RAdam. L. Liu et al., "On
       the variance of the adaptive learning rate and beyond", 2020. */
    FASTADAM_RADAM = 2,

    /* m as Adam's; u = max(beta2 * u, |g| + eps)
       p = p - lr / bc1 * m / u
       State: exp_avg m, exp_inf u. Default: lr 2e-3, beta1 0.9, beta2 0.999, eps 1e-8. PyTorch's Adamax. D. P. Kingma, J. Ba,
       2015, algorithm 2. */
    FASTADAM_ADAMAX = 3,

    /* p = p - lr * g
       with a momentum above 0 instead b = momentum * b + (1 - dampening) * g, in step 1 b = g
       and p = p - lr * b, with nesterov p = p - lr * (g + momentum * b)
       State: momentum_buffer b with a momentum above 0. Default: lr 1e-3. PyTorch's SGD with fused=True. B. T. Polyak, 1964;
       Y. Nesterov, 1983; I. Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013. */
    FASTADAM_SGD = 4,

    /* s = s + g^2
       p = p - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps)
       State: sum s, which may hold another value before step 1. Default: lr 1e-2, eps 1e-10. PyTorch's Adagrad with
       fused=True. J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning and stochastic
       optimization", 2011. */
    FASTADAM_ADAGRAD = 5,

    /* s = beta2 * s + (1 - beta2) * g^2; d = sqrt(s) + eps
       with centered a = beta2 * a + (1 - beta2) * g and d = sqrt(max(s - a^2, 0)) + eps
       p = p - lr * g / d; with a momentum above 0 b = momentum * b + g / d and p = p - lr * b
       State: square_avg s, momentum_buffer b with a momentum above 0, grad_avg a with centered. Default: lr 1e-2, beta2 0.99,
       eps 1e-8. PyTorch's RMSprop, whose alpha is beta2. T. Tieleman, G. Hinton, 2012; centered: A. Graves, "Generating
       sequences with recurrent neural networks", 2013. */
    FASTADAM_RMSPROP = 6,

    /* p = p - lr * sign(beta1 * m + (1 - beta1) * g)
       m = beta2 * m + (1 - beta2) * g
       State: exp_avg m. Default: lr 1e-4, beta1 0.9, beta2 0.99, decoupled_weight_decay. Its authors' code. X. Chen et al.,
       "Symbolic discovery of optimization algorithms", 2023. */
    FASTADAM_LION = 7,

    /* m and v as Adam's; n = beta3_t * n + (1 - beta3_t) * g
       p = p - lr * (m / bc1 + alpha_t * n) / (sqrt(v / bc2) + eps)
       alpha_t = alpha * min(t / alpha_warmup, 1)
       1 / ln beta3_t goes from 1 / ln beta1 to 1 / ln beta3 until step beta3_warmup, beta3_t = beta3 then
       State: exp_avg_fast m, exp_avg_sq v, exp_avg_slow n. Default: lr 1e-3, beta1 0.9, beta2 0.999, eps 1e-8, beta3 0.9999,
       alpha 5, decoupled_weight_decay. Its authors' code. M. Pagliardini, P. Ablin, D. Grangier, "The AdEMAMix optimizer:
       better, faster, older", 2024. */
    FASTADAM_ADEMAMIX = 8,

    /* in step 1 v = g^2, and nothing else
       then, with c = (t - 1)^clip_exponent, m = beta1 * m + (1 - beta1) * min(max(g / max(sqrt(v), eps), -c), c)
       p = p - lr * m; v = beta2 * v + (1 - beta2) * g^2
       State: exp_avg m, exp_avg_sq v. Default: lr 1e-3, beta1 0.9, beta2 0.9999, eps 1e-6, clip_exponent 0.25. Its authors'
       code of November 22nd, 2024. S. Taniguchi et al., "ADOPT: modified Adam can converge with any beta2 with the optimal
       rate", 2024. */
    FASTADAM_ADOPT = 9,

    /* v as Adam's; u = g / (sqrt(v / bc2) + eps) + weight_decay * y; in step 1 z begins as y
       lr_t = lr * min(t / warmup_steps, 1); L = max(L, lr_t); w = t^r * L^weight_lr_power; W = W + w; c = w / W
       y = (1 - c) * y + c * z - lr_t * (1 - beta1 * (1 - c)) * u; z = z - lr_t * u
       The parameters are y, where gradients are taken; those for evaluation are x = y / beta1 + (1 - 1 / beta1) * z
       State: z, exp_avg_sq v, the number weight_sum W, 0 before step 1, the number lr_max L, 0 before step 1, the number
       eval_mode, 0 before step 1 and in every step: 1 says that the parameters are those for evaluation. Default: lr 2.5e-3,
       beta1 0.9, beta2 0.999, eps 1e-8, weight_lr_power 2. Its authors' AdamWScheduleFree, version 1.4. A. Defazio et al.,
       "The road less scheduled", 2024. */
    FASTADAM_SCHEDULEFREE = 10,

    /* k = g + h, in step 1 k = 0; m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * k
       n = beta3 * n + (1 - beta3) * (g + beta2 * k)^2; h = -g
       p = (p - lr * (m / bc1 + beta2 * v / bc2) / (sqrt(n / bc3) + eps)) / (1 + lr * weight_decay), bc3 = 1 - beta3^t
       with no_prox p = (1 - lr * weight_decay) * p - lr * (...) / (...)
       State: exp_avg m, exp_avg_sq n, exp_avg_diff v, neg_pre_grad h. Default: lr 1e-3, beta1 0.98, beta2 0.92, beta3 0.99,
       eps 1e-8. Its authors' code. X. Xie et al., "Adan: adaptive Nesterov momentum algorithm for faster optimizing deep
       models", 2022. */
    FASTADAM_ADAN = 11,

    /* s = beta2 * s + (1 - beta2) * g^2; u = sqrt(a + eps) / sqrt(s + eps) * g
       a = beta2 * a + (1 - beta2) * u^2; p = p - lr * u
       State: square_avg s, acc_delta a. Default: lr 1, beta2 0.9, eps 1e-6. PyTorch's Adadelta, whose rho is beta2. M. D.
       Zeiler, "ADADELTA: an adaptive learning rate method", 2012. */
    FASTADAM_ADADELTA = 12
};
/* end of rules */

/* fastadam_group.flags. One that the rule does not have is FASTADAM_ERR_HYPERPARAMETER, an unknown one FASTADAM_ERR_FLAGS. */
/* generated: flags */
enum {
    FASTADAM_DECOUPLED_WEIGHT_DECAY = 1 << 0,    /* the parameters shrink by the factor 1 - lr * weight_decay before the
                                                    update; else weight_decay * parameter is added to the gradient. Adam,
                                                    NAdam, RAdam, Lion, AdEmaMix, Adopt */
    FASTADAM_MAXIMIZE = 1 << 1,                  /* climb the objective: the gradients' sign is reversed when they are read.
                                                    Every rule */
    FASTADAM_AMSGRAD = 1 << 2,                   /* divide by the root of the largest second moment so far. Adam */
    FASTADAM_PRESERVE_SUBNORMALS = 1 << 3,       /* store state below 2^-126 as it is, as PyTorch does, instead of as zero:
                                                    such state makes x86 CPUs many times slower. Every rule */
    FASTADAM_NESTEROV = 1 << 4,                  /* Nesterov's momentum. Sgd */
    FASTADAM_CENTERED = 1 << 5,                  /* divide by the standard deviation instead of the root mean square. RmsProp */
    FASTADAM_NO_PROX = 1 << 6                    /* decoupled weight decay as AdamW's instead of the proximal step. Adan */
};
/* end of flags */

/*
 * A parameter group: a rule and its hyperparameters. Set it up with fastadam_group_init, then change what differs. A number that the
 * rule does not have must stay 0. "Finite" is meant in single precision, in which elements are computed, also of what follows from the
 * numbers, such as lr / (1 - beta1^t) and, with decoupled weight decay, lr * weight_decay.
 */
/* generated: fastadam_group */
typedef struct fastadam_group {
    uint32_t struct_size;      /* sizeof(fastadam_group) */
    int32_t rule;              /* FASTADAM_ADAM and so on */
    uint64_t flags;            /* any of the flags that the rule has */
    double lr;                 /* the step size: finite, at least 0. Every rule */
    double beta1;              /* the decay rate of the first moment: from 0 to below 1; of ScheduleFree above 0 and below 1,
                                  twice its inverse finite in single precision. Adam, NAdam, RAdam, AdaMax, Lion, AdEmaMix,
                                  Adopt, ScheduleFree, Adan */
    double beta2;              /* the decay rate of the second moment: from 0 to below 1. Adam, NAdam, RAdam, AdaMax, RmsProp,
                                  Lion, AdEmaMix, Adopt, ScheduleFree, Adan, AdaDelta */
    double eps;                /* the term against division by zero: 0, or finite and above 0 in single precision. Adam, NAdam,
                                  RAdam, AdaMax, AdaGrad, RmsProp, AdEmaMix, Adopt, ScheduleFree, Adan, AdaDelta */
    double weight_decay;       /* the factor of weight decay: finite, at least 0. Every rule */
    double grad_scale;         /* what the gradients are divided by when they are read: the factor by which the loss was
                                  scaled: finite and above 0 in single precision, 1 by default. Every rule */
    double max_grad_value;     /* clipping by value: what the elements of the gradients are limited to in magnitude, after
                                  grad_scale and clipping by norm: above 0 in single precision, infinity by default. Every rule */
    double momentum;           /* the factor of the momentum buffer: finite, at least 0. Sgd, RmsProp */
    double dampening;          /* what the gradients are weakened by on their way into the momentum buffer: finite. Sgd */
    double lr_decay;           /* the decay of the learning rate with the number of steps: finite, at least 0. AdaGrad */
    double momentum_decay;     /* the decay of the momentum with the number of steps: finite, at least 0. NAdam */
    double beta3;              /* the decay rate of the slow first moment, or Adan's of the second moment: from 0 to below 1.
                                  AdEmaMix, Adan */
    double alpha;              /* the weight of the slow first moment: finite, at least 0. AdEmaMix */
    double alpha_warmup;       /* the steps in which alpha grows from 0: finite, at least 0. AdEmaMix */
    double beta3_warmup;       /* the steps in which beta3 grows from beta1: finite, at least 0. AdEmaMix */
    double clip_exponent;      /* normalized gradients are limited to (step - 1)^clip_exponent in magnitude, by infinity not at
                                  all: finite and at least 0, or infinity. Adopt */
    double warmup_steps;       /* the steps in which the learning rate grows from 0: finite, at least 0. ScheduleFree */
    double r;                  /* a step weighs step^r in the average: finite, at least 0. ScheduleFree */
    double weight_lr_power;    /* a step weighs the largest learning rate so far to this power in the average: finite, at least
                                  0. ScheduleFree */
} fastadam_group;
/* end of fastadam_group */

/*
 * The rule's defaults, in a group of that size: pass sizeof(fastadam_group). AdamW is FASTADAM_ADAM with
 * FASTADAM_DECOUPLED_WEIGHT_DECAY, and weight_decay 1e-2 by default. FASTADAM_ERR_NULL, FASTADAM_ERR_STRUCT_SIZE for one that no
 * version has, or FASTADAM_ERR_HYPERPARAMETER for an unknown rule: *group is as it was.
 */
FASTADAM_API int32_t fastadam_group_init(fastadam_group *group, size_t struct_size, int32_t rule);

/* One tensor of a step: its arrays, n elements each. */
/* generated: fastadam_tensor */
typedef struct fastadam_tensor {
    uint32_t struct_size;      /* sizeof(fastadam_tensor) */
    int32_t group;             /* its index in the groups */
    int64_t step;              /* the number of this tensor's step, from 1; 0: that of the call */
    size_t n;                  /* elements in each array; 0 is valid and does nothing, whatever these pointers */
    void *param;               /* p; updated */
    const void *grad;          /* g; only read */
    void *state[4];            /* the state arrays in the rule's order; updated. Not looked at where the step keeps none there */
    int32_t param_dtype;       /* FASTADAM_F32 or another code for parameters; the dtypes are independent of each other */
    int32_t grad_dtype;        /* FASTADAM_F32, _F16 or _BF16 */
    int32_t state_dtype[4];    /* FASTADAM_F32 or another code for state; valid also for arrays that the step does not keep: 0
                                  is */
    double *numbers;           /* the numbers that the rule keeps for the tensor, in its order; updated, also where n is 0.
                                  They need no alignment. NULL for rules that keep none, and allowed where n is 0 */
    void *param_part;          /* what param_dtype needs beside param: the lower bits of FASTADAM_SPLIT16 and _SPLIT8, the copy
                                  of FASTADAM_F32_BF16_COPY and _F32_F16_COPY, n elements. Not looked at for others */
    void *state_part[4];       /* the scales of state arrays of FASTADAM_BLOCK8, ceil(n / 128) floats each. Not looked at for
                                  others */
    uint64_t random_id;        /* which random numbers round arrays of FASTADAM_BF16_STOCHASTIC and _F16_STOCHASTIC, below
                                  2^32; 0: those of its place in the list, counted from 1. Parts of one tensor have the same */
    uint64_t first_element;    /* the index of its first element in the whole tensor, where it is a part of one: a multiple of
                                  128. Random rounding depends on it */
} fastadam_tensor;
/* end of fastadam_tensor */

/* fastadam_step_options.flags */
enum {
    FASTADAM_SKIP_NON_FINITE = 1 << 0, /* look at all gradients first, and leave everything as it is where one of them is infinite
                                          or NaN, also where only the division by grad_scale makes it so, as PyTorch's gradient
                                          scaler does; without it they are used as they are. A step that was skipped does not
                                          count: the next one has its number */
    FASTADAM_REPORT_CHANGES = 1 << 1   /* fill in update_norm, param_norm and unchanged_share of the report */
};

/*
 * An executor lends threads of the program's to a step: it calls run(work, part) for each part from 0 to below parts, on whatever
 * threads, in whatever order and as many at once as it likes, the caller's thread among them or not, and returns when these calls have
 * returned. context is what was given with the executor. See "Executors" below.
 */
typedef void (*fastadam_part)(void *work, uint32_t part);
typedef void (*fastadam_executor)(void *context, fastadam_part run, void *work, uint32_t parts);

/* What holds for a step as a whole, whatever its groups. */
/* generated: fastadam_step_options */
typedef struct fastadam_step_options {
    uint32_t struct_size;      /* sizeof(fastadam_step_options) */
    int32_t threads;           /* 0: as many as this process may use (default); 1: the caller's thread only; k: at most k, and
                                  never more than with 0, but with an executor. See "Threads" below */
    uint64_t flags;            /* any of the two above; default 0 */
    double max_grad_norm;      /* clipping by global norm: where the norm of all gradients of the step, each divided by its
                                  group's grad_scale, is larger than this, all are multiplied by max_grad_norm / (norm + 1e-6),
                                  as PyTorch's clip_grad_norm_ does. Infinity: the norm is reported and nothing is clipped. 0
                                  (default): neither */
    uint64_t seed;             /* the seed of random rounding; 0 by default */
    fastadam_executor executor; /* what lends the step its threads; NULL (default): the executor of the process */
    void *executor_context;    /* its first argument */
} fastadam_step_options;
/* end of fastadam_step_options */

/* The defaults, in options of that size, as in fastadam_group_init. FASTADAM_ERR_NULL or FASTADAM_ERR_STRUCT_SIZE: *options is as it
   was. */
FASTADAM_API int32_t fastadam_step_options_init(fastadam_step_options *options, size_t struct_size);

/*
 * What a step saw and did. The caller writes struct_size, the step all else where it returns FASTADAM_OK. Norms are Euclidean, over all
 * tensors of the step, of squares that are summed in double precision, and have the same bits on every instruction set and with any
 * number of threads.
 */
/* generated: fastadam_report */
typedef struct fastadam_report {
    uint32_t struct_size;      /* sizeof(fastadam_report) */
    uint32_t skipped;          /* 1 where FASTADAM_SKIP_NON_FINITE made it leave everything as it was, else 0. The next step
                                  has its number then */
    int64_t non_finite;        /* infinite gradients and NaN after grad_scale; -1 where neither FASTADAM_SKIP_NON_FINITE nor
                                  max_grad_norm made the step look */
    double grad_norm;          /* after grad_scale and before clipping; NaN without max_grad_norm */
    double update_norm;        /* of what the stored parameters changed by, weight decay included, each difference in single
                                  precision; this and the next two are NaN without FASTADAM_REPORT_CHANGES and where the step
                                  was skipped */
    double param_norm;         /* of the stored parameters after the step */
    double unchanged_share;    /* of the parameters that the step left to the bit as they were, from 0 to 1; 0 where there are
                                  none */
} fastadam_report;
/* end of fastadam_report */

/* ---- Steps ----------------------------------------------------------------------------------------------------------------- */

/*
 * Threads. A step of Adam over 262,144 parameters or more, in one tensor or in a list of any, and of another optimizer over as many
 * elements in all arrays together (1,048,576), is shared with threads that the library starts, keeps for later steps, and ends when
 * they have been idle for long, or with those that an executor lends. There are as many as the process could use when the kernels were
 * loaded: its processors, affinity and control groups are counted in. The caller's thread works too and waits only for work that another
 * one has begun, so callers that step at once share the threads without waiting for each other. Arrays are not touched after a step has
 * returned. Results have the same bits with any number.
 */

/*
 * Executors. A program that computes with threads of its own has them waiting when it comes to a step, often spinning on their
 * processors: the library's threads then find no processor free. An executor takes the program's threads instead of the library's: in a
 * call that names one in its options, or, with fastadam_set_executor, in every other call (steps, fastadam_adam_f32 and its like,
 * fastadam_to_evaluation and fastadam_to_training). It is called where a step is shared, once for each pass over the arrays: a step that
 * measures gradients makes two. There are at most as many parts as threads says: with 0 as many as the process may use, or what
 * omp_get_max_threads says for the executor of fastadam_openmp_executor, of which no step gets more; with k at most k, also where that is
 * more than the processors.
 *
 * Results have the same bits with any executor. The parts share the work as it comes: fewer threads than parts, even one, do all of it,
 * and what is left when the executor returns, because it ran no part, say, the caller's thread does. So nothing is ever half-updated. A
 * part that is run twice, or after the executor has returned, finds nothing to do and touches no array. Parts may run on threads that
 * the library has not seen before, with 64 KiB of stack, and in any floating-point environment, which they leave as it was; an
 * executor is called in that of the step's caller. What the library keeps for a thread it frees when that ends.
 *
 * An executor must not throw, jump out, or end a thread inside of a part. It is called by several threads at once where these step at
 * once.
 */

/*
 * Makes an executor that of the process, for all steps that name none and begin later. NULL gives steps back to the library's own
 * threads, as in the beginning. The executor and what context points to must live until another one is set and the steps that began
 * before have ended. Does not load the kernels. FASTADAM_OK, or FASTADAM_ERR_MEMORY: the one before stays.
 */
FASTADAM_API int32_t fastadam_set_executor(fastadam_executor executor, void *context);

/*
 * The executor over the OpenMP runtime that this process has loaded, libgomp, libomp or libiomp5, under these names or such as wheels
 * give them (libgomp-a34b3233.so.1); its context is not looked at. NULL where there is none yet, and on other systems than Linux. Of
 * several it is the one that was loaded first. The library is not linked with any. To compute with OpenMP's threads where there are
 * some, and with the library's elsewhere:
 *
 *     fastadam_set_executor(fastadam_openmp_executor(), NULL);
 *
 * The runtime waits for all threads of its team, which the library's own way does not: where other processes want the processors, a
 * thread that comes late holds the step up, as it does every region of the program's own.
 *
 * A step inside of a parallel region has those threads that the runtime gives a nested one: its own alone, by default. After fork() a
 * child may use what its runtime lets it use.
 */
FASTADAM_API fastadam_executor fastadam_openmp_executor(void);

/*
 * One step over a list of tensors, each by the rule and the hyperparameters of its group, as one piece of work: everything is
 * checked before the first is written, and threads are shared among all. step: 1 for the first. count 0 is valid. options may be NULL,
 * for a plain step; report may be NULL.
 */
FASTADAM_API int32_t fastadam_step(const fastadam_tensor *tensors, size_t count, const fastadam_group *groups, size_t group_count,
                                   const fastadam_step_options *options, int64_t step, fastadam_report *report);

/*
 * The short way for what most steps are: Adam or AdamW over one tensor whose arrays are all float. group is that of FASTADAM_ADAM
 * without FASTADAM_AMSGRAD, else FASTADAM_ERR_UNSUPPORTED; threads as fastadam_step_options.threads.
 */
FASTADAM_API int32_t fastadam_adam_f32(float *param, const float *grad, float *exp_avg, float *exp_avg_sq, size_t n,
                                       const fastadam_group *group, int64_t step, int32_t threads);

/* The same for arrays that are all IEEE-754 binary16. */
FASTADAM_API int32_t fastadam_adam_f16(uint16_t *param, const uint16_t *grad, uint16_t *exp_avg, uint16_t *exp_avg_sq, size_t n,
                                       const fastadam_group *group, int64_t step, int32_t threads);

/* The same for arrays that are all bfloat16. */
FASTADAM_API int32_t fastadam_adam_bf16(uint16_t *param, const uint16_t *grad, uint16_t *exp_avg, uint16_t *exp_avg_sq, size_t n,
                                        const fastadam_group *group, int64_t step, int32_t threads);

/* ---- Evaluation ------------------------------------------------------------------------------------------------------------ */

/*
 * Makes of the parameters in training those for evaluation, in the tensors of FASTADAM_SCHEDULEFREE:
 *
 *     x = y + (1 - 1 / beta1) * (z - y)
 *
 * Other rules' tensors stay as they are. Of a tensor's arrays param and state[0] are looked at: the others may be NULL. Its
 * eval_mode, numbers[2], is 1 afterwards, and a step is refused with FASTADAM_ERR_HYPERPARAMETER until fastadam_to_training has made
 * it 0; one that is 1 before says that there is nothing to do. Before step 1 the parameters are the same for both.
 *
 * There and back, with the same beta1, is not exact: each way is off by at most 3 * 2^-24 of (|y| + |z|) / beta1, and by half a unit of a
 * 16-bit param, and the errors of many ways add up. Who needs the very bits back keeps a copy. threads as
 * fastadam_step_options.threads. Where something else than FASTADAM_OK is returned, nothing was written.
 */
FASTADAM_API int32_t fastadam_to_evaluation(const fastadam_tensor *tensors, size_t count, const fastadam_group *groups,
                                            size_t group_count, int32_t threads);

/* The way back: y = x + (1 - beta1) * (z - x). Makes eval_mode 0; where it is 0 before, there is nothing to do. */
FASTADAM_API int32_t fastadam_to_training(const fastadam_tensor *tensors, size_t count, const fastadam_group *groups,
                                          size_t group_count, int32_t threads);

/* ---- Sparse steps ---------------------------------------------------------------------------------------------------------- */

/* A table of rows, such as an embedding, its moments, and gradients for some of the rows. */
/* generated: fastadam_table */
typedef struct fastadam_table {
    uint32_t struct_size;      /* sizeof(fastadam_table) */
    int32_t group;             /* its index in the groups */
    int64_t step;              /* the number of this table's step, from 1; 0: that of the call */
    size_t rows;               /* rows of the table */
    size_t row_length;         /* elements in a row */
    size_t count;              /* how many indices there are, at most 2^31 - 1; 0 is valid */
    void *param;               /* p, rows * row_length elements, row after row, as all arrays; updated */
    const void *grad;          /* g, count * row_length elements: a row for each index; only read */
    void *exp_avg;             /* m, rows * row_length elements; zero before step 1; updated */
    void *exp_avg_sq;          /* v, rows * row_length elements; zero before step 1; updated */
    const int64_t *indices;    /* from 0 to below rows, in any order; where one occurs more than once, its gradients are added
                                  first, in the order in which they stand, in single precision */
    int32_t param_dtype;       /* FASTADAM_F32, _F16 or _BF16, as the others */
    int32_t grad_dtype;
    int32_t exp_avg_dtype;
    int32_t exp_avg_sq_dtype;
} fastadam_table;
/* end of fastadam_table */

/*
 * One step of Adam over the rows of tables that the indices name; the others and their moments are not touched. As
 * torch.optim.SparseAdam:
 *
 *     m = beta1 * m + (1 - beta1) * g
 *     v = beta2 * v + (1 - beta2) * g * g
 *     p = p - lr * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + eps)
 *
 * All tables are one piece of work, with groups, options and report as in fastadam_step. Tables may share gradients and indices. The
 * groups' rule is FASTADAM_ADAM without FASTADAM_AMSGRAD, else FASTADAM_ERR_UNSUPPORTED; their weight_decay is 0. What is reported,
 * clipped and skipped for are the rows that the indices name, with the sums of gradients where there are several.
 */
FASTADAM_API int32_t fastadam_sparse_step(const fastadam_table *tables, size_t count, const fastadam_group *groups,
                                          size_t group_count, const fastadam_step_options *options, int64_t step,
                                          fastadam_report *report);

/* ---- Formats --------------------------------------------------------------------------------------------------------------- */

/* flags of the two functions below */
enum {
    FASTADAM_NEVER_NEGATIVE = 1 << 0 /* of FASTADAM_BLOCK8: the numbers are those of state that is never negative, as the second moment */
};

/* The n numbers of an array of any dtype as floats. part: what the dtype needs beside it. NULL where n is 0. */
FASTADAM_API int32_t fastadam_decode(int32_t dtype, const void *array, const void *part, size_t n, uint64_t flags, float *values);

/*
 * Stores n floats in an array of any dtype, as a step would, but rounded to nearest; with FASTADAM_NEVER_NEGATIVE a number below 0 makes
 * NaN of its block. A checkpoint's moments in FASTADAM_BLOCK8, say, or a
 * model's parameters in FASTADAM_SPLIT16. values are apart from the array. After an error nothing was written.
 */
FASTADAM_API int32_t fastadam_encode(int32_t dtype, void *array, void *part, size_t n, uint64_t flags, const float *values);

/* ---- Memory ---------------------------------------------------------------------------------------------------------------- */

/*
 * A block for one array: moments above all, but parameters and gradients, too. It is zeroed, as moments are before step 1, and
 * aligned to 64 bytes. From 2 MiB on it is pages of its own: huge ones where Linux grants them, and written first, and so placed,
 * by at most the given number of threads, which has the meaning of fastadam_step_options.threads and is best the same. Blocks start at
 * staggered addresses, so that the arrays of a tensor do not compete for the same sets of the caches: allocate them one after the
 * other.
 *
 * Loads the kernels. bytes 0 gives a block without bytes. NULL where threads is negative, where the system does not give that
 * much memory (one that promises more than it has may end the process instead), or where fastadam_load fails.
 */
FASTADAM_API void *fastadam_alloc(size_t bytes, int32_t threads);

/* Frees a block of fastadam_alloc, on any thread. NULL is left alone. */
FASTADAM_API void fastadam_free(void *block);

/* ---- The library ----------------------------------------------------------------------------------------------------------- */

/*
 * Loads the kernels for this CPU, which the first step would do otherwise, and says whether that worked: FASTADAM_OK,
 * FASTADAM_ERR_ISA or FASTADAM_ERR_LIBRARY. The environment variable FASTADAM_ISA (avx512, avx2, neon or scalar, in any case),
 * read at that time, asks for another instruction set than the widest; empty is as unset. scalar is x86-64's baseline: arm64 has
 * neon only. What came out stays for the life of the process.
 */
FASTADAM_API int32_t fastadam_load(void);

/* The instruction set that steps use, "avx512", "avx2", "neon" or "scalar"; "none" where fastadam_load fails. Loads. */
FASTADAM_API const char *fastadam_isa(void);

/* FASTADAM_VERSION and FASTADAM_ABI_VERSION of the library that is loaded. */
FASTADAM_API const char *fastadam_version(void);
FASTADAM_API int32_t fastadam_abi_version(void);

#ifdef __cplusplus
}
#endif

#endif
