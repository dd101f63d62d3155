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
        .struct_size = sizeof(convoy_conv2d_desc),
        .batch = batch,
        .height = input.height,
        .width = input.width,
        .in_channels = input.channels,
        .out_channels = layer->out_channels,
        .kernel_h = layer->kernel_h,
        .kernel_w = layer->kernel_w,
        .stride_h = layer->stride_h,
        .stride_w = layer->stride_w,
        .pad_top = layer->pad_top,
        .pad_left = layer->pad_left,
        .pad_bottom = layer->pad_bottom,
        .pad_right = layer->pad_right,
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
        return (map){(input.height - layer->kernel_h) / layer->stride_h + 1,
                     (input.width - layer->kernel_w) / layer->stride_w + 1, input.channels};
    }
    return input;
}

size_t weights_of(const convoy_chain_layer *layer, map input) {
    return layer->kind == CONVOY_CHAIN_CONVOLUTION
               ? (size_t)layer->out_channels * (size_t)(input.channels * layer->kernel_h * layer->kernel_w)
               : 0;
}

static void run_layer(const convoy_chain_layer *layer, map input, int32_t batch, const float *x, const float *weights,
                      const float *bias, double *y) {
    const map output = output_of(layer, input);
    if (layer->kind == CONVOY_CHAIN_CONVOLUTION) {
        const convoy_conv2d_desc desc = as_conv2d(layer, input, batch);
        double *magnitude = allocate(floats_of(output) * (size_t)batch * sizeof(double));
        oracle_conv2d(&desc, x, weights, bias, y, magnitude);
        free(magnitude);
    } else if (layer->kind == CONVOY_CHAIN_SOFTMAX) {
        const convoy_softmax_desc desc = {
            .batch = batch, .height = input.height, .width = input.width, .channels = input.channels};
        oracle_softmax(&desc, x, y);
    } else {
        const convoy_pool2d_desc desc = {
            .batch = batch,
            .kind = layer->kind == CONVOY_CHAIN_MAX_POOL ? CONVOY_POOL_MAX : CONVOY_POOL_AVERAGE,
            .height = input.height,
            .width = input.width,
            .channels = input.channels,
            .out_height = output.height,
            .out_width = output.width,
            .kernel_h = layer->kernel_h,
            .kernel_w = layer->kernel_w,
            .stride_h = layer->stride_h,
            .stride_w = layer->stride_w,
        };
        oracle_pool2d(&desc, x, y);
    }
}

double *oracle_chain(const convoy_chain_desc *desc, const float *x, const float *weights, const float *bias,
                     map *output) {
    map at = {desc->height, desc->width, desc->channels};
    const size_t batch = (size_t)desc->batch;
    float *input = allocate(floats_of(at) * batch * sizeof(float));
    memcpy(input, x, floats_of(at) * batch * sizeof(float));
    double *y = NULL;
    for (int32_t i = 0; i < desc->layer_count; i++) {
        const convoy_chain_layer *layer = &desc->layers[i];
        const map next = output_of(layer, at);
        const size_t count = floats_of(next) * batch;
        free(y);
        y = allocate(count * sizeof(double));
        run_layer(layer, at, desc->batch, input, weights, bias, y);
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
