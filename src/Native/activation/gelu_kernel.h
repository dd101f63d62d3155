/*
 * The Gaussian error linear unit of a vector, x Phi(x) (Hendrycks and Gimpel 2016).
 *
 * With a = |x| and the tail a Q(a), Q(a) = erfc(a / sqrt 2) / 2, gelu is x - a Q(a) above zero and -a Q(a) below, so
 * that nothing cancels. Q(a) = t p(t) exp(-a^2 / 2) with t = 1 / (1 + a / 4) (as Hastings 1955 has erfc), p
 * interpolated at Chebyshev nodes up to a = 14, 1.5e-8 off relative to Q. From there on the exponential is zero.
 */
#ifndef CONVOY_GELU_KERNEL_H
#define CONVOY_GELU_KERNEL_H

#include "activation/sigmoid_kernel.h"

ALWAYS_INLINE vec gelu_of(vec x) {
    const vec a = at_most(splat(20.0f), magnitude_of(x));
    const vec t = 1.0f / (a * 0.25f + 1.0f);
    vec p = t * 0.0153836031f + -0.0563454628f;
    p = p * t + 0.0366152562f;
    p = p * t + 0.0483180843f;
    p = p * t + -0.00367795955f;
    p = p * t + 0.0953755677f;
    p = p * t + 0.0690116361f;
    p = p * t + 0.0961508676f;
    p = p * t + 0.099416621f;
    p = p * t + 0.0997517928f;
    const vec tail = (a * t) * p * exp_of(a * a * -0.5f);
    return select(below_zero(x), -tail, x - tail);
}

#endif
