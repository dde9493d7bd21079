#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#  define _GNU_SOURCE /* dladdr */
#endif

#include "sibling.h"

#include <stdio.h>
#include <string.h>

#if defined(_WIN32)

#include <windows.h>

void *sibling_open(const char *name)
{
    HMODULE self;
    wchar_t path[32768];
    DWORD length;
    wchar_t *end;
    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                            (LPCWSTR)&sibling_open, &self)) {
        return NULL;
    }
    length = GetModuleFileNameW(self, path, 32768);
    if (length == 0 || length > 32700) {
        return NULL;
    }
    end = wcsrchr(path, L'\\');
    if (end == NULL) {
        return NULL;
    }
    swprintf(end + 1, 64, L"libfastadam-%hs.dll", name);
    return (void *)LoadLibraryW(path);
}

sibling_function sibling_find(void *library, const char *function)
{
    return (sibling_function)GetProcAddress((HMODULE)library, function);
}

#else

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>

#if defined(__APPLE__)
#  define EXTENSION ".dylib"
#else
#  define EXTENSION ".so"
#endif

/* Found when this library is loaded: its path may be relative, and the working directory another one at the first step. */
static char folder[PATH_MAX];

__attribute__((constructor)) static void find_folder(void)
{
    Dl_info info;
    char *end;
    if (dladdr((void *)folder, &info) == 0 || info.dli_fname == NULL || realpath(info.dli_fname, folder) == NULL) {
        folder[0] = '\0';
        return;
    }
    end = strrchr(folder, '/');
    if (end != NULL) {
        end[1] = '\0';
    }
}

void *sibling_open(const char *name)
{
    char path[PATH_MAX + 64];
    if (folder[0] == '\0') {
        return NULL;
    }
    snprintf(path, sizeof path, "%slibfastadam-%s" EXTENSION, folder, name);
    return dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
}

sibling_function sibling_find(void *library, const char *function)
{
    /* ISO C has no conversion from an object's address to a function's; POSIX promises that the bits are the same. */
    sibling_function result = NULL;
    void *symbol = dlsym(library, function);
    memcpy(&result, &symbol, sizeof result);
    return result;
}

#endif
