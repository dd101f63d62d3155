/*
 * Every activation of the table against its definition in double precision, over all exponents: every 257th float
 * (16,411th, to be quick). Errors are in units in the last place of the result, or absolute where the bound allows;
 * those that are rounded once must be the nearest float. test_tanh.c has more of tanh.
 */
#include "check.h"
#include "operation.h"
#include "oracle.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 1 << 16, CHANNELS = 64 };

/* What convoy.h promises: so many ulp, or so much in absolute terms. */
typedef struct bound {
    convoy_activation_desc activation;
    double ulp, absolute;
} bound;

static const bound bounds[] = {
    {{CONVOY_ACTIVATION_NONE, 0.0f, 0.0f}, 0.5, 0.0},
    {{CONVOY_ACTIVATION_RELU, 0.0f, 0.0f}, 0.5, 0.0},
    {{CONVOY_ACTIVATION_TANH, 0.0f, 0.0f}, 3.0, 0.0},
    {{CONVOY_ACTIVATION_SIGMOID, 0.0f, 0.0f}, 3.0, 0.0},
    {{CONVOY_ACTIVATION_LEAKY_RELU, 0.01f, 0.0f}, 0.5, 0.0},
    {{CONVOY_ACTIVATION_LEAKY_RELU, -1.5f, 0.0f}, 0.5, 0.0},
    {{CONVOY_ACTIVATION_CLIP, 0.0f, 6.0f}, 0.5, 0.0},
    {{CONVOY_ACTIVATION_CLIP, -0x1p127f, HUGE_VALF}, 0.5, 0.0},
    {{CONVOY_ACTIVATION_HARD_SIGMOID, 0.2f, 0.5f}, 2.0, 0x1p-24},
    {{CONVOY_ACTIVATION_HARD_SIGMOID, 1.0f / 6.0f, 0.5f}, 2.0, 0x1p-24},
    {{CONVOY_ACTIVATION_HARD_SWISH, 0.0f, 0.0f}, 2.0, 0x1p-24},
    {{CONVOY_ACTIVATION_SILU, 0.0f, 0.0f}, 4.0, 1e-37},
    {{CONVOY_ACTIVATION_ELU, 1.0f, 0.0f}, 2.0, 0.0},
    {{CONVOY_ACTIVATION_ELU, 0.3f, 0.0f}, 2.0, 0.0},
    {{CONVOY_ACTIVATION_GELU, 0.0f, 0.0f}, 5.0, 5e-8},
    {{CONVOY_ACTIVATION_GELU_TANH, 0.0f, 0.0f}, 4.0, 5e-8},
    {{CONVOY_ACTIVATION_SOFTPLUS, 0.0f, 0.0f}, 3.0, 0.0},
    {{CONVOY_ACTIVATION_PARAMETRIC_RELU, 0.0f, 0.0f}, 0.5, 0.0},
    {{CONVOY_ACTIVATION_SELU, 1.67326319f, 1.05070102f}, 3.0, 0.0},
};

enum { BOUNDS = sizeof bounds / sizeof bounds[0] };

static float slopes[CHANNELS];

static float float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Distance of a float from an exact value, in units of the float nearest to it; of infinities and NaN 0 or 1e9. */
static double error_in_ulp(float got, double exact) {
    const float nearest = (float)exact;
    if (!isfinite(nearest) || !isfinite(got)) {
        return (isnan(nearest) && isnan(got)) || got == nearest ? 0.0 : 1e9;
    }
    const double unit = (double)nextafterf(fabsf(nearest), HUGE_VALF) - (double)fabsf(nearest);
    return fabs((double)got - exact) / (isfinite(unit) ? unit : ldexp(1.0, 104));
}

/* x: of whole pixels. */
static void apply(const bound *bound, int32_t isa, int32_t channels, const float *x, float *y, int32_t count) {
    const convoy_activate_desc desc = {
        .header = {.struct_size = sizeof desc, .isa = isa, .batch = 1},
        .input = {1, count / channels, channels},
        .activation = bound->activation,
    };
    convoy_plan plan = {.struct_size = sizeof plan};
    CHECK_EQUAL(convoy_plan_activate(&desc, &plan), CONVOY_OK);
    const uint64_t bytes = (uint64_t)count * sizeof(float);
    const convoy_run_args args = {
        .struct_size = sizeof args,
        .images = 1,
        .input = {(void *)(uintptr_t)x, bytes},
        .slopes = {slopes, sizeof slopes},
        .output = {y, bytes},
    };
    CHECK_EQUAL(convoy_run(&plan, &args, 0, 0, plan.work_items), CONVOY_OK);
}

static double expected_of(const bound *bound, float x, size_t channel) {
    return oracle_activation((double)x, bound->activation, (double)slopes[channel]);
}

static void test_accuracy_of(const bound *bound, int32_t isa) {
    static float x[COUNT], y[COUNT];
    double worst_ulp = 0.0, worst_absolute = 0.0, worst_at = 0.0;
    const uint32_t step = is_quick() ? 16411 : 257;
    for (uint64_t bits = 0; bits <= UINT32_MAX;) {
        int32_t count = 0;
        for (; count < COUNT; bits += step) {
            x[count++] = float_of((uint32_t)bits);
        }
        apply(bound, isa, CHANNELS, x, y, COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            const double exact = expected_of(bound, x[i], i % CHANNELS);
            const double ulp = error_in_ulp(y[i], exact);
            if (isfinite(y[i]) && fabs((double)y[i] - exact) <= bound->absolute) {
                worst_absolute = fmax(worst_absolute, fabs((double)y[i] - exact));
            } else if (ulp > worst_ulp) {
                worst_ulp = ulp;
                worst_at = (double)x[i];
            }
        }
    }
    printf("%s %s: at most %.2f ulp (at %.9g), beside %.2g absolute\n", convoy_activation_name(bound->activation.kind),
           convoy_isa_name(isa), worst_ulp, worst_at, worst_absolute);
    CHECK_AT_MOST(worst_ulp, bound->ulp);
}

static void test_special_values_of(const bound *bound, int32_t isa) {
    static const float special[] = {NAN, -NAN, HUGE_VALF, -HUGE_VALF, 0.0f, -0.0f, 0x1p-149f, -0x1p-149f};
    float x[CHANNELS] = {0}, y[CHANNELS];
    memcpy(x, special, sizeof special);
    apply(bound, isa, CHANNELS, x, y, CHANNELS);
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
        const double exact = expected_of(bound, x[i], i);
        CHECK(isnan(exact) == isnan(y[i]));
        CHECK(isnan(exact) || fabs((double)y[i] - exact) <= bound->absolute || error_in_ulp(y[i], exact) <= bound->ulp);
    }
}

/* The same in every lane, with and without a vector to fill. */
static void test_lanes_of(const bound *bound, int32_t isa) {
    float x[67], y[67], shifted[67];
    for (int32_t i = 0; i < 67; i++) {
        x[i] = 3.0f * random_float();
    }
    apply(bound, isa, 1, x, y, 67);
    for (int32_t first = 1; first < 40; first++) {
        apply(bound, isa, 1, x + first, shifted, 67 - first);
        check_same_bits(shifted, y + first, 67 - (size_t)first);
    }
}

static void test_isa(int32_t isa) {
    for (size_t i = 0; i < BOUNDS; i++) {
        check_context("%s %s", convoy_activation_name(bounds[i].activation.kind), convoy_isa_name(isa));
        test_accuracy_of(&bounds[i], isa);
        test_special_values_of(&bounds[i], isa);
        test_lanes_of(&bounds[i], isa);
    }
}

static void every_activation_has_a_bound(void) {
    check_context("bounds");
    for (int32_t kind = 0; strcmp(convoy_activation_name(kind), "unknown") != 0; kind++) {
        bool is_there = false;
        for (size_t i = 0; i < BOUNDS; i++) {
            is_there |= bounds[i].activation.kind == kind;
        }
        CHECK(is_there);
    }
}

int main(void) {
    for (size_t i = 0; i < CHANNELS; i++) {
        slopes[i] = random_float();
    }
    every_activation_has_a_bound();
    for_each_isa(test_isa);
    return check_summary();
}
