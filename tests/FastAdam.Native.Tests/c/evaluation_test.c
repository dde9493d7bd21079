/*
 * Schedule-Free's way from the parameters in training to those for evaluation, and back.
 *
 *     cc -std=c99 -Wall -Wextra -Werror -pedantic -I PREFIX/include evaluation_test.c -o evaluation_test -L PREFIX/lib -lfastadam -lm
 */
#include "fastadam.h"

#include "arena.h"
#include "check.h"

#include <limits.h>
#include <math.h>

enum { TENSORS = 2, LARGEST_RATE = 1, MODE = 2 };

typedef int32_t (*swap)(const fastadam_tensor *, size_t, const fastadam_group *, size_t, int32_t);

static const swap swaps[] = {fastadam_to_evaluation, fastadam_to_training};

static double numbers[TENSORS][NUMBERS];
static fastadam_tensor tensors[TENSORS];
static fastadam_group groups[TENSORS];

/* A tensor of Schedule-Free, which has stepped, and one of Adam. */
static void set_up(void)
{
    int i;
    fill_arena();
    for (i = 0; i < TENSORS; i++) {
        int k;
        fill_numbers(numbers[i]);
        numbers[i][LARGEST_RATE] = 0.01;
        tensors[i] = f32_at(8 * i);
        tensors[i].group = i;
        tensors[i].numbers = numbers[i];
        CHECK_EQUAL(fastadam_group_init(&groups[i], sizeof groups[i], i == 0 ? FASTADAM_SCHEDULEFREE : FASTADAM_ADAM), FASTADAM_OK);
        for (k = 0; k < N; k++) {
            ((float *)tensors[i].param)[k] = (float)sin(k);
            ((float *)tensors[i].state[0])[k] = (float)cos(k);
        }
    }
    groups[0].beta1 = 0.8;
    memcpy(before, arena.bytes, ARENA);
}

static void test_there_and_back(void)
{
    const float *p = (const float *)(const void *)slot(0);
    int k;
    set_up();
    tensors[0].grad = tensors[0].state[1] = NULL;
    CHECK_EQUAL(fastadam_to_evaluation(tensors, TENSORS, groups, TENSORS, 0), FASTADAM_OK);
    CHECK_DOUBLE(numbers[0][MODE], 1);
    CHECK_DOUBLE(numbers[1][MODE], 0);
    for (k = 0; k < N; k++) {
        CHECK(fabs(p[k] - (sin(k) - 0.25 * (cos(k) - sin(k)))) < 3e-7);
    }
    CHECK(memcmp(arena.bytes + SLOT, before + SLOT, ARENA - SLOT) == 0);

    /* A second time there is nothing to do, and no step is made. */
    memcpy(before, arena.bytes, ARENA);
    CHECK_EQUAL(fastadam_to_evaluation(tensors, TENSORS, groups, TENSORS, 1), FASTADAM_OK);
    CHECK(arena_is_untouched());
    tensors[0] = f32_at(0);
    tensors[0].numbers = numbers[0];
    CHECK_EQUAL(fastadam_step(tensors, 1, groups, 1, NULL, 2, NULL), FASTADAM_ERR_HYPERPARAMETER);
    CHECK(arena_is_untouched());

    CHECK_EQUAL(fastadam_to_training(tensors, TENSORS, groups, TENSORS, 2), FASTADAM_OK);
    CHECK_DOUBLE(numbers[0][MODE], 0);
    for (k = 0; k < N; k++) {
        CHECK(fabs(p[k] - sin(k)) < 3e-7);
    }
    CHECK_EQUAL(fastadam_step(tensors, 1, groups, 1, NULL, 2, NULL), FASTADAM_OK);
    CHECK_EQUAL(fastadam_to_evaluation(NULL, 0, NULL, 0, 0), FASTADAM_OK);
}

static void expect(swap call, int32_t expected, int line)
{
    check_equal(call(tensors, TENSORS, groups, TENSORS, 0), expected, "the status", __FILE__, line);
    check_true(arena_is_untouched(), "arrays are untouched", __FILE__, line);
}

#define EXPECT(expected) expect(swaps[i], (expected), __LINE__)

static void test_errors(void)
{
    int i;
    for (i = 0; i < 2; i++) {
        set_up();
        numbers[0][MODE] = i;
        tensors[0].param = NULL;
        EXPECT(FASTADAM_ERR_NULL);
        tensors[0].param = tensors[0].state[0];
        EXPECT(FASTADAM_ERR_OVERLAP);
        tensors[0].param = slot(0);
        tensors[0].state[0] = NULL;
        EXPECT(FASTADAM_ERR_NULL);
        tensors[0].state[0] = slot(2);
        tensors[0].numbers = NULL;
        EXPECT(FASTADAM_ERR_NULL);
        tensors[0].numbers = (double *)(void *)slot(0);
        memcpy(slot(0), numbers[0], 3 * sizeof numbers[0][0]);
        memcpy(before, arena.bytes, ARENA);
        EXPECT(FASTADAM_ERR_OVERLAP);
        tensors[0].numbers = numbers[0];
        numbers[0][MODE] = 0.5;
        EXPECT(FASTADAM_ERR_HYPERPARAMETER);
        numbers[0][MODE] = i;
        tensors[0].n = SIZE_MAX;
        EXPECT(FASTADAM_ERR_LENGTH);
        tensors[0].n = N;
        tensors[0].group = TENSORS;
        EXPECT(FASTADAM_ERR_INDEX);
        tensors[0].group = 0;
        tensors[0].state_dtype[0] = 3;
        EXPECT(FASTADAM_ERR_DTYPE);
        tensors[0].state_dtype[0] = FASTADAM_F32;
        tensors[0].struct_size = 8;
        EXPECT(FASTADAM_ERR_STRUCT_SIZE);
        tensors[0].struct_size = sizeof tensors[0];
        groups[0].beta1 = 0;
        EXPECT(FASTADAM_ERR_HYPERPARAMETER);
        groups[0].beta1 = 0.8;
        groups[1].flags = UINT64_C(1) << 40;
        EXPECT(FASTADAM_ERR_FLAGS);
        groups[1].flags = 0;
        CHECK_EQUAL(swaps[i](tensors, TENSORS, groups, TENSORS, -1), FASTADAM_ERR_THREADS);
        CHECK_EQUAL(swaps[i](NULL, TENSORS, groups, TENSORS, 0), FASTADAM_ERR_NULL);
        CHECK_EQUAL(swaps[i](tensors, TENSORS, NULL, TENSORS, 0), FASTADAM_ERR_NULL);
        CHECK(arena_is_untouched());
        CHECK_DOUBLE(numbers[0][MODE], i);
        CHECK_EQUAL(swaps[i](tensors, TENSORS, groups, TENSORS, INT_MAX), FASTADAM_OK);
        CHECK_DOUBLE(numbers[0][MODE], 1 - i);
    }
}

int main(void)
{
    test_there_and_back();
    test_errors();
    return check_report();
}
