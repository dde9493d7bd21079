/*
 * A program to run under a sanitizer: small and shared steps, from two threads, on the library's threads and on those of an executor, and
 * blocks. With an argument it makes the mistake
 * that its sanitizer is for: leak, or race.
 *
 *     cc -std=c99 -g -fsanitize=address -pthread -I PREFIX/include sanitizers_test.c -o sanitizers_test -L PREFIX/lib -lfastadam
 *     LSAN_OPTIONS=suppressions=PREFIX/share/fastadam/lsan.supp:print_suppressions=0 ./sanitizers_test
 */
#define _POSIX_C_SOURCE 200809L

#include "fastadam.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL = 37, SHARED = 400000, STEPS = 10 };

static void expect(int condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "sanitizers_test: %s\n", what);
        exit(2);
    }
}

static int32_t step(float *arrays[4], size_t n, int64_t number)
{
    fastadam_group group;
    (void)fastadam_group_init(&group, sizeof group, FASTADAM_ADAM);
    return fastadam_adam_f32(arrays[0], arrays[1], arrays[2], arrays[3], n, &group, number, 2);
}

static void *train(void *nothing)
{
    float *arrays[4];
    size_t j;
    int i;
    for (i = 0; i < 4; i++) {
        arrays[i] = calloc(SHARED, sizeof(float));
        expect(arrays[i] != NULL, "no memory");
    }
    for (i = 1; i <= STEPS; i++) {
        for (j = 0; j < SHARED; j++) {
            arrays[1][j] = 0.01f * (float)(j % 101) * (float)i;
        }
        expect(step(arrays, i % 2 == 0 ? SHARED : SMALL, i) == FASTADAM_OK, "a step failed");
    }
    for (i = 0; i < 4; i++) {
        free(arrays[i]);
    }
    return nothing;
}

typedef struct { fastadam_part run; void *work; } lent;

static void *run_part(void *argument)
{
    const lent *l = argument;
    l->run(l->work, 1);
    return NULL;
}

/* A second thread, which lives no longer than the call. */
static void lend(void *context, fastadam_part run, void *work, uint32_t parts)
{
    lent l = { run, work };
    pthread_t thread;
    (void)context;
    (void)parts;
    expect(pthread_create(&thread, NULL, run_part, &l) == 0, "no thread");
    run(work, 0);
    expect(pthread_join(thread, NULL) == 0, "no end of a thread");
}

static void use_blocks(void)
{
    static const size_t sizes[] = { 100, 300000, 8u << 20 };
    size_t i;
    for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char *block = fastadam_alloc(sizes[i], 2);
        expect(block != NULL, "no block");
        memset(block, 1, sizes[i]);
        fastadam_free(block);
    }
}

static void run_two(void *(*function)(void *), void *argument)
{
    pthread_t threads[2];
    int i;
    for (i = 0; i < 2; i++) {
        expect(pthread_create(&threads[i], NULL, function, argument) == 0, "no thread");
    }
    for (i = 0; i < 2; i++) {
        expect(pthread_join(threads[i], NULL) == 0, "no end of a thread");
    }
}

static void *count(void *counter)
{
    int i;
    for (i = 0; i < 1000; i++) {
        ++*(volatile int *)counter;
    }
    return NULL;
}

static void leak(void)
{
    void *volatile memory = malloc(1234);
    expect(memory != NULL, "no memory");
    memory = NULL;
}

static void race(void)
{
    void *block = fastadam_alloc(sizeof(int), 0);
    expect(block != NULL, "no block");
    run_two(count, block);
    fastadam_free(block);
}

int main(int argc, char **argv)
{
    run_two(train, NULL);
    use_blocks();
    (void)train(NULL);
    expect(fastadam_set_executor(lend, NULL) == FASTADAM_OK, "no executor");
    run_two(train, NULL);
    if (argc > 1 && strcmp(argv[1], "leak") == 0) {
        leak();
    } else if (argc > 1 && strcmp(argv[1], "race") == 0) {
        race();
    }
    printf("done\n");
    return 0;
}
