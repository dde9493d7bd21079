/*
 * What a call costs: a benchmark, not a test.
 *
 *     cc -std=c99 -O2 -I PREFIX/include call_overhead.c -o call_overhead -L PREFIX/lib -lfastadam
 *
 * - The first call of a process, loading included: the median over child processes, of fastadam_load and of the step after it.
 *   They are forked before this process uses the library, so that each of them loads it.
 * - fastadam_adam_f32 on arrays that stay in cache, and fastadam_step over lists of one-element tensors, whose arrays must all be
 *   checked against each other: nanoseconds for each call, the median of many rounds.
 */
#define _POSIX_C_SOURCE 200809L

#include "fastadam.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROCESSES = 21, ROUNDS = 201, LONGEST_LIST = 10000 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int compare(const void *left, const void *right)
{
    double l = *(const double *)left;
    double r = *(const double *)right;
    return (l > r) - (l < r);
}

static void sort(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
}

static void expect_ok(int32_t status)
{
    if (status != FASTADAM_OK) {
        fprintf(stderr, "call_overhead: %s\n", fastadam_status_string(status));
        exit(1);
    }
}

/* The nanoseconds of loading and of the first step, in a process of its own. False where that failed. */
static int measure_first_call(double *loading, double *step)
{
    double times[2];
    int ends[2];
    int status;
    pid_t child;
    ssize_t received;
    if (pipe(ends) != 0 || (child = fork()) < 0) {
        return 0;
    }
    if (child == 0) {
        float p = 1;
        float g = 1;
        float m = 0;
        float v = 0;
        fastadam_group group;
        double start = now();
        int32_t loaded = fastadam_load();
        double middle = now();
        (void)fastadam_group_init(&group, sizeof group, FASTADAM_ADAM);
        if (loaded != FASTADAM_OK || fastadam_adam_f32(&p, &g, &m, &v, 1, &group, 1, 0) != FASTADAM_OK) {
            _exit(1);
        }
        times[0] = middle - start;
        times[1] = now() - middle;
        _exit(write(ends[1], times, sizeof times) == (ssize_t)sizeof times ? 0 : 1);
    }
    close(ends[1]);
    received = read(ends[0], times, sizeof times);
    close(ends[0]);
    if (waitpid(child, &status, 0) != child || status != 0 || received != (ssize_t)sizeof times) {
        return 0;
    }
    *loading = times[0];
    *step = times[1];
    return 1;
}

static void print_first_call(void)
{
    double loading[PROCESSES];
    double steps[PROCESSES];
    int i;
    for (i = 0; i < PROCESSES; i++) {
        if (!measure_first_call(&loading[i], &steps[i])) {
            fprintf(stderr, "call_overhead: a child process failed\n");
            exit(1);
        }
    }
    sort(loading, PROCESSES);
    sort(steps, PROCESSES);
    printf("first call: loading %.2f ms, then the first step %.3f ms (medians of %d processes; slowest loading %.2f ms)\n",
           loading[PROCESSES / 2] / 1e6, steps[PROCESSES / 2] / 1e6, PROCESSES, loading[PROCESSES - 1] / 1e6);
}

/* Steps first, first + 1, ... first + calls - 1 in each round: the powers of the betas depend on the number. */
static void print_step(size_t n, int64_t first, int calls)
{
    static float arrays[4][4096];
    static double rounds[ROUNDS];
    fastadam_group group;
    size_t i;
    int round;
    int call;
    (void)fastadam_group_init(&group, sizeof group, FASTADAM_ADAM);
    for (i = 0; i < n; i++) {
        arrays[0][i] = (float)i / 64;
        arrays[1][i] = 1.0f / (float)(i + 1);
        arrays[2][i] = 0;
        arrays[3][i] = 0;
    }
    for (round = 0; round < ROUNDS; round++) {
        double start = now();
        for (call = 0; call < calls; call++) {
            expect_ok(fastadam_adam_f32(arrays[0], arrays[1], arrays[2], arrays[3], n, &group, first + call, 0));
        }
        rounds[round] = (now() - start) / calls;
    }
    sort(rounds, ROUNDS);
    printf("fastadam_adam_f32, n = %4d, steps from %7ld: %6.1f ns/call (fastest round %.1f)\n", (int)n, (long)first,
           rounds[ROUNDS / 2], rounds[0]);
}

static void print_list(size_t count, int rounds)
{
    static double times[ROUNDS];
    fastadam_group group;
    fastadam_tensor *tensors = (fastadam_tensor *)calloc(count, sizeof *tensors);
    float *memory = (float *)calloc(4 * count, sizeof *memory);
    size_t i;
    int round;
    if (tensors == NULL || memory == NULL) {
        fprintf(stderr, "call_overhead: no memory\n");
        exit(1);
    }
    (void)fastadam_group_init(&group, sizeof group, FASTADAM_ADAM);
    for (i = 0; i < count; i++) {
        float *arrays = memory + 4 * (i * 7919 % count); /* in no order: 7919 is a prime */
        tensors[i].struct_size = sizeof tensors[i];
        tensors[i].param = arrays;
        tensors[i].grad = arrays + 1;
        tensors[i].state[0] = arrays + 2;
        tensors[i].state[1] = arrays + 3;
        tensors[i].n = 1;
    }
    for (round = 0; round < rounds; round++) {
        double start = now();
        expect_ok(fastadam_step(tensors, count, &group, 1, NULL, round + 1, NULL));
        times[round] = now() - start;
    }
    sort(times, (size_t)rounds);
    printf("fastadam_step, %5d tensors of 1: %10.0f ns/call, %.1f ns/tensor\n", (int)count, times[rounds / 2],
           times[rounds / 2] / (double)count);
    free(tensors);
    free(memory);
}

int main(void)
{
    print_first_call();
    printf("isa: %s\n", fastadam_isa());
    print_step(1, 1, 1000);
    print_step(16, 1, 1000);
    print_step(16, 1000, 1000);
    print_step(16, 1000000, 1000);
    print_step(1000, 1, 1000);
    print_list(10, ROUNDS);
    print_list(100, ROUNDS);
    print_list(1000, 51);
    print_list(LONGEST_LIST, 5);
    return 0;
}
