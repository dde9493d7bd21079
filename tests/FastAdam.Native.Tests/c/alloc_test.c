/*
 * Blocks of the library: what they are, that steps take them, and that any thread may allocate and free them.
 *
 *     cc -std=c99 -Wall -Wextra -Werror -pedantic -pthread -I PREFIX/include alloc_test.c -o alloc_test -L PREFIX/lib -lfastadam
 */
#define _POSIX_C_SOURCE 200809L

#include "fastadam.h"

#include "check.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

enum { PAGE = 4096, HUGE_PAGE = 2 << 20, THREADS = 16, BLOCKS = 32 };

static const size_t sizes[] = {0, 1, 63, 64, 65, PAGE - 1, PAGE, 300001, HUGE_PAGE - 1, HUGE_PAGE, 3 * HUGE_PAGE + 12345};

enum { SIZES = sizeof sizes / sizeof sizes[0] };

static int is_zero(const unsigned char *bytes, size_t size)
{
    size_t i;
    for (i = 0; i < size; i++) {
        if (bytes[i] != 0) {
            return 0;
        }
    }
    return 1;
}

static void test_blocks(void)
{
    int i;
    int32_t threads;
    for (i = 0; i < SIZES; i++) {
        for (threads = 0; threads <= 3; threads++) {
            unsigned char *block = (unsigned char *)fastadam_alloc(sizes[i], threads);
            CHECK(block != NULL);
            if (block != NULL) {
                CHECK_EQUAL((uintptr_t)block % 64, 0);
                CHECK(is_zero(block, sizes[i]));
                memset(block, 0xa5, sizes[i]); /* which the next block must not show */
            }
            fastadam_free(block);
        }
    }
    fastadam_free(NULL);
}

static void test_stagger(void)
{
    int i;
    int j;
    int k;
    for (i = 0; i < SIZES; i++) {
        char *blocks[4];
        if (sizes[i] < PAGE) {
            continue;
        }
        for (j = 0; j < 4; j++) {
            blocks[j] = (char *)fastadam_alloc(sizes[i], 1);
            for (k = 0; k < j; k++) {
                long long apart = (long long)(((uintptr_t)blocks[j] - (uintptr_t)blocks[k]) % PAGE);
                CHECK(apart >= 13 * 64 && apart <= PAGE - 13 * 64);
            }
        }
        for (j = 0; j < 4; j++) {
            fastadam_free(blocks[j]);
        }
    }
}

static void test_failures(void)
{
    static const size_t absurd[] = {SIZE_MAX, SIZE_MAX - 64, SIZE_MAX - PAGE, SIZE_MAX - HUGE_PAGE, SIZE_MAX / 2, SIZE_MAX >> 14};
    size_t i;
    for (i = 0; i < sizeof absurd / sizeof absurd[0]; i++) {
        CHECK(fastadam_alloc(absurd[i], 0) == NULL);
        CHECK(fastadam_alloc(absurd[i], 1) == NULL);
    }
    CHECK(fastadam_alloc(1, -1) == NULL);
    CHECK(fastadam_alloc(HUGE_PAGE, INT_MIN) == NULL);
}

static void test_step(void)
{
    enum { N = 1003 };
    float *blocks[4];
    float plain[4][N];
    fastadam_group group;
    int i;
    int k;
    CHECK_EQUAL(fastadam_group_init(&group, sizeof group, FASTADAM_ADAM), FASTADAM_OK);
    for (i = 0; i < 4; i++) {
        blocks[i] = (float *)fastadam_alloc(N * sizeof(float), 0);
        CHECK(blocks[i] != NULL);
        if (blocks[i] == NULL) {
            return;
        }
        for (k = 0; k < N; k++) {
            plain[i][k] = i < 2 ? (float)(k * 29 % 127 - 63) / 64 : 0;
        }
    }
    memcpy(blocks[0], plain[0], sizeof plain[0]);
    memcpy(blocks[1], plain[1], sizeof plain[1]);
    CHECK_EQUAL(fastadam_adam_f32(blocks[0], blocks[1], blocks[2], blocks[3], N, &group, 1, 0), FASTADAM_OK);
    CHECK_EQUAL(fastadam_adam_f32(plain[0], plain[1], plain[2], plain[3], N, &group, 1, 0), FASTADAM_OK);
    for (i = 0; i < 4; i++) {
        CHECK(memcmp(blocks[i], plain[i], sizeof plain[i]) == 0);
        fastadam_free(blocks[i]);
    }
}

static pthread_barrier_t barrier;
static unsigned char *shared[THREADS][BLOCKS];
static int failures[THREADS];

static size_t size_of(int thread, int block)
{
    return sizes[(thread + block) % SIZES];
}

/* Every thread allocates its blocks, and frees its neighbour's. */
static void *allocate_and_free(void *argument)
{
    int thread = *(const int *)argument;
    int neighbour = (thread + 1) % THREADS;
    int i;
    pthread_barrier_wait(&barrier);
    for (i = 0; i < BLOCKS; i++) {
        size_t size = size_of(thread, i);
        unsigned char *block = (unsigned char *)fastadam_alloc(size, i % 3);
        shared[thread][i] = block;
        if (block == NULL || !is_zero(block, size)) {
            failures[thread]++;
        } else if (size > 0) {
            block[0] = (unsigned char)thread;
            block[size - 1] = (unsigned char)thread;
        }
    }
    pthread_barrier_wait(&barrier);
    for (i = 0; i < BLOCKS; i++) {
        size_t size = size_of(neighbour, i);
        unsigned char *block = shared[neighbour][i];
        if (block != NULL && size > 0 && (block[0] != neighbour || block[size - 1] != neighbour)) {
            failures[thread]++;
        }
        fastadam_free(block);
    }
    return NULL;
}

static void test_threads(void)
{
    pthread_t threads[THREADS];
    int numbers[THREADS];
    int i;
    CHECK_EQUAL(pthread_barrier_init(&barrier, NULL, THREADS), 0);
    for (i = 0; i < THREADS; i++) {
        numbers[i] = i;
        if (pthread_create(&threads[i], NULL, allocate_and_free, &numbers[i]) != 0) {
            printf("%d of %d threads could be started\n", i, THREADS);
            exit(1); /* the ones that wait at the barrier end with the process */
        }
    }
    for (i = 0; i < THREADS; i++) {
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
        CHECK_EQUAL(failures[i], 0);
    }
    pthread_barrier_destroy(&barrier);
}

int main(void)
{
    test_threads(); /* first: whose calls load the library */
    test_blocks();
    test_stagger();
    test_failures();
    test_step();
    return check_report();
}
