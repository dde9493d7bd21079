#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#  define _GNU_SOURCE /* sigaction */
#endif

/* The face of the library: chooses the kernels' library for this CPU before any is loaded, and forwards to it. */
#include "fastadam.h"

#include "cpu.h"
#include "defaults.g.h"
#include "executor.h"
#include "fpenv.h"
#include "layout.g.h"
#include "runtime_needs.h"
#include "sibling.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef int32_t (*adam_function)(void *, const void *, void *, void *, size_t, const fastadam_group *, int64_t, int32_t);
typedef int32_t (*step_function)(const fastadam_tensor *, size_t, const fastadam_group *, size_t, const fastadam_step_options *, int64_t,
                                 fastadam_report *);
typedef int32_t (*sparse_step_function)(const fastadam_table *, size_t, const fastadam_group *, size_t, const fastadam_step_options *,
                                        int64_t, fastadam_report *);
typedef int32_t (*swap_function)(const fastadam_tensor *, size_t, const fastadam_group *, size_t, int32_t);
typedef int32_t (*convert_function)(int32_t, void *, void *, size_t, uint64_t, float *);
typedef void *(*alloc_function)(size_t, int32_t);
typedef void (*free_function)(void *);
typedef int32_t (*version_function)(void);

/* The functions of a kernels' library: FastAdam.Native/Exports.cs. */
typedef struct {
    adam_function adam_f32, adam_f16, adam_bf16;
    step_function step;
    sparse_step_function sparse_step;
    swap_function to_evaluation, to_training;
    convert_function decode, encode;
    alloc_function alloc;
    free_function free;
    executor_functions executor;
} level;

/* Written by load alone: before the one release of current. Others read them after load has returned to them. */
static int32_t load_status = FASTADAM_ERR_LIBRARY;
static const char *loaded_isa = "none";
static level loaded;

/* NULL until the kernels are loaded. */
static const level *current = NULL;

#if defined(_WIN32)
#  include <windows.h>
static const level *get_current(void)
{
    return (const level *)InterlockedCompareExchangePointer((void *volatile *)&current, NULL, NULL);
}
static void set_current(const level *functions)
{
    InterlockedExchangePointer((void *volatile *)&current, (void *)functions);
}
#else
#  include <pthread.h>
#  include <signal.h>
static const level *get_current(void)
{
    return __atomic_load_n(&current, __ATOMIC_ACQUIRE);
}
static void set_current(const level *functions)
{
    __atomic_store_n(&current, functions, __ATOMIC_RELEASE);
}
#endif

static bool same_name(const char *left, const char *right)
{
    while (*left != '\0' && tolower((unsigned char)*left) == tolower((unsigned char)*right)) {
        left++;
        right++;
    }
    return *left == '\0' && *right == '\0';
}

/* The instruction set to use: what the environment asks for, else the widest. False where that cannot be had. */
static bool choose(isa *chosen)
{
    const char *requested = getenv("FASTADAM_ISA");
    int set;
    if (requested == NULL || requested[0] == '\0') {
        *chosen = isa_widest();
        return true;
    }
    for (set = 0; set < ISA_COUNT; set++) {
        if (same_name(requested, isa_name((isa)set))) {
            *chosen = (isa)set;
            return isa_library((isa)set) != NULL && isa_is_supported((isa)set);
        }
    }
    return false;
}

static int32_t open_level(isa set)
{
    version_function version;
    void *library = sibling_open(isa_library(set));
    if (library == NULL) {
        return FASTADAM_ERR_LIBRARY;
    }
    version = (version_function)sibling_find(library, "fastadam_level_version");
    loaded.adam_f32 = (adam_function)sibling_find(library, "fastadam_level_adam_f32");
    loaded.adam_f16 = (adam_function)sibling_find(library, "fastadam_level_adam_f16");
    loaded.adam_bf16 = (adam_function)sibling_find(library, "fastadam_level_adam_bf16");
    loaded.step = (step_function)sibling_find(library, "fastadam_level_step");
    loaded.sparse_step = (sparse_step_function)sibling_find(library, "fastadam_level_sparse_step");
    loaded.to_evaluation = (swap_function)sibling_find(library, "fastadam_level_to_evaluation");
    loaded.to_training = (swap_function)sibling_find(library, "fastadam_level_to_training");
    loaded.decode = (convert_function)sibling_find(library, "fastadam_level_decode");
    loaded.encode = (convert_function)sibling_find(library, "fastadam_level_encode");
    loaded.alloc = (alloc_function)sibling_find(library, "fastadam_level_alloc");
    loaded.free = (free_function)sibling_find(library, "fastadam_level_free");
    loaded.executor.set_calls = (set_calls_function)sibling_find(library, "fastadam_level_set_calls");
    loaded.executor.set_executor = (set_executor_function)sibling_find(library, "fastadam_level_set_executor");
    loaded.executor.run_part = (fastadam_part)sibling_find(library, "fastadam_level_run_part");
    if (version == NULL || loaded.adam_f32 == NULL || loaded.adam_f16 == NULL || loaded.adam_bf16 == NULL || loaded.step == NULL
        || loaded.sparse_step == NULL || loaded.to_evaluation == NULL || loaded.to_training == NULL || loaded.decode == NULL
        || loaded.encode == NULL || loaded.alloc == NULL || loaded.free == NULL || loaded.executor.set_calls == NULL
        || loaded.executor.set_executor == NULL || loaded.executor.run_part == NULL) {
        return FASTADAM_ERR_LIBRARY;
    }
    return version() == LEVEL_VERSION && executor_connect(&loaded.executor) == FASTADAM_OK ? FASTADAM_OK : FASTADAM_ERR_LIBRARY;
}

/* open_level, with the process's own way to treat a broken pipe, which the runtime would replace. */
static int32_t open_level_quietly(isa set)
{
#if defined(_WIN32)
    return open_level(set);
#else
    struct sigaction broken_pipe;
    int32_t status;
    int saved = sigaction(SIGPIPE, NULL, &broken_pipe);
    status = open_level(set);
    if (saved == 0) {
        sigaction(SIGPIPE, &broken_pipe, NULL);
    }
    return status;
#endif
}

/* In the default floating-point environment: the runtime does not start with traps, and its threads inherit it. */
static void load_once(void)
{
    const fp_environment callers = fp_enter();
    isa set = ISA_SCALAR;
    if (!choose(&set)) {
        load_status = FASTADAM_ERR_ISA;
    } else if (!runtime_can_start()) {
        load_status = FASTADAM_ERR_LIBRARY;
    } else {
        load_status = open_level_quietly(set);
    }
    fp_leave(callers);
    if (load_status == FASTADAM_OK) {
        loaded_isa = isa_name(set);
        set_current(&loaded);
    }
}

#if defined(_WIN32)
static BOOL CALLBACK load_callback(PINIT_ONCE once, PVOID parameter, PVOID *context)
{
    (void)once;
    (void)parameter;
    (void)context;
    load_once();
    return TRUE;
}
static void load(void)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    InitOnceExecuteOnce(&once, load_callback, NULL, NULL);
}
#else
static void load(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load_once);
}
#endif

/* The kernels, in the floating-point environment that their results are promised for, until leave. NULL where they cannot be loaded:
   load_status says why. */
static const level *enter(fp_environment *callers)
{
    const level *kernels = get_current();
    if (kernels == NULL) {
        load();
        kernels = get_current();
    }
    if (kernels != NULL) {
        *callers = fp_enter();
        if (!fp_is_kernels(callers)) {
            executor_set_environment(callers);
        }
    }
    return kernels;
}

static void leave(const fp_environment *callers)
{
    if (fp_leave(*callers) && !fp_is_kernels(callers)) {
        executor_set_environment(NULL);
    }
}

/* Ends a function with the status of a call of the kernels' library. */
#define RETURN_STATUS_OF(call)                  \
    do {                                        \
        fp_environment callers;                 \
        int32_t status;                         \
        const level *kernels = enter(&callers); \
        if (kernels == NULL) {                  \
            return load_status;                 \
        }                                       \
        status = kernels->call;                 \
        leave(&callers);                        \
        return status;                          \
    } while (0)

int32_t fastadam_adam_f32(float *param, const float *grad, float *exp_avg, float *exp_avg_sq, size_t n,
                          const fastadam_group *group, int64_t step, int32_t threads)
{
    RETURN_STATUS_OF(adam_f32(param, grad, exp_avg, exp_avg_sq, n, group, step, threads));
}

int32_t fastadam_adam_f16(uint16_t *param, const uint16_t *grad, uint16_t *exp_avg, uint16_t *exp_avg_sq, size_t n,
                          const fastadam_group *group, int64_t step, int32_t threads)
{
    RETURN_STATUS_OF(adam_f16(param, grad, exp_avg, exp_avg_sq, n, group, step, threads));
}

int32_t fastadam_adam_bf16(uint16_t *param, const uint16_t *grad, uint16_t *exp_avg, uint16_t *exp_avg_sq, size_t n,
                           const fastadam_group *group, int64_t step, int32_t threads)
{
    RETURN_STATUS_OF(adam_bf16(param, grad, exp_avg, exp_avg_sq, n, group, step, threads));
}

int32_t fastadam_step(const fastadam_tensor *tensors, size_t count, const fastadam_group *groups, size_t group_count,
                      const fastadam_step_options *options, int64_t step, fastadam_report *report)
{
    RETURN_STATUS_OF(step(tensors, count, groups, group_count, options, step, report));
}

int32_t fastadam_sparse_step(const fastadam_table *tables, size_t count, const fastadam_group *groups, size_t group_count,
                             const fastadam_step_options *options, int64_t step, fastadam_report *report)
{
    RETURN_STATUS_OF(sparse_step(tables, count, groups, group_count, options, step, report));
}

int32_t fastadam_to_evaluation(const fastadam_tensor *tensors, size_t count, const fastadam_group *groups, size_t group_count,
                               int32_t threads)
{
    RETURN_STATUS_OF(to_evaluation(tensors, count, groups, group_count, threads));
}

int32_t fastadam_to_training(const fastadam_tensor *tensors, size_t count, const fastadam_group *groups, size_t group_count,
                             int32_t threads)
{
    RETURN_STATUS_OF(to_training(tensors, count, groups, group_count, threads));
}

int32_t fastadam_decode(int32_t dtype, const void *array, const void *part, size_t n, uint64_t flags, float *values)
{
    RETURN_STATUS_OF(decode(dtype, (void *)array, (void *)part, n, flags, values));
}

int32_t fastadam_encode(int32_t dtype, void *array, void *part, size_t n, uint64_t flags, const float *values)
{
    RETURN_STATUS_OF(encode(dtype, array, part, n, flags, (float *)values));
}

void *fastadam_alloc(size_t bytes, int32_t threads)
{
    fp_environment callers;
    void *block;
    const level *kernels = enter(&callers);
    if (kernels == NULL) {
        return NULL;
    }
    block = kernels->alloc(bytes, threads);
    leave(&callers);
    return block;
}

void fastadam_free(void *block)
{
    /* Whoever has a block has loaded the library, and handed the block on in order. */
    if (block != NULL) {
        const fp_environment callers = fp_enter();
        loaded.free(block);
        fp_leave(callers);
    }
}

/* The largest that a structure of any version can be thought to have: NativeItem.cs has the same. */
#define LARGEST_STRUCT 4096

/*
 * Fills a structure of the caller's, which may be an older, smaller one or a newer, larger one. False where no version has one of that
 * size.
 */
static bool fill(void *structure, size_t size, size_t required, const void *defaults, size_t known)
{
    if (size < required || size > LARGEST_STRUCT || size % sizeof(double) != 0) {
        return false;
    }
    memset(structure, 0, size);
    memcpy(structure, defaults, size < known ? size : known);
    *(uint32_t *)structure = (uint32_t)size;
    return true;
}

int32_t fastadam_group_init(fastadam_group *group, size_t struct_size, int32_t rule)
{
    const size_t rules = sizeof rule_defaults / sizeof rule_defaults[0];
    if (group == NULL) {
        return FASTADAM_ERR_NULL;
    }
    if (rule < 0 || (size_t)rule >= rules) {
        return FASTADAM_ERR_HYPERPARAMETER;
    }
    return fill(group, struct_size, offsetof(fastadam_group, lr), &rule_defaults[rule], sizeof(fastadam_group)) ? FASTADAM_OK
                                                                                                               : FASTADAM_ERR_STRUCT_SIZE;
}

int32_t fastadam_step_options_init(fastadam_step_options *options, size_t struct_size)
{
    const fastadam_step_options defaults = { .struct_size = sizeof(fastadam_step_options) };
    if (options == NULL) {
        return FASTADAM_ERR_NULL;
    }
    return fill(options, struct_size, offsetof(fastadam_step_options, max_grad_norm), &defaults, sizeof defaults)
        ? FASTADAM_OK
        : FASTADAM_ERR_STRUCT_SIZE;
}

int32_t fastadam_load(void)
{
    load();
    return load_status;
}

const char *fastadam_isa(void)
{
    load();
    return loaded_isa;
}

const char *fastadam_version(void)
{
    return FASTADAM_VERSION;
}

int32_t fastadam_abi_version(void)
{
    return FASTADAM_ABI_VERSION;
}

const char *fastadam_status_string(int32_t status)
{
    switch (status) {
    case FASTADAM_OK: return "success";
    case FASTADAM_ERR_NULL: return "a pointer is NULL that must not be";
    case FASTADAM_ERR_STRUCT_SIZE:
        return "a struct_size is none that a version of this library has had, or the structure has something in it that it does not know";
    case FASTADAM_ERR_FLAGS: return "a flag is set that this library does not know there";
    case FASTADAM_ERR_DTYPE: return "a dtype is none of the codes, or not one for that array";
    case FASTADAM_ERR_LENGTH: return "an array would end beyond the address space, or a list is too long";
    case FASTADAM_ERR_OVERLAP: return "an array that is written, or a tensor's numbers, overlap another array";
    case FASTADAM_ERR_HYPERPARAMETER: return "a hyperparameter is out of its range, or the rule does not have it";
    case FASTADAM_ERR_STEP: return "a step is below 1";
    case FASTADAM_ERR_THREADS: return "the number of threads is negative";
    case FASTADAM_ERR_UNSUPPORTED: return "the function does not support what was asked for";
    case FASTADAM_ERR_ISA: return "FASTADAM_ISA names no instruction set that is known and supported here";
    case FASTADAM_ERR_LIBRARY: return "the library with the kernels for this CPU is missing beside this one, does not fit it, or cannot start here";
    case FASTADAM_ERR_INTERNAL: return "an internal error of FastAdam";
    case FASTADAM_ERR_INDEX: return "a tensor's group, random_id or first_element, or a row's index is out of range";
    case FASTADAM_ERR_MEMORY: return "the system gives no memory for the work area of a list";
    default: return "an unknown status";
    }
}
