#include "activation/activation.h"

#include "convoy.h"

bool convoy_is_activation(int32_t value) {
    return value >= CONVOY_ACTIVATION_NONE && value <= CONVOY_ACTIVATION_TANH;
}
