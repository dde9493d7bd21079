#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#  define _GNU_SOURCE /* MAP_ANON, syscall */
#endif

#include "runtime_needs.h"

#include <stdlib.h>

/* The runtime starts with a heap of 32 MiB, and was seen not to with one of 2 MiB. */
#define SMALLEST_HEAP (32ull << 20)

/* Its heap's limit where no variable sets another: in FastAdam.Native.csproj. */
#define HEAP (64ull << 20)

/* The heap's regions: seen to start with 39 and with 8 KiB each, and to fail with 38 and with 4 KiB. */
#define FEWEST_REGIONS 40
#define SMALLEST_REGION (8ull << 10)
#define LARGEST_REGION (1ull << 30)
#define DEFAULT_REGION (1ull << 20)

/* A variable for .NET programs, which reaches the runtime inside, too: a hexadecimal number. 0 where it is none. */
static unsigned long long setting(const char *name)
{
    const char *text = getenv(name);
    return text == NULL ? 0 : strtoull(text, NULL, 16);
}

/* Limits of the heap's three kinds of objects, in bytes or percent: none, or all three. */
static bool are_none_or_all(const unsigned long long limits[3])
{
    const int count = (limits[0] != 0) + (limits[1] != 0) + (limits[2] != 0);
    return count == 0 || count == 3;
}

/* Whether the runtime starts with the limits that variables set, and the address space that its heap then reserves. */
static bool heap_settings_suffice(unsigned long long *range)
{
    const unsigned long long limit = setting("DOTNET_GCHeapHardLimit");
    const unsigned long long region = setting("DOTNET_GCRegionSize");
    unsigned long long bytes[3], percent[3];
    bytes[0] = setting("DOTNET_GCHeapHardLimitSOH");
    bytes[1] = setting("DOTNET_GCHeapHardLimitLOH");
    bytes[2] = setting("DOTNET_GCHeapHardLimitPOH");
    percent[0] = setting("DOTNET_GCHeapHardLimitSOHPercent");
    percent[1] = setting("DOTNET_GCHeapHardLimitLOHPercent");
    percent[2] = setting("DOTNET_GCHeapHardLimitPOHPercent");
    *range = 5 * HEAP;
    if (bytes[0] != 0) {
        int i;
        *range = 0;
        for (i = 0; i < 3; i++) {
            if (bytes[i] < SMALLEST_HEAP) {
                return false;
            }
            *range += bytes[i];
        }
    } else if (limit != 0 && limit < HEAP) {
        *range = 5 * limit;
    }
    if (setting("DOTNET_GCRegionRange") != 0) {
        *range = setting("DOTNET_GCRegionRange");
    }
    return (limit == 0 || limit >= SMALLEST_HEAP) && are_none_or_all(bytes) && are_none_or_all(percent)
        && percent[0] + percent[1] + percent[2] < 100
        && (region == 0 || (region >= SMALLEST_REGION && region <= LARGEST_REGION && (region & (region - 1)) == 0))
        && *range / (region == 0 ? DEFAULT_REGION : region) >= FEWEST_REGIONS;
}

#if defined(_WIN32)

bool runtime_can_start(void)
{
    unsigned long long range;
    return heap_settings_suffice(&range);
}

#else

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>
#if defined(__linux__)
#  include <sys/syscall.h>
#endif

/* What the runtime reserves beside its heap, for tables and its thread: 128 MiB were seen. */
#define RESERVED_BESIDE (256ull << 20)

/* What it writes beside its thread's stack, once more for what a first step adds: 2 MiB were seen in use after loading. */
#define WRITTEN (4u << 20)

static bool can_reserve(unsigned long long bytes, int flags)
{
    const size_t size = (size_t)bytes;
    void *place = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANON | flags, -1, 0);
    return place != MAP_FAILED && munmap(place, size) == 0;
}

static bool address_space_suffices(unsigned long long range)
{
    return range <= SIZE_MAX - RESERVED_BESIDE && can_reserve(range + RESERVED_BESIDE, MAP_NORESERVE);
}

/* Pages from the system's pool of huge ones, where a variable asks for them. */
static bool large_pages_are_granted(unsigned long long range)
{
#if defined(MAP_HUGETLB)
    return setting("DOTNET_GCLargePages") == 0 || can_reserve(range, MAP_HUGETLB);
#else
    (void)range;
    return true;
#endif
}

static void *end_at_once(void *nothing)
{
    return nothing;
}

/* One more thread, and memory to write beside its stack: the limit of data (ulimit -d) counts both. */
static bool thread_and_memory_are_granted(void)
{
    pthread_t thread;
    bool started;
    void *memory = mmap(NULL, WRITTEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (memory == MAP_FAILED) {
        return false;
    }
    started = pthread_create(&thread, NULL, end_at_once, NULL) == 0;
    if (started) {
        pthread_join(thread, NULL);
    }
    munmap(memory, WRITTEN);
    return started;
}

/* A key of thread-specific data. A process has PTHREAD_KEYS_MAX. */
static bool key_is_left(void)
{
    pthread_key_t key;
    return pthread_key_create(&key, NULL) == 0 && pthread_key_delete(key) == 0;
}

/* Asked with a signal whose treatment is put back after loading anyway, and set to what it is. */
static bool signal_handlers_can_be_set(void)
{
    struct sigaction action;
    return sigaction(SIGPIPE, NULL, &action) == 0 && sigaction(SIGPIPE, &action, NULL) == 0;
}

#if defined(__linux__)

#  define MEMBARRIER_QUERY 0
#  define MEMBARRIER_PRIVATE_EXPEDITED (1 << 3)
#  define MEMBARRIER_REGISTER_PRIVATE_EXPEDITED (1 << 4)

static long ask_for_barrier(int command)
{
#  if defined(SYS_membarrier)
    return syscall(SYS_membarrier, command, 0, 0);
#  else
    (void)command;
    return -1;
#  endif
}

/*
 * A barrier on all processors that run the process: the system's own, which the runtime registers for as this does, or a page that
 * is locked. Sandboxes refuse the one, and limits of locked memory (ulimit -l) the other.
 */
static bool barrier_is_granted(void)
{
    const long commands = ask_for_barrier(MEMBARRIER_QUERY);
    size_t size;
    void *page;
    bool locked;
    if (commands >= 0 && (commands & MEMBARRIER_PRIVATE_EXPEDITED) != 0
        && ask_for_barrier(MEMBARRIER_REGISTER_PRIVATE_EXPEDITED) == 0) {
        return true;
    }
    size = (size_t)sysconf(_SC_PAGESIZE);
    page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (page == MAP_FAILED) {
        return false;
    }
    locked = mlock(page, size) == 0;
    munmap(page, size);
    return locked;
}

#else

static bool barrier_is_granted(void)
{
    return true;
}

#endif

bool runtime_can_start(void)
{
    unsigned long long range;
    return heap_settings_suffice(&range) && address_space_suffices(range) && large_pages_are_granted(range)
        && thread_and_memory_are_granted() && key_is_left() && signal_handlers_can_be_set() && barrier_is_granted();
}

#endif
