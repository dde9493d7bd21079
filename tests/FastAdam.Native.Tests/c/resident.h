/* The memory of the process that is in use. Linux. */
#ifndef RESIDENT_H
#define RESIDENT_H

#include <stdio.h>
#include <stdlib.h>

/* Bytes. Counted page by page: what /proc/self/statm says may be off by some hundred pages for each processor. */
static size_t resident(void)
{
    char line[200];
    unsigned long kib = 0;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    if (file == NULL) {
        printf("no /proc/self/smaps_rollup\n");
        exit(2);
    }
    while (kib == 0 && fgets(line, sizeof line, file) != NULL) {
        (void)sscanf(line, "Rss: %lu", &kib);
    }
    fclose(file);
    if (kib == 0) {
        printf("no Rss in /proc/self/smaps_rollup\n");
        exit(2);
    }
    return (size_t)kib << 10;
}

#endif
