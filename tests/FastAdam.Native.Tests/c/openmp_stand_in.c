/*
 * The entries of an OpenMP runtime that FastAdam uses, for tests that ask what it was told: a library whose teams are threads of their
 * own. With WITHOUT_ENTRIES, a library that only has a runtime's name.
 */
#include <pthread.h>

#if defined(WITHOUT_ENTRIES)

int without_entries(void);
int without_entries(void) { return 0; }

#else

int omp_get_max_threads(void);
void GOMP_parallel(void (*run)(void *), void *data, unsigned threads, unsigned flags);
void stand_in_set_threads(int threads);
int stand_in_regions(void);

enum { MOST = 16 };

static int team_size = 3;
static int regions = 0;

typedef struct { void (*run)(void *); void *data; } call;

static void *of_team(void *argument)
{
    const call *const c = (const call *)argument;
    c->run(c->data);
    return NULL;
}

int omp_get_max_threads(void) { return team_size; }

/* A team of the usual size is all that may be asked for: -1 regions say that another one was. */
void GOMP_parallel(void (*run)(void *), void *data, unsigned threads, unsigned flags)
{
    pthread_t others[MOST];
    call c = { run, data };
    int count = 0;
    while (count < team_size - 1 && count < MOST && pthread_create(&others[count], NULL, of_team, &c) == 0) {
        count++;
    }
    run(data);
    while (count != 0) {
        pthread_join(others[--count], NULL);
    }
    regions = threads != 0 || flags != 0 || regions < 0 ? -1 : regions + 1;
}

void stand_in_set_threads(int threads) { team_size = threads; }

int stand_in_regions(void) { return regions; }

#endif
