/*
 * Steps on several threads: the same bits as on one, for single tensors and lists, in the floating-point environment that is
 * promised; threads are started only where they are wanted, do work, and let the process fork and end. Linux.
 *
 *     cc -std=c99 -Wall -Wextra -Werror -pedantic -pthread -I PREFIX/include parallel_test.c -o parallel_test
 *        -L PREFIX/lib -lfastadam -lm
 */
#define _GNU_SOURCE

#include "check.h"
#include "fastadam.h"

#include <dirent.h>
#include <fenv.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#  include <xmmintrin.h>
#endif

/* Steps over 2^18 elements or more are shared, of float in chunks of 8 Ki or more. */
enum { SHARED = 1 << 18, CHUNK = 8 << 10, LIST = 200, CALLERS = 8 };

/* The four arrays of a tensor, each from its own number of bytes behind a cache line's start. */
typedef struct {
    unsigned char *memory[4];
    fastadam_tensor tensor;
    size_t bytes[4];
} arrays;

static size_t size_of(int32_t dtype) { return dtype == FASTADAM_F32 ? 4 : 2; }

static arrays make(size_t n, const int32_t dtypes[4], const size_t offsets[4])
{
    arrays a;
    void *places[4];
    int i;
    for (i = 0; i < 4; i++) {
        size_t j;
        void *memory = NULL;
        a.bytes[i] = n * size_of(dtypes[i]);
        if (posix_memalign(&memory, 64, a.bytes[i] + 128) != 0) {
            printf("out of memory\n");
            exit(2);
        }
        a.memory[i] = memory;
        places[i] = a.memory[i] + offsets[i];
        for (j = 0; j < n; j++) {
            /* Small positive numbers of every storage type, some of which make first moments subnormal. */
            const float value = j % 97 == 0 ? 1e-38f : 1e-3f * (float)(1 + (j + (size_t)i * 7) % 1013);
            uint32_t bits;
            uint16_t half;
            memcpy(&bits, &value, 4);
            half = (uint16_t)(bits >> 16);
            memcpy((unsigned char *)places[i] + j * size_of(dtypes[i]), dtypes[i] == FASTADAM_F32 ? (void *)&bits : (void *)&half,
                   size_of(dtypes[i]));
        }
    }
    memset(&a.tensor, 0, sizeof a.tensor);
    a.tensor.struct_size = sizeof a.tensor;
    a.tensor.param = places[0];
    a.tensor.grad = places[1];
    a.tensor.state[0] = places[2];
    a.tensor.state[1] = places[3];
    a.tensor.n = n;
    a.tensor.param_dtype = dtypes[0];
    a.tensor.grad_dtype = dtypes[1];
    a.tensor.state_dtype[0] = dtypes[2];
    a.tensor.state_dtype[1] = dtypes[3];
    return a;
}

static void drop(arrays *a)
{
    int i;
    for (i = 0; i < 4; i++) {
        free(a->memory[i]);
    }
}

static int same(const arrays *a, const arrays *b)
{
    return memcmp(a->tensor.param, b->tensor.param, a->bytes[0]) == 0
        && memcmp(a->tensor.grad, b->tensor.grad, a->bytes[1]) == 0
        && memcmp(a->tensor.state[0], b->tensor.state[0], a->bytes[2]) == 0
        && memcmp(a->tensor.state[1], b->tensor.state[1], a->bytes[3]) == 0;
}

static int32_t step(const fastadam_tensor *tensors, size_t count, int32_t threads)
{
    fastadam_group group;
    fastadam_step_options options;
    (void)fastadam_group_init(&group, sizeof group, FASTADAM_ADAM);
    group.flags = FASTADAM_DECOUPLED_WEIGHT_DECAY | FASTADAM_PRESERVE_SUBNORMALS;
    group.weight_decay = 0.01;
    (void)fastadam_step_options_init(&options, sizeof options);
    options.threads = threads;
    return fastadam_step(tensors, count, &group, 1, &options, 3, NULL);
}

static const int32_t all_f32[4] = { FASTADAM_F32, FASTADAM_F32, FASTADAM_F32, FASTADAM_F32 };
static const int32_t mixed[4] = { FASTADAM_BF16, FASTADAM_F32, FASTADAM_F16, FASTADAM_BF16 };
static const size_t aligned[4] = { 0, 0, 0, 0 };
static const size_t misaligned[4] = { 1, 62, 33, 7 };

enum { MOST_TASKS = 1000 };

/* The threads of the process. */
typedef struct {
    long ids[MOST_TASKS];
    int count;
} task_list;

static task_list tasks(void)
{
    task_list all = { { 0 }, 0 };
    const struct dirent *entry;
    DIR *folder = opendir("/proc/self/task");
    while (folder != NULL && all.count < MOST_TASKS && (entry = readdir(folder)) != NULL) {
        all.ids[all.count++] = strtol(entry->d_name, NULL, 10);
    }
    if (folder != NULL) {
        closedir(folder);
    }
    return all;
}

/* How many there are that were not there before: others, of the runtime, may have ended. */
static int started_since(const task_list *before)
{
    const task_list now = tasks();
    int started = 0;
    int i, j;
    CHECK(now.count > 0);
    for (i = 0; i < now.count; i++) {
        for (j = 0; j < before->count && before->ids[j] != now.ids[i]; j++) {
        }
        started += j == before->count;
    }
    return started;
}

static double seconds(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double others_seconds(void)
{
    return seconds(CLOCK_PROCESS_CPUTIME_ID) - seconds(CLOCK_THREAD_CPUTIME_ID);
}

static void test_no_thread_is_started_unasked(void)
{
    arrays large = make(4 * SHARED, all_f32, aligned);
    arrays small = make(CHUNK, all_f32, aligned);
    const task_list before = tasks();
    CHECK(before.count > 0);
    CHECK_EQUAL(step(&large.tensor, 1, 1), FASTADAM_OK);
    CHECK_EQUAL(step(&small.tensor, 1, 0), FASTADAM_OK);
    CHECK_EQUAL(started_since(&before), 0);
    drop(&large);
    drop(&small);
}

/* The first steps of the process that are shared: a new thread inherits the environment of the one that starts it. */
static void test_floating_point_environment(void)
{
    arrays expected = make(4 * SHARED, all_f32, aligned);
    const task_list before = tasks();
    int round;
    CHECK_EQUAL(step(&expected.tensor, 1, 1), FASTADAM_OK);
    for (round = 0; round < 20; round++) {
        arrays again = make(4 * SHARED, all_f32, aligned);
#if defined(__x86_64__)
        const unsigned int callers = _mm_getcsr();
        _mm_setcsr(callers | 0x8040u); /* flush to zero, and subnormal numbers are zero */
#endif
        CHECK_EQUAL(fesetround(FE_UPWARD), 0);
        CHECK_EQUAL(step(&again.tensor, 1, 3), FASTADAM_OK);
        CHECK_EQUAL(fesetround(FE_TONEAREST), 0);
#if defined(__x86_64__)
        _mm_setcsr(callers);
#endif
        CHECK(same(&again, &expected));
        drop(&again);
    }
    CHECK(started_since(&before) > 0);
    drop(&expected);
}

static void test_threads_work(void)
{
    arrays a = make(32 * SHARED, all_f32, aligned);
    const double before = others_seconds();
    int steps = 0;

    /* Other processes may hold them up. The limit ends a test whose threads never work. */
    while (others_seconds() - before < 0.02 && steps < 5000) {
        CHECK_EQUAL(step(&a.tensor, 1, 0), FASTADAM_OK);
        steps++;
    }
    CHECK(others_seconds() - before >= 0.02);
    drop(&a);
}

static void test_single(const int32_t dtypes[4], const size_t offsets[4])
{
    static const size_t lengths[] = { SHARED - 1, SHARED, SHARED + 1, SHARED + CHUNK - 1, SHARED + CHUNK + 65, 3 * SHARED + 7 };
    static const int32_t threads[] = { 0, 2, 3, 100 };
    size_t i, j;
    for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        arrays expected = make(2 * lengths[i], dtypes, offsets);
        CHECK_EQUAL(step(&expected.tensor, 1, 1), FASTADAM_OK);
        for (j = 0; j < sizeof threads / sizeof threads[0]; j++) {
            arrays actual = make(2 * lengths[i], dtypes, offsets);
            CHECK_EQUAL(step(&actual.tensor, 1, threads[j]), FASTADAM_OK);
            CHECK(same(&actual, &expected));
            drop(&actual);
        }
        drop(&expected);
    }
}

/* Small tensors of all lengths, and now and then one that is cut. */
static int list_differs(int32_t threads)
{
    static const size_t *const offsets[] = { aligned, misaligned };
    fastadam_tensor tensors[LIST];
    arrays actual[LIST];
    int i;
    int differs = 0;
    for (i = 0; i < LIST; i++) {
        actual[i] = make(i % 50 == 49 ? SHARED + (size_t)i : (size_t)i * 7, i % 3 == 0 ? mixed : all_f32, offsets[i % 2]);
        tensors[i] = actual[i].tensor;
    }
    differs = step(tensors, LIST, threads) != FASTADAM_OK;
    for (i = 0; i < LIST; i++) {
        arrays expected = make(actual[i].tensor.n, i % 3 == 0 ? mixed : all_f32, offsets[i % 2]);
        differs |= step(&expected.tensor, 1, 1) != FASTADAM_OK || !same(&actual[i], &expected);
        drop(&expected);
        drop(&actual[i]);
    }
    return differs;
}

static void *call(void *differs)
{
    int round;
    for (round = 0; round < 5; round++) {
        *(int *)differs |= list_differs(0);
    }
    return NULL;
}

static void test_callers_at_once(void)
{
    pthread_t callers[CALLERS];
    int differs[CALLERS] = { 0 };
    int i;
    for (i = 0; i < CALLERS; i++) {
        CHECK_EQUAL(pthread_create(&callers[i], NULL, call, &differs[i]), 0);
    }
    for (i = 0; i < CALLERS; i++) {
        CHECK_EQUAL(pthread_join(callers[i], NULL), 0);
        CHECK_EQUAL(differs[i], 0);
    }
}

static void test_a_forked_child_ends(void)
{
    int status = -1;
    const pid_t child = fork();
    if (child == 0) {
        _exit(7);
    }
    CHECK(child > 0);
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

int main(void)
{
    /* Threads for machines with a single processor too. */
    CHECK_EQUAL(setenv("DOTNET_PROCESSOR_COUNT", "4", 1), 0);
    CHECK_EQUAL(fastadam_load(), FASTADAM_OK);
    test_no_thread_is_started_unasked();
    test_floating_point_environment();
    test_threads_work();
    test_single(all_f32, aligned);
    test_single(mixed, aligned);
    test_single(mixed, misaligned);
    CHECK_EQUAL(list_differs(1), 0);
    CHECK_EQUAL(list_differs(2), 0);
    CHECK_EQUAL(list_differs(3), 0);
    CHECK_EQUAL(list_differs(0), 0);
    test_callers_at_once();
    test_a_forked_child_ends();
    return check_report();
}
