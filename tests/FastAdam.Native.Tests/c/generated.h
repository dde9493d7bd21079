/*
 * Generated arrays, and a hash of what became of them.
 *
 * Generator: xorshift32 with a state x of 32 bits, unsigned. A draw is
 *     x ^= x << 13;  x ^= x >> 17;  x ^= x << 5;  r = x
 *
 * Elements: one draw r gives one element of an array with base b:
 *     sign     s = r & 1, but 0 for unsigned arrays, such as v
 *     exponent k = (r >> 1) & 7
 *     zero     if (r >> 4) & 15 is 0 and the array is not unsigned: the element is 0 with sign s
 *     f32      bits (s << 31) | ((127 - b - k) << 23) | (r >> 9)
 *     f16      bits (s << 15) | (( 15 - b - k) << 10) | (r >> 22)
 *     bf16     bits (s << 15) | ((127 - b - k) <<  7) | (r >> 25)
 * so with f the fraction's bits it is +-1.f * 2^(-b-k).
 *
 * Hash: FNV-1a of 64 bits (start 14695981039346656037; for each byte: h ^= byte, then h *= 1099511628211 mod 2^64) over the bytes
 * of arrays, as in the memory of a little-endian machine.
 */
#ifndef FASTADAM_TESTS_GENERATED_H
#define FASTADAM_TESTS_GENERATED_H

#include "fastadam.h"

#include <string.h>

enum { LONGEST = 1000 };

typedef struct {
    int32_t dtype;
    int base;
    int is_unsigned;
    unsigned char bytes[4 * LONGEST];
} array;

static uint32_t state;

static inline uint32_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* The low size bytes of bits, as element i, in the order of this machine: a float or an uint16_t. */
static inline void store(array *a, size_t i, uint32_t bits)
{
    if (a->dtype == FASTADAM_F32) {
        memcpy(a->bytes + 4 * i, &bits, 4);
    } else {
        uint16_t half = (uint16_t)bits;
        memcpy(a->bytes + 2 * i, &half, 2);
    }
}

static inline uint32_t load(const array *a, size_t i)
{
    uint32_t bits;
    uint16_t half;
    if (a->dtype == FASTADAM_F32) {
        memcpy(&bits, a->bytes + 4 * i, 4);
        return bits;
    }
    memcpy(&half, a->bytes + 2 * i, 2);
    return half;
}

static inline void fill(array *a, size_t n)
{
    size_t i;
    for (i = 0; i < n; i++) {
        uint32_t r = draw();
        uint32_t sign = a->is_unsigned ? 0 : r & 1;
        uint32_t down = (uint32_t)a->base + ((r >> 1) & 7);
        int is_zero = !a->is_unsigned && ((r >> 4) & 15) == 0;
        uint32_t bits;
        switch (a->dtype) {
        case FASTADAM_F32: bits = sign << 31 | (is_zero ? 0 : (127 - down) << 23 | r >> 9); break;
        case FASTADAM_F16: bits = sign << 15 | (is_zero ? 0 : (15 - down) << 10 | r >> 22); break;
        default: bits = sign << 15 | (is_zero ? 0 : (127 - down) << 7 | r >> 25); break;
        }
        store(a, i, bits);
    }
}

/* Adds the array to the hash; *is_finite becomes 0 where an element is not. */
static inline uint64_t hash(uint64_t h, const array *a, size_t n, int *is_finite)
{
    size_t i;
    int shift;
    int size = a->dtype == FASTADAM_F32 ? 4 : 2;
    uint32_t exponent = a->dtype == FASTADAM_F32 ? 0x7f800000u : a->dtype == FASTADAM_F16 ? 0x7c00u : 0x7f80u;
    for (i = 0; i < n; i++) {
        uint32_t bits = load(a, i);
        if ((bits & exponent) == exponent) {
            *is_finite = 0;
        }
        for (shift = 0; shift < 8 * size; shift += 8) {
            h = (h ^ ((bits >> shift) & 0xff)) * UINT64_C(1099511628211);
        }
    }
    return h;
}

/* Of an empty sequence of bytes. */
#define HASH_START UINT64_C(14695981039346656037)

#endif
