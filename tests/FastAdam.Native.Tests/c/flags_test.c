/*
 * The flags of floating-point exceptions, which are the caller's: as before after every function, on a first call, which may load,
 * and on later ones, whichever were raised. POSIX.
 *
 *     cc -std=c99 -Wall -Wextra -Werror -pedantic -I PREFIX/include flags_test.c -o flags_test -L PREFIX/lib -lfastadam -lm
 */
#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "fastadam.h"

#include <fenv.h>
#include <math.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N = 37 };

typedef enum {
    LOAD, ISA, VERSION, ABI_VERSION, STATUS_STRING, GROUP_INIT, STEP_OPTIONS_INIT, ADAM_F32, ADAM_F16, ADAM_BF16, STEP,
    STEP_THAT_FAILS, STEP_WITH_REPORT, SPARSE_STEP, SPARSE_STEP_WITH_REPORT, ALLOC, FREE, ALLOC_PAGES, FREE_PAGES, FUNCTIONS
} function;

/* Everything that a call needs is made before, so that between the two looks at the flags is the call alone. */
typedef struct {
    float p[N], g[N], m[N], v[N];
    uint16_t half[4][N];
    int64_t indices[2];
    fastadam_group group;
    fastadam_group radam;
    fastadam_step_options options;
    fastadam_report report;
    fastadam_tensor tensor;
    fastadam_table table;
    void *block;
} arguments;

/* All flags there are: x86-64 has two units with flags and one flag that C does not name, arm64 two such. */
typedef struct { unsigned long long first, second; } flags;

static flags flags_now(void)
{
    flags now = { 0, 0 };
#if defined(__x86_64__)
    unsigned int mxcsr;
    unsigned short x87;
    __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
    __asm__ volatile("fnstsw %0" : "=m"(x87));
    now.first = mxcsr & 0x3fu;
    now.second = x87 & 0x3fu;
#elif defined(__aarch64__)
    __asm__ volatile("mrs %0, fpsr" : "=r"(now.first));
#else
    now.first = (unsigned long long)fetestexcept(FE_ALL_EXCEPT);
#endif
    return now;
}

/* Numbers that raise every flag in a step. */
static void prepare(arguments *a)
{
    int i;
    memset(a, 0, sizeof *a);
    for (i = 0; i < N; i++) {
        a->p[i] = 0.1f * (float)(i + 1);
        a->g[i] = i % 5 == 0 ? INFINITY : i % 5 == 1 ? 1e30f : i % 5 == 2 ? 1e-40f : 0.01f;
        a->m[i] = i % 5 == 0 ? -INFINITY : 1.2e-38f;
        a->v[i] = 1e-6f;
        a->half[0][i] = 0x3f80;
        a->half[1][i] = 0x0001;
        a->half[2][i] = 0x0003;
    }
    (void)fastadam_group_init(&a->group, sizeof a->group, FASTADAM_ADAM);
    (void)fastadam_group_init(&a->radam, sizeof a->radam, FASTADAM_RADAM);
    (void)fastadam_step_options_init(&a->options, sizeof a->options);
    a->group.flags = FASTADAM_PRESERVE_SUBNORMALS;
    a->options.max_grad_norm = 0.1;
    a->options.flags = FASTADAM_REPORT_CHANGES;
    a->report.struct_size = (uint32_t)sizeof a->report;
    a->tensor.struct_size = sizeof a->tensor;
    a->tensor.param = a->p;
    a->tensor.grad = a->g;
    a->tensor.state[0] = a->m;
    a->tensor.state[1] = a->v;
    a->tensor.n = N;
    a->table.struct_size = sizeof a->table;
    a->table.param = a->p;
    a->table.grad = a->g;
    a->table.exp_avg = a->m;
    a->table.exp_avg_sq = a->v;
    a->table.indices = a->indices;
    a->table.rows = 1;
    a->table.row_length = N / 2;
    a->table.count = 2;
}

/* One call. Whether it did what it should. */
static int call(function which, arguments *a)
{
    uint16_t (*half)[N] = a->half;
    switch (which) {
    case LOAD: return fastadam_load() == FASTADAM_OK;
    case ISA: return fastadam_isa() != NULL;
    case VERSION: return fastadam_version() != NULL;
    case ABI_VERSION: return fastadam_abi_version() == FASTADAM_ABI_VERSION;
    case STATUS_STRING: return fastadam_status_string(FASTADAM_ERR_STEP) != NULL;
    case GROUP_INIT: return fastadam_group_init(&a->group, sizeof a->group, FASTADAM_SGD) == FASTADAM_OK;
    case STEP_OPTIONS_INIT: return fastadam_step_options_init(&a->options, sizeof a->options) == FASTADAM_OK;
    case ADAM_F32: return fastadam_adam_f32(a->p, a->g, a->m, a->v, N, &a->group, 7, 0) == FASTADAM_OK;
    case ADAM_F16: return fastadam_adam_f16(half[0], half[1], half[2], half[3], N, &a->group, 7, 0) == FASTADAM_OK;
    case ADAM_BF16: return fastadam_adam_bf16(half[0], half[1], half[2], half[3], N, &a->group, 7, 0) == FASTADAM_OK;
    case STEP: return fastadam_step(&a->tensor, 1, &a->group, 1, NULL, 7, NULL) == FASTADAM_OK;
    case STEP_THAT_FAILS: return fastadam_step(&a->tensor, 1, &a->group, 1, NULL, 0, NULL) == FASTADAM_ERR_STEP;
    case STEP_WITH_REPORT:
        return fastadam_step(&a->tensor, 1, &a->radam, 1, &a->options, 7, &a->report) == FASTADAM_OK;
    case SPARSE_STEP: return fastadam_sparse_step(&a->table, 1, &a->group, 1, NULL, 7, NULL) == FASTADAM_OK;
    case SPARSE_STEP_WITH_REPORT:
        return fastadam_sparse_step(&a->table, 1, &a->group, 1, &a->options, 7, &a->report) == FASTADAM_OK;
    case ALLOC: return (a->block = fastadam_alloc(100, 0)) != NULL;
    case ALLOC_PAGES: return (a->block = fastadam_alloc(16u << 20, 0)) != NULL;
    case FREE:
    case FREE_PAGES: fastadam_free(a->block); return 1;
    default: return 0;
    }
}

/* With the exceptions raised before, and no others. */
static void check_call(function which, arguments *a, int raised)
{
    flags before, after;
    int worked;
    (void)feclearexcept(FE_ALL_EXCEPT);
#if defined(__x86_64__)
    {
        /* The flag of subnormal operands is none that C clears. */
        unsigned int mxcsr;
        __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
        mxcsr &= ~0x3fu;
        __asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
    }
#endif
    (void)feraiseexcept(raised);
    before = flags_now();
    worked = call(which, a);
    after = flags_now();
    if (!worked || before.first != after.first || before.second != after.second) {
        printf("function %d, raised %#x\n", (int)which, (unsigned int)raised);
    }
    CHECK(worked);
    CHECK_EQUAL(after.first, before.first);
    CHECK_EQUAL(after.second, before.second);
}

/* A function that frees gets a block of the one before it. */
static function needed_before(function which)
{
    return which == FREE ? ALLOC : which == FREE_PAGES ? ALLOC_PAGES : FUNCTIONS;
}

static void check_first(function which, int raised)
{
    arguments a;
    prepare(&a);
    if (needed_before(which) != FUNCTIONS) {
        check_call(needed_before(which), &a, raised);
    }
    check_call(which, &a, raised);
}

/* In processes of their own, which load. */
static void test_first_calls(function which, int raised)
{
    int status = 0;
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        checks_failed = 0;
        check_first(which, raised);
        fflush(stdout);
        _exit(checks_failed == 0 ? 0 : 1);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK_EQUAL(status, 0);
}

int main(void)
{
    static const int raised[] = { 0, FE_INEXACT, FE_INVALID, FE_DIVBYZERO, FE_OVERFLOW, FE_UNDERFLOW, FE_ALL_EXCEPT };
    const int cases = (int)(sizeof raised / sizeof raised[0]);
    int which, i, time;
    setbuf(stdout, NULL);
    for (which = 0; which < FUNCTIONS; which++) {
        test_first_calls((function)which, 0);
        test_first_calls((function)which, FE_INVALID);
    }
    for (which = 0; which < FUNCTIONS; which++) {
        for (i = 0; i < cases; i++) {
            for (time = 0; time < 2; time++) {
                check_first((function)which, raised[i]);
            }
        }
    }
    return check_report();
}
