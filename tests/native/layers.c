#include "layers.h"

#include "check.h"

convoy_conv2d_desc small_conv2d(void) {
    return (convoy_conv2d_desc){
        .struct_size = sizeof(convoy_conv2d_desc),
        .batch = 4,
        .height = 8,
        .width = 8,
        .in_channels = 6,
        .out_channels = 10,
        .kernel_h = 3,
        .kernel_w = 3,
        .stride_h = 1,
        .stride_w = 1,
        .pad_top = 1,
        .pad_left = 1,
        .dilation_h = 1,
        .dilation_w = 1,
        .groups = 2,
    };
}

convoy_dense_desc dense_of(int32_t batch, int32_t height, int32_t width, int32_t channels, int32_t outputs,
                           int32_t activation) {
    return (convoy_dense_desc){
        .struct_size = sizeof(convoy_dense_desc),
        .batch = batch,
        .height = height,
        .width = width,
        .channels = channels,
        .out_features = outputs,
        .activation = activation,
    };
}

convoy_conv2d_desc conv2d_of(int32_t batch, int32_t extent, int32_t in, int32_t out, int32_t kernel, int32_t stride,
                             int32_t pad, int32_t activation) {
    return (convoy_conv2d_desc){
        .struct_size = sizeof(convoy_conv2d_desc),
        .batch = batch,
        .height = extent,
        .width = extent,
        .in_channels = in,
        .out_channels = out,
        .kernel_h = kernel,
        .kernel_w = kernel,
        .stride_h = stride,
        .stride_w = stride,
        .pad_top = pad,
        .pad_left = pad,
        .pad_bottom = pad,
        .pad_right = pad,
        .dilation_h = 1,
        .dilation_w = 1,
        .groups = 1,
        .activation = activation,
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
