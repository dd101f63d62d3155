/*
 * The table of activations: names, checks and every instruction set's micro-kernels come from it. convoy.h has the
 * definitions and error bounds.
 *
 *     X(kind, name, parameters, place, y)
 *
 * parameters: how many of alpha and beta it reads. y: of vectors x, alpha and beta; activation_kernel.h compiles it.
 * place: IN_TILE is applied to sums while they are in registers, and has no parameters; AS_PASS is a pass over what was
 * just stored, so that the loops of the others do not grow; BY_CHANNEL is one whose alpha is its channel's slope.
 */
#ifndef CONVOY_ACTIVATIONS_H
#define CONVOY_ACTIVATIONS_H

/* clang-format off: a table */
#define CONVOY_ACTIVATIONS(X)                                                                                          \
    X(NONE, "none", 0, IN_TILE, x)                                                                                     \
    X(RELU, "relu", 0, IN_TILE, relu(x))                                                                               \
    X(TANH, "tanh", 0, AS_PASS, tanh_of(x))                                                                            \
    X(SIGMOID, "sigmoid", 0, AS_PASS, sigmoid_of(x))                                                                   \
    X(LEAKY_RELU, "leakyrelu", 1, AS_PASS, select(below_zero(x), alpha *x, x))                                         \
    X(CLIP, "clip", 2, AS_PASS, clip(x, alpha, beta))                                                                  \
    X(HARD_SIGMOID, "hardsigmoid", 2, AS_PASS, clip(alpha *x + beta, splat(0.0f), splat(1.0f)))                        \
    X(HARD_SWISH, "hardswish", 0, AS_PASS, x *(clip(x + 3.0f, splat(0.0f), splat(6.0f)) / 6.0f))                       \
    X(SILU, "silu", 0, AS_PASS, times_sigmoid(x, x))                                                                   \
    X(ELU, "elu", 1, AS_PASS, select(below_zero(x), alpha *expm1_below_zero(x), x))                                    \
    X(GELU, "gelu", 0, AS_PASS, gelu_of(x))                                                                            \
    X(GELU_TANH, "gelutanh", 0, AS_PASS, times_sigmoid(x, gelu_tanh_argument(x)))                                      \
    X(SOFTPLUS, "softplus", 0, AS_PASS, softplus_of(x))                                                                \
    X(PARAMETRIC_RELU, "prelu", 0, BY_CHANNEL, select(below_zero(x), alpha *x, x))
/* clang-format on */

typedef enum convoy_activation_place {
    CONVOY_ACTIVATION_IN_TILE,
    CONVOY_ACTIVATION_AS_PASS,
    CONVOY_ACTIVATION_BY_CHANNEL
} convoy_activation_place;

#endif
