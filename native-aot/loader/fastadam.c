#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#  define _GNU_SOURCE /* sigaction, MAP_ANON */
#endif

/* The face of the library: chooses the kernels' library for this CPU before any is loaded, and forwards to it. */
#include "fastadam.h"

#include "cpu.h"
#include "fpenv.h"
#include "sibling.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of the interface to the kernels' libraries: FastAdam.Native/Exports.cs. */
#define LEVEL_VERSION 4

/* The runtime starts with a heap of 32 MiB, and was seen not to with one of 2 MiB. */
#define SMALLEST_HEAP (32ull << 20)

typedef int32_t (*step_function)(const fastadam_tensor *, size_t, const fastadam_options *, int64_t);
typedef int32_t (*optimizer_step_function)(const fastadam_group_tensor *, size_t, const fastadam_group *, size_t,
                                           const fastadam_step_options *, int64_t, fastadam_report *);
typedef int32_t (*sparse_step_function)(const fastadam_sparse *, const fastadam_options *, int64_t);
typedef int32_t (*sparse_optimizer_step_function)(const fastadam_group_sparse *, size_t, const fastadam_group *, size_t,
                                                  const fastadam_step_options *, int64_t, fastadam_report *);
typedef void *(*alloc_function)(size_t, int32_t);
typedef void (*free_function)(void *);
typedef int32_t (*version_function)(void);

static int32_t load_and_step(const fastadam_tensor *tensors, size_t count, const fastadam_options *options, int64_t step);
static int32_t fail(const fastadam_tensor *tensors, size_t count, const fastadam_options *options, int64_t step);

/* Written by load alone: before the one release of current. Others read them after load has returned to them. */
static int32_t load_status = FASTADAM_ERR_LIBRARY;
static const char *loaded_isa = "none";
static optimizer_step_function level_optimizer_step;
static sparse_step_function level_sparse_step;
static sparse_optimizer_step_function level_sparse_optimizer_step;
static alloc_function level_alloc;
static free_function level_free;
static step_function current = load_and_step;

#if defined(_WIN32)
#  include <windows.h>
static step_function get_current(void)
{
    return (step_function)InterlockedCompareExchangePointer((void *volatile *)&current, NULL, NULL);
}
static void set_current(step_function function)
{
    InterlockedExchangePointer((void *volatile *)&current, (void *)function);
}
#else
#  include <pthread.h>
#  include <signal.h>
#  include <sys/mman.h>

/* What the runtime reserves: its heap's limit, set in FastAdam.Native.csproj, several times over, and some for its threads. */
#  define ADDRESS_SPACE (3ull << 29)
static step_function get_current(void)
{
    return __atomic_load_n(&current, __ATOMIC_ACQUIRE);
}
static void set_current(step_function function)
{
    __atomic_store_n(&current, function, __ATOMIC_RELEASE);
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

static int32_t open_level(isa set, step_function *step)
{
    version_function version;
    void *library = sibling_open(isa_library(set));
    if (library == NULL) {
        return FASTADAM_ERR_LIBRARY;
    }
    version = (version_function)sibling_find(library, "fastadam_level_version");
    *step = (step_function)sibling_find(library, "fastadam_level_step");
    level_optimizer_step = (optimizer_step_function)sibling_find(library, "fastadam_level_optimizer_step");
    level_sparse_step = (sparse_step_function)sibling_find(library, "fastadam_level_sparse_step");
    level_sparse_optimizer_step =
        (sparse_optimizer_step_function)sibling_find(library, "fastadam_level_sparse_optimizer_step");
    level_alloc = (alloc_function)sibling_find(library, "fastadam_level_alloc");
    level_free = (free_function)sibling_find(library, "fastadam_level_free");
    if (version == NULL || *step == NULL || level_optimizer_step == NULL || level_sparse_step == NULL
        || level_sparse_optimizer_step == NULL || level_alloc == NULL || level_free == NULL) {
        return FASTADAM_ERR_LIBRARY;
    }
    return version() == LEVEL_VERSION ? FASTADAM_OK : FASTADAM_ERR_LIBRARY;
}

#if !defined(_WIN32)
static void *end_at_once(void *nothing)
{
    return nothing;
}

/* Whether the system grants the process one more thread, which the runtime needs. */
static bool thread_can_start(void)
{
    pthread_t thread;
    return pthread_create(&thread, NULL, end_at_once, NULL) == 0 && pthread_join(thread, NULL) == 0;
}
#endif

/*
 * The runtime inside ends the process where it cannot start: asked for here, where a status can say so. A heap limit for .NET
 * programs, in hexadecimal bytes, reaches it too.
 */
static bool runtime_can_start(void)
{
    const char *limit = getenv("DOTNET_GCHeapHardLimit");
    if (limit != NULL) {
        char *end;
        const unsigned long long bytes = strtoull(limit, &end, 16);
        if (end != limit && bytes != 0 && bytes < SMALLEST_HEAP) {
            return false;
        }
    }
#if defined(_WIN32)
    return true;
#else
    {
        const size_t needed = (size_t)ADDRESS_SPACE;
        void *place = mmap(NULL, needed, PROT_NONE, MAP_PRIVATE | MAP_ANON | MAP_NORESERVE, -1, 0);
        return place != MAP_FAILED && munmap(place, needed) == 0 && thread_can_start();
    }
#endif
}

/* open_level, with the process's own way to treat a broken pipe, which the runtime would replace. */
static int32_t open_level_quietly(isa set, step_function *step)
{
#if defined(_WIN32)
    return open_level(set, step);
#else
    struct sigaction broken_pipe;
    int32_t status;
    int saved = sigaction(SIGPIPE, NULL, &broken_pipe);
    status = open_level(set, step);
    if (saved == 0) {
        sigaction(SIGPIPE, &broken_pipe, NULL);
    }
    return status;
#endif
}

/* In the default floating-point environment: the runtime does not start with traps, and its threads inherit it. */
static void load_once(void)
{
    const fp_control callers = fp_read();
    isa set;
    step_function step = fail;
    fp_write(FP_CONTROL_DEFAULT);
    if (!choose(&set)) {
        load_status = FASTADAM_ERR_ISA;
    } else if (!runtime_can_start()) {
        load_status = FASTADAM_ERR_LIBRARY;
    } else {
        load_status = open_level_quietly(set, &step);
    }
    if (load_status == FASTADAM_OK) {
        loaded_isa = isa_name(set);
    } else {
        step = fail;
    }
    fp_write(callers);
    set_current(step);
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

static int32_t load_and_step(const fastadam_tensor *tensors, size_t count, const fastadam_options *options, int64_t step)
{
    load();
    return get_current()(tensors, count, options, step);
}

static int32_t fail(const fastadam_tensor *tensors, size_t count, const fastadam_options *options, int64_t step)
{
    (void)tensors;
    (void)count;
    (void)options;
    (void)step;
    return load_status;
}

/* Every step of fastadam_step and its like goes through here: one indirect call, in the floating-point environment that it is promised for. */
static int32_t forward(const fastadam_tensor *tensors, size_t count, const fastadam_options *options, int64_t step)
{
    const fp_control callers = fp_read();
    int32_t status;
    if ((callers & FP_CONTROL_BITS) == FP_CONTROL_DEFAULT) {
        return get_current()(tensors, count, options, step);
    }
    fp_write(FP_CONTROL_DEFAULT);
    status = get_current()(tensors, count, options, step);
    fp_write(callers);
    return status;
}

static int32_t step_one(void *param, const void *grad, void *exp_avg, void *exp_avg_sq, size_t n, int32_t dtype,
                        const fastadam_options *options, int64_t step)
{
    fastadam_tensor tensor;
    tensor.param = param;
    tensor.grad = grad;
    tensor.exp_avg = exp_avg;
    tensor.exp_avg_sq = exp_avg_sq;
    tensor.max_exp_avg_sq = NULL;
    tensor.n = n;
    tensor.param_dtype = dtype;
    tensor.grad_dtype = dtype;
    tensor.exp_avg_dtype = dtype;
    tensor.exp_avg_sq_dtype = dtype;
    return forward(&tensor, 1, options, step);
}

int32_t fastadam_step_f32(float *param, const float *grad, float *exp_avg, float *exp_avg_sq, size_t n,
                          const fastadam_options *options, int64_t step)
{
    return step_one(param, grad, exp_avg, exp_avg_sq, n, FASTADAM_F32, options, step);
}

int32_t fastadam_step_f16(uint16_t *param, const uint16_t *grad, uint16_t *exp_avg, uint16_t *exp_avg_sq, size_t n,
                          const fastadam_options *options, int64_t step)
{
    return step_one(param, grad, exp_avg, exp_avg_sq, n, FASTADAM_F16, options, step);
}

int32_t fastadam_step_bf16(uint16_t *param, const uint16_t *grad, uint16_t *exp_avg, uint16_t *exp_avg_sq, size_t n,
                           const fastadam_options *options, int64_t step)
{
    return step_one(param, grad, exp_avg, exp_avg_sq, n, FASTADAM_BF16, options, step);
}

int32_t fastadam_step(const fastadam_tensor *tensors, size_t count, const fastadam_options *options, int64_t step)
{
    return forward(tensors, count, options, step);
}

/* Loads the kernels and sets their floating-point environment; where that worked, leave with fp_write(*callers). */
static int32_t enter(fp_control *callers)
{
    load();
    if (load_status == FASTADAM_OK) {
        *callers = fp_read();
        fp_write(FP_CONTROL_DEFAULT);
    }
    return load_status;
}

int32_t fastadam_optimizer_step(const fastadam_group_tensor *tensors, size_t count, const fastadam_group *groups,
                                size_t group_count, const fastadam_step_options *options, int64_t step, fastadam_report *report)
{
    fp_control callers;
    int32_t status = enter(&callers);
    if (status == FASTADAM_OK) {
        status = level_optimizer_step(tensors, count, groups, group_count, options, step, report);
        fp_write(callers);
    }
    return status;
}

int32_t fastadam_sparse_step(const fastadam_sparse *table, const fastadam_options *options, int64_t step)
{
    fp_control callers;
    int32_t status = enter(&callers);
    if (status == FASTADAM_OK) {
        status = level_sparse_step(table, options, step);
        fp_write(callers);
    }
    return status;
}

int32_t fastadam_sparse_optimizer_step(const fastadam_group_sparse *tables, size_t count, const fastadam_group *groups,
                                       size_t group_count, const fastadam_step_options *options, int64_t step,
                                       fastadam_report *report)
{
    fp_control callers;
    int32_t status = enter(&callers);
    if (status == FASTADAM_OK) {
        status = level_sparse_optimizer_step(tables, count, groups, group_count, options, step, report);
        fp_write(callers);
    }
    return status;
}

void *fastadam_alloc(size_t bytes, int32_t threads)
{
    fp_control callers;
    void *block = NULL;
    if (enter(&callers) == FASTADAM_OK) {
        block = level_alloc(bytes, threads);
        fp_write(callers);
    }
    return block;
}

void fastadam_free(void *block)
{
    /* Whoever has a block has loaded the library, and handed the block on in order. */
    if (block != NULL) {
        level_free(block);
    }
}

void fastadam_options_init(fastadam_options *options)
{
    if (options != NULL) {
        memset(options, 0, sizeof *options);
        options->struct_size = (uint32_t)sizeof *options;
        options->lr = 1e-3;
        options->beta1 = 0.9;
        options->beta2 = 0.999;
        options->eps = 1e-8;
        options->grad_scale = 1;
    }
}

int32_t fastadam_group_init(fastadam_group *group, size_t struct_size, int32_t rule)
{
    fastadam_group defaults;
    if (group == NULL) {
        return FASTADAM_ERR_NULL;
    }
    if (struct_size != sizeof defaults) {
        return FASTADAM_ERR_STRUCT_SIZE;
    }
    memset(&defaults, 0, sizeof defaults);
    defaults.struct_size = (uint32_t)sizeof defaults;
    defaults.rule = rule;
    defaults.lr = 1e-3;
    defaults.beta1 = 0.9;
    defaults.beta2 = 0.999;
    defaults.eps = 1e-8;
    defaults.grad_scale = 1;
    defaults.max_grad_value = INFINITY;
    switch (rule) {
    case FASTADAM_ADAM:
    case FASTADAM_RADAM:
        break;
    case FASTADAM_NADAM:
        defaults.lr = 2e-3;
        defaults.momentum_decay = 4e-3;
        break;
    case FASTADAM_ADAMAX:
        defaults.lr = 2e-3;
        break;
    case FASTADAM_SGD:
        defaults.beta1 = 0;
        defaults.beta2 = 0;
        defaults.eps = 0;
        break;
    case FASTADAM_ADAGRAD:
        defaults.lr = 1e-2;
        defaults.beta1 = 0;
        defaults.beta2 = 0;
        defaults.eps = 1e-10;
        break;
    case FASTADAM_RMSPROP:
        defaults.lr = 1e-2;
        defaults.beta1 = 0;
        defaults.beta2 = 0.99;
        break;
    case FASTADAM_LION:
        defaults.flags = FASTADAM_DECOUPLED_WEIGHT_DECAY;
        defaults.lr = 1e-4;
        defaults.beta2 = 0.99;
        defaults.eps = 0;
        break;
    default:
        return FASTADAM_ERR_HYPERPARAMETER;
    }
    *group = defaults;
    return FASTADAM_OK;
}

int32_t fastadam_step_options_init(fastadam_step_options *options, size_t struct_size)
{
    if (options == NULL) {
        return FASTADAM_ERR_NULL;
    }
    if (struct_size != sizeof *options) {
        return FASTADAM_ERR_STRUCT_SIZE;
    }
    memset(options, 0, sizeof *options);
    options->struct_size = (uint32_t)sizeof *options;
    return FASTADAM_OK;
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
    case FASTADAM_ERR_STRUCT_SIZE: return "a struct_size is no size that this library knows";
    case FASTADAM_ERR_FLAGS: return "a flag or a reserved field is set that this library does not know there";
    case FASTADAM_ERR_DTYPE: return "a dtype is none of F32, F16 and BF16";
    case FASTADAM_ERR_LENGTH: return "an array would end beyond the address space, or a list is too long";
    case FASTADAM_ERR_OVERLAP: return "an array that is written overlaps another array";
    case FASTADAM_ERR_HYPERPARAMETER: return "a hyperparameter is out of its range, or the rule does not have it";
    case FASTADAM_ERR_STEP: return "a step is below 1";
    case FASTADAM_ERR_THREADS: return "the number of threads is negative";
    case FASTADAM_ERR_UNSUPPORTED: return "the function does not support what was asked for";
    case FASTADAM_ERR_ISA: return "FASTADAM_ISA names no instruction set that is known and supported here";
    case FASTADAM_ERR_LIBRARY: return "the library with the kernels for this CPU is missing beside this one, does not fit it, or cannot start here";
    case FASTADAM_ERR_INTERNAL: return "an internal error of FastAdam";
    case FASTADAM_ERR_INDEX: return "a tensor's group or a row's index is out of range";
    default: return "an unknown status";
    }
}
