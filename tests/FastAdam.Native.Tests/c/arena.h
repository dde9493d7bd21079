/* Memory for the tests of calls: all arrays lie in one arena, so that a look at it shows every byte that a call wrote. */
#ifndef FASTADAM_TESTS_ARENA_H
#define FASTADAM_TESTS_ARENA_H

#include "fastadam.h"

#include <string.h>

enum { N = 37, SLOT = 256, SLOTS = 64, ARENA = SLOT * SLOTS };

static union {
    double alignment;
    unsigned char bytes[ARENA];
} arena;

static unsigned char before[ARENA];

static inline unsigned char *slot(int i)
{
    return arena.bytes + i * SLOT;
}

/* Bits that are a small positive number in every dtype. */
static inline void fill_arena(void)
{
    uint32_t i;
    for (i = 0; i < ARENA / 4; i++) {
        uint32_t word = 0x3c003c00u + (i * 37 & 0xff) * 0x00010001u;
        memcpy(arena.bytes + 4 * i, &word, 4);
    }
    memcpy(before, arena.bytes, ARENA);
}

static inline int arena_is_untouched(void)
{
    return memcmp(arena.bytes, before, ARENA) == 0;
}

/* The first bit that is no flag of a group. */
enum { UNKNOWN_FLAG = 7 };

/* The numbers that a rule may keep for a tensor: more than any does. */
enum { NUMBERS = 8 };

/* Numbers that are valid for every rule. */
static inline void fill_numbers(double *numbers)
{
    int i;
    for (i = 0; i < NUMBERS; i++) {
        numbers[i] = i == 0;
    }
}

/* The rules that the library has, which count from 0. */
static inline int32_t rule_count(void)
{
    int32_t count = 0;
    fastadam_group group;
    while (fastadam_group_init(&group, sizeof group, count) == FASTADAM_OK) {
        count++;
    }
    return count;
}

/* Adam's. */
static inline fastadam_group defaults(void)
{
    fastadam_group group;
    memset(&group, 0, sizeof group);
    (void)fastadam_group_init(&group, sizeof group, FASTADAM_ADAM);
    return group;
}

/* A step of tensors that are all in one group, with at most that many threads. */
static inline int32_t step_on_threads(const fastadam_tensor *tensors, size_t count, const fastadam_group *group, int64_t step,
                                      int32_t threads)
{
    fastadam_step_options options;
    (void)fastadam_step_options_init(&options, sizeof options);
    options.threads = threads;
    return fastadam_step(tensors, count, group, 1, &options, step, NULL);
}

/* The same without options and a report. */
static inline int32_t plain_step(const fastadam_tensor *tensors, size_t count, const fastadam_group *group, int64_t step)
{
    return fastadam_step(tensors, count, group, 1, NULL, step, NULL);
}

/* Parameters, gradients and two state arrays in the slots from first on. */
static inline fastadam_tensor tensor_at(int first, size_t n, int32_t p, int32_t g, int32_t m, int32_t v)
{
    fastadam_tensor t;
    memset(&t, 0, sizeof t);
    t.struct_size = sizeof t;
    t.n = n;
    t.param = slot(first);
    t.grad = slot(first + 1);
    t.state[0] = slot(first + 2);
    t.state[1] = slot(first + 3);
    t.param_dtype = p;
    t.grad_dtype = g;
    t.state_dtype[0] = m;
    t.state_dtype[1] = v;
    return t;
}

static inline fastadam_tensor f32_at(int first)
{
    return tensor_at(first, N, FASTADAM_F32, FASTADAM_F32, FASTADAM_F32, FASTADAM_F32);
}

#endif
