/*
 * Structures of programs that were compiled with another header: an older one, whose structures are smaller, or a newer one, whose
 * structures are larger.
 *
 *     cc -std=c99 -Wall -Wextra -Werror -pedantic -I PREFIX/include struct_size_test.c -o struct_size_test -L PREFIX/lib -lfastadam
 *
 * Structures lie in blocks of malloc of just their size, behind which valgrind sees each byte that is read or written.
 */
#include "fastadam.h"

#include "arena.h"
#include "check.h"

#include <math.h>
#include <stdlib.h>

enum { HEADER = 16, LARGEST = 4096, TENSORS = 3 };

/* Of a fastadam_tensor and a fastadam_table: what every version has. */
enum { SMALLEST_ITEM = 96 };

static const uint32_t larger[] = {8, 16, 64, LARGEST};

enum { LARGER = sizeof larger / sizeof larger[0] };

/* The size of a structure with that many bytes more, at most the largest. */
static uint32_t enlarged(size_t size, int i)
{
    const uint32_t result = (uint32_t)size + larger[i];
    return result < LARGEST ? result : LARGEST;
}

/* A list of structures as a program has it whose structures have another size. What they have more is zero. */
static void *resized(const void *items, size_t item_size, size_t count, uint32_t size)
{
    unsigned char *result = (unsigned char *)calloc(count, size);
    size_t i;
    if (result == NULL) {
        printf("no memory\n");
        exit(2);
    }
    for (i = 0; i < count; i++) {
        memcpy(result + i * size, (const unsigned char *)items + i * item_size, size < item_size ? size : item_size);
        memcpy(result + i * size, &size, sizeof size);
    }
    return result;
}

static fastadam_group group_of(int32_t rule)
{
    fastadam_group group;
    memset(&group, 0, sizeof group);
    CHECK_EQUAL(fastadam_group_init(&group, sizeof group, rule), FASTADAM_OK);
    return group;
}

/* ---- Calls ----------------------------------------------------------------------------------------------------------------- */

/* The arrays of one tensor, and the numbers that a rule may keep. */
static fastadam_tensor tensor_with_all(int first, double *numbers)
{
    fastadam_tensor t = f32_at(first);
    t.state[2] = slot(first + 4);
    t.state[3] = slot(first + 5);
    t.numbers = numbers;
    return t;
}

static int numbers_are_untouched(const double *numbers)
{
    double given[NUMBERS];
    fill_numbers(given);
    return memcmp(numbers, given, sizeof given) == 0;
}

static unsigned char expected[ARENA];

static void expect_results(void)
{
    memcpy(expected, arena.bytes, ARENA);
}

static int results_are_expected(void)
{
    return memcmp(expected, arena.bytes, ARENA) == 0;
}

/* A step of one tensor in that group, which may have any size. */
static int32_t step_in(const void *group, double *numbers)
{
    const fastadam_tensor t = tensor_with_all(0, numbers);
    fill_numbers(numbers);
    fill_arena();
    return fastadam_step(&t, 1, (const fastadam_group *)group, 1, NULL, 3, NULL);
}

static int32_t adam_in(const void *group)
{
    const fastadam_tensor t = f32_at(0);
    fill_arena();
    return fastadam_adam_f32((float *)t.param, (const float *)t.grad, (float *)t.state[0], (float *)t.state[1], t.n,
                             (const fastadam_group *)group, 3, 0);
}

/* ---- Groups ---------------------------------------------------------------------------------------------------------------- */

/* Where an older program has no field, its rule's default stands. */
static void test_smaller_groups(void)
{
    int32_t rule;
    uint32_t size;
    for (rule = 0; rule < rule_count(); rule++) {
        for (size = HEADER; size < sizeof(fastadam_group); size += 8) {
            fastadam_group full = group_of(rule);
            double numbers[NUMBERS], expected_numbers[NUMBERS];
            void *group;
            if (size > offsetof(fastadam_group, lr)) {
                full.lr = 0.125;
            }
            if (size > offsetof(fastadam_group, weight_decay)) {
                full.weight_decay = 0.25;
            }
            full.flags |= FASTADAM_MAXIMIZE;
            group = resized(&full, sizeof full, 1, size);
            CHECK_EQUAL(step_in(&full, expected_numbers), FASTADAM_OK);
            expect_results();
            CHECK_EQUAL(step_in(group, numbers), FASTADAM_OK);
            CHECK(results_are_expected() && !arena_is_untouched());
            CHECK(memcmp(numbers, expected_numbers, sizeof numbers) == 0);
            if (rule == FASTADAM_ADAM) {
                CHECK_EQUAL(adam_in(group), FASTADAM_OK);
                CHECK(results_are_expected());
                CHECK_EQUAL(adam_in(&full), FASTADAM_OK);
                CHECK(results_are_expected());
            }
            free(group);
        }
    }
}

/* That the defaults matter: 0 would not do. */
static void test_defaults_are_not_zero(void)
{
    fastadam_group nadam = group_of(FASTADAM_NADAM);
    fastadam_group adam = group_of(FASTADAM_ADAM);
    void *group = resized(&nadam, sizeof nadam, 1, offsetof(fastadam_group, momentum_decay));
    double without[NUMBERS], with_default[NUMBERS];
    CHECK_DOUBLE(nadam.momentum_decay, 4e-3);
    CHECK_DOUBLE(nadam.max_grad_value, INFINITY);
    CHECK_EQUAL(step_in(group, with_default), FASTADAM_OK);
    nadam.momentum_decay = 0;
    CHECK_EQUAL(step_in(&nadam, without), FASTADAM_OK);
    CHECK(with_default[0] != without[0]);
    free(group);

    group = resized(&adam, sizeof adam, 1, HEADER);
    CHECK_EQUAL(adam_in(group), FASTADAM_OK);
    expect_results();
    CHECK_EQUAL(adam_in(&adam), FASTADAM_OK);
    CHECK(results_are_expected());
    adam.lr = 0;
    CHECK_EQUAL(adam_in(&adam), FASTADAM_OK);
    CHECK(!results_are_expected());
    free(group);
}

/* What is wrong with a smaller one, or in the part that it has. */
static void test_errors_in_smaller_groups(void)
{
    fastadam_group full = group_of(FASTADAM_ADAM);
    double numbers[NUMBERS];
    void *group;
    full.rule = rule_count();
    group = resized(&full, sizeof full, 1, HEADER);
    CHECK_EQUAL(step_in(group, numbers), FASTADAM_ERR_HYPERPARAMETER);
    CHECK_EQUAL(adam_in(group), FASTADAM_ERR_HYPERPARAMETER);
    free(group);

    full = group_of(FASTADAM_ADAM);
    full.flags = UINT64_C(1) << 63;
    group = resized(&full, sizeof full, 1, HEADER);
    CHECK_EQUAL(step_in(group, numbers), FASTADAM_ERR_FLAGS);
    CHECK_EQUAL(adam_in(group), FASTADAM_ERR_FLAGS);
    free(group);

    full = group_of(FASTADAM_ADAM);
    full.lr = -1;
    group = resized(&full, sizeof full, 1, offsetof(fastadam_group, beta1));
    CHECK_EQUAL(step_in(group, numbers), FASTADAM_ERR_HYPERPARAMETER);
    CHECK_EQUAL(adam_in(group), FASTADAM_ERR_HYPERPARAMETER);
    free(group);
    CHECK(arena_is_untouched());
}

/* What a newer program has more is zero, or not understood. */
static void test_larger_groups(void)
{
    int32_t rule;
    int i;
    for (rule = 0; rule < rule_count(); rule++) {
        for (i = 0; i < LARGER; i++) {
            const fastadam_group full = group_of(rule);
            const uint32_t size = enlarged(sizeof full, i);
            const uint32_t unknown[] = {(uint32_t)sizeof full, (uint32_t)sizeof full + 1, size - 1};
            unsigned char *group = (unsigned char *)resized(&full, sizeof full, 1, size);
            double numbers[NUMBERS], expected_numbers[NUMBERS];
            size_t k;
            CHECK_EQUAL(step_in(&full, expected_numbers), FASTADAM_OK);
            expect_results();
            CHECK_EQUAL(step_in(group, numbers), FASTADAM_OK);
            CHECK(results_are_expected());
            CHECK(memcmp(numbers, expected_numbers, sizeof numbers) == 0);
            if (rule == FASTADAM_ADAM) {
                CHECK_EQUAL(adam_in(group), FASTADAM_OK);
                CHECK(results_are_expected());
            }
            for (k = 0; k < sizeof unknown / sizeof unknown[0]; k++) {
                group[unknown[k]] = 1;
                CHECK_EQUAL(step_in(group, numbers), FASTADAM_ERR_STRUCT_SIZE);
                CHECK(arena_is_untouched() && numbers_are_untouched(numbers));
                CHECK_EQUAL(adam_in(group), FASTADAM_ERR_STRUCT_SIZE);
                CHECK(arena_is_untouched());
                group[unknown[k]] = 0;
            }
            free(group);
        }
    }
}

/* ---- Lists ----------------------------------------------------------------------------------------------------------------- */

typedef struct {
    fastadam_tensor tensors[TENSORS];
    fastadam_group groups[2];
    fastadam_step_options options;
} list;

static list list_of(int32_t rule, double *numbers)
{
    list l;
    int i;
    memset(&l, 0, sizeof l);
    for (i = 0; i < TENSORS; i++) {
        fill_numbers(numbers + NUMBERS * i);
        l.tensors[i] = tensor_with_all(8 * i, numbers + NUMBERS * i);
        l.tensors[i].group = i % 2;
        l.tensors[i].step = i;
    }
    l.groups[0] = group_of(FASTADAM_ADAM);
    l.groups[1] = group_of(rule);
    CHECK_EQUAL(fastadam_step_options_init(&l.options, sizeof l.options), FASTADAM_OK);
    l.options.max_grad_norm = 0.5;
    fill_arena();
    return l;
}

/* The step of the list with structures of the given sizes. */
static int32_t step_resized(const list *l, uint32_t tensor_size, uint32_t group_size)
{
    void *tensors = resized(l->tensors, sizeof l->tensors[0], TENSORS, tensor_size);
    void *groups = resized(l->groups, sizeof l->groups[0], 2, group_size);
    int32_t status;
    int i;
    for (i = 0; i < TENSORS; i++) {
        fill_numbers(l->tensors[i].numbers);
    }
    fill_arena();
    status = fastadam_step((const fastadam_tensor *)tensors, TENSORS, (const fastadam_group *)groups, 2, &l->options, 3, NULL);
    free(tensors);
    free(groups);
    return status;
}

static void test_lists(void)
{
    double numbers[TENSORS * NUMBERS];
    int32_t rule;
    int i, j, needs_numbers;
    for (rule = 0; rule < rule_count(); rule++) {
        const list l = list_of(rule, numbers);
        CHECK_EQUAL(fastadam_step(l.tensors, TENSORS, l.groups, 2, &l.options, 3, NULL), FASTADAM_OK);
        expect_results();
        for (i = 0; i < LARGER; i++) {
            for (j = 0; j < LARGER; j++) {
                CHECK_EQUAL(step_resized(&l, enlarged(sizeof l.tensors[0], i), enlarged(sizeof l.groups[0], j)), FASTADAM_OK);
                CHECK(results_are_expected());
            }
        }

        /* Without numbers, which some rules need. */
        needs_numbers = !numbers_are_untouched(numbers + NUMBERS);
        CHECK(rule > FASTADAM_LION || needs_numbers == (rule == FASTADAM_NADAM));
        CHECK_EQUAL(step_resized(&l, SMALLEST_ITEM, sizeof l.groups[0]), needs_numbers ? FASTADAM_ERR_NULL : FASTADAM_OK);
        CHECK(needs_numbers ? arena_is_untouched() : results_are_expected());
        CHECK_EQUAL(step_resized(&l, SMALLEST_ITEM, HEADER), needs_numbers ? FASTADAM_ERR_NULL : FASTADAM_OK);
        CHECK(needs_numbers ? arena_is_untouched() : results_are_expected());
        CHECK_EQUAL(step_resized(&l, sizeof l.tensors[0], 56), FASTADAM_OK);
        CHECK(results_are_expected());
    }
}

/* No version has such sizes. */
static const uint32_t bad_sizes[] = {0, 1, 4, 8, 12, 15, 17, 20, 84, 88, 95, 97, 100, 101, 103, 105, 108, sizeof(fastadam_group) - 1, sizeof(fastadam_group) + 1, LARGEST + 1, LARGEST + 8,
                                     0x80000000u, 0x80000060u, 0xfffffff8u, UINT32_MAX};

enum { BAD_SIZES = sizeof bad_sizes / sizeof bad_sizes[0] };

/* That a group of that size has been. */
static int is_group_size(uint32_t size)
{
    return size >= HEADER && size <= LARGEST && size % 8 == 0;
}

static void test_bad_sizes_in_lists(void)
{
    double numbers[TENSORS * NUMBERS];
    int i, k;
    for (k = 0; k < BAD_SIZES; k++) {
        for (i = 0; i < TENSORS; i++) {
            list l = list_of(FASTADAM_NADAM, numbers);
            l.tensors[i].struct_size = bad_sizes[k];
            CHECK_EQUAL(fastadam_step(l.tensors, TENSORS, l.groups, 2, &l.options, 3, NULL), FASTADAM_ERR_STRUCT_SIZE);
            l = list_of(FASTADAM_NADAM, numbers);
            if (i < 2 && !(i == 0 && is_group_size(bad_sizes[k]))) {
                l.groups[i].struct_size = bad_sizes[k];
                CHECK_EQUAL(fastadam_step(l.tensors, TENSORS, l.groups, 2, &l.options, 3, NULL), FASTADAM_ERR_STRUCT_SIZE);
            }
            CHECK(arena_is_untouched());
            CHECK(numbers_are_untouched(numbers) && numbers_are_untouched(numbers + NUMBERS)
                  && numbers_are_untouched(numbers + 2 * NUMBERS));
        }
    }
}

/* Each size is one that there is, but not that of the first. */
static void test_sizes_that_differ(void)
{
    double numbers[TENSORS * NUMBERS];
    const list l = list_of(FASTADAM_SGD, numbers);
    const uint32_t sizes[] = {SMALLEST_ITEM, sizeof(fastadam_tensor), 128};
    const uint32_t group_sizes[] = {HEADER, sizeof(fastadam_group), sizeof(fastadam_group) + 24};
    int i, k, m;
    for (i = 0; i < 3; i++) {
        for (k = 0; k < 3; k++) {
            for (m = 1; m < TENSORS && i != k; m++) {
                unsigned char *tensors = (unsigned char *)resized(l.tensors, sizeof l.tensors[0], TENSORS, sizes[i]);
                memcpy(tensors + (size_t)m * sizes[i], &sizes[k], sizeof sizes[k]);
                fill_arena();
                CHECK_EQUAL(fastadam_step((const fastadam_tensor *)(const void *)tensors, TENSORS, l.groups, 2, NULL, 3, NULL),
                            FASTADAM_ERR_STRUCT_SIZE);
                CHECK(arena_is_untouched());
                free(tensors);
            }
            if (i != k) {
                unsigned char *groups = (unsigned char *)resized(l.groups, sizeof l.groups[0], 2, group_sizes[i]);
                memcpy(groups + group_sizes[i], &group_sizes[k], sizeof group_sizes[k]);
                fill_arena();
                CHECK_EQUAL(fastadam_step(l.tensors, TENSORS, (const fastadam_group *)(const void *)groups, 2, NULL, 3, NULL),
                            FASTADAM_ERR_STRUCT_SIZE);
                CHECK(arena_is_untouched());
                free(groups);
            }
        }
    }
}

/* A byte that this library does not know, in each tensor and group of larger ones. */
static void test_unknown_bytes_in_lists(void)
{
    double numbers[TENSORS * NUMBERS];
    const list l = list_of(FASTADAM_SGD, numbers);
    const uint32_t size = (uint32_t)sizeof(fastadam_group) + 24;
    int i;
    for (i = 0; i < TENSORS; i++) {
        unsigned char *tensors = (unsigned char *)resized(l.tensors, sizeof l.tensors[0], TENSORS, size);
        unsigned char *groups = (unsigned char *)resized(l.groups, sizeof l.groups[0], 2, size);
        tensors[(size_t)(i + 1) * size - 1] = 0x80;
        fill_arena();
        CHECK_EQUAL(fastadam_step((const fastadam_tensor *)(const void *)tensors, TENSORS, (const fastadam_group *)(const void *)groups, 2,
                                  NULL, 3, NULL),
                    FASTADAM_ERR_STRUCT_SIZE);
        tensors[(size_t)(i + 1) * size - 1] = 0;
        if (i < 2) {
            groups[(size_t)i * size + sizeof(fastadam_group)] = 1;
            CHECK_EQUAL(fastadam_step((const fastadam_tensor *)(const void *)tensors, TENSORS,
                                      (const fastadam_group *)(const void *)groups, 2, NULL, 3, NULL),
                        FASTADAM_ERR_STRUCT_SIZE);
        }
        CHECK(arena_is_untouched());
        free(tensors);
        free(groups);
    }
}

/* ---- Tables ---------------------------------------------------------------------------------------------------------------- */

static void test_tables(void)
{
    static const int64_t indices[] = {3, 0, 3};
    fastadam_table tables[2];
    const fastadam_group adam = group_of(FASTADAM_ADAM);
    void *group = resized(&adam, sizeof adam, 1, HEADER);
    int i, k;
    memset(tables, 0, sizeof tables);
    for (i = 0; i < 2; i++) {
        tables[i].struct_size = sizeof tables[i];
        tables[i].param = slot(8 * i);
        tables[i].grad = slot(8 * i + 1);
        tables[i].exp_avg = slot(8 * i + 2);
        tables[i].exp_avg_sq = slot(8 * i + 3);
        tables[i].indices = indices;
        tables[i].rows = 4;
        tables[i].row_length = 9;
        tables[i].count = 3;
    }
    fill_arena();
    CHECK_EQUAL(fastadam_sparse_step(tables, 2, &adam, 1, NULL, 3, NULL), FASTADAM_OK);
    expect_results();
    fill_arena();
    CHECK_EQUAL(fastadam_sparse_step(tables, 2, (const fastadam_group *)group, 1, NULL, 3, NULL), FASTADAM_OK);
    CHECK(results_are_expected() && !arena_is_untouched());
    for (i = 0; i < LARGER; i++) {
        const uint32_t size = enlarged(sizeof tables[0], i);
        unsigned char *list = (unsigned char *)resized(tables, sizeof tables[0], 2, size);
        fill_arena();
        CHECK_EQUAL(fastadam_sparse_step((const fastadam_table *)(const void *)list, 2, &adam, 1, NULL, 3, NULL), FASTADAM_OK);
        CHECK(results_are_expected());
        fill_arena();
        for (k = 0; k < 2; k++) {
            list[(size_t)(k + 1) * size - 1] = 1;
            CHECK_EQUAL(fastadam_sparse_step((const fastadam_table *)(const void *)list, 2, &adam, 1, NULL, 3, NULL),
                        FASTADAM_ERR_STRUCT_SIZE);
            list[(size_t)(k + 1) * size - 1] = 0;
        }
        CHECK(arena_is_untouched());
        free(list);
    }
    fill_arena();
    for (k = 0; k < BAD_SIZES; k++) {
        for (i = 0; i < 2; i++) {
            tables[i].struct_size = bad_sizes[k];
            CHECK_EQUAL(fastadam_sparse_step(tables, 2, &adam, 1, NULL, 3, NULL), FASTADAM_ERR_STRUCT_SIZE);
            tables[i].struct_size = sizeof tables[i];
        }
    }
    CHECK(arena_is_untouched());
    free(group);
}

/* ---- Options and reports --------------------------------------------------------------------------------------------------- */

static void test_options(void)
{
    const fastadam_group sgd = group_of(FASTADAM_SGD);
    const fastadam_tensor t = f32_at(0);
    fastadam_step_options full;
    fastadam_report report;
    uint32_t size;
    int i;
    memset(&report, 0, sizeof report);
    report.struct_size = sizeof report;
    CHECK_EQUAL(fastadam_step_options_init(&full, sizeof full), FASTADAM_OK);
    full.max_grad_norm = INFINITY;
    full.flags = FASTADAM_REPORT_CHANGES;
    for (size = HEADER; size <= LARGEST; size = size == LARGEST ? LARGEST + 1 : size < 64 ? size + 8 : LARGEST) {
        unsigned char *options = (unsigned char *)resized(&full, sizeof full, 1, size);
        fill_arena();
        CHECK_EQUAL(fastadam_step(&t, 1, &sgd, 1, (const fastadam_step_options *)(void *)options, 3, &report), FASTADAM_OK);
        CHECK(!arena_is_untouched());

        /* Without the number: the norm is not looked at. */
        CHECK(isnan(report.grad_norm) == (size < offsetof(fastadam_step_options, seed)) && report.update_norm > 0);
        if (size > sizeof full) {
            options[size - 1] = 1;
            fill_arena();
            CHECK_EQUAL(fastadam_step(&t, 1, &sgd, 1, (const fastadam_step_options *)(void *)options, 3, &report),
                        FASTADAM_ERR_STRUCT_SIZE);
            CHECK(arena_is_untouched());
        }
        free(options);
    }
    for (i = 0; i < BAD_SIZES; i++) {
        if (!is_group_size(bad_sizes[i])) {
            full.struct_size = bad_sizes[i];
            fill_arena();
            CHECK_EQUAL(fastadam_step(&t, 1, &sgd, 1, &full, 3, &report), FASTADAM_ERR_STRUCT_SIZE);
            CHECK(arena_is_untouched());
        }
    }
}

/* Written is what the caller has room for, and what this library knows. */
static void test_reports(void)
{
    enum { BEHIND = 64 };
    const fastadam_group sgd = group_of(FASTADAM_SGD);
    const fastadam_tensor t = f32_at(0);
    fastadam_step_options options;
    fastadam_report full;
    uint32_t size;
    int i;
    CHECK_EQUAL(fastadam_step_options_init(&options, sizeof options), FASTADAM_OK);
    options.max_grad_norm = 1;
    options.flags = FASTADAM_REPORT_CHANGES;
    memset(&full, 0, sizeof full);
    full.struct_size = sizeof full;
    fill_arena();
    CHECK_EQUAL(fastadam_step(&t, 1, &sgd, 1, &options, 3, &full), FASTADAM_OK);
    CHECK(full.grad_norm > 0 && full.update_norm > 0 && full.param_norm > 0);
    for (size = HEADER; size <= LARGEST; size = size == LARGEST ? LARGEST + 1 : size < 64 ? size + 8 : LARGEST) {
        unsigned char *report = (unsigned char *)malloc(size + BEHIND);
        uint32_t k;
        int as_expected = report != NULL;
        if (report != NULL) {
            memset(report, 0xa5, size + BEHIND);
            memcpy(report, &size, sizeof size);
            fill_arena();
            CHECK_EQUAL(fastadam_step(&t, 1, &sgd, 1, &options, 3, (fastadam_report *)(void *)report), FASTADAM_OK);
            as_expected = memcmp(report, &size, sizeof size) == 0;
            for (k = sizeof size; k < size + BEHIND; k++) {
                const int is_written = k < size && k < sizeof full;
                as_expected &= report[k] == (is_written ? ((const unsigned char *)&full)[k] : 0xa5);
            }
        }
        CHECK(as_expected);
        free(report);
    }
    for (i = 0; i < BAD_SIZES; i++) {
        if (!is_group_size(bad_sizes[i])) {
            fastadam_report given = full;
            given.struct_size = bad_sizes[i];
            full = given;
            fill_arena();
            CHECK_EQUAL(fastadam_step(&t, 1, &sgd, 1, &options, 3, &given), FASTADAM_ERR_STRUCT_SIZE);
            CHECK(arena_is_untouched() && memcmp(&given, &full, sizeof full) == 0);
        }
    }
}

/* ---- Functions that fill structures ---------------------------------------------------------------------------------------- */

enum { ROOM = LARGEST + 64 };

static unsigned char room[ROOM];

/* Whether the structure in the room has that size, begins as the full one does, goes on with zeros, and ends there. */
static int is_filled(const void *full, size_t full_size, uint32_t size)
{
    uint32_t k;
    int as_expected = memcmp(room, &size, sizeof size) == 0;
    for (k = sizeof size; k < ROOM; k++) {
        as_expected &= room[k] == (k >= size ? 0xa5 : k < full_size ? ((const unsigned char *)full)[k] : 0);
    }
    return as_expected;
}

static void test_init(void)
{
    static const size_t bad[] = {0, 1, 8, 12, 15, 17, 20, 23, 25, 103, 105, LARGEST + 1, LARGEST + 8, 0x80000000u,
                                 ((size_t)1 << 32) + 104, SIZE_MAX - 7, SIZE_MAX};
    fastadam_step_options options;
    int32_t rule;
    uint32_t size;
    size_t i;
    CHECK_EQUAL(fastadam_step_options_init(&options, sizeof options), FASTADAM_OK);
    for (size = HEADER; size <= LARGEST; size += 8) {
        for (rule = 0; rule < rule_count(); rule++) {
            const fastadam_group group = group_of(rule);
            memset(room, 0xa5, sizeof room);
            CHECK_EQUAL(fastadam_group_init((fastadam_group *)(void *)room, size, rule), FASTADAM_OK);
            CHECK(is_filled(&group, sizeof group, size));
        }
        memset(room, 0xa5, sizeof room);
        CHECK_EQUAL(fastadam_step_options_init((fastadam_step_options *)(void *)room, size), FASTADAM_OK);
        CHECK(is_filled(&options, sizeof options, size));
    }
    memset(room, 0xa5, sizeof room);
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_EQUAL(fastadam_group_init((fastadam_group *)(void *)room, bad[i], FASTADAM_NADAM), FASTADAM_ERR_STRUCT_SIZE);
        CHECK_EQUAL(fastadam_step_options_init((fastadam_step_options *)(void *)room, bad[i]), FASTADAM_ERR_STRUCT_SIZE);
    }
    for (i = 0; i < sizeof room; i++) {
        CHECK_EQUAL(room[i], 0xa5);
    }
}

int main(void)
{
    test_smaller_groups();
    test_defaults_are_not_zero();
    test_errors_in_smaller_groups();
    test_larger_groups();
    test_lists();
    test_bad_sizes_in_lists();
    test_sizes_that_differ();
    test_unknown_bytes_in_lists();
    test_tables();
    test_options();
    test_reports();
    test_init();
    return check_report();
}
