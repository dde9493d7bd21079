#include "cpu.h"

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__) || defined(_M_X64)
#  define X64 1
#  if defined(_MSC_VER)
#    include <intrin.h>
#  else
#    include <cpuid.h>
#  endif
#endif

const char *isa_name(isa set)
{
    static const char *const names[ISA_COUNT] = { "scalar", "neon", "avx2", "avx512" };
    return names[set];
}

const char *isa_library(isa set)
{
#if defined(X64)
    static const char *const libraries[ISA_COUNT] = { "baseline", NULL, "avx2", "avx512" };
#else
    static const char *const libraries[ISA_COUNT] = { NULL, "neon", NULL, NULL };
#endif
    return libraries[set];
}

#if defined(X64)

typedef struct { uint32_t a, b, c, d; } registers;

/* All zeros for a leaf that the CPU does not have. */
static registers cpuid(uint32_t leaf)
{
    registers r = { 0, 0, 0, 0 };
#  if defined(_MSC_VER)
    int values[4];
    __cpuid(values, (int)(leaf & 0x80000000u));
    if ((uint32_t)values[0] >= leaf) {
        __cpuidex(values, (int)leaf, 0);
        r.a = (uint32_t)values[0];
        r.b = (uint32_t)values[1];
        r.c = (uint32_t)values[2];
        r.d = (uint32_t)values[3];
    }
#  else
    __get_cpuid_count(leaf, 0, &r.a, &r.b, &r.c, &r.d);
#  endif
    return r;
}

/* The register state that the operating system saves; only where it has switched XSAVE on. */
static uint64_t saved_state(void)
{
#  if defined(_MSC_VER)
    return _xgetbv(0);
#  else
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return ((uint64_t)high << 32) | low;
#  endif
}

static bool has(uint32_t bits, uint32_t wanted)
{
    return (bits & wanted) == wanted;
}

/*
 * The libraries are compiled for the psABI's levels x86-64-v3 and x86-64-v4, and check at start that all of the level is there.
 * So all of it is asked for, not only what the kernels use.
 */
static bool has_v3(void)
{
    const uint32_t fma = 1u << 12, movbe = 1u << 22, osxsave = 1u << 27, avx = 1u << 28, f16c = 1u << 29;
    const uint32_t bmi1 = 1u << 3, avx2 = 1u << 5, bmi2 = 1u << 8;
    const uint32_t lzcnt = 1u << 5;
    const uint64_t xmm_ymm = 0x6;
    return has(cpuid(1).c, fma | movbe | osxsave | avx | f16c)
        && (saved_state() & xmm_ymm) == xmm_ymm
        && has(cpuid(7).b, bmi1 | avx2 | bmi2)
        && has(cpuid(0x80000001u).c, lzcnt);
}

static bool has_v4(void)
{
    const uint32_t f = 1u << 16, dq = 1u << 17, cd = 1u << 28, bw = 1u << 30, vl = 1u << 31;
    const uint64_t xmm_ymm_zmm = 0xe6;
    return has_v3() && (saved_state() & xmm_ymm_zmm) == xmm_ymm_zmm && has(cpuid(7).b, f | dq | cd | bw | vl);
}

#endif

bool isa_is_supported(isa set)
{
#if defined(X64)
    switch (set) {
    case ISA_SCALAR: return true;
    case ISA_AVX2: return has_v3();
    case ISA_AVX512: return has_v4();
    default: return false;
    }
#else
    return set == ISA_NEON;
#endif
}

isa isa_widest(void)
{
    isa set = ISA_COUNT;
    while (--set > ISA_SCALAR && !isa_is_supported(set)) {
    }
    return set;
}
