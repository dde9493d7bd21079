/*
 * FastAdam: fused Adam and AdamW updates for CPUs. MIT licence.
 *
 * A step reads parameters, gradients and both moments once and writes parameters and moments. For every element, in single
 * precision, with t the step:
 *
 *     decoupled weight decay:  p = p * (1 - lr * weight_decay)          (AdamW)
 *     otherwise:               g = g + weight_decay * p                 (Adam with L2; nothing where weight_decay is 0)
 *     m = beta1 * m + (1 - beta1) * g
 *     v = beta2 * v + (1 - beta2) * g * g
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
 * DOTNET_GCHeapHardLimit give FASTADAM_ERR_LIBRARY; another such variable that forbids the runtime to start would end the process.
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
    FASTADAM_ERR_NULL = -1,           /* a pointer is NULL that must not be: options, tensors, or an array with n > 0 */
    FASTADAM_ERR_STRUCT_SIZE = -2,    /* options->struct_size is no size that this library knows */
    FASTADAM_ERR_FLAGS = -3,          /* options->flags has a bit that this library does not know, or reserved is not 0 */
    FASTADAM_ERR_DTYPE = -4,          /* a tensor's dtype is none of FASTADAM_F32, _F16, _BF16 */
    FASTADAM_ERR_LENGTH = -5,         /* an array of n elements would end beyond the address space; a list is too long */
    FASTADAM_ERR_OVERLAP = -6,        /* an array that is written overlaps another one, of the same or another tensor, or one
                                         tensor's gradients overlap its other arrays; tensors may share gradients */
    FASTADAM_ERR_HYPERPARAMETER = -7, /* lr, beta1, beta2, eps, weight_decay or grad_scale is out of its range */
    FASTADAM_ERR_STEP = -8,           /* step is below 1 */
    FASTADAM_ERR_THREADS = -9,        /* options->threads is negative */
    FASTADAM_ERR_UNSUPPORTED = -10,   /* understood, but not to be had from this version: FASTADAM_AMSGRAD */
    FASTADAM_ERR_ISA = -11,           /* FASTADAM_ISA holds no known name, or one that this CPU or library lacks */
    FASTADAM_ERR_LIBRARY = -12,       /* the kernels' library for this CPU is missing beside this one, does not fit it, or
                                         could not start in this process */
    FASTADAM_ERR_INTERNAL = -13       /* a defect of FastAdam: please report it */
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

/* fastadam_options.flags */
enum {
    FASTADAM_DECOUPLED_WEIGHT_DECAY = 1 << 0, /* AdamW; without it weight_decay is L2 */
    FASTADAM_MAXIMIZE = 1 << 1,               /* climb: the gradients' sign is reversed when they are read */
    FASTADAM_AMSGRAD = 1 << 2,                /* FASTADAM_ERR_UNSUPPORTED in this version */
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
    void *max_exp_avg_sq;  /* for FASTADAM_AMSGRAD; not read without it */
    size_t n;              /* elements in each array; 0 is valid and does nothing, whatever the pointers */
    int32_t param_dtype;
    int32_t grad_dtype;
    int32_t exp_avg_dtype;
    int32_t exp_avg_sq_dtype;
} fastadam_tensor;

/* PyTorch's defaults for Adam, and struct_size. NULL is left alone. */
FASTADAM_API void fastadam_options_init(fastadam_options *options);

/* ---- Steps ----------------------------------------------------------------------------------------------------------------- */

/*
 * Threads. A step over 2 MiB of arrays or more (131,072 parameters where all is float), in one tensor or in a list of any, is
 * shared with threads that the library starts, keeps for later steps, and ends when they have been idle for long. There are as
 * many as the process could use when the kernels were loaded: its processors, affinity and control groups are counted in. The
 * caller's thread works too and waits only for work that another one has begun, so callers that step at once share the threads
 * without waiting for each other. Arrays are not touched after a step has returned. Results have the same bits with any number.
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
