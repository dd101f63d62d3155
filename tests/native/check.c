#include "check.h"

#include "convoy.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static long checks;
static long failures;
static char context[512];

/* Beyond this many the rest are counted but not printed. */
enum { MOST_PRINTED = 20 };

static void fail(const char *file, int line) {
    failures++;
    if (failures <= MOST_PRINTED) {
        fprintf(stderr, "%s:%d: [%s] ", file, line, context);
    }
}

bool check_that(bool holds, const char *what, const char *file, int line) {
    checks++;
    if (!holds) {
        fail(file, line);
        if (failures <= MOST_PRINTED) {
            fprintf(stderr, "does not hold: %s\n", what);
        }
    }
    return holds;
}

bool check_equal(int64_t actual, int64_t expected, const char *what, const char *file, int line) {
    checks++;
    if (actual != expected) {
        fail(file, line);
        if (failures <= MOST_PRINTED) {
            fprintf(stderr, "%s is %" PRId64 ", expected %" PRId64 "\n", what, actual, expected);
        }
    }
    return actual == expected;
}

bool check_at_most(double actual, double limit, const char *what, const char *file, int line) {
    const bool holds = actual <= limit;
    checks++;
    if (!holds) {
        fail(file, line);
        if (failures <= MOST_PRINTED) {
            fprintf(stderr, "%s is %.3g, expected at most %.3g\n", what, actual, limit);
        }
    }
    return holds;
}

void check_context(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(context, sizeof context, format, arguments);
    va_end(arguments);
}

int check_summary(void) {
    printf("%ld checks, %ld failed\n", checks, failures);
    return failures == 0 && checks > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

void for_each_isa(void (*test)(int32_t isa)) {
    static bool said[CONVOY_ISA_NEON + 1];
    for (int32_t isa = CONVOY_ISA_SCALAR; isa <= CONVOY_ISA_NEON; isa++) {
        if (convoy_isa_supported(isa)) {
            test(isa);
        } else if (!said[isa]) {
            printf("Skipped: %s is not to be had on this machine\n", convoy_isa_name(isa));
            said[isa] = true;
        }
    }
}

bool is_quick(void) {
    return getenv("CONVOY_TEST_QUICK") != NULL;
}

int32_t random_cases(int32_t usual) {
    return is_quick() ? (usual + 7) / 8 : usual;
}

/* xorshift64* (Vigna 2016). */
uint32_t random_bits(void) {
    static uint64_t state;
    if (state == 0) {
        const char *seed = getenv("CONVOY_TEST_SEED");
        state = seed != NULL ? strtoull(seed, NULL, 10) : 20120930;
        printf("seed: %" PRIu64 " (CONVOY_TEST_SEED sets it)\n", state);
        state = state * 0x9e3779b97f4a7c15u | 1;
    }
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * 0x2545f4914f6cdd1du) >> 32);
}

int32_t random_between(int32_t low, int32_t high) {
    return low + (int32_t)(random_bits() % ((uint32_t)(high - low) + 1));
}

float random_float(void) {
    return (float)((int32_t)(random_bits() >> 8) - (1 << 23)) / (float)(1 << 23);
}
