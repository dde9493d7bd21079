/*
 * 64 threads make their first call to the library at once, and all get the same results.
 *
 *     cc -std=c99 -Wall -Wextra -Werror -pedantic -pthread -I PREFIX/include threads_test.c -o threads_test
 *         -L PREFIX/lib -lfastadam
 */
#define _POSIX_C_SOURCE 200809L

#include "fastadam.h"

#include "check.h"

#include <math.h>
#include <pthread.h>

enum { THREADS = 64, COUNT = 1003, STEPS = 20 };

typedef struct {
    int index;
    float arrays[4][COUNT];
    const char *isa;
    int32_t statuses[STEPS];
} work;

static pthread_barrier_t barrier;
static work works[THREADS];

static void *run(void *argument)
{
    work *w = (work *)argument;
    fastadam_group group;
    fastadam_tensor tensor;
    int step;

    /* Not fastadam_group_init: the steps below are to be the first call. */
    memset(&group, 0, sizeof group);
    group.struct_size = sizeof group;
    group.lr = 0.01;
    group.beta1 = 0.9;
    group.beta2 = 0.999;
    group.eps = 1e-8;
    group.grad_scale = 1;
    group.max_grad_value = HUGE_VAL;
    memset(&tensor, 0, sizeof tensor);
    tensor.struct_size = sizeof tensor;
    tensor.param = w->arrays[0];
    tensor.grad = w->arrays[1];
    tensor.state[0] = w->arrays[2];
    tensor.state[1] = w->arrays[3];
    tensor.n = COUNT;

    pthread_barrier_wait(&barrier);
    if (w->index % 8 == 6) {
        w->isa = fastadam_isa();
    }
    if (w->index % 8 == 7) {
        (void)fastadam_load();
    }
    for (step = 1; step <= STEPS; step++) {
        w->statuses[step - 1] =
            w->index % 2 == 0
                ? fastadam_step(&tensor, 1, &group, 1, NULL, step, NULL)
                : fastadam_adam_f32(w->arrays[0], w->arrays[1], w->arrays[2], w->arrays[3], COUNT, &group, step, 0);
    }
    w->isa = fastadam_isa();
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    int created = 0;
    int i;
    int k;
    for (i = 0; i < THREADS; i++) {
        works[i].index = i;
        for (k = 0; k < COUNT; k++) {
            works[i].arrays[0][k] = (float)(k % 61 - 30) / 32;
            works[i].arrays[1][k] = (float)(k * 29 % 127 - 63) / 64;
        }
    }
    if (pthread_barrier_init(&barrier, NULL, THREADS) != 0) {
        printf("no barrier\n");
        return 1;
    }
    for (i = 0; i < THREADS; i++) {
        if (pthread_create(&threads[i], NULL, run, &works[i]) != 0) {
            printf("%d of %d threads could be started\n", created, THREADS);
            return 1; /* the ones that wait at the barrier end with the process */
        }
        created++;
    }
    for (i = 0; i < THREADS; i++) {
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    }
    pthread_barrier_destroy(&barrier);

    printf("isa: %s\n", works[0].isa);
    CHECK(strcmp(works[0].isa, "none") != 0);
    CHECK(works[0].arrays[0][0] != -30.0f / 32);
    for (i = 0; i < THREADS; i++) {
        for (k = 0; k < STEPS; k++) {
            CHECK_EQUAL(works[i].statuses[k], FASTADAM_OK);
        }
        CHECK_TEXT(works[i].isa, works[0].isa);
        CHECK(memcmp(works[i].arrays, works[0].arrays, sizeof works[0].arrays) == 0);
    }
    return check_report();
}
