/*
 * Steps of every rule over lists of generated arrays, with clipping and a report, and then steps over rows of a table; a hash of
 * what came out, one line for each case: for comparing bits between instruction sets and machines.
 *
 *     cc -std=c99 -Wall -Wextra -Werror -pedantic -I PREFIX/include optimizer_results.c -o optimizer_results -L PREFIX/lib -lfastadam -lm
 *
 * A rule that the library knows is tried with each of the flags and with momentum; what it does not have is no case.
 */
#include "fastadam.h"

#include "generated.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LENGTH = 333, TENSORS = 2, ARRAYS = 6, NUMBERS = 8, ROWS = 12, ROW = 21, MIXES = 6 };

static const char mixes[MIXES][5] = {"0000", "1111", "2222", "2000", "0121", "1202"};

/* No flag, then each of the first bits. */
static const uint64_t flags[] = {0, 1, 2, 4, 8, 16, 32, 64};

static void fail(const char *text, uint32_t number)
{
    fprintf(stderr, "optimizer_results: case %lu: %s\n", (unsigned long)number, text);
    exit(1);
}

static uint64_t hash_double(uint64_t h, double value)
{
    uint64_t bits;
    int shift;
    memcpy(&bits, &value, sizeof bits);
    for (shift = 0; shift < 64; shift += 8) {
        h = (h ^ ((bits >> shift) & 0xff)) * UINT64_C(1099511628211);
    }
    return h;
}

static void print_hash(uint64_t h)
{
    printf("%08lx%08lx\n", (unsigned long)(h >> 32), (unsigned long)(h & 0xffffffffu));
}

/* Whether a state array of a rule holds means or sums of squares: it never is below 0. A step is made from -4 in it, with a small gradient
   of either sign: a root gives NaN then, or all that was negative is gone. */
static int is_never_negative(int32_t rule, int array)
{
    int result = 0;
    int sign;
    for (sign = -1; sign <= 1; sign += 2) {
        fastadam_group group;
        fastadam_tensor tensor;
        float p = 1, g = 0.5f * (float)sign, values[4] = {0, 0, 0, 0};
        double numbers[NUMBERS] = {1};
        int i;
        fastadam_group_init(&group, sizeof group, rule);
        memset(&tensor, 0, sizeof tensor);
        tensor.struct_size = sizeof tensor;
        tensor.n = 1;
        tensor.param = &p;
        tensor.grad = &g;
        tensor.numbers = numbers;
        for (i = 0; i < 4; i++) {
            tensor.state[i] = &values[i];
        }
        values[array] = -4;
        if (fastadam_step(&tensor, 1, &group, 1, NULL, 40, NULL) != FASTADAM_OK) {
            fail("a step was refused", (uint32_t)rule);
        }
        result += p != p || values[array] > 0;
    }
    return result == 2;
}

/* p, g and four state arrays, the last ones of which are stored as the second, with the dtypes of a mix, of n elements. */
static void fill_arrays(array *arrays, const char *mix, size_t n, int32_t rule)
{
    static const int bases[ARRAYS] = {0, 1, 2, 6, 8, 2};
    int i;
    for (i = 0; i < ARRAYS; i++) {
        arrays[i].dtype = mix[i < 4 ? i : 3] - '0';
        arrays[i].base = bases[i];
        arrays[i].is_unsigned = i >= 2 && is_never_negative(rule, i - 2);
        fill(&arrays[i], n);
    }
}

static uint64_t hash_arrays(uint64_t h, const array *arrays, size_t n, uint32_t number)
{
    int is_finite = 1;
    int i;
    for (i = 0; i < ARRAYS; i++) {
        h = hash(h, &arrays[i], n, &is_finite);
    }
    if (!is_finite) {
        fail("a result is not finite", number);
    }
    return h;
}

/* Three steps of a group; 0 where the rule does not have what is set. */
static int run_group(const fastadam_group *group, const char *mix, uint32_t number, uint64_t *result)
{
    static array arrays[TENSORS][ARRAYS];
    double numbers[TENSORS][NUMBERS];
    fastadam_tensor tensors[TENSORS];
    fastadam_step_options options;
    uint64_t h = HASH_START;
    int64_t step;
    int i, k;
    state = 2463534242u + number;
    fastadam_step_options_init(&options, sizeof options);
    options.max_grad_norm = 2;
    options.flags = FASTADAM_REPORT_CHANGES;
    memset(tensors, 0, sizeof tensors);
    for (i = 0; i < TENSORS; i++) {
        fastadam_tensor *t = &tensors[i];
        fill_arrays(arrays[i], mix, LENGTH - (size_t)i, group->rule);
        t->struct_size = sizeof *t;
        t->param = arrays[i][0].bytes;
        t->grad = arrays[i][1].bytes;
        t->state[0] = arrays[i][2].bytes;
        t->state[1] = arrays[i][3].bytes;
        t->state[2] = arrays[i][4].bytes;
        t->state[3] = arrays[i][5].bytes;
        t->n = LENGTH - (size_t)i;
        t->param_dtype = arrays[i][0].dtype;
        t->grad_dtype = arrays[i][1].dtype;
        t->state_dtype[0] = arrays[i][2].dtype;
        t->state_dtype[1] = arrays[i][3].dtype;
        t->state_dtype[2] = arrays[i][4].dtype;
        t->state_dtype[3] = arrays[i][5].dtype;
        memset(numbers[i], 0, sizeof numbers[i]);
        numbers[i][0] = 1;
        t->numbers = numbers[i];
        t->step = i == 0 ? 0 : 40;
    }
    for (step = 1; step <= 3; step++) {
        fastadam_report report;
        int32_t status;
        report.struct_size = (uint32_t)sizeof report;
        status = fastadam_step(tensors, TENSORS, group, 1, &options, step, &report);
        if (status == FASTADAM_ERR_HYPERPARAMETER && step == 1) {
            return 0;
        }
        if (status != FASTADAM_OK) {
            fail(fastadam_status_string(status), number);
        }
        h = hash_double(h, report.grad_norm);
        h = hash_double(h, report.update_norm);
        h = hash_double(h, report.param_norm);
        h = hash_double(h, report.unchanged_share);
    }
    for (i = 0; i < TENSORS; i++) {
        h = hash_arrays(h, arrays[i], LENGTH - (size_t)i, number);
        for (k = 0; k < NUMBERS; k++) {
            h = hash_double(h, numbers[i][k]);
        }
    }
    *result = h;
    return 1;
}

/* Plain, or with clipping. */
static int32_t step_table(const fastadam_table *table, int64_t step, double max_grad_norm)
{
    fastadam_group group;
    fastadam_step_options options;
    fastadam_group_init(&group, sizeof group, FASTADAM_ADAM);
    fastadam_step_options_init(&options, sizeof options);
    options.max_grad_norm = max_grad_norm;
    return fastadam_sparse_step(table, 1, &group, 1, &options, step, NULL);
}

static uint64_t run_sparse(const char *mix, uint32_t number)
{
    static array arrays[ARRAYS];
    int64_t indices[ROWS];
    fastadam_table table;
    int64_t step;
    int i;
    state = 2463534242u + number;
    fill_arrays(arrays, mix, ROWS * ROW, FASTADAM_ADAM);
    memset(&table, 0, sizeof table);
    table.struct_size = sizeof table;
    table.param = arrays[0].bytes;
    table.grad = arrays[1].bytes;
    table.exp_avg = arrays[2].bytes;
    table.exp_avg_sq = arrays[3].bytes;
    table.indices = indices;
    table.rows = ROWS;
    table.row_length = ROW;
    table.count = ROWS;
    table.param_dtype = arrays[0].dtype;
    table.grad_dtype = arrays[1].dtype;
    table.exp_avg_dtype = arrays[2].dtype;
    table.exp_avg_sq_dtype = arrays[3].dtype;
    for (step = 1; step <= 3; step++) {
        int32_t status;
        for (i = 0; i < ROWS; i++) {
            indices[i] = (int64_t)(draw() % ROWS);
        }
        status = step_table(&table, step, step == 2 ? 0.5 : 0);
        if (status != FASTADAM_OK) {
            fail(fastadam_status_string(status), number);
        }
    }
    return hash_arrays(HASH_START, arrays, ROWS * ROW, number);
}

int main(void)
{
    uint32_t number = 0;
    fastadam_group group;
    int32_t rule;
    size_t f;
    int momentum;
    int mix;
    for (rule = 0; fastadam_group_init(&group, sizeof group, rule) == FASTADAM_OK; rule++) {
        for (f = 0; f < sizeof flags / sizeof flags[0]; f++) {
            for (momentum = 0; momentum < 2; momentum++) {
                for (mix = 0; mix < MIXES; mix++, number++) {
                    uint64_t h;
                    fastadam_group_init(&group, sizeof group, rule);
                    group.flags |= flags[f];
                    group.momentum = momentum * 0.75;
                    group.weight_decay = 0.05;
                    group.max_grad_value = 0.5;
                    group.grad_scale = 4;
                    if (run_group(&group, mixes[mix], number, &h)) {
                        printf("rule=%d flags=%lu momentum=%d mix=%s ", (int)rule, (unsigned long)flags[f], momentum, mixes[mix]);
                        print_hash(h);
                    }
                }
            }
        }
    }
    for (mix = 0; mix < MIXES; mix++, number++) {
        printf("sparse mix=%s ", mixes[mix]);
        print_hash(run_sparse(mixes[mix], number));
    }
    return 0;
}
