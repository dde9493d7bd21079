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

static arrays stepped(arrays a)
{
    fastadam_options options;
    fastadam_free(fastadam_alloc(4 << 20, 0));
    fastadam_options_init(&options);
    options.flags = FASTADAM_PRESERVE_SUBNORMALS;
    CHECK(fastadam_step_f32(a.p, a.g, a.m, a.v, N, &options, 7) == FASTADAM_OK);
    return a;
}

int main(void)
{
    static const int modes[] = { FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO };
    struct sigaction before, after;
    const arrays start = inputs();
    arrays expected, actual;
    size_t i;

    /* Whatever this process inherited. */
    memset(&before, 0, sizeof before);
    before.sa_handler = SIG_DFL;
    CHECK(sigaction(SIGPIPE, &before, NULL) == 0);
    CHECK(fastadam_load() == FASTADAM_OK);
    CHECK(sigaction(SIGPIPE, NULL, &after) == 0);
    CHECK(after.sa_handler == SIG_DFL);

    expected = stepped(start);
    for (i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        CHECK(fesetround(modes[i]) == 0);
        actual = stepped(start);
        CHECK(fegetround() == modes[i]);
        CHECK(fesetround(FE_TONEAREST) == 0);
        CHECK(memcmp(&actual, &expected, sizeof actual) == 0);
    }

#if defined(__x86_64__)
    {
        const unsigned int flush_to_zero_and_denormals_are_zero = 0x8040u;
        const unsigned int callers = _mm_getcsr();
        _mm_setcsr(callers | flush_to_zero_and_denormals_are_zero);
        actual = stepped(start);
        CHECK((_mm_getcsr() & flush_to_zero_and_denormals_are_zero) == flush_to_zero_and_denormals_are_zero);
        _mm_setcsr(callers);
        CHECK(memcmp(&actual, &expected, sizeof actual) == 0);
    }
#endif

    return check_report();
}
