/*
 * FastAdam: fused updates of Adam, AdamW and other optimizers for CPUs. MIT licence.
 *
 * A step of Adam reads parameters, gradients and both moments once and writes parameters and moments; other optimizers, and what
 * they compute, are in "Other optimizers" below. For every element, in single precision, with t the step:
 *
 *     decoupled weight decay:  p = p * (1 - lr * weight_decay)          (AdamW)
 *     otherwise:               g = g + weight_decay * p                 (Adam with L2; nothing where weight_decay is 0)
 *     m = beta1 * m + (1 - beta1) * g
 *     v = beta2 * v + (1 - beta2) * g * g                               (AMSGrad: the largest v so far stands below for v)
 *     p = p - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
 *
 * The order of operations and roundings is that of PyTorch's fused CPU kernel and the same for every element on every CPU:
 * results have the same bits whatever the instruction set, the alignment, or the way a tensor is cut into calls. 16-bit elements
 * are widened when read and rounded to nearest even when written.
 *
 * Memory is the caller's: from anywhere, without any alignment, or from fastadam_alloc, which lays it out for steps. A thread's
 * first step allocates a few hundred bytes of the library's own; after that a step over one tensor allocates nothing, and one
 * over a list keeps a small work area for the next. Functions may be called from any thread at any time; two steps at once must
 * not touch the same arrays. After fork(), a child may step, allocate and free only if the parent had not loaded the kernels yet
 * (see fastadam_load).
 *
 * Every function that can fail returns a status, FASTADAM_OK (0) or a negative FASTADAM_ERR_..., but for fastadam_alloc, which
 * returns NULL. After an error every array is as it was. No function prints, exits, raises a signal or lets an exception out, and
 * a step's results do not depend on the floating-point environment of the caller, which is left as it was.
 *
 * Inside are kernels compiled ahead of time with a .NET runtime. Loading it reserves some address space, adds a thread (steps may
 * add more: see "Threads"), and installs handlers of SIGSEGV, SIGFPE and one real-time signal, which pass on what is not theirs. It
 * reads environment variables that begin with DOTNET_. Too little address space (1.5 GiB are asked for) and a heap limit below 32 MiB in
 * DOTNET_GCHeapHardLimit give FASTADAM_ERR_LIBRARY, and so does a system that grants the process no thread more; another such
 * variable that forbids the runtime to start would end the process. So does, in a step that is shared with other threads, a limit
 * of the process's threads that leaves no room for them: threads = 1 starts none. A thread whose stack is below 64 KiB, and
 * destructors of thread-specific data (pthread_key_create, tss_create) may not call the library.
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

/* The library that belongs to this header. */
#define FASTADAM_VERSION "0.1.0"

/* Raised when a program that was compiled before would no longer work. */
#define FASTADAM_ABI_VERSION 1

/* ---- Status ---------------------------------------------------------------------------------------------------------------- */

enum {
    FASTADAM_OK = 0,
    FASTADAM_ERR_NULL = -1,           /* a pointer is NULL that must not be: options, a list with count > 0, or what a tensor
                                         with n > 0 needs */
    FASTADAM_ERR_STRUCT_SIZE = -2,    /* a struct_size is no size that this library knows */
    FASTADAM_ERR_FLAGS = -3,          /* flags have a bit that this library does not know there, or reserved is not 0 */
    FASTADAM_ERR_DTYPE = -4,          /* a tensor's dtype is none of FASTADAM_F32, _F16, _BF16 */
    FASTADAM_ERR_LENGTH = -5,         /* an array would end beyond the address space; a list is too long, or the work area
                                         for it gets no memory */
    FASTADAM_ERR_OVERLAP = -6,        /* an array that is written overlaps another one, of the same or another tensor, or one
                                         tensor's gradients overlap its other arrays; tensors may share gradients. Or two share
                                         a momentum_product and make different numbers of it */
    FASTADAM_ERR_HYPERPARAMETER = -7, /* a number is out of its range, such as lr, or set though the rule has none; so for a
                                         flag; rule is none of the rules; a momentum_product is not aligned */
    FASTADAM_ERR_STEP = -8,           /* step is below 1, or a tensor's own is negative */
    FASTADAM_ERR_THREADS = -9,        /* threads is negative */
    FASTADAM_ERR_UNSUPPORTED = -10,   /* understood, but not to be had there: a sparse step of another rule than Adam */
    FASTADAM_ERR_ISA = -11,           /* FASTADAM_ISA holds no known name, or one that this CPU or library lacks */
    FASTADAM_ERR_LIBRARY = -12,       /* the kernels' library for this CPU is missing beside this one, does not fit it, or
                                         could not start in this process */
    FASTADAM_ERR_INTERNAL = -13,      /* a defect of FastAdam: please report it */
    FASTADAM_ERR_INDEX = -14          /* a tensor's group is none of the groups, or an index of a sparse step none of the rows */
};

/* What a status means, in English, without the prefix; a text for unknown values too. Never NULL; not to be freed. */
FASTADAM_API const char *fastadam_status_string(int32_t status);

/* ---- Types ----------------------------------------------------------------------------------------------------------------- */

/* How the elements of an array are stored. */
enum {
    FASTADAM_F32 = 0,  /* float */
    FASTADAM_F16 = 1,  /* IEEE-754 binary16, as uint16_t */
    FASTADAM_BF16 = 2  /* bfloat16, the upper half of a float, as uint16_t */
};

/* fastadam_options.flags, and fastadam_group.flags with two more below */
enum {
    FASTADAM_DECOUPLED_WEIGHT_DECAY = 1 << 0, /* AdamW; without it weight_decay is L2 */
    FASTADAM_MAXIMIZE = 1 << 1,               /* climb: the gradients' sign is reversed when they are read */
    FASTADAM_AMSGRAD = 1 << 2,                /* divide by the root of the largest second moment so far: max_exp_avg_sq, which
                                                 is NULL to fastadam_step_f32 and its like */
    FASTADAM_PRESERVE_SUBNORMALS = 1 << 3     /* store moments below 2^-126 as they are, as PyTorch does, instead of as zero:
                                                 such moments make x86 CPUs many times slower */
};

/*
 * The hyperparameters of a step: set them up with fastadam_options_init, then change what differs. "Finite" means in single
 * precision, in which elements are computed; lr / (1 - beta1^t) and lr * weight_decay must be finite there too.
 */
typedef struct fastadam_options {
    uint32_t struct_size; /* sizeof(fastadam_options): fields are only ever added at the end */
    uint32_t flags;       /* any of the flags above */
    double lr;            /* finite, at least 0; default 1e-3 */
    double beta1;         /* from 0 to below 1; default 0.9 */
    double beta2;         /* from 0 to below 1; default 0.999 */
    double eps;           /* finite, at least 0; default 1e-8 */
    double weight_decay;  /* finite, at least 0; default 0 (PyTorch's AdamW: 1e-2) */
    int32_t threads;      /* 0: as many as this process may use (default); 1: the caller's thread only; k: at most k, and
                             never more than with 0. See "Threads" below. */
    uint32_t reserved;    /* 0 */
    double grad_scale;    /* what gradients are divided by when read, for scaled losses: finite and above 0 as a float;
                             default 1 */
} fastadam_options;

/* The arrays of one tensor, n elements each. The four dtypes are independent: all 81 combinations work. */
typedef struct fastadam_tensor {
    void *param;           /* p; updated */
    const void *grad;      /* g; only read */
    void *exp_avg;         /* m, the first moment; zero before step 1; updated */
    void *exp_avg_sq;      /* v, the second moment; zero before step 1; updated */
    void *max_exp_avg_sq;  /* for FASTADAM_AMSGRAD, stored as exp_avg_sq; zero before step 1; updated. Not looked at
                              without it */
    size_t n;              /* elements in each array; 0 is valid and does nothing, whatever these pointers */
    int32_t param_dtype;
    int32_t grad_dtype;
    int32_t exp_avg_dtype;
    int32_t exp_avg_sq_dtype;
} fastadam_tensor;

/* PyTorch's defaults for Adam, and struct_size. NULL is left alone. */
FASTADAM_API void fastadam_options_init(fastadam_options *options);

/* ---- Steps ----------------------------------------------------------------------------------------------------------------- */

/*
 * Threads. A step of Adam over 262,144 parameters or more, in one tensor or in a list of any, and of another optimizer over as many
 * elements in all arrays together (1,048,576), is shared with threads that the library starts, keeps for later steps, and ends when
 * they have been idle for long. There are as many as the process could use when the kernels were loaded: its processors, affinity
 * and control groups are counted in. The caller's thread works too and waits only for work that another one has begun, so callers
 * that step at once share the threads without waiting for each other. Arrays are not touched after a step has returned. Results
 * have the same bits with any number.
 */

/* One step over one tensor whose arrays are all float. step: 1 for the first. */
FASTADAM_API int32_t fastadam_step_f32(float *param, const float *grad, float *exp_avg, float *exp_avg_sq, size_t n,
                                       const fastadam_options *options, int64_t step);

/* The same for arrays that are all IEEE-754 binary16. */
FASTADAM_API int32_t fastadam_step_f16(uint16_t *param, const uint16_t *grad, uint16_t *exp_avg, uint16_t *exp_avg_sq, size_t n,
                                       const fastadam_options *options, int64_t step);

/* The same for arrays that are all bfloat16. */
FASTADAM_API int32_t fastadam_step_bf16(uint16_t *param, const uint16_t *grad, uint16_t *exp_avg, uint16_t *exp_avg_sq, size_t n,
                                        const fastadam_options *options, int64_t step);

/* One step over a list of tensors of any dtypes. All of them are checked before the first is written. count 0 is valid. */
FASTADAM_API int32_t fastadam_step(const fastadam_tensor *tensors, size_t count, const fastadam_options *options, int64_t step);

/* ---- Other optimizers ------------------------------------------------------------------------------------------------------ */

/*
 * fastadam_group.rule: the optimizers. Each has PyTorch's semantics, defaults and order of operations where PyTorch has it. t is
 * the step, bc1 = 1 - beta1^t, bc2 = 1 - beta2^t, and g the gradient that results from this order: the parameters shrink by
 * decoupled weight decay; the gradient is divided by grad_scale, multiplied by the coefficient of clipping by norm, limited to
 * max_grad_value, reversed by FASTADAM_MAXIMIZE; coupled weight decay is added. State arrays that a rule does not keep are not
 * looked at. They are zero before step 1, but for AdaGrad's sum if its initial value is another one.
 */
enum {
    /* Adam, AdamW with FASTADAM_DECOUPLED_WEIGHT_DECAY, AMSGrad with FASTADAM_AMSGRAD: as fastadam_step.
       exp_avg m, exp_avg_sq v, with AMSGrad max_exp_avg_sq. */
    FASTADAM_ADAM = 0,

    /* m and v as Adam's; with mu_t = beta1 * (1 - 0.96^(t * momentum_decay) / 2) and Pi_t the product of mu_1 to mu_t,
       p = p - lr * ((1 - mu_t) / (1 - Pi_t) * g + mu_(t+1) / (1 - Pi_(t+1)) * m) / (sqrt(v / bc2) + eps).
       exp_avg m, exp_avg_sq v, *momentum_product Pi. */
    FASTADAM_NADAM = 1,

    /* m and v as Adam's; with rho = 2 / (1 - beta2) - 1 and rho_t = rho - 2 * t * beta2^t / bc2,
       p = p - lr / bc1 * m * r * sqrt(bc2) / (sqrt(v) + eps) where rho_t > 5, else p = p - lr / bc1 * m;
       r = sqrt((rho_t - 4) * (rho_t - 2) * rho / ((rho - 4) * (rho - 2) * rho_t)).
       exp_avg m, exp_avg_sq v. */
    FASTADAM_RADAM = 2,

    /* m as Adam's; u = max(beta2 * u, |g| + eps); p = p - lr / bc1 * m / u.
       exp_avg m, exp_avg_sq u (PyTorch's exp_inf). */
    FASTADAM_ADAMAX = 3,

    /* p = p - lr * g. With a momentum above 0: b = momentum * b + (1 - dampening) * g, in step 1 b = g; p = p - lr * b, with
       FASTADAM_NESTEROV p = p - lr * (g + momentum * b).
       No state; with momentum exp_avg b (PyTorch's momentum_buffer). */
    FASTADAM_SGD = 4,

    /* s = s + g^2; p = p - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps).
       exp_avg_sq s (PyTorch's sum). */
    FASTADAM_ADAGRAD = 5,

    /* beta2 is PyTorch's alpha: s = beta2 * s + (1 - beta2) * g^2; d = sqrt(s) + eps, with FASTADAM_CENTERED
       a = beta2 * a + (1 - beta2) * g and d = sqrt(max(s - a^2, 0)) + eps; p = p - lr * g / d, with a momentum above 0
       b = momentum * b + g / d and p = p - lr * b.
       exp_avg_sq s (square_avg), with momentum exp_avg b (momentum_buffer), centered max_exp_avg_sq a (grad_avg). */
    FASTADAM_RMSPROP = 6,

    /* p = p - lr * sign(beta1 * m + (1 - beta1) * g); m = beta2 * m + (1 - beta2) * g. (X. Chen et al., 2023.)
       exp_avg m. */
    FASTADAM_LION = 7
};

/* fastadam_group.flags, beside those of fastadam_options. A flag that the rule does not have is FASTADAM_ERR_HYPERPARAMETER. */
enum {
    FASTADAM_NESTEROV = 1 << 4, /* SGD with momentum and without dampening */
    FASTADAM_CENTERED = 1 << 5  /* RMSProp: divide by the standard deviation instead of the root mean square */
};

/*
 * The hyperparameters of one parameter group: set them up with fastadam_group_init, then change what differs. A number that the
 * rule does not have must stay 0. "Finite" is meant in single precision, in which elements are computed, also of what follows from
 * the numbers, such as lr / (1 - beta1^t).
 */
typedef struct fastadam_group {
    uint32_t struct_size;  /* sizeof(fastadam_group), the same in all groups of a call: fields are only ever added at the end */
    int32_t rule;          /* FASTADAM_ADAM to FASTADAM_LION */
    uint32_t flags;        /* any of the flags that the rule has: FASTADAM_DECOUPLED_WEIGHT_DECAY Adam, NAdam, RAdam and Lion */
    uint32_t reserved;     /* 0 */
    double lr;             /* finite, at least 0 */
    double beta1;          /* from 0 to below 1. Adam, NAdam, RAdam, AdaMax, Lion */
    double beta2;          /* from 0 to below 1. The same, and RMSProp */
    double eps;            /* finite, at least 0. All but SGD and Lion */
    double weight_decay;   /* finite, at least 0 */
    double momentum;       /* finite, at least 0. SGD, RMSProp */
    double dampening;      /* finite. SGD with momentum */
    double lr_decay;       /* finite, at least 0. AdaGrad */
    double momentum_decay; /* finite, at least 0. NAdam */
    double grad_scale;     /* what gradients are divided by when read: finite and above 0; default 1 */
    double max_grad_value; /* clipping by value, after grad_scale and clipping by norm: above 0; default infinity, for none */
} fastadam_group;

/*
 * The rule's defaults, PyTorch's or Lion's paper's, and struct_size, which must be sizeof(fastadam_group): the library writes no
 * more. AdamW is FASTADAM_ADAM with FASTADAM_DECOUPLED_WEIGHT_DECAY, and weight_decay 1e-2 by default.
 * FASTADAM_ERR_NULL, FASTADAM_ERR_STRUCT_SIZE or FASTADAM_ERR_HYPERPARAMETER for an unknown rule: *group is as it was.
 */
FASTADAM_API int32_t fastadam_group_init(fastadam_group *group, size_t struct_size, int32_t rule);

/* fastadam_step_options.flags */
enum {
    FASTADAM_SKIP_NON_FINITE = 1 << 8, /* look at all gradients first, and leave everything as it is where one of them is infinite
                                          or NaN, also where only the division by grad_scale makes it so, as PyTorch's gradient
                                          scaler does; without it they are used as they are */
    FASTADAM_REPORT_CHANGES = 1 << 9   /* fill in update_norm, param_norm and unchanged_share of the report */
};

/* What holds for a step as a whole, whatever its groups. */
typedef struct fastadam_step_options {
    uint32_t struct_size; /* sizeof(fastadam_step_options): fields are only ever added at the end */
    uint32_t flags;       /* any of the two above; default 0 */
    int32_t threads;      /* as fastadam_options.threads; default 0 */
    uint32_t reserved;    /* 0 */
    double max_grad_norm; /* clipping by global norm: where the norm of all gradients of the step, each divided by its group's
                             grad_scale, is larger than this, all are multiplied by max_grad_norm / (norm + 1e-6), as PyTorch's
                             clip_grad_norm_ does. Infinity: the norm is reported and nothing is clipped. 0 (default): neither */
} fastadam_step_options;

/* The defaults, and struct_size, as in fastadam_group_init. FASTADAM_ERR_NULL or FASTADAM_ERR_STRUCT_SIZE: *options is as it was. */
FASTADAM_API int32_t fastadam_step_options_init(fastadam_step_options *options, size_t struct_size);

/*
 * What a step saw and did. Norms are Euclidean, over all tensors of the step, of squares that are summed in double precision, and have the
 * same bits on every instruction set and with any number of threads.
 */
typedef struct fastadam_report {
    uint32_t struct_size;   /* sizeof(fastadam_report), written by the caller; all else by the step where it returns FASTADAM_OK */
    uint32_t skipped;       /* 1 where FASTADAM_SKIP_NON_FINITE made it leave everything as it was, else 0 */
    int64_t non_finite;     /* infinite gradients and NaN after grad_scale; -1 where neither FASTADAM_SKIP_NON_FINITE nor max_grad_norm
                               made the step look */
    double grad_norm;       /* after grad_scale and before clipping; NaN without max_grad_norm */
    double update_norm;     /* of what the stored parameters changed by, weight decay included, each difference in single
                               precision; this and the next two are NaN without FASTADAM_REPORT_CHANGES and where the step was
                               skipped */
    double param_norm;      /* of the stored parameters after the step */
    double unchanged_share; /* of the parameters that the step left to the bit as they were, from 0 to 1; 0 where there are none */
} fastadam_report;

/* One tensor of a step with groups. */
typedef struct fastadam_group_tensor {
    fastadam_tensor arrays;   /* max_exp_avg_sq is stored as exp_avg_sq; dtypes of arrays that the rule does not keep must be
                                 valid, too: 0 is */
    double *momentum_product; /* NAdam: where the product of its momentums (PyTorch's mu_product) is kept, from 0 to 1, and 1
                                 before step 1; updated, also where n is 0; aligned to 8 bytes. Tensors that always step together
                                 may share one, if they have the same step and options that make the same number of it. Not looked
                                 at for other rules, and may be NULL where n is 0 */
    int64_t step;             /* of this tensor, from 1; 0: that of the call */
    int32_t group;            /* its index in the groups */
    uint32_t reserved;        /* 0 */
} fastadam_group_tensor;

/*
 * One step over a list of tensors, each by the rule and the hyperparameters of its group, as one piece of work: everything is
 * checked before the first is written, and threads are shared among all. count 0 is valid. options may be NULL, for a plain step;
 * report may be NULL.
 */
FASTADAM_API int32_t fastadam_optimizer_step(const fastadam_group_tensor *tensors, size_t count, const fastadam_group *groups,
                                             size_t group_count, const fastadam_step_options *options, int64_t step,
                                             fastadam_report *report);

/* ---- Sparse steps ---------------------------------------------------------------------------------------------------------- */

/* A table of rows, such as an embedding, its moments, and gradients for some of the rows. All arrays are stored row after row. */
typedef struct fastadam_sparse {
    void *param;            /* p, rows * row_length elements; updated */
    const void *grad;       /* g, count * row_length elements: a row for each index; only read */
    void *exp_avg;          /* m, rows * row_length elements; zero before step 1; updated */
    void *exp_avg_sq;       /* v, rows * row_length elements; zero before step 1; updated */
    const int64_t *indices; /* count of them, from 0 to below rows, in any order; where one occurs more than once, its gradients
                               are added first, in the order in which they stand, in single precision */
    size_t rows;
    size_t row_length;
    size_t count;           /* at most 2^31 - 1; 0 is valid */
    int32_t param_dtype;
    int32_t grad_dtype;
    int32_t exp_avg_dtype;
    int32_t exp_avg_sq_dtype;
} fastadam_sparse;

/*
 * One step of Adam over the rows that the indices name; the others and their moments are not touched. As torch.optim.SparseAdam:
 *
 *     m = beta1 * m + (1 - beta1) * g
 *     v = beta2 * v + (1 - beta2) * g * g
 *     p = p - lr * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + eps)
 *
 * options->weight_decay must be 0, else FASTADAM_ERR_HYPERPARAMETER. A thread keeps its room for the sums of repeated rows'
 * gradients, which are floats, for its next sparse step.
 */
FASTADAM_API int32_t fastadam_sparse_step(const fastadam_sparse *table, const fastadam_options *options, int64_t step);

/* One table of a sparse step with groups. */
typedef struct fastadam_group_sparse {
    fastadam_sparse table;
    int64_t step;          /* of this table, from 1; 0: that of the call */
    int32_t group;         /* its index in the groups */
    uint32_t reserved;     /* 0 */
} fastadam_group_sparse;

/*
 * The same over a list of tables, each by the hyperparameters of its group, as one piece of work, with options and report as in
 * fastadam_optimizer_step: everything is checked before the first is written, and threads are shared among all. Tables may share
 * gradients and indices. The groups' rule is FASTADAM_ADAM without FASTADAM_AMSGRAD, else FASTADAM_ERR_UNSUPPORTED; weight_decay is
 * 0. What is reported, clipped and skipped for are the rows that the indices name, with the sums of gradients where there are
 * several. Where the indices of all tables together are more than 2^31 - 1, FASTADAM_ERR_LENGTH.
 */
FASTADAM_API int32_t fastadam_sparse_optimizer_step(const fastadam_group_sparse *tables, size_t count, const fastadam_group *groups,
                                                    size_t group_count, const fastadam_step_options *options, int64_t step,
                                                    fastadam_report *report);

/* ---- Memory ---------------------------------------------------------------------------------------------------------------- */

/*
 * A block for one array: moments above all, but parameters and gradients, too. It is zeroed, as moments are before step 1, and
 * aligned to 64 bytes. From 2 MiB on it is pages of its own: huge ones where Linux grants them, and written first, and so placed,
 * by at most the given number of threads, which has the meaning of fastadam_options.threads and is best the same. Blocks start at
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
