/* The OpenMP runtime that the process has loaded, which this library is not linked with. fastadam_openmp_executor finds it. */
#ifndef FASTADAM_OPENMP_H
#define FASTADAM_OPENMP_H

#include "fastadam.h"

/* How many threads the runtime would use for a region of the calling thread's, where the executor is the one over OpenMP; 0 for other
   executors. */
int32_t openmp_threads(fastadam_executor executor);

#endif
