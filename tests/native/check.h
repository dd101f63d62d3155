/* A test is a program of CHECKs: it goes on after a failure, and its exit status says whether there was one. */
#ifndef CONVOY_TEST_CHECK_H
#define CONVOY_TEST_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#define CHECK(condition)              check_that((condition), #condition, __FILE__, __LINE__)
#define CHECK_AT_MOST(actual, limit)  check_at_most((actual), (limit), #actual, __FILE__, __LINE__)
#define CHECK_EQUAL(actual, expected) check_equal((actual), (expected), #actual, __FILE__, __LINE__)

bool check_that(bool holds, const char *what, const char *file, int line);
bool check_at_most(double actual, double limit, const char *what, const char *file, int line); /* a NaN is not */
bool check_equal(int64_t actual, int64_t expected, const char *what, const char *file, int line);

/* What the checks that follow are about; printed with a failure. */
void check_context(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints "N checks, N failed"; main returns it. */
int check_summary(void);

/* Calls the function with every instruction set this machine runs; says which ones it skips. */
void for_each_isa(void (*test)(int32_t isa));

/* Whether CONVOY_TEST_QUICK is set: fewer random cases and channels, as under an emulator. */
bool is_quick(void);

/* How many random cases to run where so many are usual. */
int32_t random_cases(int32_t usual);

/* Random numbers: seeded by CONVOY_TEST_SEED or a fixed seed, which is printed at the first use. */
uint32_t random_bits(void);
int32_t random_between(int32_t low, int32_t high); /* both included */
float random_float(void);                          /* -1 to 1 */

#endif
