/*
 * What came of loading the library, on one line: for tests that change FASTADAM_ISA, take libraries away or move them.
 *
 *     status=0 isa=avx2 step=0 untouched=0 version=0.2.0 abi=2 block=1 text=...
 *
 * status is fastadam_load's, step that of a step that is right in itself, untouched whether it left its arrays alone, block
 * whether one could be allocated, text the description of status. The first argument chooses the call that comes first: load
 * (default), isa, step, alloc.
 *
 *     cc -std=c99 -Wall -Wextra -Werror -pedantic -I PREFIX/include library_info.c -o library_info -L PREFIX/lib -lfastadam
 */
#include "fastadam.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : "load";
    float arrays[4][3] = {{1, 2, 3}, {4, 5, 6}, {0, 0, 0}, {0, 0, 0}};
    float old[4][3];
    fastadam_group group;
    int32_t status;
    int32_t step;
    void *block;
    memcpy(old, arrays, sizeof old);
    (void)fastadam_group_init(&group, sizeof group, FASTADAM_ADAM);
    if (strcmp(first, "isa") == 0) {
        (void)fastadam_isa();
    } else if (strcmp(first, "load") == 0) {
        (void)fastadam_load();
    } else if (strcmp(first, "alloc") == 0) {
        fastadam_free(fastadam_alloc(100, 0));
    }
    step = fastadam_adam_f32(arrays[0], arrays[1], arrays[2], arrays[3], 3, &group, 1, 0);
    status = fastadam_load();
    block = fastadam_alloc(100, 0);
    printf("status=%d isa=%s step=%d untouched=%d version=%s abi=%d block=%d text=%s\n", (int)status, fastadam_isa(), (int)step,
           memcmp(arrays, old, sizeof old) == 0, fastadam_version(), (int)fastadam_abi_version(), block != NULL,
           fastadam_status_string(status));
    fastadam_free(block);
    return 0;
}
