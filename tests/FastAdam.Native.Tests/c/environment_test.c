/*
 * What the library must leave alone, and what must not matter to it: the floating-point environment and the way the process
 * treats SIGPIPE. POSIX.
 *
 *     cc -std=c99 -Wall -Wextra -Werror -pedantic -I PREFIX/include environment_test.c -o environment_test -L PREFIX/lib -lfastadam -lm
 */
#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "fastadam.h"

#include <fenv.h>
#include <signal.h>
#include <string.h>
#if defined(__x86_64__)
#  include <xmmintrin.h>
#endif

enum { N = 37 };

typedef struct { float p[N], g[N], m[N], v[N]; } arrays;

/* What steps: all must be alike in this. */
typedef int32_t (*step_function)(arrays *);

/* Before any mode is set: the inputs must not depend on it. */
static arrays inputs(void)
{
    arrays a;
    int i;
    for (i = 0; i < N; i++) {
        a.p[i] = 0.1f * (float)(i + 1);
        a.g[i] = i % 3 == 0 ? 1e-21f : 0.01f * (float)(i - 18);
        a.m[i] = i % 5 == 0 ? 1.2e-38f : 1e-3f;
        a.v[i] = 1e-6f;
    }
    return a;
}

static int32_t step_adam(arrays *a)
{
    fastadam_group group;
    fastadam_free(fastadam_alloc(4 << 20, 0));
    CHECK(fastadam_group_init(&group, sizeof group, FASTADAM_ADAM) == FASTADAM_OK);
    group.flags = FASTADAM_PRESERVE_SUBNORMALS;
    return fastadam_adam_f32(a->p, a->g, a->m, a->v, N, &group, 7, 0);
}

/* With norms, which are computed in double precision. */
static int32_t step_group(arrays *a)
{
    fastadam_group group;
    fastadam_step_options options;
    fastadam_report report;
    fastadam_tensor tensor;
    int32_t status;
    CHECK(fastadam_group_init(&group, sizeof group, FASTADAM_RADAM) == FASTADAM_OK);
    group.flags = FASTADAM_PRESERVE_SUBNORMALS;
    CHECK(fastadam_step_options_init(&options, sizeof options) == FASTADAM_OK);
    options.max_grad_norm = 0.1;
    options.flags = FASTADAM_REPORT_CHANGES;
    report.struct_size = (uint32_t)sizeof report;
    memset(&tensor, 0, sizeof tensor);
    tensor.struct_size = sizeof tensor;
    tensor.param = a->p;
    tensor.grad = a->g;
    tensor.state[0] = a->m;
    tensor.state[1] = a->v;
    tensor.n = N;
    status = fastadam_step(&tensor, 1, &group, 1, &options, 7, &report);
    memcpy(a->g, &report.update_norm, sizeof report.update_norm);
    return status;
}

static int32_t step_rows(arrays *a)
{
    static const int64_t indices[] = {0, 0};
    fastadam_group group;
    fastadam_table table;
    CHECK(fastadam_group_init(&group, sizeof group, FASTADAM_ADAM) == FASTADAM_OK);
    group.flags = FASTADAM_PRESERVE_SUBNORMALS;
    memset(&table, 0, sizeof table);
    table.struct_size = sizeof table;
    table.param = a->p;
    table.grad = a->g;
    table.exp_avg = a->m;
    table.exp_avg_sq = a->v;
    table.indices = indices;
    table.rows = 1;
    table.row_length = N / 2;
    table.count = 2;
    return fastadam_sparse_step(&table, 1, &group, 1, NULL, 7, NULL);
}

static arrays stepped(arrays a, step_function step)
{
    CHECK(step(&a) == FASTADAM_OK);
    return a;
}

static void test_modes(const arrays *start, step_function step)
{
    static const int modes[] = { FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO };
    const arrays expected = stepped(*start, step);
    arrays actual;
    size_t i;
    CHECK(memcmp(&expected, start, sizeof expected) != 0);
    for (i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        CHECK(fesetround(modes[i]) == 0);
        actual = stepped(*start, step);
        CHECK(fegetround() == modes[i]);
        CHECK(fesetround(FE_TONEAREST) == 0);
        CHECK(memcmp(&actual, &expected, sizeof actual) == 0);
    }

#if defined(__x86_64__)
    {
        const unsigned int flush_to_zero_and_denormals_are_zero = 0x8040u;
        const unsigned int callers = _mm_getcsr();
        _mm_setcsr(callers | flush_to_zero_and_denormals_are_zero);
        actual = stepped(*start, step);
        CHECK((_mm_getcsr() & flush_to_zero_and_denormals_are_zero) == flush_to_zero_and_denormals_are_zero);
        _mm_setcsr(callers);
        CHECK(memcmp(&actual, &expected, sizeof actual) == 0);
    }
#endif
}

/* Where every floating-point exception would be a signal. */
static int32_t load_with_traps(void)
{
#if defined(__x86_64__)
    const unsigned int callers = _mm_getcsr();
    const unsigned int traps = callers & ~0x1fbfu;
    int32_t status;
    _mm_setcsr(traps);
    status = fastadam_load();
    CHECK(_mm_getcsr() == traps);
    _mm_setcsr(callers);
    return status;
#else
    return fastadam_load();
#endif
}

int main(void)
{
    struct sigaction before, after;
    const arrays start = inputs();

    /* Whatever this process inherited. */
    memset(&before, 0, sizeof before);
    before.sa_handler = SIG_DFL;
    CHECK(sigaction(SIGPIPE, &before, NULL) == 0);
    CHECK(load_with_traps() == FASTADAM_OK);
    CHECK(sigaction(SIGPIPE, NULL, &after) == 0);
    CHECK(after.sa_handler == SIG_DFL);

    test_modes(&start, step_adam);
    test_modes(&start, step_group);
    test_modes(&start, step_rows);
    return check_report();
}
