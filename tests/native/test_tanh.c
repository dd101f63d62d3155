/*
 * The vectorised tanh against libm's in double precision: at most 3 ulp off, over all exponents; odd; and the same in
 * every lane. Every 257th float is tried (2,049th, to be quick), and every float where the exponential begins to be
 * reduced.
 */
#include "check.h"
#include "operation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 1 << 16 };

static float float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* Distance of a float from an exact value, in units of the float nearest to it. */
static double error_in_ulp(float got, double exact) {
    const float nearest = fabsf((float)exact);
    const double unit = (double)nextafterf(nearest, HUGE_VALF) - (double)nearest;
    return fabs((double)got - exact) / unit;
}

static void apply(int32_t isa, const float *x, float *y, int32_t count) {
    convoy_activate_desc desc = {.header.struct_size = sizeof desc,
                                 .header.isa = isa,
                                 .header.batch = 1,
                                 .input.height = 1,
                                 .input.width = 1,
                                 .input.channels = count,
                                 .activation.kind = CONVOY_ACTIVATION_TANH};
    convoy_plan plan = {.struct_size = sizeof plan};
    CHECK_EQUAL(convoy_plan_activate(&desc, &plan), CONVOY_OK);
    const uint64_t bytes = (uint64_t)count * sizeof(float);
    const convoy_run_args args = {
        .struct_size = sizeof args, .images = 1, .input = {(void *)(uintptr_t)x, bytes}, .output = {y, bytes}};
    CHECK_EQUAL(convoy_run(&plan, &args, 0, 0, plan.work_items), CONVOY_OK);
}

static double worst_of(int32_t isa, uint32_t first, uint32_t end, uint32_t step) {
    static float x[COUNT], y[COUNT], negated[COUNT];
    double worst = 0.0;
    for (uint64_t bits = first; bits < end;) {
        int32_t count = 0;
        for (; count < COUNT && bits < end; bits += step) {
            x[count++] = float_of((uint32_t)bits);
        }
        apply(isa, x, y, count);
        bool odd = true;
        for (int32_t i = 0; i < count; i++) {
            worst = fmax(worst, error_in_ulp(y[i], tanh((double)x[i])));
            x[i] = -x[i];
        }
        apply(isa, x, negated, count);
        for (int32_t i = 0; i < count; i++) {
            odd &= bits_of(negated[i]) == (bits_of(y[i]) ^ 0x80000000u);
        }
        CHECK(odd);
    }
    return worst;
}

static void test_accuracy(int32_t isa) {
    check_context("tanh %s", convoy_isa_name(isa));
    const double everywhere = worst_of(isa, 0, bits_of(HUGE_VALF) + 1, is_quick() ? 2049 : 257);
    const double at_seam = worst_of(isa, bits_of(0.17f), bits_of(0.18f), 1);
    printf("tanh %s: at most %.2f ulp, %.2f around 0.173\n", convoy_isa_name(isa), everywhere, at_seam);
    CHECK(everywhere <= 3.0);
    CHECK(at_seam <= 3.0);
}

static void test_special_values(int32_t isa) {
    check_context("tanh %s: special values", convoy_isa_name(isa));
    const float x[] = {NAN, HUGE_VALF, -HUGE_VALF, 0.0f, -0.0f, float_of(1), 1e30f, -100.0f, -NAN};
    float y[9];
    apply(isa, x, y, 9);
    CHECK(isnan(y[0]) && isnan(y[8]));
    CHECK(y[1] == 1.0f && y[2] == -1.0f && y[6] == 1.0f && y[7] == -1.0f);
    CHECK(bits_of(y[3]) == 0 && bits_of(y[4]) == 0x80000000u && bits_of(y[5]) == 1);
}

static void test_lanes(int32_t isa) {
    check_context("tanh %s: lanes", convoy_isa_name(isa));
    float x[67], y[67], shifted[67];
    for (int32_t i = 0; i < 67; i++) {
        x[i] = 3.0f * random_float();
    }
    apply(isa, x, y, 67);
    for (int32_t first = 1; first < 40; first++) {
        apply(isa, x + first, shifted, 67 - first);
        check_same_bits(shifted, y + first, 67 - (size_t)first);
    }
}

int main(void) {
    for_each_isa(test_accuracy);
    for_each_isa(test_special_values);
    for_each_isa(test_lanes);
    return check_summary();
}
