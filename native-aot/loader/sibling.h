/* Libraries that lie beside this one. */
#ifndef FASTADAM_SIBLING_H
#define FASTADAM_SIBLING_H

/*
 * Loads libfastadam-<name> from the folder of this library itself, for the life of the process: the .NET runtime inside cannot be
 * unloaded. NULL where that does not work.
 */
void *sibling_open(const char *name);

/* A function of a library that was loaded; NULL where it has none of that name. */
typedef void (*sibling_function)(void);
sibling_function sibling_find(void *library, const char *function);

#endif
