#include "convolution_case.h"

#include "check.h"
#include "layers.h"
#include "oracle.h"

DEFINE_PLAN(conv2d)

static struct {
    const convolution_case *it;
    compare_function *compare;
} current;

static void compare_current(int32_t isa) {
    current.compare(current.it, isa);
}

void test_convolution(convoy_conv2d_desc desc, bool with_bias, bool whole_numbers, compare_function *compare) {
    const size_t inputs = (size_t)desc.header.batch * floats_of(desc.input);
    const size_t depth = (size_t)(desc.input.channels / desc.groups * desc.window.kernel_h * desc.window.kernel_w);
    const size_t channels = (size_t)desc.out_channels;
    convolution_case it = {
        .desc = desc,
        .data = make_data(inputs, depth * channels, channels, with_bias, whole_numbers),
        .answer = make_answer((size_t)desc.header.batch * floats_of(oracle_conv2d_output(&desc)), whole_numbers),
    };
    oracle_conv2d(&desc, it.data.x, it.data.weights, it.data.bias, it.data.slopes, it.answer.values,
                  it.answer.tolerance);
    allow_for_terms(&it.answer, depth);
    current.it = &it;
    current.compare = compare;
    for_each_isa(compare_current);
    free_data(&it.data);
    free_answer(&it.answer);
}

void test_convolution_shape(convoy_conv2d_desc desc, compare_function *compare) {
    convoy_conv2d_desc exact = desc;
    exact.activation = exact_activation(desc.activation);
    test_convolution(exact, true, true, compare);
    test_convolution(desc, random_bits() % 4 != 0, false, compare);
}

void check_convolution(const convolution_case *it, int32_t isa, int32_t algorithm) {
    const convoy_plan plan = plan_conv2d(it->desc, isa, it->desc.header.batch);
    const convoy_plan plan_of_one = plan_conv2d(it->desc, isa, 1);
    CHECK_EQUAL(plan.isa, isa);
    CHECK_EQUAL(plan.algorithm, algorithm);
    check_answer(&plan, it->answer.tolerance != NULL ? &plan_of_one : NULL, &it->data, &it->answer);
}
