#include "executor.h"

#include "lock.h"
#include "openmp.h"

#include <stddef.h>

#if defined(_MSC_VER)
#  define THREAD_LOCAL __declspec(thread)
#else
#  define THREAD_LOCAL __thread
#endif

static THREAD_LOCAL const fp_environment *environment = NULL;

static lock executor_lock = LOCK_INIT;

/* Under the lock. */
static fastadam_executor of_process = NULL;
static void *context_of_process = NULL;
static int is_connected = 0;

/* Written once, before any step. */
static executor_functions kernels;

void executor_set_environment(const fp_environment *callers)
{
    environment = callers;
}

/* What executors call. Their threads may have any environment, and have it back. */
static void run_part(void *work, uint32_t part)
{
    const fp_environment threads = fp_enter();
    kernels.run_part(work, part);
    fp_leave(threads);
}

/* Calls an executor in the environment of the step's caller: threads that it starts inherit that, and not the kernels'. */
static void call(fastadam_executor executor, void *context, void *work, uint32_t parts)
{
    const fp_environment *const callers = environment;
    const fp_environment inside = fp_enter();
    if (callers != NULL) {
        fp_leave(*callers);
    }
    executor(context, run_part, work, parts);
    fp_leave(inside);

    /* The executor may have made a step of its own. */
    environment = callers;
}

int32_t executor_connect(const executor_functions *functions)
{
    int32_t status;
    lock_take(&executor_lock);
    kernels = *functions;
    kernels.set_calls(call, openmp_threads);
    status = kernels.set_executor(of_process, context_of_process);
    is_connected = status == FASTADAM_OK;
    lock_release(&executor_lock);
    return status;
}

int32_t fastadam_set_executor(fastadam_executor executor, void *context)
{
    int32_t status;
    lock_take(&executor_lock);
    status = is_connected ? kernels.set_executor(executor, context) : FASTADAM_OK;
    if (status == FASTADAM_OK) {
        of_process = executor;
        context_of_process = context;
    }
    lock_release(&executor_lock);
    return status;
}
