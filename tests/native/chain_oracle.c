#include "chain_oracle.h"

#include "operation.h"
#include "oracle.h"

#include <stdlib.h>
#include <string.h>

size_t floats_of(map map) {
    return (size_t)map.height * (size_t)map.width * (size_t)map.channels;
}

static convoy_conv2d_desc as_conv2d(const convoy_chain_layer *layer, map input, int32_t batch) {
    return (convoy_conv2d_desc){
        .header.struct_size = sizeof(convoy_conv2d_desc),
        .header.batch = batch,
        .input.height = input.height,
        .input.width = input.width,
        .input.channels = input.channels,
        .out_channels = layer->out_channels,
        .window.kernel_h = layer->window.kernel_h,
        .window.kernel_w = layer->window.kernel_w,
        .window.stride_h = layer->window.stride_h,
        .window.stride_w = layer->window.stride_w,
        .window.pad_top = layer->window.pad_top,
        .window.pad_left = layer->window.pad_left,
        .window.pad_bottom = layer->window.pad_bottom,
        .window.pad_right = layer->window.pad_right,
        .dilation_h = 1,
        .dilation_w = 1,
        .groups = 1,
        .activation = layer->activation,
    };
}

map output_of(const convoy_chain_layer *layer, map input) {
    if (layer->kind == CONVOY_CHAIN_CONVOLUTION) {
        const convoy_conv2d_desc desc = as_conv2d(layer, input, 1);
        return (map){oracle_conv2d_out_height(&desc), oracle_conv2d_out_width(&desc), layer->out_channels};
    }
    if (layer->kind != CONVOY_CHAIN_SOFTMAX) {
        return (map){(input.height - layer->window.kernel_h) / layer->window.stride_h + 1,
                     (input.width - layer->window.kernel_w) / layer->window.stride_w + 1, input.channels};
    }
    return input;
}

size_t weights_of(const convoy_chain_layer *layer, map input) {
    return layer->kind == CONVOY_CHAIN_CONVOLUTION
               ? (size_t)layer->out_channels *
                     (size_t)(input.channels * layer->window.kernel_h * layer->window.kernel_w)
               : 0;
}

static void run_layer(const convoy_chain_layer *layer, map input, int32_t batch, const float *x, const float *weights,
                      const float *bias, double *y) {
    const map output = output_of(layer, input);
    if (layer->kind == CONVOY_CHAIN_CONVOLUTION) {
        const convoy_conv2d_desc desc = as_conv2d(layer, input, batch);
        double *magnitude = allocate(floats_of(output) * (size_t)batch * sizeof(double));
        oracle_conv2d(&desc, x, weights, bias, NULL, y, magnitude);
        free(magnitude);
    } else if (layer->kind == CONVOY_CHAIN_SOFTMAX) {
        const convoy_softmax_desc desc = {.header.batch = batch,
                                          .input.height = input.height,
                                          .input.width = input.width,
                                          .input.channels = input.channels};
        oracle_softmax(&desc, x, y);
    } else {
        const convoy_pool2d_desc desc = {
            .header.batch = batch,
            .kind = layer->kind == CONVOY_CHAIN_MAX_POOL ? CONVOY_POOL_MAX : CONVOY_POOL_AVERAGE,
            .input.height = input.height,
            .input.width = input.width,
            .input.channels = input.channels,
            .out_height = output.height,
            .out_width = output.width,
            .window.kernel_h = layer->window.kernel_h,
            .window.kernel_w = layer->window.kernel_w,
            .window.stride_h = layer->window.stride_h,
            .window.stride_w = layer->window.stride_w,
        };
        oracle_pool2d(&desc, x, y);
    }
}

double *oracle_chain(const convoy_chain_desc *desc, const float *x, const float *weights, const float *bias,
                     map *output) {
    map at = {desc->input.height, desc->input.width, desc->input.channels};
    const size_t batch = (size_t)desc->header.batch;
    float *input = allocate(floats_of(at) * batch * sizeof(float));
    memcpy(input, x, floats_of(at) * batch * sizeof(float));
    double *y = NULL;
    for (int32_t i = 0; i < desc->layer_count; i++) {
        const convoy_chain_layer *layer = &desc->layers[i];
        const map next = output_of(layer, at);
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
