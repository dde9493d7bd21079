/*
 * Executors: steps on threads that the program lends, in any number and order, as often as it likes, and in any floating-point
 * environment, have the bits that they have on one thread; they touch nothing after they have returned, and keep nothing of threads that
 * have ended. Linux.
 *
 *     cc -std=c99 -Wall -Wextra -Werror -pedantic -pthread -I PREFIX/include executor_test.c -o executor_test -L PREFIX/lib -lfastadam -lm
 */
#define _GNU_SOURCE

#include "check.h"
#include "fastadam.h"
#include "resident.h"
#include "shared_steps.h"

#include <fenv.h>
#include <pthread.h>
#if defined(__x86_64__)
#  include <xmmintrin.h>
#endif

enum { MOST_PARTS = 16, CALLERS = 6, SHORT_LIVED_STEPS = 1500 };

/* What an executor is to do, and what it has seen. */
typedef struct {
    int calls;
    uint32_t parts; /* the most of a call */
    int environment; /* of its threads: 0 as they are, 1 rounding upwards and flushing, 2 the same towards zero */
    int has_kept;    /* whether a thread had its environment afterwards, each time */
    int rounding;    /* that of the thread that called it last */
    fastadam_part run; /* of the last call */
    void *work;
} record;

static void note(record *l, fastadam_part run, void *work, uint32_t parts)
{
    l->calls++;
    l->parts = parts > l->parts ? parts : l->parts;
    l->rounding = fegetround();
    l->run = run;
    l->work = work;
}

/* ---- Executors --------------------------------------------------------------------------------------------------------------- */

static void serial(void *context, fastadam_part run, void *work, uint32_t parts)
{
    uint32_t i;
    note((record *)context, run, work, parts);
    for (i = 0; i < parts; i++) {
        run(work, i);
    }
}

static void reversed(void *context, fastadam_part run, void *work, uint32_t parts)
{
    note((record *)context, run, work, parts);
    while (parts-- != 0) {
        run(work, parts);
    }
}

static void none(void *context, fastadam_part run, void *work, uint32_t parts)
{
    note((record *)context, run, work, parts);
}

static void last_alone(void *context, fastadam_part run, void *work, uint32_t parts)
{
    note((record *)context, run, work, parts);
    run(work, parts - 1);
}

static void twice(void *context, fastadam_part run, void *work, uint32_t parts)
{
    uint32_t i;
    note((record *)context, run, work, parts);
    for (i = 0; i < 2 * parts; i++) {
        run(work, i / 2);
    }
}

static void more(void *context, fastadam_part run, void *work, uint32_t parts)
{
    uint32_t i;
    note((record *)context, run, work, parts);
    for (i = 0; i < 3 * parts; i++) {
        run(work, i);
    }
    run(work, UINT32_MAX);
}

static unsigned int control(void)
{
#if defined(__x86_64__)
    return _mm_getcsr();
#else
    return 0;
#endif
}

static void set_environment(int environment)
{
    fesetround(environment == 0 ? FE_TONEAREST : environment == 1 ? FE_UPWARD : FE_TOWARDZERO);
#if defined(__x86_64__)
    /* Flush to zero, and subnormal numbers are zero. */
    _mm_setcsr((_mm_getcsr() & ~0x8040u) | (environment == 0 ? 0 : 0x8040u));
#endif
}

typedef struct {
    record *seen;
    fastadam_part run;
    void *work;
    uint32_t part;
    int has_kept;
    pthread_t thread;
} started;

static void *run_started(void *argument)
{
    started *s = (started *)argument;
    unsigned int before;
    int rounding;
    if (s->seen->environment != 0) {
        set_environment(s->seen->environment);
    }
    before = control();
    rounding = fegetround();
    s->run(s->work, s->part);
    s->has_kept = control() == before && fegetround() == rounding;
    return NULL;
}

/* A thread for each part, which lives no longer. */
static void short_lived(void *context, fastadam_part run, void *work, uint32_t parts)
{
    started threads[MOST_PARTS];
    uint32_t i;
    record *const l = (record *)context;
    note(l, run, work, parts);
    parts = parts > MOST_PARTS ? MOST_PARTS : parts;
    for (i = 0; i < parts; i++) {
        const started s = { l, run, work, i, 0, 0 };
        threads[i] = s;
        if (pthread_create(&threads[i].thread, NULL, run_started, &threads[i]) != 0) {
            printf("no thread\n");
            exit(2);
        }
    }
    l->has_kept = 1;
    for (i = 0; i < parts; i++) {
        pthread_join(threads[i].thread, NULL);
        l->has_kept &= threads[i].has_kept;
    }
}

/* An executor that is called by several threads at once: a record of its own for each call. */
static void of_many(void *context, fastadam_part run, void *work, uint32_t parts)
{
    record l = { 0 };
    (void)context;
    short_lived(&l, run, work, parts);
}

static const struct { const char *name; fastadam_executor function; } executors[] = {
    { "serial", serial }, { "reversed", reversed }, { "none", none }, { "last_alone", last_alone },
    { "twice", twice },   { "more", more },         { "short_lived", short_lived },
};
enum { EXECUTORS = sizeof executors / sizeof executors[0] };

/* ---- Tests ------------------------------------------------------------------------------------------------------------------- */

/* Whether the step is as expected, and has called the executor as often as it makes passes. */
static void check_step(const char *name, kind_of_step kind, fastadam_step_options options, const record *l, int calls)
{
    const int same = is_as_expected(kind, options);
    if (!same || l->calls != calls) {
        printf("executor %s, kind %d, %d threads: %d calls, same results: %d\n", name, (int)kind, (int)options.threads, l->calls, same);
    }
    CHECK(same);
    CHECK_EQUAL(l->calls, calls);
}

static int passes(kind_of_step kind) { return kind == REPORT || kind == EVALUATION ? 2 : 1; }

/* Set before the kernels are loaded. */
static void test_before_loading(void)
{
    record l = { 0 };
    CHECK_EQUAL(fastadam_set_executor(serial, &l), FASTADAM_OK);
    (void)expected_of(ADAM);
    CHECK_EQUAL(l.calls, 0);
    check_step("serial", ADAM, options_with(NULL, NULL, 2), &l, 1);
    CHECK_EQUAL(fastadam_set_executor(NULL, NULL), FASTADAM_OK);
    check_step("pool", ADAM, options_with(NULL, NULL, 2), &l, 1);
}

static void test_of_a_call(void)
{
    int i, kind;
    for (i = 0; i < EXECUTORS; i++) {
        for (kind = 0; kind < KINDS; kind++) {
            record l = { 0 };
            if (takes_options((kind_of_step)kind)) {
                check_step(executors[i].name, (kind_of_step)kind, options_with(executors[i].function, &l, 3), &l, passes((kind_of_step)kind));
                CHECK_EQUAL(l.parts, 3);
            }
        }
    }
}

static void test_of_the_process(void)
{
    int i, kind;
    for (i = 0; i < EXECUTORS; i++) {
        for (kind = 0; kind < KINDS; kind++) {
            record l = { 0 };
            CHECK_EQUAL(fastadam_set_executor(executors[i].function, &l), FASTADAM_OK);
            check_step(executors[i].name, (kind_of_step)kind, options_with(NULL, NULL, 2), &l, passes((kind_of_step)kind));
            CHECK_EQUAL(l.parts, 2);
        }
    }
    CHECK_EQUAL(fastadam_set_executor(NULL, NULL), FASTADAM_OK);
}

static void test_the_calls_comes_before_the_process(void)
{
    record of_process = { 0 }, of_call = { 0 };
    CHECK_EQUAL(fastadam_set_executor(serial, &of_process), FASTADAM_OK);
    check_step("reversed", STEP, options_with(reversed, &of_call, 2), &of_call, 1);
    CHECK_EQUAL(of_process.calls, 0);
    CHECK_EQUAL(fastadam_set_executor(NULL, NULL), FASTADAM_OK);
}

/* As many parts as asked for, as the work is worth: 8 of 16 MiB; and one thread is the caller's. */
static void test_numbers_of_threads(void)
{
    static const struct { int32_t threads; int calls; uint32_t parts; } cases[] = {
        { 1, 0, 0 }, { 2, 1, 2 }, { 8, 1, 8 }, { 9, 1, 8 }, { INT32_MAX, 1, 8 }, { 0, 1, 3 }, /* 0: DOTNET_PROCESSOR_COUNT */
    };
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        record l = { 0 };
        check_step("serial", STEP, options_with(serial, &l, cases[i].threads), &l, cases[i].calls);
        CHECK_EQUAL(l.parts, cases[i].parts);
    }
}

/* Of the caller's thread, of the executor's, and of both; nothing changes for the host's threads. */
static void test_floating_point_environments(void)
{
    int callers, threads, kind;
    for (kind = 0; kind < KINDS; kind++) {
        (void)expected_of((kind_of_step)kind);
        for (callers = 0; callers < 3; callers++) {
            for (threads = 0; threads < 3; threads++) {
                record l = { 0 };
                results actual = inputs();
                unsigned int before;
                const int of_process = !takes_options((kind_of_step)kind);
                l.environment = threads;
                CHECK_EQUAL(fastadam_set_executor(of_process ? short_lived : NULL, &l), FASTADAM_OK);
                set_environment(callers);
                before = control();
                make_step(&actual, (kind_of_step)kind, options_with(of_process ? NULL : short_lived, &l, 3));
                CHECK_EQUAL(control(), before);
                set_environment(0);
                CHECK_EQUAL(l.calls, passes((kind_of_step)kind));
                CHECK(l.has_kept);
                CHECK_EQUAL(l.rounding, callers == 0 ? FE_TONEAREST : callers == 1 ? FE_UPWARD : FE_TOWARDZERO);
                CHECK(are_same(&actual, expected_of((kind_of_step)kind)));
                drop(&actual);
            }
        }
    }
    CHECK_EQUAL(fastadam_set_executor(NULL, NULL), FASTADAM_OK);
}

/* The step's arrays are gone when they come. */
static void test_late_parts(void)
{
    int round;
    for (round = 0; round < 3; round++) {
        record l = { 0 };
        uint32_t part;
        CHECK(is_as_expected(STEP, options_with(none, &l, 3)));
        for (part = 0; part < 4; part++) {
            l.run(l.work, part);
        }
        CHECK(is_as_expected(STEP, options_with(serial, &l, 3)));
    }
}

static void *step_often(void *differs)
{
    int round;
    for (round = 0; round < 5; round++) {
        *(int *)differs |= !is_as_expected((kind_of_step)(round % KINDS), options_with(round % 2 == 0 ? of_many : NULL, NULL, 3));
    }
    return NULL;
}

/* Some with the call's executor and some with the process's. */
static void test_callers_at_once(void)
{
    pthread_t callers[CALLERS];
    int differs[CALLERS] = { 0 };
    int i;
    for (i = 0; i < KINDS; i++) {
        (void)expected_of((kind_of_step)i);
    }
    CHECK_EQUAL(fastadam_set_executor(of_many, NULL), FASTADAM_OK);
    for (i = 0; i < CALLERS; i++) {
        CHECK_EQUAL(pthread_create(&callers[i], NULL, step_often, &differs[i]), 0);
    }
    for (i = 0; i < 1000; i++) {
        CHECK_EQUAL(fastadam_set_executor(i % 2 == 0 ? NULL : of_many, NULL), FASTADAM_OK);
    }
    for (i = 0; i < CALLERS; i++) {
        CHECK_EQUAL(pthread_join(callers[i], NULL), 0);
        CHECK_EQUAL(differs[i], 0);
    }
    CHECK_EQUAL(fastadam_set_executor(NULL, NULL), FASTADAM_OK);
}

static void test_threads_that_end_leave_nothing(void)
{
    results r = inputs();
    record l = { 0 };
    fastadam_group group;
    size_t before = 0;
    int i;
    (void)fastadam_group_init(&group, sizeof group, FASTADAM_ADAM);
    CHECK_EQUAL(fastadam_set_executor(short_lived, &l), FASTADAM_OK);
    for (i = 0; i < SHORT_LIVED_STEPS; i++) {
        if (i == SHORT_LIVED_STEPS / 15) {
            before = resident();
        }
        CHECK_EQUAL(fastadam_adam_f32(r.arrays[0], r.arrays[1], r.arrays[2], r.arrays[3], ELEMENTS / 2, &group, 3, 4), FASTADAM_OK);
    }
    CHECK_EQUAL(fastadam_set_executor(NULL, NULL), FASTADAM_OK);
    CHECK_EQUAL(l.calls, SHORT_LIVED_STEPS);
    CHECK_EQUAL(l.parts, 4);

    /* 5600 threads have ended: a kilobyte of each would be more. */
    CHECK(resident() < before + (4 << 20));
    drop(&r);
}

int main(void)
{
    CHECK_EQUAL(setenv("DOTNET_PROCESSOR_COUNT", "3", 1), 0);
    test_before_loading();
    test_of_a_call();
    test_of_the_process();
    test_the_calls_comes_before_the_process();
    test_numbers_of_threads();
    test_floating_point_environments();
    test_late_parts();
    test_callers_at_once();
    test_threads_that_end_leave_nothing();
    return check_report();
}
