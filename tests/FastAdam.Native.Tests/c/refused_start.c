/*
 * What the system refuses the process before the library is loaded, in the order of the arguments, and what came of loading it,
 * twice. Linux.
 *
 *     status=-12 again=-12
 *
 * membarrier, sigaction: the system call of that name, as a container's filter refuses it. memlock, data: memory that is locked,
 * and memory that is written beyond that of a thread of 128 KiB and half a MiB. keys, all-but-one-key: thread-specific data.
 *
 *     cc -std=c99 -Wall -Wextra -Werror -pedantic -pthread -I PREFIX/include refused_start.c -o refused_start
 *        -L PREFIX/lib -lfastadam
 */
#define _GNU_SOURCE

#include "fastadam.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static void expect(int condition, const char *what)
{
    if (!condition) {
        perror(what);
        exit(2);
    }
}

static void refuse_call(unsigned int number)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program;
    filter[1].k = number;
    program.len = sizeof filter / sizeof filter[0];
    program.filter = filter;
    expect(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
    expect(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0, "PR_SET_SECCOMP");
}

static void limit(int resource, rlim_t value)
{
    struct rlimit both;
    both.rlim_cur = value;
    both.rlim_max = value;
    expect(setrlimit(resource, &both) == 0, "setrlimit");
}

/* Which root would lock memory with whatever the limit is. */
static void drop_capability(unsigned int capability)
{
    struct __user_cap_header_struct header;
    struct __user_cap_data_struct data[2];
    memset(&header, 0, sizeof header);
    header.version = _LINUX_CAPABILITY_VERSION_3;
    expect(syscall(SYS_capget, &header, data) == 0, "capget");
    data[capability / 32].effective &= ~(1u << capability % 32);
    data[capability / 32].permitted &= ~(1u << capability % 32);
    expect(syscall(SYS_capset, &header, data) == 0, "capset");
}

static void limit_written_memory(void)
{
    enum { STACK = 128 << 10, BESIDE = 512 << 10 };
    pthread_attr_t attributes;
    char line[200];
    unsigned long in_use = 0;
    FILE *status = fopen("/proc/self/status", "r");
    expect(status != NULL, "/proc/self/status");
    while (fgets(line, sizeof line, status) != NULL) {
        (void)sscanf(line, "VmData: %lu", &in_use);
    }
    fclose(status);
    expect(in_use != 0, "VmData");
    expect(pthread_attr_init(&attributes) == 0 && pthread_attr_setstacksize(&attributes, STACK) == 0
               && pthread_setattr_default_np(&attributes) == 0, "the stacks' size");
    limit(RLIMIT_DATA, (in_use << 10) + STACK + BESIDE);
}

static void use_up_keys(int all_but)
{
    pthread_key_t key, first;
    expect(pthread_key_create(&first, NULL) == 0, "pthread_key_create");
    while (pthread_key_create(&key, NULL) == 0) {
    }
    if (all_but == 1) {
        expect(pthread_key_delete(first) == 0, "pthread_key_delete");
    }
}

int main(int argc, char **argv)
{
    int i;
    int32_t status;
    for (i = 1; i < argc; i++) {
        if (strcmp(argv[i], "membarrier") == 0) {
            refuse_call(SYS_membarrier);
        } else if (strcmp(argv[i], "sigaction") == 0) {
            refuse_call(SYS_rt_sigaction);
        } else if (strcmp(argv[i], "memlock") == 0) {
            drop_capability(CAP_IPC_LOCK);
            limit(RLIMIT_MEMLOCK, 0);
        } else if (strcmp(argv[i], "data") == 0) {
            limit_written_memory();
        } else if (strcmp(argv[i], "keys") == 0) {
            use_up_keys(0);
        } else if (strcmp(argv[i], "all-but-one-key") == 0) {
            use_up_keys(1);
        } else {
            fprintf(stderr, "refused_start: unknown argument '%s'\n", argv[i]);
            return 2;
        }
    }
    status = fastadam_load();
    printf("status=%d again=%d\n", (int)status, (int)fastadam_load());
    return 0;
}
