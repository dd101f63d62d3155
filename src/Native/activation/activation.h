/* What planning asks about activations; activation_kernel.h computes them. */
#ifndef CONVOY_ACTIVATION_H
#define CONVOY_ACTIVATION_H

#include "convoy.h"

#include <stdbool.h>

/* A kind that the micro-kernels know, with parameters that are numbers. What is not is refused when planned. */
bool convoy_is_activation(const convoy_activation_desc *activation);

/* Whether it reads a slope a channel. */
bool convoy_activation_has_slopes(int32_t kind);

#endif
