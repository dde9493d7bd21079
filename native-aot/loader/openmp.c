#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#  define _GNU_SOURCE /* dl_iterate_phdr */
#endif

#include "openmp.h"

#include <stddef.h>

#if defined(__linux__)

#include "lock.h"

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

/* Entries of libgomp, by which GCC's programs come to it. libomp and libiomp5 have them too. */
typedef void (*parallel_function)(void (*)(void *), void *, unsigned, unsigned);
typedef int (*max_threads_function)(void);

static lock openmp_lock = LOCK_INIT;

/* Written once, under the lock, before the executor is given away. */
static parallel_function parallel = NULL;
static max_threads_function max_threads = NULL;

/* A loaded library whose name is that of a runtime: the one after so many others. */
typedef struct {
    int others;
    char path[PATH_MAX];
} search;

/* Wheels rename what they bring: libgomp-a34b3233.so.1. */
static int is_runtime(const char *path)
{
    static const char *const names[] = { "libgomp", "libomp", "libiomp" };
    const char *const slash = strrchr(path, '/');
    const char *const name = slash == NULL ? path : slash + 1;
    size_t i;
    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strncmp(name, names[i], strlen(names[i])) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Nothing is opened here: the list of libraries is locked. */
static int visit(struct dl_phdr_info *info, size_t size, void *data)
{
    search *const wanted = (search *)data;
    (void)size;
    if (info->dlpi_name == NULL || !is_runtime(info->dlpi_name) || wanted->others-- != 0) {
        return 0;
    }
    return snprintf(wanted->path, sizeof wanted->path, "%s", info->dlpi_name) < (int)sizeof wanted->path ? 1 : 0;
}

/* A function by its name: dlsym's result is no function's address in ISO C. */
static void find(void *library, const char *name, void *function)
{
    void *const symbol = dlsym(library, name);
    memcpy(function, &symbol, sizeof symbol);
}

/* Takes the library's entries, and keeps it loaded, where it has them. */
static int take(const char *path)
{
    void *const library = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
    if (library == NULL) {
        return 0;
    }
    find(library, "omp_get_max_threads", &max_threads);
    find(library, "GOMP_parallel", &parallel);
    if (parallel != NULL && max_threads != NULL) {
        return 1;
    }
    parallel = NULL;
    dlclose(library);
    return 0;
}

/* The parts of a work, which the threads of a team take until none is left. */
typedef struct {
    fastadam_part run;
    void *work;
    uint32_t parts;
    uint32_t next;
} team_work;

static void run_parts(void *data)
{
    team_work *const team = (team_work *)data;
    uint32_t part;
    while ((part = __atomic_fetch_add(&team->next, 1, __ATOMIC_RELAXED)) < team->parts) {
        team->run(team->work, part);
    }
}

/* In a team of the usual size, whatever the number of parts: libgomp ends the threads that a smaller team leaves over, and the next larger
   one would start them again. */
static void execute(void *context, fastadam_part run, void *work, uint32_t parts)
{
    team_work team = { run, work, parts, 0 };
    (void)context;
    parallel(run_parts, &team, 0, 0);
}

fastadam_executor fastadam_openmp_executor(void)
{
    int is_found;
    search wanted;
    int others;
    lock_take(&openmp_lock);
    for (others = 0; parallel == NULL; others++) {
        wanted.others = others;
        if (dl_iterate_phdr(visit, &wanted) == 0 || take(wanted.path)) {
            break;
        }
    }
    is_found = parallel != NULL;
    lock_release(&openmp_lock);
    return is_found ? execute : NULL;
}

int32_t openmp_threads(fastadam_executor executor)
{
    return executor == execute ? max_threads() : 0;
}

#else

fastadam_executor fastadam_openmp_executor(void)
{
    return NULL;
}

int32_t openmp_threads(fastadam_executor executor)
{
    (void)executor;
    return 0;
}

#endif
