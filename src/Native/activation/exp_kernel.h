/*
 * The exponential of a vector, and less one (tests/native/test_activations.c measures what is made of them).
 *
 * x is reduced by multiples n of log 2, in two parts (Cody and Waite 1980): exp(x) = 2^n exp(r), |r| <= 0.347, and
 * exp(r) = 1 + r + r^2 q(r) with q interpolated at Chebyshev nodes, 8e-9 off relative to exp(r). The power of two is
 * multiplied in two halves, so that results reach from the subnormals to infinity. NaN stays NaN.
 */
#ifndef CONVOY_EXP_KERNEL_H
#define CONVOY_EXP_KERNEL_H

#include "isa/vector.h"

/* n as an integer, and exp(r) - 1. */
typedef struct reduced_exp {
    vec_mask n;
    vec minus_one;
} reduced_exp;

ALWAYS_INLINE reduced_exp reduce_exp(vec x) {
    /* Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits, without a conversion NaN could upset. */
    const float magic = 12582912.0f;
    const vec shifted = x * 1.44269504f + magic;
    const vec n = shifted - magic;
    const vec r = (x - n * 0.693145752f) - n * 1.42860677e-6f;
    const vec q = (((r * 0.00139262038f + 0.00836319476f) * r + 0.0416665561f) * r + 0.166665763f) * r + 0.5f;
    return (reduced_exp){.n = (vec_mask)((vec_bits)shifted - (vec_bits)splat(magic)), .minus_one = (r * r) * q + r};
}

/* 2^n, for n from -126 to 127. */
ALWAYS_INLINE vec power_of_two(vec_mask n) {
    return (vec)(((vec_bits)n + 127u) << 23);
}

ALWAYS_INLINE vec exp_of(vec x) {
    const reduced_exp e = reduce_exp(at_most(splat(89.0f), at_least(splat(-105.0f), x)));
    const vec_mask half = e.n >> 1;
    const vec_mask rest = (vec_mask)((vec_bits)e.n - (vec_bits)half);
    return (e.minus_one + 1.0f) * power_of_two(half) * power_of_two(rest);
}

/* exp(x) - 1 for x <= 0; from -30 on it rounds to -1. Of a number above zero it is anything. */
ALWAYS_INLINE vec expm1_below_zero(vec x) {
    const reduced_exp e = reduce_exp(at_least(splat(-30.0f), x));
    const vec power = power_of_two(e.n);
    return power * e.minus_one + (power - 1.0f);
}

#endif
