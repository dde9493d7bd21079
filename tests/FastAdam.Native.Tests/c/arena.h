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

static inline fastadam_options defaults(void)
{
    fastadam_options options;
    fastadam_options_init(&options);
    return options;
}

/* Four arrays in the slots from first on. */
static inline fastadam_tensor tensor_at(int first, size_t n, int32_t p, int32_t g, int32_t m, int32_t v)
{
    fastadam_tensor t;
    memset(&t, 0, sizeof t);
    t.param = slot(first);
    t.grad = slot(first + 1);
    t.exp_avg = slot(first + 2);
    t.exp_avg_sq = slot(first + 3);
    t.n = n;
    t.param_dtype = p;
    t.grad_dtype = g;
    t.exp_avg_dtype = m;
    t.exp_avg_sq_dtype = v;
    return t;
}

static inline fastadam_tensor f32_at(int first)
{
    return tensor_at(first, N, FASTADAM_F32, FASTADAM_F32, FASTADAM_F32, FASTADAM_F32);
}

#endif
