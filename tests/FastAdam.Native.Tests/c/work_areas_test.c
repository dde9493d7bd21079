/*
 * The memory of steps over lists: as much as a step needs, a status where that cannot be had, and none left of threads that are
 * gone. The argument names the test, so that each has a process of its own. Linux.
 *
 *     cc -std=c99 -Wall -Wextra -Werror -pedantic -pthread -I PREFIX/include work_areas_test.c -o work_areas_test
 *        -L PREFIX/lib -lfastadam -lm
 */
#define _GNU_SOURCE

#include "check.h"
#include "fastadam.h"
#include "resident.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* More rows than an array of 128 MiB has room for at 64 bytes each. */
enum { MANY_ROWS = (2 << 20) + 1, MANY_TENSORS = 1500000 };

static const size_t mib = 1 << 20;

static void *must(void *memory)
{
    if (memory == NULL) {
        printf("no memory\n");
        exit(2);
    }
    return memory;
}

static float *floats(size_t count, float value)
{
    float *result = (float *)must(malloc(count * sizeof *result));
    size_t i;
    for (i = 0; i < count; i++) {
        result[i] = value;
    }
    return result;
}

static fastadam_group adam(void)
{
    fastadam_group group;
    CHECK_EQUAL(fastadam_group_init(&group, sizeof group, FASTADAM_ADAM), FASTADAM_OK);
    return group;
}

static size_t address_space(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%lu", &pages) != 1) {
        printf("no /proc/self/statm\n");
        exit(2);
    }
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* ---- Sparse steps over all rows -------------------------------------------------------------------------------------------- */

typedef struct {
    fastadam_table table;
    float *arrays[4];
    int64_t *indices;
} rows;

/* Rows of one element that are all alike, each named once, the last one first. */
static rows make_rows(size_t count)
{
    rows r;
    size_t i;
    for (i = 0; i < 4; i++) {
        r.arrays[i] = floats(count, 0.5f);
    }
    r.indices = (int64_t *)must(malloc(count * sizeof *r.indices));
    for (i = 0; i < count; i++) {
        r.indices[i] = (int64_t)(count - 1 - i);
    }
    memset(&r.table, 0, sizeof r.table);
    r.table.struct_size = sizeof r.table;
    r.table.rows = r.table.count = count;
    r.table.row_length = 1;
    r.table.param = r.arrays[0];
    r.table.grad = r.arrays[1];
    r.table.exp_avg = r.arrays[2];
    r.table.exp_avg_sq = r.arrays[3];
    r.table.indices = r.indices;
    return r;
}

static void drop_rows(rows *r)
{
    int i;
    for (i = 0; i < 4; i++) {
        free(r->arrays[i]);
    }
    free(r->indices);
}

static int32_t step_rows(const rows *r)
{
    const fastadam_group group = adam();
    return fastadam_sparse_step(&r->table, 1, &group, 1, NULL, 1, NULL);
}

/* The number of rows whose arrays are not these. */
static size_t rows_unlike(const rows *r, float p, float m, float v)
{
    size_t i, unlike = 0;
    for (i = 0; i < r->table.rows; i++) {
        unlike += r->arrays[0][i] != p || r->arrays[2][i] != m || r->arrays[3][i] != v;
    }
    return unlike;
}

/* Whether a step over so many rows works, and gives each what it gives a row alone. */
static void check_rows(size_t count)
{
    rows one = make_rows(1);
    rows all = make_rows(count);
    CHECK_EQUAL(step_rows(&one), FASTADAM_OK);
    CHECK(one.arrays[0][0] != 0.5f);
    CHECK_EQUAL(step_rows(&all), FASTADAM_OK);
    CHECK_EQUAL(rows_unlike(&all, one.arrays[0][0], one.arrays[2][0], one.arrays[3][0]), 0);
    drop_rows(&one);
    drop_rows(&all);
}

static void test_rows(void)
{
    check_rows(MANY_ROWS);
    check_rows(MANY_ROWS);
    check_rows(8);
}

/* ---- Steps over lists of tensors ------------------------------------------------------------------------------------------- */

typedef struct {
    fastadam_tensor *tensors;
    size_t count;
    float *memory;
} tensors;

/* Tensors of one element that are all alike, in no order: 7919 is a prime. */
static tensors make_tensors(size_t count)
{
    tensors t;
    size_t i;
    t.count = count;
    t.memory = floats(4 * count, 0.5f);
    t.tensors = (fastadam_tensor *)must(calloc(count, sizeof *t.tensors));
    for (i = 0; i < count; i++) {
        float *arrays = t.memory + 4 * (i * 7919 % count);
        t.tensors[i].struct_size = sizeof t.tensors[i];
        t.tensors[i].n = 1;
        t.tensors[i].param = arrays;
        t.tensors[i].grad = arrays + 1;
        t.tensors[i].state[0] = arrays + 2;
        t.tensors[i].state[1] = arrays + 3;
    }
    return t;
}

static void drop_tensors(tensors *t)
{
    free(t->tensors);
    free(t->memory);
}

static int32_t step_tensors(const tensors *t)
{
    const fastadam_group group = adam();
    return fastadam_step(t->tensors, t->count, &group, 1, NULL, 1, NULL);
}

static size_t tensors_unlike(const tensors *t, const float expected[4])
{
    size_t i, unlike = 0;
    for (i = 0; i < t->count; i++) {
        unlike += memcmp(t->memory + 4 * i, expected, 4 * sizeof *expected) != 0;
    }
    return unlike;
}

static void check_tensors(size_t count)
{
    tensors one = make_tensors(1);
    tensors all = make_tensors(count);
    CHECK_EQUAL(step_tensors(&one), FASTADAM_OK);
    CHECK(one.memory[0] != 0.5f);
    CHECK_EQUAL(step_tensors(&all), FASTADAM_OK);
    CHECK_EQUAL(tensors_unlike(&all, one.memory), 0);
    drop_tensors(&one);
    drop_tensors(&all);
}

static void test_tensors(void)
{
    check_tensors(MANY_TENSORS);
    check_tensors(8);
}

/* ---- Too little memory ----------------------------------------------------------------------------------------------------- */

static void limit_address_space(rlim_t bytes)
{
    struct rlimit limit;
    CHECK_EQUAL(getrlimit(RLIMIT_AS, &limit), 0);
    limit.rlim_cur = bytes;
    CHECK_EQUAL(setrlimit(RLIMIT_AS, &limit), 0);
}

/* A step with more and more memory beside what is in use: it fails without a trace until it works. */
static void test_memory(void)
{
    static const float untouched[4] = {0.5f, 0.5f, 0.5f, 0.5f};
    rows all_rows = make_rows(MANY_ROWS);
    tensors all_tensors = make_tensors(MANY_TENSORS);
    size_t beside;
    int kind;
    check_rows(8);
    check_tensors(8);
    for (kind = 0; kind < 2; kind++) {
        int failures = 0;
        int32_t status = FASTADAM_ERR_MEMORY;
        for (beside = mib; status != FASTADAM_OK && beside < 2048 * mib; beside += 7 * mib) {
            limit_address_space(address_space() + beside);
            status = kind == 0 ? step_rows(&all_rows) : step_tensors(&all_tensors);
            if (status != FASTADAM_OK) {
                failures++;
                CHECK_EQUAL(status, FASTADAM_ERR_MEMORY);
                CHECK_EQUAL(kind == 0 ? rows_unlike(&all_rows, 0.5f, 0.5f, 0.5f) : tensors_unlike(&all_tensors, untouched), 0);
                check_rows(8);
                check_tensors(8);
            }
            limit_address_space(RLIM_INFINITY);
        }
        printf("%s: %d limits gave no memory, and one %d MiB above what was in use did\n", kind == 0 ? "rows" : "tensors", failures,
               (int)(beside / mib));
        CHECK_EQUAL(status, FASTADAM_OK);
        CHECK(failures > 3);
        CHECK_EQUAL(kind == 0 ? rows_unlike(&all_rows, 0.5f, 0.5f, 0.5f) : tensors_unlike(&all_tensors, untouched),
                    kind == 0 ? MANY_ROWS : MANY_TENSORS);
    }
    drop_rows(&all_rows);
    drop_tensors(&all_tensors);
}

/* ---- Threads --------------------------------------------------------------------------------------------------------------- */

enum { MOST_THREADS = 400 };

static pthread_barrier_t stepped, looked_at;
static size_t rows_of_each;
static int32_t statuses[MOST_THREADS];

static pthread_t start(void *(*function)(void *), void *argument)
{
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_attr_init(&attributes) != 0 || pthread_attr_setstacksize(&attributes, 256 << 10) != 0
        || pthread_create(&thread, &attributes, function, argument) != 0) {
        printf("a thread could not be started\n");
        exit(2);
    }
    pthread_attr_destroy(&attributes);
    return thread;
}

static void *step_and_live(void *status)
{
    rows r = make_rows(rows_of_each);
    *(int32_t *)status = step_rows(&r);
    drop_rows(&r);
    pthread_barrier_wait(&stepped);
    pthread_barrier_wait(&looked_at);
    return NULL;
}

static void *step_once(void *status)
{
    float arrays[4][8] = {{0}};
    const fastadam_group group = adam();
    arrays[1][0] = 1;
    *(int32_t *)status = fastadam_adam_f32(arrays[0], arrays[1], arrays[2], arrays[3], 8, &group, 1, 0);
    return NULL;
}

/* While that many threads live that have stepped, others step. */
static void check_living_threads(int threads, size_t rows_each)
{
    pthread_t living[MOST_THREADS];
    int32_t status = 1;
    int i;
    rows_of_each = rows_each;
    CHECK_EQUAL(pthread_barrier_init(&stepped, NULL, (unsigned int)threads + 1), 0);
    CHECK_EQUAL(pthread_barrier_init(&looked_at, NULL, (unsigned int)threads + 1), 0);
    for (i = 0; i < threads; i++) {
        living[i] = start(step_and_live, &statuses[i]);
    }
    pthread_barrier_wait(&stepped);
    CHECK_EQUAL(pthread_join(start(step_once, &status), NULL), 0);
    CHECK_EQUAL(status, FASTADAM_OK);
    check_rows(rows_each);
    check_tensors(1000);
    printf("%d threads: %.1f MiB\n", threads, (double)resident() / (double)mib);
    pthread_barrier_wait(&looked_at);
    for (i = 0; i < threads; i++) {
        CHECK_EQUAL(pthread_join(living[i], NULL), 0);
        CHECK_EQUAL(statuses[i], FASTADAM_OK);
    }
    pthread_barrier_destroy(&stepped);
    pthread_barrier_destroy(&looked_at);
}

static void test_living(void)
{
    check_living_threads(40, 100000);
    check_living_threads(MOST_THREADS, 8000);
}

/* ---- Threads that end ------------------------------------------------------------------------------------------------------ */

enum { ROW_LENGTH = 262144, LIST = 40 };

static float *shared_arrays[4];
static tensors shared_list;

/* A row that is named twice, whose gradients are added. */
static void *step_sums(void *status)
{
    static const int64_t indices[] = {0, 0};
    const fastadam_group group = adam();
    fastadam_table table;
    memset(&table, 0, sizeof table);
    table.struct_size = sizeof table;
    table.param = shared_arrays[0];
    table.grad = shared_arrays[1];
    table.exp_avg = shared_arrays[2];
    table.exp_avg_sq = shared_arrays[3];
    table.indices = indices;
    table.rows = 1;
    table.row_length = ROW_LENGTH;
    table.count = 2;
    *(int32_t *)status = fastadam_sparse_step(&table, 1, &group, 1, NULL, 1, NULL);
    return NULL;
}

static void *step_list(void *status)
{
    *(int32_t *)status = step_tensors(&shared_list);
    return NULL;
}

/* That many threads one after another leave no more than that behind. */
static void check_short_lived(const char *name, void *(*function)(void *), int threads, size_t most)
{
    enum { FIRST = 100 };
    size_t before = 0;
    size_t after;
    int failed = 0;
    int i;
    for (i = 0; i < FIRST + threads; i++) {
        int32_t status = 1;
        if (i == FIRST) {
            before = resident();
        }
        failed += pthread_join(start(function, &status), NULL) != 0 || status != FASTADAM_OK;
    }
    after = resident();
    printf("%s: %.2f MiB, after %d threads more %.2f MiB: %.1f bytes a thread\n", name, (double)before / (double)mib, threads,
           (double)after / (double)mib, ((double)after - (double)before) / threads);
    CHECK_EQUAL(failed, 0);
    CHECK(after < before + most);
}

static void make_shared(void)
{
    int i;
    for (i = 0; i < 4; i++) {
        shared_arrays[i] = floats((i == 1 ? 2 : 1) * ROW_LENGTH, 0.5f);
    }
    shared_list = make_tensors(LIST);
}

static void test_sums(void)
{
    make_shared();
    check_short_lived("a sparse step with sums", step_sums, 1000, 8 * mib);
}

static void test_lists(void)
{
    make_shared();
    check_short_lived("a step over a list", step_list, 20000, 4 * mib);
}

static void test_adam(void)
{
    check_short_lived("fastadam_adam_f32", step_once, 20000, 4 * mib);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } tests[] = {{"rows", test_rows}, {"tensors", test_tensors}, {"memory", test_memory}, {"living", test_living},
                 {"sums", test_sums}, {"lists", test_lists}, {"adam", test_adam}};
    size_t i;
    for (i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        if (argc == 2 && strcmp(argv[1], tests[i].name) == 0) {
            tests[i].run();
            return check_report();
        }
    }
    fprintf(stderr, "work_areas_test: which test?\n");
    return 2;
}
