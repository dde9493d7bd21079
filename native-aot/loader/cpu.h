/* Which instruction sets this CPU and operating system run. */
#ifndef FASTADAM_CPU_H
#define FASTADAM_CPU_H

#include <stdbool.h>

typedef enum { ISA_SCALAR, ISA_NEON, ISA_AVX2, ISA_AVX512, ISA_COUNT } isa;

/* The name that users see. */
const char *isa_name(isa set);

/* What the end of the name of that instruction set's library is; NULL where this architecture has none. */
const char *isa_library(isa set);

/* Whether that library may be loaded here: a library that was compiled for more than the CPU has ends the process. */
bool isa_is_supported(isa set);

/* The widest that is supported. */
isa isa_widest(void);

#endif
