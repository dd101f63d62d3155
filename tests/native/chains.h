/* Chains to run or to spoil, put together layer by layer. */
#ifndef CONVOY_TEST_CHAINS_H
#define CONVOY_TEST_CHAINS_H

#include "convoy.h"
#include "layers.h"

static inline convoy_chain_layer conv(int32_t out, int32_t kernel, int32_t stride, int32_t pad, int32_t activation) {
    return (convoy_chain_layer){
        .kind = CONVOY_CHAIN_CONVOLUTION,
        .out_channels = out,
        .window = square_window(kernel, stride, pad),
        .activation.kind = activation,
    };
}

static inline convoy_chain_layer pool(int32_t kind, int32_t kernel, int32_t stride) {
    return (convoy_chain_layer){.kind = kind, .window = square_window(kernel, stride, 0)};
}

static inline convoy_chain_layer softmax(void) {
    return (convoy_chain_layer){.kind = CONVOY_CHAIN_SOFTMAX};
}

static inline convoy_chain_desc chain(int32_t batch, int32_t height, int32_t width, int32_t channels) {
    return (convoy_chain_desc){
        .header = {.struct_size = sizeof(convoy_chain_desc), .batch = batch},
        .input = {height, width, channels},
    };
}

static inline void append(convoy_chain_desc *desc, convoy_chain_layer layer) {
    desc->layers[desc->layer_count++] = layer;
}

static inline convoy_chain_desc lenet5(int32_t batch) {
    convoy_chain_desc desc = chain(batch, 32, 32, 1);
    append(&desc, conv(6, 5, 1, 0, CONVOY_ACTIVATION_TANH));
    append(&desc, pool(CONVOY_CHAIN_AVERAGE_POOL, 2, 2));
    append(&desc, conv(16, 5, 1, 0, CONVOY_ACTIVATION_TANH));
    append(&desc, pool(CONVOY_CHAIN_AVERAGE_POOL, 2, 2));
    append(&desc, conv(120, 5, 1, 0, CONVOY_ACTIVATION_TANH));
    append(&desc, conv(84, 1, 1, 0, CONVOY_ACTIVATION_TANH));
    append(&desc, conv(10, 1, 1, 0, CONVOY_ACTIVATION_NONE));
    append(&desc, softmax());
    return desc;
}

#endif
