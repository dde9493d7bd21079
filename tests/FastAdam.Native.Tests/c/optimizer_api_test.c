/*
 * Lists of tensors and groups, their structs and their errors, from C: the other optimizers and sparse steps.
 *
 *     cc -std=c99 -Wall -Wextra -Werror -pedantic -I PREFIX/include optimizer_api_test.c -o optimizer_api_test -L PREFIX/lib -lfastadam -lm
 */
#include "fastadam.h"

#include "arena.h"
#include "check.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

/* ---- Layout: what compiled programs rely on, checked by the compiler ------------------------------------------------------- */

STATIC_ASSERT(step_options_size, sizeof(fastadam_step_options) == 48);
STATIC_ASSERT(step_options_struct_size, offsetof(fastadam_step_options, struct_size) == 0);
STATIC_ASSERT(step_options_threads, offsetof(fastadam_step_options, threads) == 4);
STATIC_ASSERT(step_options_flags, offsetof(fastadam_step_options, flags) == 8);
STATIC_ASSERT(step_options_max_grad_norm, offsetof(fastadam_step_options, max_grad_norm) == 16);
STATIC_ASSERT(step_options_seed, offsetof(fastadam_step_options, seed) == 24);
STATIC_ASSERT(step_options_executor, offsetof(fastadam_step_options, executor) == 32);
STATIC_ASSERT(step_options_executor_context, offsetof(fastadam_step_options, executor_context) == 40);

STATIC_ASSERT(report_size, sizeof(fastadam_report) == 48);
STATIC_ASSERT(report_struct_size, offsetof(fastadam_report, struct_size) == 0);
STATIC_ASSERT(report_skipped, offsetof(fastadam_report, skipped) == 4);
STATIC_ASSERT(report_non_finite, offsetof(fastadam_report, non_finite) == 8);
STATIC_ASSERT(report_grad_norm, offsetof(fastadam_report, grad_norm) == 16);
STATIC_ASSERT(report_update_norm, offsetof(fastadam_report, update_norm) == 24);
STATIC_ASSERT(report_param_norm, offsetof(fastadam_report, param_norm) == 32);
STATIC_ASSERT(report_unchanged_share, offsetof(fastadam_report, unchanged_share) == 40);

/* Pointers of 8 bytes: all systems that the library is built for. */
STATIC_ASSERT(table_size, sizeof(fastadam_table) == 96);
STATIC_ASSERT(table_struct_size, offsetof(fastadam_table, struct_size) == 0);
STATIC_ASSERT(table_group, offsetof(fastadam_table, group) == 4);
STATIC_ASSERT(table_step, offsetof(fastadam_table, step) == 8);
STATIC_ASSERT(table_rows, offsetof(fastadam_table, rows) == 16);
STATIC_ASSERT(table_row_length, offsetof(fastadam_table, row_length) == 24);
STATIC_ASSERT(table_count, offsetof(fastadam_table, count) == 32);
STATIC_ASSERT(table_param, offsetof(fastadam_table, param) == 40);
STATIC_ASSERT(table_grad, offsetof(fastadam_table, grad) == 48);
STATIC_ASSERT(table_exp_avg, offsetof(fastadam_table, exp_avg) == 56);
STATIC_ASSERT(table_exp_avg_sq, offsetof(fastadam_table, exp_avg_sq) == 64);
STATIC_ASSERT(table_indices, offsetof(fastadam_table, indices) == 72);
STATIC_ASSERT(table_param_dtype, offsetof(fastadam_table, param_dtype) == 80);
STATIC_ASSERT(table_grad_dtype, offsetof(fastadam_table, grad_dtype) == 84);
STATIC_ASSERT(table_exp_avg_dtype, offsetof(fastadam_table, exp_avg_dtype) == 88);
STATIC_ASSERT(table_exp_avg_sq_dtype, offsetof(fastadam_table, exp_avg_sq_dtype) == 92);

STATIC_ASSERT(rules, FASTADAM_ADAM == 0 && FASTADAM_NADAM == 1 && FASTADAM_RADAM == 2 && FASTADAM_ADAMAX == 3 && FASTADAM_SGD == 4
                     && FASTADAM_ADAGRAD == 5 && FASTADAM_RMSPROP == 6 && FASTADAM_LION == 7 && FASTADAM_ADEMAMIX == 8
                     && FASTADAM_ADOPT == 9 && FASTADAM_SCHEDULEFREE == 10 && FASTADAM_ADAN == 11 && FASTADAM_ADADELTA == 12);
STATIC_ASSERT(flags, FASTADAM_NESTEROV == 16 && FASTADAM_CENTERED == 32 && FASTADAM_NO_PROX == 64 && FASTADAM_SKIP_NON_FINITE == 1
                     && FASTADAM_REPORT_CHANGES == 2);

/* ---- Calls: of three tensors, whose last one is the one that a test spoils ------------------------------------------------- */

enum { TENSORS = 3, LAST = TENSORS - 1 };

typedef struct {
    fastadam_tensor tensors[TENSORS];
    fastadam_group groups[2];
    fastadam_step_options options;
    fastadam_report report;
    double numbers[NUMBERS];
} call;

static fastadam_group group_of(int32_t rule)
{
    fastadam_group group;
    memset(&group, 0, sizeof group);
    CHECK_EQUAL(fastadam_group_init(&group, sizeof group, rule), FASTADAM_OK);
    return group;
}

/* A valid one: Adam, and in the last group the rule, with all state arrays. */
static void set_up(call *c, int32_t rule)
{
    int i;
    memset(c, 0, sizeof *c);
    for (i = 0; i < TENSORS; i++) {
        c->tensors[i] = f32_at(8 * i);
        c->tensors[i].state[2] = slot(8 * i + 4);
        c->tensors[i].state[3] = slot(8 * i + 5);
        c->tensors[i].group = i == LAST;
    }
    c->tensors[LAST].numbers = c->numbers;
    fill_numbers(c->numbers);
    c->groups[0] = group_of(FASTADAM_ADAM);
    c->groups[1] = group_of(rule);
    CHECK_EQUAL(fastadam_step_options_init(&c->options, sizeof c->options), FASTADAM_OK);
    memset(&c->report, 0xa5, sizeof c->report);
    c->report.struct_size = (uint32_t)sizeof c->report;
    fill_arena();
}

static int32_t make(call *c)
{
    return fastadam_step(c->tensors, TENSORS, c->groups, 2, &c->options, 1, &c->report);
}

/* The call's status; where an error is expected, nothing may be written, not even in the structs. */
static void check_call(call *c, int32_t expected, int line)
{
    const call given = *c;
    fill_arena();
    check_equal(make(c), expected, "fastadam_step", __FILE__, line);
    if (expected != FASTADAM_OK) {
        check_true(arena_is_untouched(), "arrays are untouched", __FILE__, line);
        check_true(memcmp(c, &given, sizeof given) == 0, "structs are untouched", __FILE__, line);
    }
}

#define CHECK_CALL(c, expected) check_call((c), (expected), __LINE__)

static int is_a_rule(int32_t rule)
{
    fastadam_group group;
    return fastadam_group_init(&group, sizeof group, rule) == FASTADAM_OK;
}

/* ---- Set-up ---------------------------------------------------------------------------------------------------------------- */

static void test_init(void)
{
    struct {
        unsigned char front[16];
        fastadam_group group;
        fastadam_step_options options;
        unsigned char back[16];
    } guarded, given;
    size_t sizes[] = {0, 1, 8, 12, 23, 25, 103, 105, sizeof(fastadam_group) - 1, sizeof(fastadam_group) + 1, 4104, (size_t)1 << 31, ((size_t)1 << 32) + sizeof(fastadam_group), SIZE_MAX};
    size_t i;
    memset(&guarded, 0xa5, sizeof guarded);
    given = guarded;
    CHECK_EQUAL(fastadam_group_init(NULL, sizeof(fastadam_group), FASTADAM_ADAM), FASTADAM_ERR_NULL);
    CHECK_EQUAL(fastadam_step_options_init(NULL, sizeof(fastadam_step_options)), FASTADAM_ERR_NULL);
    for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        CHECK_EQUAL(fastadam_group_init(&guarded.group, sizes[i], FASTADAM_ADAM), FASTADAM_ERR_STRUCT_SIZE);
        CHECK_EQUAL(fastadam_step_options_init(&guarded.options, sizes[i]), FASTADAM_ERR_STRUCT_SIZE);
    }
    CHECK_EQUAL(fastadam_group_init(&guarded.group, sizeof guarded.group, -1), FASTADAM_ERR_HYPERPARAMETER);
    CHECK(memcmp(&guarded, &given, sizeof given) == 0);

    CHECK_EQUAL(fastadam_group_init(&guarded.group, sizeof guarded.group, FASTADAM_NADAM), FASTADAM_OK);
    CHECK(memcmp(&guarded.options, &given.options, sizeof given.options) == 0);
    CHECK_EQUAL(guarded.group.struct_size, sizeof guarded.group);
    CHECK_EQUAL(guarded.group.rule, FASTADAM_NADAM);
    CHECK_DOUBLE(guarded.group.lr, 2e-3);
    CHECK_DOUBLE(guarded.group.momentum_decay, 4e-3);
    CHECK_EQUAL(fastadam_step_options_init(&guarded.options, sizeof guarded.options), FASTADAM_OK);
    CHECK_EQUAL(guarded.options.struct_size, sizeof guarded.options);
    CHECK_EQUAL(guarded.options.flags, 0);
    CHECK_EQUAL(guarded.options.threads, 0);
    CHECK_DOUBLE(guarded.options.max_grad_norm, 0);
    CHECK(memcmp(guarded.front, given.front, 16) == 0 && memcmp(guarded.back, given.back, 16) == 0);
}

/* ---- Results --------------------------------------------------------------------------------------------------------------- */

/* Whether something changed in a slot. */
static int is_changed(int number)
{
    return memcmp(slot(number), before + number * SLOT, SLOT) != 0;
}

/* A list makes the steps of its tensors: Adam's are fastadam_adam_f32's. */
static void test_list_is_single_steps(void)
{
    static unsigned char expected[ARENA];
    call c;
    int i;
    int amsgrad;
    for (amsgrad = 0; amsgrad < 2; amsgrad++) {
        set_up(&c, FASTADAM_ADAM);
        c.groups[0].flags = c.groups[1].flags = amsgrad ? FASTADAM_AMSGRAD : 0;
        c.groups[0].weight_decay = c.groups[1].weight_decay = 0.1;
        c.groups[1].lr = 0.1;
        for (i = 0; i < TENSORS; i++) {
            fastadam_tensor t = c.tensors[i];
            const fastadam_group *group = &c.groups[t.group];
            t.group = 0;
            CHECK_EQUAL(amsgrad ? plain_step(&t, 1, group, 1)
                                : fastadam_adam_f32((float *)t.param, (const float *)t.grad, (float *)t.state[0], (float *)t.state[1], N,
                                                    group, 1, 0),
                        FASTADAM_OK);
        }
        memcpy(expected, arena.bytes, ARENA);
        CHECK_CALL(&c, FASTADAM_OK);
        CHECK(memcmp(expected, arena.bytes, ARENA) == 0);
        CHECK_EQUAL(is_changed(4), amsgrad);
    }
}

/* The rules change the parameters, the numbers and the state that they keep, and no other array. */
static void test_rules(void)
{
    /* What is not counted here counts by what a step refuses to be without. */
    static const int state_arrays[] = {2, 2, 2, 2, 0, 1, 1, 1, 3, 2, 2, 4, 2};
    enum { COUNTED = sizeof state_arrays / sizeof state_arrays[0] };
    int32_t rule;
    for (rule = 0; rule < rule_count(); rule++) {
        double given[NUMBERS];
        int is_needed[4];
        int i, needed = 0, keeps_numbers, step;
        int32_t status;
        call c;
        for (i = 0; i < 4; i++) {
            set_up(&c, rule);
            c.tensors[LAST].state[i] = NULL;
            status = make(&c);
            is_needed[i] = status == FASTADAM_ERR_NULL;
            needed += is_needed[i];
            CHECK(is_needed[i] ? arena_is_untouched() : status == FASTADAM_OK);
        }
        CHECK(rule >= COUNTED || needed == state_arrays[rule]);
        set_up(&c, rule);
        c.tensors[LAST].numbers = NULL;
        status = make(&c);
        keeps_numbers = status == FASTADAM_ERR_NULL;
        CHECK(keeps_numbers ? arena_is_untouched() : status == FASTADAM_OK);
        CHECK(rule >= COUNTED || keeps_numbers == (rule == FASTADAM_NADAM || rule == FASTADAM_SCHEDULEFREE));

        /* ADOPT's first step changes the second moment alone. */
        for (step = 1; step <= 2; step++) {
            const int is_first_of_adopt = rule == FASTADAM_ADOPT && step == 1;
            set_up(&c, rule);
            c.groups[1].lr = 0.1;
            c.tensors[LAST].step = step;
            CHECK_CALL(&c, FASTADAM_OK);
            CHECK_EQUAL(is_changed(8 * LAST), !is_first_of_adopt);
            CHECK(!is_changed(8 * LAST + 1));
            for (i = 0; i < 4; i++) {
                CHECK_EQUAL(is_changed(8 * LAST + 2 + i), is_first_of_adopt ? i == 1 : is_needed[i]);
            }
            fill_numbers(given);
            CHECK((memcmp(given, c.numbers, sizeof given) != 0) == keeps_numbers);
        }

        /* What is not kept may be missing. */
        set_up(&c, rule);
        for (i = 0; i < 4; i++) {
            c.tensors[LAST].state[i] = is_needed[i] ? c.tensors[LAST].state[i] : NULL;
        }
        if (!keeps_numbers) {
            c.tensors[LAST].numbers = NULL;
        }
        CHECK_CALL(&c, FASTADAM_OK);
    }
}

/* The formulas by hand, where they are one line: SGD of step 1, alone and with what stands around the update. */
static void test_sgd_by_hand(void)
{
    float p[2] = {1, 2};
    const float g[2] = {3, -4};
    float b[2] = {7, 7};
    fastadam_tensor tensor;
    fastadam_group group = group_of(FASTADAM_SGD);
    fastadam_step_options options;
    fastadam_report report;
    memset(&tensor, 0, sizeof tensor);
    tensor.struct_size = sizeof tensor;
    tensor.param = p;
    tensor.grad = g;
    tensor.state[0] = b;
    tensor.n = 2;
    group.lr = 0.5;
    CHECK_EQUAL(fastadam_step(&tensor, 1, &group, 1, NULL, 1, NULL), FASTADAM_OK);
    CHECK(p[0] == -0.5f && p[1] == 4 && b[0] == 7 && b[1] == 7);

    group.momentum = 0.25;
    CHECK_EQUAL(fastadam_step(&tensor, 1, &group, 1, NULL, 1, NULL), FASTADAM_OK);
    CHECK(p[0] == -2 && p[1] == 6 && b[0] == 3 && b[1] == -4);
    tensor.step = 2;
    CHECK_EQUAL(fastadam_step(&tensor, 1, &group, 1, NULL, 1, NULL), FASTADAM_OK);
    CHECK(b[0] == 3.75f && b[1] == -5 && p[0] == -3.875f && p[1] == 8.5f);

    /* Norm 5, clipped to about 1; then values limited to 0.5. */
    tensor.step = 0;
    group.momentum = 0;
    group.lr = 1;
    CHECK_EQUAL(fastadam_step_options_init(&options, sizeof options), FASTADAM_OK);
    options.max_grad_norm = 1;
    options.flags = FASTADAM_REPORT_CHANGES;
    memset(&report, 0, sizeof report);
    report.struct_size = (uint32_t)sizeof report;
    p[0] = p[1] = 0;
    CHECK_EQUAL(fastadam_step(&tensor, 1, &group, 1, &options, 1, &report), FASTADAM_OK);
    CHECK(fabs(p[0] + 0.6) < 1e-6 && fabs(p[1] - 0.8) < 1e-6);
    CHECK_DOUBLE(report.grad_norm, 5);
    CHECK_EQUAL(report.non_finite, 0);
    CHECK_EQUAL(report.skipped, 0);
    CHECK(fabs(report.update_norm - 1) < 1e-6 && fabs(report.param_norm - 1) < 1e-6);
    CHECK_DOUBLE(report.unchanged_share, 0);

    group.max_grad_value = 0.5;
    group.flags = FASTADAM_MAXIMIZE;
    p[0] = p[1] = 0;
    CHECK_EQUAL(fastadam_step(&tensor, 1, &group, 1, &options, 1, &report), FASTADAM_OK);
    CHECK(p[0] == 0.5f && p[1] == -0.5f);

    /* Infinity: the norm, and nothing clipped. 0: neither. */
    group = group_of(FASTADAM_SGD);
    group.lr = 1;
    options.max_grad_norm = INFINITY;
    options.flags = 0;
    p[0] = p[1] = 0;
    CHECK_EQUAL(fastadam_step(&tensor, 1, &group, 1, &options, 1, &report), FASTADAM_OK);
    CHECK(p[0] == -3 && p[1] == 4);
    CHECK_DOUBLE(report.grad_norm, 5);
    CHECK(isnan(report.update_norm) && isnan(report.param_norm) && isnan(report.unchanged_share));
    CHECK_EQUAL(fastadam_step(&tensor, 1, &group, 1, NULL, 1, &report), FASTADAM_OK);
    CHECK(isnan(report.grad_norm));
    CHECK_EQUAL(report.non_finite, -1);
}

static void test_skipping(void)
{
    call c;
    set_up(&c, FASTADAM_NADAM);
    ((float *)(void *)slot(8 * LAST + 1))[N - 1] = INFINITY;
    ((float *)(void *)slot(1))[0] = NAN;
    memcpy(before, arena.bytes, ARENA);
    c.options.flags = FASTADAM_SKIP_NON_FINITE | FASTADAM_REPORT_CHANGES;
    CHECK_EQUAL(make(&c), FASTADAM_OK);
    CHECK(arena_is_untouched());
    CHECK_EQUAL(c.report.skipped, 1);
    CHECK_EQUAL(c.report.non_finite, 2);
    CHECK(isnan(c.report.grad_norm) && isnan(c.report.update_norm) && isnan(c.report.unchanged_share));
    CHECK_DOUBLE(c.numbers[0], 1);

    c.options.flags = 0;
    CHECK_EQUAL(make(&c), FASTADAM_OK);
    CHECK(!arena_is_untouched());
    CHECK_EQUAL(c.report.skipped, 0);
    CHECK_EQUAL(c.report.non_finite, -1);
}

static void test_empty(void)
{
    call c;
    fastadam_step_options options;
    set_up(&c, FASTADAM_ADAM);
    CHECK_EQUAL(fastadam_step(NULL, 0, NULL, 0, NULL, 1, NULL), FASTADAM_OK);
    CHECK_EQUAL(fastadam_step_options_init(&options, sizeof options), FASTADAM_OK);
    options.max_grad_norm = 1;
    options.flags = FASTADAM_REPORT_CHANGES | FASTADAM_SKIP_NON_FINITE;
    CHECK_EQUAL(fastadam_step(NULL, 0, NULL, 0, &options, 1, &c.report), FASTADAM_OK);
    CHECK_DOUBLE(c.report.grad_norm, 0);
    CHECK_DOUBLE(c.report.unchanged_share, 0);
    CHECK_EQUAL(c.report.non_finite, 0);

    set_up(&c, FASTADAM_NADAM);
    memset(&c.tensors[LAST], 0, sizeof c.tensors[LAST]);
    c.tensors[LAST].struct_size = sizeof c.tensors[LAST];
    c.tensors[LAST].group = 1;
    CHECK_CALL(&c, FASTADAM_OK);
}

/* ---- Errors ---------------------------------------------------------------------------------------------------------------- */

static void test_null(void)
{
    call c;
    set_up(&c, FASTADAM_NADAM);
    CHECK_EQUAL(fastadam_step(NULL, 1, c.groups, 2, NULL, 1, NULL), FASTADAM_ERR_NULL);
    CHECK_EQUAL(fastadam_step(c.tensors, TENSORS, NULL, 2, NULL, 1, NULL), FASTADAM_ERR_NULL);
    CHECK_EQUAL(fastadam_step(NULL, SIZE_MAX, c.groups, 2, NULL, 1, NULL), FASTADAM_ERR_NULL);
    CHECK(arena_is_untouched());
    c.tensors[LAST].numbers = NULL;
    CHECK_CALL(&c, FASTADAM_ERR_NULL);
    set_up(&c, FASTADAM_NADAM);
    c.tensors[LAST].param = NULL;
    CHECK_CALL(&c, FASTADAM_ERR_NULL);
    set_up(&c, FASTADAM_NADAM);
    c.tensors[LAST].grad = NULL;
    CHECK_CALL(&c, FASTADAM_ERR_NULL);
    set_up(&c, FASTADAM_LION);
    c.tensors[LAST].state[0] = NULL;
    CHECK_CALL(&c, FASTADAM_ERR_NULL);
    set_up(&c, FASTADAM_ADAGRAD);
    c.tensors[LAST].state[0] = NULL;
    CHECK_CALL(&c, FASTADAM_ERR_NULL);
    set_up(&c, FASTADAM_RMSPROP);
    c.groups[1].flags = FASTADAM_CENTERED;
    c.tensors[LAST].state[2] = NULL;
    CHECK_CALL(&c, FASTADAM_ERR_NULL);
    set_up(&c, FASTADAM_SGD);
    c.groups[1].momentum = 0.5;
    c.tensors[LAST].state[0] = NULL;
    CHECK_CALL(&c, FASTADAM_ERR_NULL);
}

static void test_struct_size(void)
{
    static const uint32_t sizes[] = {0, 1, 8, 12, 23, 25, 47, 49, 103, 105, sizeof(fastadam_group) - 1, sizeof(fastadam_group) + 1, 4104,
                                     0x80000000u, UINT32_MAX};
    uint32_t *small = (uint32_t *)malloc(sizeof *small);
    size_t i;
    call c;
    for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        set_up(&c, FASTADAM_SGD);
        c.groups[1].struct_size = sizes[i];
        CHECK_CALL(&c, FASTADAM_ERR_STRUCT_SIZE);
        set_up(&c, FASTADAM_SGD);
        c.options.struct_size = sizes[i];
        CHECK_CALL(&c, FASTADAM_ERR_STRUCT_SIZE);
        set_up(&c, FASTADAM_SGD);
        c.report.struct_size = sizes[i];
        CHECK_CALL(&c, FASTADAM_ERR_STRUCT_SIZE);
        set_up(&c, FASTADAM_SGD);
        c.tensors[0].struct_size = sizes[i];
        CHECK_CALL(&c, FASTADAM_ERR_STRUCT_SIZE);
        set_up(&c, FASTADAM_SGD);
        c.tensors[LAST].struct_size = sizes[i];
        CHECK_CALL(&c, FASTADAM_ERR_STRUCT_SIZE);
    }

    /* Nothing is read or written beyond a struct_size that is not known: valgrind sees to that. */
    CHECK(small != NULL);
    if (small != NULL) {
        *small = sizeof *small;
        set_up(&c, FASTADAM_SGD);
        CHECK_EQUAL(fastadam_step(c.tensors, TENSORS, (const fastadam_group *)(void *)small, 1, NULL, 1, NULL),
                    FASTADAM_ERR_STRUCT_SIZE);
        CHECK_EQUAL(fastadam_step(c.tensors, TENSORS, c.groups, 2, (const fastadam_step_options *)(void *)small, 1, NULL),
                    FASTADAM_ERR_STRUCT_SIZE);
        CHECK_EQUAL(fastadam_step(c.tensors, TENSORS, c.groups, 2, NULL, 1, (fastadam_report *)(void *)small),
                    FASTADAM_ERR_STRUCT_SIZE);
        CHECK_EQUAL(fastadam_step((const fastadam_tensor *)(void *)small, 1, c.groups, 2, NULL, 1, NULL), FASTADAM_ERR_STRUCT_SIZE);
        CHECK_EQUAL(fastadam_sparse_step((const fastadam_table *)(void *)small, 1, c.groups, 1, NULL, 1, NULL),
                    FASTADAM_ERR_STRUCT_SIZE);
        CHECK(arena_is_untouched());
    }
    free(small);
}

static void test_flags(void)
{
    call c;
    int bit;
    for (bit = 0; bit < 64; bit++) {
        if (bit >= UNKNOWN_FLAG) {
            set_up(&c, FASTADAM_SGD);
            c.groups[1].flags = (uint64_t)1 << bit;
            CHECK_CALL(&c, FASTADAM_ERR_FLAGS);
        }
        if (bit > 1) {
            set_up(&c, FASTADAM_SGD);
            c.options.flags = (uint64_t)1 << bit;
            CHECK_CALL(&c, FASTADAM_ERR_FLAGS);
        }
    }
}

static void test_tensor_errors(void)
{
    static const int32_t bad_groups[] = {-1, 2, 3, INT_MAX, INT_MIN};
    static const double bad_products[] = {-0.5, 1.5, INFINITY, NAN};
    int32_t *dtypes[6];
    size_t i;
    call c;
    dtypes[0] = &c.tensors[LAST].param_dtype;
    dtypes[1] = &c.tensors[LAST].grad_dtype;
    dtypes[2] = &c.tensors[LAST].state_dtype[0];
    dtypes[3] = &c.tensors[LAST].state_dtype[1];
    dtypes[4] = &c.tensors[LAST].state_dtype[2];
    dtypes[5] = &c.tensors[LAST].state_dtype[3];
    for (i = 0; i < 6; i++) {
        set_up(&c, FASTADAM_SGD);
        *dtypes[i] = 3;
        CHECK_CALL(&c, FASTADAM_ERR_DTYPE);
        *dtypes[i] = -1;
        CHECK_CALL(&c, FASTADAM_ERR_DTYPE);
    }
    for (i = 0; i < sizeof bad_groups / sizeof bad_groups[0]; i++) {
        set_up(&c, FASTADAM_SGD);
        c.tensors[LAST].group = bad_groups[i];
        CHECK_CALL(&c, FASTADAM_ERR_INDEX);
    }
    for (i = 0; i < sizeof bad_products / sizeof bad_products[0]; i++) {
        set_up(&c, FASTADAM_NADAM);
        c.numbers[0] = bad_products[i];
        fill_arena();
        CHECK_EQUAL(make(&c), FASTADAM_ERR_HYPERPARAMETER);
        CHECK(arena_is_untouched());
    }
    set_up(&c, FASTADAM_SGD);
    c.tensors[LAST].step = -1;
    CHECK_CALL(&c, FASTADAM_ERR_STEP);
    c.tensors[LAST].step = INT64_MIN;
    CHECK_CALL(&c, FASTADAM_ERR_STEP);
    c.tensors[LAST].step = INT64_MAX;
    CHECK_CALL(&c, FASTADAM_OK);
    CHECK_EQUAL(fastadam_step(c.tensors, TENSORS, c.groups, 2, NULL, 0, NULL), FASTADAM_ERR_STEP);
    CHECK_EQUAL(fastadam_step(c.tensors, TENSORS, c.groups, 2, NULL, INT64_MIN, NULL), FASTADAM_ERR_STEP);

    set_up(&c, FASTADAM_SGD);
    c.tensors[LAST].n = SIZE_MAX / 4 + 2;
    CHECK_CALL(&c, FASTADAM_ERR_LENGTH);
    c.tensors[LAST].n = SIZE_MAX;
    CHECK_CALL(&c, FASTADAM_ERR_LENGTH);
    fill_arena();
    CHECK_EQUAL(fastadam_step(c.tensors, SIZE_MAX, c.groups, 2, NULL, 1, NULL), FASTADAM_ERR_LENGTH);
    CHECK_EQUAL(fastadam_step(c.tensors, TENSORS, c.groups, SIZE_MAX, NULL, 1, NULL), FASTADAM_ERR_LENGTH);
    CHECK(arena_is_untouched());
}

/* Any array of the last tensor upon any array of the first: but gradients, which tensors may share. */
static void test_overlap(void)
{
    int a;
    int b;
    for (a = 0; a < 5; a++) {
        for (b = 0; b < 5; b++) {
            call c;
            void *place;
            set_up(&c, FASTADAM_ADAM);
            c.groups[0].flags = FASTADAM_AMSGRAD;
            c.groups[1] = group_of(FASTADAM_RMSPROP);
            c.groups[1].flags = FASTADAM_CENTERED;
            c.groups[1].momentum = 0.5;
            place = slot(b) + 64;
            switch (a) {
            case 0: c.tensors[LAST].param = place; break;
            case 1: c.tensors[LAST].grad = place; break;
            case 2: c.tensors[LAST].state[0] = place; break;
            case 3: c.tensors[LAST].state[1] = place; break;
            default: c.tensors[LAST].state[2] = place; break;
            }
            CHECK_CALL(&c, a == 1 && b == 1 ? FASTADAM_OK : FASTADAM_ERR_OVERLAP);
        }
    }
}

/* NAdam's number: wherever it is, apart from all arrays and the numbers of other tensors. */
static void test_numbers(void)
{
    unsigned char bytes[2 * sizeof(double)];
    double product = 1;
    call c;
    int i;
    set_up(&c, FASTADAM_NADAM);
    CHECK_CALL(&c, FASTADAM_OK);
    CHECK(c.numbers[0] > 0 && c.numbers[0] < 1);
    for (i = 1; i < 8; i++) {
        const double expected = c.numbers[0];
        double actual;
        memset(bytes, 0xa5, sizeof bytes);
        memcpy(bytes + i, &product, sizeof product);
        c.tensors[LAST].numbers = (double *)(void *)(bytes + i);
        CHECK_CALL(&c, FASTADAM_OK);
        memcpy(&actual, bytes + i, sizeof actual);
        CHECK_DOUBLE(actual, expected);
        CHECK(bytes[i - 1] == 0xa5 && bytes[i + 8] == 0xa5);
    }

    /* On any array of any tensor, written or not: all hold numbers of the range there. */
    for (i = 0; i < 5; i++) {
        const int array = i < 4 ? i : 8 * LAST;
        set_up(&c, FASTADAM_NADAM);
        c.tensors[LAST].numbers = (double *)(void *)(slot(array) + 1);
        memset(slot(array), 0, 16);
        memcpy(before, arena.bytes, ARENA);
        CHECK_EQUAL(fastadam_step(c.tensors, TENSORS, c.groups, 2, NULL, 1, NULL), FASTADAM_ERR_OVERLAP);
        CHECK(arena_is_untouched());
    }

    /* Those of two tensors, also of empty ones, and whatever their steps: the same, and ones that overlap. */
    for (i = 0; i < 4; i++) {
        fastadam_tensor two[2];
        double products[2] = {1, 0};
        set_up(&c, FASTADAM_NADAM);
        memset(two, 0, sizeof two);
        two[0].struct_size = two[1].struct_size = sizeof two[0];
        two[0].numbers = products;
        two[1].numbers = i < 2 ? products : (double *)(void *)((char *)products + (i == 2 ? 7 : 8));
        two[0].group = two[1].group = c.tensors[LAST].group;
        two[1].step = 1 + i % 2;
        CHECK_EQUAL(fastadam_step(two, 2, c.groups, 2, NULL, 1, NULL), i == 3 ? FASTADAM_OK : FASTADAM_ERR_OVERLAP);
        CHECK((products[0] == 1) == (i < 3));
    }
}

static void test_options(void)
{
    static const double bad_norms[] = {-1, -INFINITY, NAN, -1e-300};
    size_t i;
    call c;
    for (i = 0; i < sizeof bad_norms / sizeof bad_norms[0]; i++) {
        set_up(&c, FASTADAM_SGD);
        c.options.max_grad_norm = bad_norms[i];
        CHECK_CALL(&c, FASTADAM_ERR_HYPERPARAMETER);
    }
    set_up(&c, FASTADAM_SGD);
    c.options.threads = -1;
    CHECK_CALL(&c, FASTADAM_ERR_THREADS);
    c.options.threads = INT_MAX;
    CHECK_CALL(&c, FASTADAM_OK);
}

/* What no rule takes, in every number of every rule's group; and a number or flag where the rule has none. */
static void test_hyperparameters(void)
{
    static const double never[] = {-1, -INFINITY, NAN};
    enum { FIRST = offsetof(fastadam_group, lr) / sizeof(double), FIELDS = sizeof(fastadam_group) / sizeof(double) - FIRST, BETA1 = 1, BETA2 = 2, DAMPENING = 8, BETA3 = 11 };
    int32_t rule;
    call c;
    for (rule = 0; is_a_rule(rule); rule++) {
        int field;
        for (field = 0; field < FIELDS; field++) {
            double *number = (double *)(void *)&c.groups[1] + FIRST + field;
            size_t i;
            for (i = 0; i < sizeof never / sizeof never[0]; i++) {
                set_up(&c, rule);
                *number = never[i];
                if (field != DAMPENING || rule != FASTADAM_SGD || i > 0) {
                    CHECK_CALL(&c, FASTADAM_ERR_HYPERPARAMETER);
                }
            }
            set_up(&c, rule);
            if (field == BETA1 || field == BETA2 || field == BETA3) {
                *number = 1;
                CHECK_CALL(&c, FASTADAM_ERR_HYPERPARAMETER);
            }
        }
    }
    for (rule = -2; rule < rule_count() + 3; rule++) {
        if (!is_a_rule(rule)) {
            set_up(&c, FASTADAM_SGD);
            c.groups[1].rule = rule;
            CHECK_CALL(&c, FASTADAM_ERR_HYPERPARAMETER);
        }
    }

    /* Groups are checked though no tensor is in them. */
    set_up(&c, FASTADAM_SGD);
    c.tensors[LAST].group = 0;
    c.groups[1].eps = 1e-8;
    CHECK_CALL(&c, FASTADAM_ERR_HYPERPARAMETER);
    set_up(&c, FASTADAM_NADAM);
    c.groups[1].flags = FASTADAM_AMSGRAD;
    CHECK_CALL(&c, FASTADAM_ERR_HYPERPARAMETER);
    set_up(&c, FASTADAM_ADAGRAD);
    c.groups[1].flags = FASTADAM_DECOUPLED_WEIGHT_DECAY;
    CHECK_CALL(&c, FASTADAM_ERR_HYPERPARAMETER);
    set_up(&c, FASTADAM_SGD);
    c.groups[1].flags = FASTADAM_NESTEROV;
    CHECK_CALL(&c, FASTADAM_ERR_HYPERPARAMETER);
    c.groups[1].momentum = 0.9;
    CHECK_CALL(&c, FASTADAM_OK);
    c.groups[1].dampening = 0.1;
    CHECK_CALL(&c, FASTADAM_ERR_HYPERPARAMETER);
    set_up(&c, FASTADAM_ADAM);
    c.groups[1].lr = 3e38;
    CHECK_CALL(&c, FASTADAM_ERR_HYPERPARAMETER);
}

/* ---- Sparse steps ---------------------------------------------------------------------------------------------------------- */

enum { ROWS = 4, ROW = 9 };

static int64_t indices[3];

static fastadam_table sparse(void)
{
    fastadam_table table;
    memset(&table, 0, sizeof table);
    table.struct_size = sizeof table;
    table.param = slot(0);
    table.grad = slot(1);
    table.exp_avg = slot(2);
    table.exp_avg_sq = slot(3);
    table.indices = indices;
    table.rows = ROWS;
    table.row_length = ROW;
    table.count = 3;
    indices[0] = 3;
    indices[1] = 0;
    indices[2] = 3;
    return table;
}

static int32_t sparse_step(const fastadam_table *table, const fastadam_group *group, int64_t step)
{
    return fastadam_sparse_step(table, 1, group, 1, NULL, step, NULL);
}

static void check_sparse(const fastadam_table *table, const fastadam_group *group, int64_t step, int32_t expected, int line)
{
    fill_arena();
    check_equal(sparse_step(table, group, step), expected, "fastadam_sparse_step", __FILE__, line);
    if (expected != FASTADAM_OK) {
        check_true(arena_is_untouched(), "arrays are untouched", __FILE__, line);
    }
}

#define CHECK_SPARSE(table, group, step, expected) check_sparse((table), (group), (step), (expected), __LINE__)

/* Where the rows that are named change, and no other. */
static void test_sparse_rows(void)
{
    fastadam_group group = defaults();
    fastadam_table table = sparse();
    size_t array;
    size_t row;
    group.lr = 0.1;
    CHECK_SPARSE(&table, &group, 1, FASTADAM_OK);
    for (array = 0; array < 4; array++) {
        for (row = 0; row < ROWS; row++) {
            const size_t at = array * SLOT + row * ROW * 4;
            CHECK_EQUAL(memcmp(arena.bytes + at, before + at, ROW * 4) != 0, array != 1 && (row == 0 || row == 3));
        }
        CHECK(memcmp(arena.bytes + array * SLOT + ROWS * ROW * 4, before + array * SLOT + ROWS * ROW * 4, SLOT - ROWS * ROW * 4) == 0);
    }

    /* One row at a time, as dense arrays: sums of repeated gradients first. */
    {
        const float *g = (const float *)(void *)slot(1);
        const double first = (double)((const float *)(void *)before)[3 * ROW];
        const double m_old = (double)((const float *)(void *)(before + 2 * SLOT))[3 * ROW];
        const double v_old = (double)((const float *)(void *)(before + 3 * SLOT))[3 * ROW];
        const double sum = (double)g[0] + (double)g[2 * ROW];
        const double m = 0.9 * m_old + 0.1 * sum;
        const double v = 0.999 * v_old + 0.001 * sum * sum;
        const double expected = first - 0.1 * sqrt(0.001) / 0.1 * m / (sqrt(v) + 1e-8);
        CHECK(fabs(((const float *)(void *)slot(0))[3 * ROW] - expected) < 1e-5 * fabs(expected));
    }

    table.count = 0;
    table.indices = NULL;
    table.grad = NULL;
    CHECK_SPARSE(&table, &group, 1, FASTADAM_OK);
    CHECK(arena_is_untouched());
}

static void test_sparse_errors(void)
{
    static const int64_t bad[] = {-1, ROWS, INT64_MAX, INT64_MIN};
    fastadam_group group = defaults();
    fastadam_table table = sparse();
    size_t i;
    CHECK_SPARSE(NULL, &group, 1, FASTADAM_ERR_NULL);
    CHECK_SPARSE(&table, NULL, 1, FASTADAM_ERR_NULL);
    CHECK_SPARSE(&table, &group, 0, FASTADAM_ERR_STEP);
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        table = sparse();
        indices[2] = bad[i];
        CHECK_SPARSE(&table, &group, 1, FASTADAM_ERR_INDEX);
    }
    for (i = 0; i < 5; i++) {
        table = sparse();
        switch (i) {
        case 0: table.param = NULL; break;
        case 1: table.grad = NULL; break;
        case 2: table.exp_avg = NULL; break;
        case 3: table.exp_avg_sq = NULL; break;
        default: table.indices = NULL; break;
        }
        CHECK_SPARSE(&table, &group, 1, FASTADAM_ERR_NULL);
    }
    for (i = 0; i < 4; i++) {
        int32_t *dtypes[4];
        table = sparse();
        dtypes[0] = &table.param_dtype;
        dtypes[1] = &table.grad_dtype;
        dtypes[2] = &table.exp_avg_dtype;
        dtypes[3] = &table.exp_avg_sq_dtype;
        *dtypes[i] = 3;
        CHECK_SPARSE(&table, &group, 1, FASTADAM_ERR_DTYPE);
    }
    table = sparse();
    table.rows = SIZE_MAX;
    CHECK_SPARSE(&table, &group, 1, FASTADAM_ERR_LENGTH);
    table = sparse();
    table.row_length = SIZE_MAX / 2;
    CHECK_SPARSE(&table, &group, 1, FASTADAM_ERR_LENGTH);
    table = sparse();
    table.count = (size_t)INT_MAX + 1;
    CHECK_SPARSE(&table, &group, 1, FASTADAM_ERR_LENGTH);
    table = sparse();
    table.exp_avg = (char *)table.param + 4 * ROWS * ROW - 1;
    CHECK_SPARSE(&table, &group, 1, FASTADAM_ERR_OVERLAP);
    table = sparse();
    table.grad = (const char *)table.exp_avg_sq + 4;
    CHECK_SPARSE(&table, &group, 1, FASTADAM_ERR_OVERLAP);

    table = sparse();
    group.weight_decay = 0.01;
    CHECK_SPARSE(&table, &group, 1, FASTADAM_ERR_HYPERPARAMETER);
    group = defaults();
    group.eps = -1;
    CHECK_SPARSE(&table, &group, 1, FASTADAM_ERR_HYPERPARAMETER);
    group = defaults();
    group.flags = FASTADAM_AMSGRAD;
    CHECK_SPARSE(&table, &group, 1, FASTADAM_ERR_UNSUPPORTED);
    group.flags = FASTADAM_NESTEROV;
    CHECK_SPARSE(&table, &group, 1, FASTADAM_ERR_HYPERPARAMETER);
    for (i = UNKNOWN_FLAG; i < 64; i++) {
        group.flags = UINT64_C(1) << i;
        CHECK_SPARSE(&table, &group, 1, FASTADAM_ERR_FLAGS);
    }
    group = defaults();
    group.struct_size = 8;
    CHECK_SPARSE(&table, &group, 1, FASTADAM_ERR_STRUCT_SIZE);
}

/* Two tables in a call: the first of two rows, the second of the two after them, in the same slots. */
typedef struct sparse_call {
    fastadam_table tables[2];
    fastadam_group groups[2];
    fastadam_step_options options;
    fastadam_report report;
    int64_t step;
} sparse_call;

static void set_up_sparse(sparse_call *c)
{
    int i;
    memset(c, 0, sizeof *c);
    for (i = 0; i < 2; i++) {
        fastadam_table *table = &c->tables[i];
        const size_t skipped = (size_t)i * 2 * ROW * 4;
        *table = sparse();
        table->param = (char *)table->param + skipped;
        table->exp_avg = (char *)table->exp_avg + skipped;
        table->exp_avg_sq = (char *)table->exp_avg_sq + skipped;
        table->rows = 2;
        c->tables[i].group = i;
        fastadam_group_init(&c->groups[i], sizeof c->groups[i], FASTADAM_ADAM);
    }
    indices[0] = 1;
    indices[1] = 0;
    indices[2] = 1;
    c->groups[0].lr = 0.1;
    c->groups[1].lr = 0.2;
    c->step = 3;
    fastadam_step_options_init(&c->options, sizeof c->options);
    c->report.struct_size = (uint32_t)sizeof c->report;
}

static void check_sparse_call(const sparse_call *c, int32_t expected, int line)
{
    fastadam_report report = c->report;
    fill_arena();
    check_equal(fastadam_sparse_step(c->tables, 2, c->groups, 2, &c->options, c->step, &report), expected,
                "fastadam_sparse_step", __FILE__, line);
    if (expected != FASTADAM_OK) {
        check_true(arena_is_untouched(), "arrays are untouched", __FILE__, line);
        check_true(memcmp(&report, &c->report, sizeof report) == 0, "the report is untouched", __FILE__, line);
    }
}

#define CHECK_SPARSE_CALL(c, expected) check_sparse_call((c), (expected), __LINE__)

/* A list makes the steps of its tables, each with its group and its number. */
static void test_sparse_list(void)
{
    static char after[sizeof arena.bytes];
    sparse_call c;
    fastadam_report report;
    int i;
    set_up_sparse(&c);
    c.tables[1].step = 7;
    CHECK_SPARSE_CALL(&c, FASTADAM_OK);
    memcpy(after, arena.bytes, sizeof after);
    fill_arena();
    for (i = 0; i < 2; i++) {
        fastadam_table table = c.tables[i];
        table.group = 0;
        CHECK_EQUAL(sparse_step(&table, &c.groups[i], 3), FASTADAM_OK);
    }
    CHECK(memcmp(after, arena.bytes, sizeof after) == 0);
    fill_arena();
    c.tables[1].step = 0;
    c.tables[1].group = 0;
    CHECK_EQUAL(sparse_step(&c.tables[0], &c.groups[0], 3), FASTADAM_OK);
    CHECK_EQUAL(sparse_step(&c.tables[1], &c.groups[1], 7), FASTADAM_OK);
    CHECK(memcmp(after, arena.bytes, sizeof after) == 0);
    CHECK(!arena_is_untouched());
    c.tables[1].group = 1;

    /* What is around the update. */
    c.options.max_grad_norm = INFINITY;
    c.options.flags = FASTADAM_SKIP_NON_FINITE | FASTADAM_REPORT_CHANGES;
    report.struct_size = (uint32_t)sizeof report;
    fill_arena();
    CHECK_EQUAL(fastadam_sparse_step(c.tables, 2, c.groups, 2, &c.options, 3, &report), FASTADAM_OK);
    CHECK_EQUAL(report.skipped, 0);
    CHECK_EQUAL(report.non_finite, 0);
    CHECK(report.grad_norm > 0 && report.update_norm > 0 && report.param_norm > 0 && report.unchanged_share < 1);
    fill_arena();
    ((float *)(void *)slot(1))[3] = INFINITY;
    CHECK_EQUAL(fastadam_sparse_step(c.tables, 2, c.groups, 2, &c.options, 3, &report), FASTADAM_OK);
    CHECK_EQUAL(report.skipped, 1);
    CHECK_EQUAL(report.non_finite, 2); /* both tables have these gradients */
    ((float *)(void *)slot(1))[3] = ((const float *)(void *)(before + SLOT))[3];
    CHECK(arena_is_untouched());

    CHECK_EQUAL(fastadam_sparse_step(NULL, 0, NULL, 0, NULL, 1, NULL), FASTADAM_OK);
}

static void test_sparse_list_errors(void)
{
    sparse_call c;
    int i;
    set_up_sparse(&c);
    CHECK_EQUAL(fastadam_sparse_step(NULL, 1, c.groups, 2, &c.options, 1, NULL), FASTADAM_ERR_NULL);
    CHECK_EQUAL(fastadam_sparse_step(c.tables, 2, NULL, 2, &c.options, 1, NULL), FASTADAM_ERR_NULL);
    CHECK_EQUAL(fastadam_sparse_step(c.tables, SIZE_MAX, c.groups, 2, &c.options, 1, NULL), FASTADAM_ERR_LENGTH);
    c.step = 0;
    CHECK_SPARSE_CALL(&c, FASTADAM_ERR_STEP);
    for (i = 0; i < 2; i++) {
        set_up_sparse(&c);
        c.tables[i].step = -1;
        CHECK_SPARSE_CALL(&c, FASTADAM_ERR_STEP);
        set_up_sparse(&c);
        c.tables[i].group = 2;
        CHECK_SPARSE_CALL(&c, FASTADAM_ERR_INDEX);
        set_up_sparse(&c);
        c.tables[i].struct_size = 8;
        CHECK_SPARSE_CALL(&c, FASTADAM_ERR_STRUCT_SIZE);
        set_up_sparse(&c);
        c.tables[i].exp_avg_dtype = 3;
        CHECK_SPARSE_CALL(&c, FASTADAM_ERR_DTYPE);
        set_up_sparse(&c);
        c.tables[i].rows = 1; /* index 1 is none of them */
        CHECK_SPARSE_CALL(&c, FASTADAM_ERR_INDEX);
        set_up_sparse(&c);
        c.tables[i].rows = SIZE_MAX / 8;
        CHECK_SPARSE_CALL(&c, FASTADAM_ERR_LENGTH);
        set_up_sparse(&c);
        c.tables[i].count = (size_t)INT_MAX + 1;
        CHECK_SPARSE_CALL(&c, FASTADAM_ERR_LENGTH);
        set_up_sparse(&c);
        c.tables[i].grad = NULL;
        CHECK_SPARSE_CALL(&c, FASTADAM_ERR_NULL);
        set_up_sparse(&c);
        c.tables[i].exp_avg = c.tables[1 - i].param;
        CHECK_SPARSE_CALL(&c, FASTADAM_ERR_OVERLAP);
        set_up_sparse(&c);
        fastadam_group_init(&c.groups[i], sizeof c.groups[i], FASTADAM_SGD);
        CHECK_SPARSE_CALL(&c, FASTADAM_ERR_UNSUPPORTED);
        set_up_sparse(&c);
        c.groups[i].flags = FASTADAM_AMSGRAD;
        CHECK_SPARSE_CALL(&c, FASTADAM_ERR_UNSUPPORTED);
        set_up_sparse(&c);
        c.groups[i].weight_decay = 0.1;
        CHECK_SPARSE_CALL(&c, FASTADAM_ERR_HYPERPARAMETER);
        set_up_sparse(&c);
        c.groups[i].struct_size = 8;
        CHECK_SPARSE_CALL(&c, FASTADAM_ERR_STRUCT_SIZE);
    }
    set_up_sparse(&c);
    c.options.threads = -1;
    CHECK_SPARSE_CALL(&c, FASTADAM_ERR_THREADS);
    set_up_sparse(&c);
    c.report.struct_size = 8;
    CHECK_SPARSE_CALL(&c, FASTADAM_ERR_STRUCT_SIZE);
}

/* What one kind of step has checked and the thread remembers is nothing to the other: whatever bit tells them apart inside. */
static void test_flags_after_the_other_step(void)
{
    int bit;
    for (bit = UNKNOWN_FLAG; bit < 64; bit++) {
        fastadam_group group = defaults();
        fastadam_table table = sparse();
        fastadam_tensor tensor = f32_at(0);
        CHECK_SPARSE(&table, &group, 1, FASTADAM_OK);
        group.flags = UINT64_C(1) << bit;
        fill_arena();
        CHECK_EQUAL(plain_step(&tensor, 1, &group, 1), FASTADAM_ERR_FLAGS);
        CHECK(arena_is_untouched());
        group.flags = 0;
        CHECK_EQUAL(plain_step(&tensor, 1, &group, 1), FASTADAM_OK);
        group.flags = UINT64_C(1) << bit;
        CHECK_SPARSE(&table, &group, 1, FASTADAM_ERR_FLAGS);
    }
}

int main(void)
{
    test_init();
    test_list_is_single_steps();
    test_rules();
    test_sgd_by_hand();
    test_skipping();
    test_empty();
    test_null();
    test_struct_size();
    test_flags();
    test_tensor_errors();
    test_overlap();
    test_numbers();
    test_options();
    test_hyperparameters();
    test_sparse_rows();
    test_sparse_errors();
    test_sparse_list();
    test_sparse_list_errors();
    test_flags_after_the_other_step();
    return check_report();
}
