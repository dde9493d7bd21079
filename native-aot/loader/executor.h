/* Threads that the host lends: what lies between its executors and the kernels' library. */
#ifndef FASTADAM_EXECUTOR_H
#define FASTADAM_EXECUTOR_H

#include "fastadam.h"
#include "fpenv.h"

typedef void (*set_calls_function)(void (*call)(fastadam_executor, void *, void *, uint32_t),
                                   int32_t (*count_threads)(fastadam_executor));
typedef int32_t (*set_executor_function)(fastadam_executor, void *);

/* The functions of a kernels' library that this needs: FastAdam.Native/Exports.cs. */
typedef struct {
    set_calls_function set_calls;
    set_executor_function set_executor;
    fastadam_part run_part;
} executor_functions;

/* Connects the kernels' library, once, before any step: it has the executor of the process from then on. Returns a status. */
int32_t executor_connect(const executor_functions *functions);

/* Around a call whose caller has not the floating-point environment of the kernels: executors are called in the caller's, which stays
   where it is until the call ends with NULL. */
void executor_set_environment(const fp_environment *callers);

#endif
