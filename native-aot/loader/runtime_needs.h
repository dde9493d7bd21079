/* What the .NET runtime inside needs of the process to start. */
#ifndef FASTADAM_RUNTIME_NEEDS_H
#define FASTADAM_RUNTIME_NEEDS_H

#include <stdbool.h>

/*
 * Whether the process gives it. Where it does not, the runtime would end the process: asked for here, where a status can say so.
 * Not from two threads at once.
 */
bool runtime_can_start(void);

#endif
