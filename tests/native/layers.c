#include "layers.h"

#include "check.h"

convoy_activation_desc random_activation(void) {
    const int32_t kind = random_between(CONVOY_ACTIVATION_NONE, CONVOY_ACTIVATION_COUNT - 1);
    const bool is_clip = kind == CONVOY_ACTIVATION_CLIP;
    return (convoy_activation_desc){
        .kind = kind,
        .alpha = is_clip ? -0.5f : (float)random_between(1, 4) / 4.0f,
        .beta = is_clip ? 0.75f : (float)random_between(0, 4) / 4.0f,
    };
}

convoy_activation_desc exact_activation(convoy_activation_desc activation) {
    return activation.kind == CONVOY_ACTIVATION_RELU ? activation : (convoy_activation_desc){0};
}

convoy_window square_window(int32_t kernel, int32_t stride, int32_t pad) {
    return (convoy_window){
        .kernel_h = kernel,
        .kernel_w = kernel,
        .stride_h = stride,
        .stride_w = stride,
        .pad_top = pad,
        .pad_left = pad,
        .pad_bottom = pad,
        .pad_right = pad,
    };
}

size_t floats_of(convoy_image image) {
    return (size_t)image.height * (size_t)image.width * (size_t)image.channels;
}

convoy_conv2d_desc small_conv2d(void) {
    return (convoy_conv2d_desc){
        .header = {.struct_size = sizeof(convoy_conv2d_desc), .batch = 4},
        .input = {8, 8, 6},
        .out_channels = 10,
        .window.kernel_h = 3,
        .window.kernel_w = 3,
        .window.stride_h = 1,
        .window.stride_w = 1,
        .window.pad_top = 1,
        .window.pad_left = 1,
        .dilation_h = 1,
        .dilation_w = 1,
        .groups = 2,
        .algorithm = CONVOY_ALGORITHM_DIRECT,
    };
}

convoy_dense_desc dense_of(int32_t batch, int32_t height, int32_t width, int32_t channels, int32_t outputs,
                           int32_t activation) {
    return (convoy_dense_desc){
        .header = {.struct_size = sizeof(convoy_dense_desc), .batch = batch},
        .input = {height, width, channels},
        .out_features = outputs,
        .activation.kind = activation,
    };
}

convoy_conv2d_desc conv2d_of(int32_t batch, int32_t extent, int32_t in, int32_t out, int32_t kernel, int32_t stride,
                             int32_t pad, int32_t activation) {
    return (convoy_conv2d_desc){
        .header = {.struct_size = sizeof(convoy_conv2d_desc), .batch = batch},
        .input = {extent, extent, in},
        .out_channels = out,
        .window = square_window(kernel, stride, pad),
        .dilation_h = 1,
        .dilation_w = 1,
        .groups = 1,
        .algorithm = CONVOY_ALGORITHM_DIRECT,
        .activation.kind = activation,
    };
}

convoy_pool2d_desc pool2d_of(int32_t kind, int32_t batch, int32_t extent, int32_t channels, int32_t out, int32_t kernel,
                             int32_t stride, int32_t pad) {
    return (convoy_pool2d_desc){
        .header = {.struct_size = sizeof(convoy_pool2d_desc), .batch = batch},
        .input = {extent, extent, channels},
        .window = square_window(kernel, stride, pad),
        .dilation_h = 1,
        .dilation_w = 1,
        .out_height = out,
        .out_width = out,
        .kind = kind,
    };
}

convoy_conv2d_desc alexnet_conv2d(int32_t layer, int32_t batch) {
    const int32_t relu = CONVOY_ACTIVATION_RELU;
    const convoy_conv2d_desc layers[] = {
        conv2d_of(batch, 227, 3, 96, 11, 4, 0, relu),  conv2d_of(batch, 27, 96, 256, 5, 1, 2, relu),
        conv2d_of(batch, 13, 256, 384, 3, 1, 1, relu), conv2d_of(batch, 13, 384, 384, 3, 1, 1, relu),
        conv2d_of(batch, 13, 384, 256, 3, 1, 1, relu),
    };
    return layers[layer - 1];
}

convoy_conv2d_desc lenet5_conv2d(int32_t layer, int32_t batch) {
    const int32_t tanh = CONVOY_ACTIVATION_TANH;
    const convoy_conv2d_desc layers[] = {
        conv2d_of(batch, 32, 1, 6, 5, 1, 0, tanh),
        conv2d_of(batch, 14, 6, 16, 5, 1, 0, tanh),
        conv2d_of(batch, 5, 16, 120, 5, 1, 0, tanh),
    };
    return layers[layer - 1];
}

convoy_conv2d_desc affordable(convoy_conv2d_desc desc) {
    if (is_quick()) {
        desc.out_channels /= desc.out_channels % 8 == 0 ? 8 : 1;
    }
    return desc;
}
