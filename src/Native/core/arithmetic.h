/* Arithmetic on sizes that are known to fit. */
#ifndef CONVOY_ARITHMETIC_H
#define CONVOY_ARITHMETIC_H

#include <stdint.h>

/* a / b, rounded up, for a >= 0, b > 0. */
static inline int64_t convoy_ceil_div(int64_t a, int64_t b) {
    return a / b + (a % b != 0);
}

static inline int64_t convoy_round_up(int64_t value, int64_t multiple) {
    return convoy_ceil_div(value, multiple) * multiple;
}

static inline int64_t convoy_min(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static inline int64_t convoy_max(int64_t a, int64_t b) {
    return a > b ? a : b;
}

#endif
