/* Steps of every kind that threads share, and their results, for tests of where the threads come from. */
#ifndef FASTADAM_TESTS_SHARED_STEPS_H
#define FASTADAM_TESTS_SHARED_STEPS_H

#include "fastadam.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of each array: enough for two threads in a pass over one of them, and for eight in one over four. Rows are of 64 elements, of which
   every second is updated. */
enum { ELEMENTS = 1 << 20, ROW = 64, ROWS = ELEMENTS / ROW };

typedef enum { STEP, REPORT, SPARSE, ADAM, EVALUATION, KINDS } kind_of_step;

/* Of these kinds a call has no options. */
static inline int takes_options(kind_of_step kind) { return kind < ADAM; }

typedef struct {
    float *arrays[4];
    double numbers[3];
    fastadam_report report;
    int32_t status;
} results;

static inline void *allocated(size_t bytes)
{
    void *const block = malloc(bytes);
    if (block == NULL) {
        printf("out of memory\n");
        exit(2);
    }
    return block;
}

/* Numbers some of whose results are subnormal, and most of which are rounded. */
static inline results inputs(void)
{
    results r;
    size_t i;
    int array;
    memset(&r, 0, sizeof r);
    for (array = 0; array < 4; array++) {
        r.arrays[array] = (float *)allocated(ELEMENTS * sizeof(float));
        for (i = 0; i < ELEMENTS; i++) {
            r.arrays[array][i] = i % 97 == 0 ? 1e-38f : 1e-3f * (float)(1 + (i + (size_t)array * 7) % 1013);
        }
    }
    r.report.struct_size = (uint32_t)sizeof r.report;
    r.numbers[0] = 1;
    r.numbers[1] = 0.5;
    return r;
}

static inline void drop(results *r)
{
    int array;
    for (array = 0; array < 4; array++) {
        free(r->arrays[array]);
    }
}

static inline int are_same(const results *left, const results *right)
{
    int array;
    int same = left->status == right->status && memcmp(left->numbers, right->numbers, sizeof left->numbers) == 0
        && memcmp(&left->report, &right->report, sizeof left->report) == 0;
    for (array = 0; array < 4; array++) {
        same &= memcmp(left->arrays[array], right->arrays[array], ELEMENTS * sizeof(float)) == 0;
    }
    return same;
}

static inline fastadam_step_options options_with(fastadam_executor executor, void *context, int32_t threads)
{
    fastadam_step_options options;
    (void)fastadam_step_options_init(&options, sizeof options);
    options.executor = executor;
    options.executor_context = context;
    options.threads = threads;
    return options;
}

/* A step over two tensors, the second of which is short; or over rows; or the way to evaluation and back. */
static inline void make_step(results *r, kind_of_step kind, fastadam_step_options options)
{
    fastadam_group group;
    fastadam_tensor tensors[2];
    int i, array;
    (void)fastadam_group_init(&group, sizeof group, kind == EVALUATION ? FASTADAM_SCHEDULEFREE : FASTADAM_ADAM);
    group.flags = FASTADAM_PRESERVE_SUBNORMALS;
    memset(tensors, 0, sizeof tensors);
    for (i = 0; i < 2; i++) {
        const size_t start = i == 0 ? 0 : ELEMENTS - 333;
        tensors[i].struct_size = (uint32_t)sizeof tensors[i];
        tensors[i].n = i == 0 ? ELEMENTS - 333 : 333;
        tensors[i].param = r->arrays[0] + start;
        tensors[i].grad = r->arrays[1] + start;
        for (array = 0; array < 2; array++) {
            tensors[i].state[array] = r->arrays[2 + array] + start;
        }
    }
    if (kind == STEP) {
        r->status = fastadam_step(tensors, 2, &group, 1, &options, 3, NULL);
    } else if (kind == REPORT) {
        options.flags = FASTADAM_REPORT_CHANGES | FASTADAM_SKIP_NON_FINITE;
        options.max_grad_norm = 1;
        r->status = fastadam_step(tensors, 2, &group, 1, &options, 3, &r->report);
    } else if (kind == ADAM) {
        r->status = fastadam_adam_f32(r->arrays[0], r->arrays[1], r->arrays[2], r->arrays[3], ELEMENTS, &group, 3, options.threads);
    } else if (kind == EVALUATION) {
        tensors[0].numbers = r->numbers;
        r->status = fastadam_to_evaluation(tensors, 1, &group, 1, options.threads);
        if (r->status == FASTADAM_OK) {
            r->arrays[3][0] = r->arrays[0][1];
            r->status = fastadam_to_training(tensors, 1, &group, 1, options.threads);
        }
    } else {
        int64_t *const indices = (int64_t *)allocated(ROWS * sizeof(int64_t));
        fastadam_table table;
        memset(&table, 0, sizeof table);
        table.struct_size = (uint32_t)sizeof table;
        table.rows = ROWS;
        table.row_length = ROW;
        table.count = ROWS;
        table.param = r->arrays[0];
        table.grad = r->arrays[1];
        table.exp_avg = r->arrays[2];
        table.exp_avg_sq = r->arrays[3];
        table.indices = indices;
        for (i = 0; i < ROWS; i++) {
            indices[i] = (int64_t)i / 2 * 2 + (i % 64 == 1);
        }
        r->status = fastadam_sparse_step(&table, 1, &group, 1, &options, 3, &r->report);
        free(indices);
    }
}

/* What every kind of step gives on one thread: to be dropped by nobody. */
static inline const results *expected_of(kind_of_step kind)
{
    static results expected[KINDS];
    static int is_known[KINDS];
    if (!is_known[kind]) {
        expected[kind] = inputs();
        make_step(&expected[kind], kind, options_with(NULL, NULL, 1));
        is_known[kind] = 1;
    }
    return &expected[kind];
}

/* Whether a step of that kind with those options gives what it gives on one thread. */
static inline int is_as_expected(kind_of_step kind, fastadam_step_options options)
{
    results actual = inputs();
    int same;
    make_step(&actual, kind, options);
    same = actual.status == FASTADAM_OK && are_same(&actual, expected_of(kind));
    drop(&actual);
    return same;
}

#endif
