/*
 * Weights of 16 bits, through the only door they have: fully connected layers of one input, 1, whose outputs are the
 * weights as they are stored. Every number of both formats must come back as it is, in every instruction set, and what
 * lies between two of them as the oracle rounds it: by arithmetic in double precision, not on bits.
 */
#include "check.h"
#include "layers.h"
#include "operation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS = 65536, RANDOM_NUMBERS = 200000 };

typedef struct format {
    int32_t number; /* convoy_weight_format */
    const char *name;
    int significant_bits;
    int least_exponent; /* of a normal number */
    int most_exponent;
} format;

static const format formats[] = {
    {CONVOY_WEIGHT_FLOAT16, "float16", 11, -14, 15},
    {CONVOY_WEIGHT_BFLOAT16, "bfloat16", 8, -126, 127},
};

static double largest(const format *f) {
    return ldexp(2.0 - ldexp(1.0, 1 - f->significant_bits), f->most_exponent);
}

/* The number whose bits are sign, exponent and fraction, by the definition of the format. */
static double value_of(const format *f, int bits) {
    const int fraction_bits = f->significant_bits - 1;
    const int fraction = bits & ((1 << fraction_bits) - 1);
    const int exponent = (bits & 0x7fff) >> fraction_bits;
    const double sign = bits & 0x8000 ? -1.0 : 1.0;
    if (exponent == 0x7fff >> fraction_bits) {
        return fraction == 0 ? sign * INFINITY : NAN;
    }
    const int hidden = exponent == 0 ? 0 : 1 << fraction_bits;
    const int scale = (exponent == 0 ? 1 : exponent) - 1 + f->least_exponent - fraction_bits;
    return sign * ldexp(fraction + hidden, scale);
}

/* The nearest number of the format, the even one of two. */
static double rounded(const format *f, double x) {
    if (!isfinite(x) || x == 0) {
        return x;
    }
    int exponent;
    frexp(x, &exponent);
    const int normal = exponent - 1 > f->least_exponent ? exponent - 1 : f->least_exponent;
    const int unit = normal - (f->significant_bits - 1);
    const double result = ldexp(nearbyint(ldexp(x, -unit)), unit);
    return fabs(result) > largest(f) ? copysign(INFINITY, x) : result;
}

static struct {
    const format *format;
    const float *weights;
    const double *expected;
    int32_t count;
} current;

static void compare(int32_t isa) {
    check_context("%s %s: %d weights", current.format->name, convoy_isa_name(isa), current.count);
    convoy_dense_desc desc = dense_of(1, 1, 1, 1, current.count, CONVOY_ACTIVATION_NONE);
    desc.header.isa = isa;
    desc.weight_format = current.format->number;
    convoy_plan plan = {.struct_size = sizeof plan};
    CHECK_EQUAL(convoy_plan_dense(&desc, &plan), CONVOY_OK);
    const float one = 1.0f;
    const operation operation = {.plan = &plan, .images = 1, .input = &one, .weights = current.weights};
    float *stored = allocate((size_t)current.count * sizeof(float));
    run_operation(&operation, ONE_RANGE, stored);
    check_floats(stored, current.expected, NULL, (size_t)current.count);
    free(stored);
}

static void check_weights(const format *f, const float *weights, const double *expected, int32_t count) {
    current.format = f;
    current.weights = weights;
    current.expected = expected;
    current.count = count;
    for_each_isa(compare);
}

static void test_every_number(const format *f) {
    float *weights = allocate(NUMBERS * sizeof(float));
    double *expected = allocate(NUMBERS * sizeof(double));
    for (int bits = 0; bits < NUMBERS; bits++) {
        expected[bits] = value_of(f, bits);
        weights[bits] = (float)expected[bits];
    }
    check_weights(f, weights, expected, NUMBERS);
    free(weights);
    free(expected);
}

/* Half way between each number and the next, or what would be next to the largest, and the floats just below and above.
 */
static void test_every_half_way(const format *f) {
    enum { EACH = 3 };
    float *weights = allocate(EACH * NUMBERS * sizeof(float));
    double *expected = allocate(EACH * NUMBERS * sizeof(double));
    int32_t count = 0;
    for (int bits = 0; bits < NUMBERS; bits++) {
        const double low = value_of(f, bits);
        if (!isfinite(low)) {
            continue;
        }
        const double step = ldexp(1.0, f->most_exponent - f->significant_bits + 1);
        const double high = fabs(low) < largest(f) ? value_of(f, bits + 1) : low + copysign(step, low);
        const float middle = (float)((low + high) / 2);
        const float near[EACH] = {nextafterf(middle, -INFINITY), middle, nextafterf(middle, INFINITY)};
        for (int i = 0; i < EACH; i++) {
            weights[count] = near[i];
            expected[count++] = rounded(f, (double)near[i]);
        }
    }
    check_weights(f, weights, expected, count);
    free(weights);
    free(expected);
}

static void test_random_numbers(const format *f) {
    float *weights = allocate(RANDOM_NUMBERS * sizeof(float));
    double *expected = allocate(RANDOM_NUMBERS * sizeof(double));
    for (int i = 0; i < RANDOM_NUMBERS; i++) {
        const uint32_t bits = random_bits();
        memcpy(&weights[i], &bits, sizeof bits);
        expected[i] = rounded(f, (double)weights[i]);
    }
    check_weights(f, weights, expected, RANDOM_NUMBERS);
    free(weights);
    free(expected);
}

static void test_packed_bytes(void) {
    check_context("packed bytes");
    convoy_dense_desc desc = dense_of(3, 2, 5, 7, 45, CONVOY_ACTIVATION_NONE);
    convoy_plan plan = {.struct_size = sizeof plan};
    CHECK_EQUAL(convoy_plan_dense(&desc, &plan), CONVOY_OK);
    const uint64_t wide = plan.packed_bytes;
    for (desc.weight_format = CONVOY_WEIGHT_FLOAT16; desc.weight_format <= CONVOY_WEIGHT_BFLOAT16;
         desc.weight_format++) {
        CHECK_EQUAL(convoy_plan_dense(&desc, &plan), CONVOY_OK);
        CHECK_EQUAL((int64_t)plan.packed_bytes * 2, (int64_t)wide);
    }
    CHECK_EQUAL(convoy_plan_dense(&desc, &plan), CONVOY_BAD_VALUE);
    desc.weight_format = -1;
    CHECK_EQUAL(convoy_plan_dense(&desc, &plan), CONVOY_BAD_VALUE);
}

int main(void) {
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        test_every_number(&formats[i]);
        test_every_half_way(&formats[i]);
        test_random_numbers(&formats[i]);
    }
    test_packed_bytes();
    return check_summary();
}
