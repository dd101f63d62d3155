/*
 * The logistic function of a vector, its products, and its integral, softplus. Each is made of e = exp(-|x|), at most
 * 1, so that nothing overflows and small results keep their digits.
 */
#ifndef CONVOY_SIGMOID_KERNEL_H
#define CONVOY_SIGMOID_KERNEL_H

#include "activation/exp_kernel.h"

ALWAYS_INLINE vec magnitude_of(vec x) {
    return (vec)((vec_mask)x & 0x7fffffff);
}

ALWAYS_INLINE vec sigmoid_of(vec x) {
    const vec e = exp_of(-magnitude_of(x));
    return select(below_zero(x), e, splat(1.0f)) / (e + 1.0f);
}

/* x sigmoid(z), z of x's sign. Below zero x is held where the exponential is zero: -infinity gives zero. */
ALWAYS_INLINE vec times_sigmoid(vec x, vec z) {
    const vec e = exp_of(-magnitude_of(z));
    return select(below_zero(x), at_least(splat(-1e30f), x) * e, x) / (e + 1.0f);
}

/* gelu(x) = x sigmoid(2 sqrt(2 / pi) (x + 0.044715 x^3)), by Hendrycks and Gimpel 2016. */
ALWAYS_INLINE vec gelu_tanh_argument(vec x) {
    return x * (x * x * 0.0713548163f + 1.59576912f);
}

/* log(1 + e) = 2 s (1 + s^2 / 3 + ...) with s = e / (2 + e) at most 1/3; the series is fitted, 1e-9 off. */
ALWAYS_INLINE vec softplus_of(vec x) {
    const vec e = exp_of(-magnitude_of(x));
    const vec s = e / (e + 2.0f);
    const vec s2 = s * s;
    const vec p = (((s2 * 0.11612165f + 0.108532876f) * s2 + 0.142961785f) * s2 + 0.199998528f) * s2 + 0.333333343f;
    const vec log1p = (s2 * p) * (s + s) + (s + s);
    return at_least(splat(0.0f), x) + log1p;
}

#endif
