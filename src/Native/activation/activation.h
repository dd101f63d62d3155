/* Which activations there are; activation_kernel.h computes them. */
#ifndef CONVOY_ACTIVATION_H
#define CONVOY_ACTIVATION_H

#include <stdbool.h>
#include <stdint.h>

/* A convoy_activation that the micro-kernels know. What is not one is refused when planned. */
bool convoy_is_activation(int32_t value);

#endif
