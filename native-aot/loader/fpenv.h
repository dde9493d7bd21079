/* The floating-point environment that the kernels' results are promised for, whatever the caller has set. */
#ifndef FASTADAM_FPENV_H
#define FASTADAM_FPENV_H

#include <stdint.h>

/*
 * Rounding to nearest, subnormals kept, exceptions masked. A call reads the registers before and after, and writes them only where
 * they differ: the control bits where the caller has changed them, and the flags of exceptions where the call has raised one that
 * was not raised before.
 */
#if defined(__x86_64__) || defined(_M_X64)

#  include <xmmintrin.h>

/* MXCSR: control bits and flags. Nothing here uses the x87. */
typedef uint32_t fp_environment;
#  define FP_CONTROL_BITS 0xffc0u
#  define FP_CONTROL_DEFAULT 0x1f80u

/* Whether it is that of the kernels, but for flags. */
static inline int fp_is_kernels(const fp_environment *environment) { return (*environment & FP_CONTROL_BITS) == FP_CONTROL_DEFAULT; }

/* Sets the environment of the kernels. Returns the caller's. */
static inline fp_environment fp_enter(void)
{
    const fp_environment callers = _mm_getcsr();
    if (!fp_is_kernels(&callers)) {
        _mm_setcsr(FP_CONTROL_DEFAULT);
    }
    return callers;
}

/* Puts the caller's back. False where nothing had to be written: it was that of the kernels then. */
static inline int fp_leave(fp_environment callers)
{
    if (_mm_getcsr() == callers) {
        return 0;
    }
    _mm_setcsr(callers);
    return 1;
}

#elif defined(__aarch64__)

typedef struct { uint64_t control, flags; } fp_environment;
#  define FP_CONTROL_BITS 0x07f79f00u /* AHP, DN, FZ, rounding, FZ16, and the traps */
#  define FP_CONTROL_DEFAULT 0u

static inline uint64_t fp_read_control(void)
{
    uint64_t value;
    __asm__ volatile("mrs %0, fpcr" : "=r"(value) : : "memory");
    return value;
}

static inline uint64_t fp_read_flags(void)
{
    uint64_t value;
    __asm__ volatile("mrs %0, fpsr" : "=r"(value) : : "memory");
    return value;
}

static inline void fp_write_control(uint64_t value) { __asm__ volatile("msr fpcr, %0" : : "r"(value) : "memory"); }
static inline void fp_write_flags(uint64_t value) { __asm__ volatile("msr fpsr, %0" : : "r"(value) : "memory"); }

static inline int fp_is_kernels(const fp_environment *environment)
{
    return (environment->control & FP_CONTROL_BITS) == FP_CONTROL_DEFAULT;
}

static inline fp_environment fp_enter(void)
{
    fp_environment callers;
    callers.control = fp_read_control();
    callers.flags = fp_read_flags();
    if (!fp_is_kernels(&callers)) {
        fp_write_control(FP_CONTROL_DEFAULT);
    }
    return callers;
}

static inline int fp_leave(fp_environment callers)
{
    const int differs = fp_read_control() != callers.control;
    if (differs) {
        fp_write_control(callers.control);
    }
    if (fp_read_flags() != callers.flags) {
        fp_write_flags(callers.flags);
    }
    return differs;
}

#else

typedef int fp_environment;
static inline int fp_is_kernels(const fp_environment *environment) { (void)environment; return 1; }
static inline fp_environment fp_enter(void) { return 0; }
static inline int fp_leave(fp_environment callers) { (void)callers; return 0; }

#endif

#endif
