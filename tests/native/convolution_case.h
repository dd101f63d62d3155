/* A convolution, what it reads, and what should come of it by the oracle: for the tests of its algorithms. */
#ifndef CONVOY_TEST_CONVOLUTION_CASE_H
#define CONVOY_TEST_CONVOLUTION_CASE_H

#include "answer.h"

typedef struct convolution_case {
    convoy_conv2d_desc desc;
    layer_data data;
    answer answer;
} convolution_case;

/* Compares an algorithm with the answer, on an instruction set. */
typedef void compare_function(const convolution_case *it, int32_t isa);

/* Makes a case, of whole numbers, whose sums are exact, or of floats, and compares on every instruction set. */
void test_convolution(convoy_conv2d_desc desc, bool with_bias, bool whole_numbers, compare_function *compare);

/* Of both kinds of numbers; of floats now and then without a bias. */
void test_convolution_shape(convoy_conv2d_desc desc, compare_function *compare);

/* Plans the case's convolution, checks which algorithm that is, runs it in every way and checks the answer. */
void check_convolution(const convolution_case *it, int32_t isa, int32_t algorithm);

#endif
