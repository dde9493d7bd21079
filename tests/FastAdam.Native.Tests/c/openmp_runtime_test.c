/*
 * The OpenMP runtime of a process that is not linked with one: found when it is loaded, under the name that a wheel gives it, and asked
 * for as many threads as it says that it has. Its arguments are a library without a runtime's entries and the stand-in for a runtime, both
 * of openmp_stand_in.c. Linux.
 *
 *     cc -std=c99 -Wall -Wextra -Werror -pedantic -I PREFIX/include openmp_runtime_test.c -o openmp_runtime_test -L PREFIX/lib -lfastadam
 *        -lm -ldl
 */
#define _GNU_SOURCE

#include "check.h"
#include "fastadam.h"
#include "shared_steps.h"

#include <dlfcn.h>

static void *opened(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        printf("%s\n", dlerror());
        exit(2);
    }
    return library;
}

static void find(void *library, const char *name, void *function)
{
    void *const symbol = dlsym(library, name);
    CHECK(symbol != NULL);
    memcpy(function, &symbol, sizeof symbol);
}

int main(int argument_count, char **arguments)
{
    static const struct { int runtimes, threads, regions; } cases[] = {
        { 3, 0, 1 }, { 3, 1, 0 }, { 3, 2, 1 }, { 3, 100, 1 }, { 1, 0, 0 }, { 1, 4, 0 }, { 8, 0, 1 }, { 8, 2, 1 },
    };
    void (*set_threads)(int);
    int (*regions)(void);
    fastadam_executor executor;
    void *library;
    size_t i;
    int kind;
    if (argument_count != 3) {
        printf("two libraries, please\n");
        return 2;
    }
    CHECK(fastadam_openmp_executor() == NULL);
    (void)opened(arguments[1]);
    CHECK(fastadam_openmp_executor() == NULL);
    library = opened(arguments[2]);
    executor = fastadam_openmp_executor();
    CHECK(executor != NULL);
    if (executor == NULL) {
        return check_report();
    }
    CHECK(fastadam_openmp_executor() == executor);
    find(library, "stand_in_set_threads", &set_threads);
    find(library, "stand_in_regions", &regions);

    /* It stays, whoever else leaves it. */
    CHECK_EQUAL(dlclose(library), 0);

    /* A process that may use one processor, as where OpenMP has bound its first thread: the library's own threads would be none. */
    CHECK_EQUAL(setenv("DOTNET_PROCESSOR_COUNT", "1", 1), 0);
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const int before = regions();
        set_threads(cases[i].runtimes);
        CHECK(is_as_expected(STEP, options_with(executor, NULL, cases[i].threads)));
        CHECK_EQUAL(regions() - before, cases[i].regions);
    }
    set_threads(3);
    CHECK_EQUAL(fastadam_set_executor(executor, NULL), FASTADAM_OK);
    for (kind = 0; kind < KINDS; kind++) {
        const int before = regions();
        CHECK(is_as_expected((kind_of_step)kind, options_with(NULL, NULL, 0)));
        CHECK_EQUAL(regions() - before, kind == REPORT || kind == EVALUATION ? 2 : 1);
    }
    return check_report();
}
