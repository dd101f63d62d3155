/*
 * The table of activations: numbers, names, checks and every instruction set's micro-kernels come from it.
 *
 *     X(KIND, number, name, parameters, place, y)
 *
 * y: a function of x as a vector expression, which activation/activation_kernel.h compiles for each set, alone and
 * behind sums. A NaN stays NaN, and from -infinity SILU and either GELU come to zero. parameters: how many of alpha and
 * beta it reads. place: IN_TILE is applied to sums while they are in registers, and has no parameters; AS_PASS is a
 * pass over what was just stored, so that the loops of the others do not grow; BY_CHANNEL is one whose alpha is its
 * channel's slope.
 *
 * The comments define y where the expression does not, with the largest error measured: in units of its last place, or
 * absolute where that is more. Those without are rounded once.
 */
#ifndef CONVOY_ACTIVATIONS_H
#define CONVOY_ACTIVATIONS_H

/* clang-format off: a table */
#define CONVOY_ACTIVATIONS(X)                                                                                          \
    X(NONE, 0, "none", 0, IN_TILE, x)                                                                                  \
    X(RELU, 1, "relu", 0, IN_TILE, relu(x))                                                                            \
    X(TANH, 2, "tanh", 0, AS_PASS, tanh_of(x))          /* 3 ulp */                                                    \
    X(SIGMOID, 3, "sigmoid", 0, AS_PASS, sigmoid_of(x)) /* 1 / (1 + exp(-x)); 3 ulp */                                 \
    X(LEAKY_RELU, 4, "leakyrelu", 1, AS_PASS, select(below_zero(x), alpha *x, x))                                      \
    X(CLIP, 5, "clip", 2, AS_PASS, clip(x, alpha, beta)) /* min(max(x, alpha), beta) */                                \
    X(HARD_SIGMOID, 6, "hardsigmoid", 2, AS_PASS,                                                                      \
      clip(alpha *x + beta, splat(0.0f), splat(1.0f))) /* 2 ulp or 2^-24 */                                            \
    X(HARD_SWISH, 7, "hardswish", 0, AS_PASS, x *(clip(x + 3.0f, splat(0.0f), splat(6.0f)) / 6.0f)) /* the same */     \
    X(SILU, 8, "silu", 0, AS_PASS, times_sigmoid(x, x)) /* x / (1 + exp(-x)); 4 ulp or 1e-37 */                        \
    X(ELU, 9, "elu", 1, AS_PASS, select(below_zero(x), alpha *expm1_below_zero(x), x)) /* exp(x) - 1 there; 2 ulp */   \
    X(GELU, 10, "gelu", 0, AS_PASS, gelu_of(x)) /* x / 2 (1 + erf(x / sqrt 2)); 5 ulp or 5e-8 */                       \
    /* x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))); 4 ulp or 5e-8 */                                             \
    X(GELU_TANH, 11, "gelutanh", 0, AS_PASS, times_sigmoid(x, gelu_tanh_argument(x)))                                  \
    X(SOFTPLUS, 12, "softplus", 0, AS_PASS, softplus_of(x))                            /* log(1 + exp x); 3 ulp */     \
    X(PARAMETRIC_RELU, 13, "prelu", 0, BY_CHANNEL, select(below_zero(x), alpha *x, x)) /* "slopes" of the run */       \
    X(SELU, 14, "selu", 2, AS_PASS,                                                                                    \
      beta *select(below_zero(x), alpha *expm1_below_zero(x), x)) /* ELU times beta; 3 ulp */
/* clang-format on */

#define CONVOY_ACTIVATION_NUMBER(KIND, number, ...) CONVOY_ACTIVATION_##KIND = number,

#endif
