/* Counted checks for the test programs: a failed one is printed with its place and values, and the program goes on. */
#ifndef FASTADAM_TESTS_CHECK_H
#define FASTADAM_TESTS_CHECK_H

#include <stdio.h>
#include <string.h>

static int checks_made;
static int checks_failed;

static inline void check_true(int condition, const char *text, const char *file, int line)
{
    checks_made++;
    if (!condition) {
        checks_failed++;
        printf("%s:%d: not true: %s\n", file, line, text);
    }
}

static inline void check_equal(long long actual, long long expected, const char *text, const char *file, int line)
{
    checks_made++;
    if (actual != expected) {
        checks_failed++;
        printf("%s:%d: %s is %lld, expected %lld\n", file, line, text, actual, expected);
    }
}

static inline void check_same_double(double actual, double expected, const char *text, const char *file, int line)
{
    checks_made++;
    if (memcmp(&actual, &expected, sizeof actual) != 0) {
        checks_failed++;
        printf("%s:%d: %s is %.17g, expected %.17g\n", file, line, text, actual, expected);
    }
}

static inline void check_text(const char *actual, const char *expected, const char *text, const char *file, int line)
{
    checks_made++;
    if (actual == NULL || strcmp(actual, expected) != 0) {
        checks_failed++;
        printf("%s:%d: %s is \"%s\", expected \"%s\"\n", file, line, text, actual == NULL ? "(null)" : actual, expected);
    }
}

#define CHECK(condition) check_true((condition) ? 1 : 0, #condition, __FILE__, __LINE__)
#define CHECK_EQUAL(actual, expected) check_equal((long long)(actual), (long long)(expected), #actual, __FILE__, __LINE__)
#define CHECK_DOUBLE(actual, expected) check_same_double((actual), (expected), #actual, __FILE__, __LINE__)
#define CHECK_TEXT(actual, expected) check_text((actual), (expected), #actual, __FILE__, __LINE__)

/* Checked by the compiler. */
#define STATIC_ASSERT(name, condition) typedef char static_assert_##name[(condition) ? 1 : -1]

/* The program's exit code. */
static inline int check_report(void)
{
    printf("%d checks, %d failed\n", checks_made, checks_failed);
    return checks_failed == 0 ? 0 : 1;
}

#endif
