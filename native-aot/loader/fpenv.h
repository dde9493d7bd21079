/* The floating-point environment that the kernels' results are promised for, whatever the caller has set. */
#ifndef FASTADAM_FPENV_H
#define FASTADAM_FPENV_H

#include <stdint.h>

/*
 * Rounding to nearest, subnormals kept, exceptions masked. A step reads the control register, and writes it only where the caller
 * has changed it: then twice, to set it and to put it back.
 */
#if defined(__x86_64__) || defined(_M_X64)

#  include <xmmintrin.h>
typedef uint32_t fp_control;
#  define FP_CONTROL_BITS 0xffc0u /* all but the flags of exceptions that have occurred */
#  define FP_CONTROL_DEFAULT 0x1f80u
static inline fp_control fp_read(void) { return _mm_getcsr(); }
static inline void fp_write(fp_control value) { _mm_setcsr(value); }

#elif defined(__aarch64__)

typedef uint64_t fp_control;
#  define FP_CONTROL_BITS 0x07f79f00u /* AHP, DN, FZ, rounding, FZ16, and the traps */
#  define FP_CONTROL_DEFAULT 0u
static inline fp_control fp_read(void)
{
    uint64_t value;
    __asm__ volatile("mrs %0, fpcr" : "=r"(value));
    return value;
}
static inline void fp_write(fp_control value) { __asm__ volatile("msr fpcr, %0" : : "r"(value)); }

#else

typedef uint32_t fp_control;
#  define FP_CONTROL_BITS 0u
#  define FP_CONTROL_DEFAULT 0u
static inline fp_control fp_read(void) { return 0; }
static inline void fp_write(fp_control value) { (void)value; }

#endif

#endif
