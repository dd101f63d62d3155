#include "chain_oracle.h"

#include "layers.h"
#include "operation.h"
#include "oracle.h"

#include <stdlib.h>
#include <string.h>

static convoy_conv2d_desc as_conv2d(const convoy_chain_layer *layer, convoy_image input, int32_t batch) {
    return (convoy_conv2d_desc){
        .header = {.struct_size = sizeof(convoy_conv2d_desc), .batch = batch},
        .input = input,
        .window = layer->window,
        .out_channels = layer->out_channels,
        .dilation_h = 1,
        .dilation_w = 1,
        .groups = 1,
        .activation = layer->activation,
    };
}

convoy_image output_of(const convoy_chain_layer *layer, convoy_image input) {
    if (layer->kind == CONVOY_CHAIN_CONVOLUTION) {
        const convoy_conv2d_desc desc = as_conv2d(layer, input, 1);
        return oracle_conv2d_output(&desc);
    }
    if (layer->kind != CONVOY_CHAIN_SOFTMAX) {
        return (convoy_image){(input.height - layer->window.kernel_h) / layer->window.stride_h + 1,
                              (input.width - layer->window.kernel_w) / layer->window.stride_w + 1, input.channels};
    }
    return input;
}

size_t weights_of(const convoy_chain_layer *layer, convoy_image input) {
    return layer->kind == CONVOY_CHAIN_CONVOLUTION
               ? (size_t)layer->out_channels *
                     (size_t)(input.channels * layer->window.kernel_h * layer->window.kernel_w)
               : 0;
}

static void run_layer(const convoy_chain_layer *layer, convoy_image input, int32_t batch, const float *x,
                      const float *weights, const float *bias, double *y) {
    const convoy_image output = output_of(layer, input);
    if (layer->kind == CONVOY_CHAIN_CONVOLUTION) {
        const convoy_conv2d_desc desc = as_conv2d(layer, input, batch);
        double *magnitude = allocate(floats_of(output) * (size_t)batch * sizeof(double));
        oracle_conv2d(&desc, x, weights, bias, NULL, y, magnitude);
        free(magnitude);
    } else if (layer->kind == CONVOY_CHAIN_SOFTMAX) {
        const convoy_softmax_desc desc = {.header.batch = batch, .input = input};
        oracle_softmax(&desc, x, y);
    } else {
        const convoy_pool2d_desc desc = {
            .header.batch = batch,
            .kind = layer->kind == CONVOY_CHAIN_MAX_POOL ? CONVOY_POOL_MAX : CONVOY_POOL_AVERAGE,
            .input = input,
            .window = layer->window,
            .dilation_h = 1,
            .dilation_w = 1,
            .out_height = output.height,
            .out_width = output.width,
        };
        oracle_pool2d(&desc, x, y);
    }
}

double *oracle_chain(const convoy_chain_desc *desc, const float *x, const float *weights, const float *bias,
                     convoy_image *output) {
    convoy_image at = desc->input;
    const size_t batch = (size_t)desc->header.batch;
    float *input = allocate(floats_of(at) * batch * sizeof(float));
    memcpy(input, x, floats_of(at) * batch * sizeof(float));
    double *y = NULL;
    for (int32_t i = 0; i < desc->layer_count; i++) {
        const convoy_chain_layer *layer = &desc->layers[i];
        const convoy_image next = output_of(layer, at);
        const size_t count = floats_of(next) * batch;
        free(y);
        y = allocate(count * sizeof(double));
        run_layer(layer, at, desc->header.batch, input, weights, bias, y);
        weights += weights_of(layer, at);
        bias += bias != NULL && layer->kind == CONVOY_CHAIN_CONVOLUTION ? layer->out_channels : 0;
        free(input);
        input = allocate(count * sizeof(float));
        for (size_t f = 0; f < count; f++) {
            input[f] = (float)y[f];
        }
        at = next;
    }
    free(input);
    *output = at;
    return y;
}
