/* Descriptions of layers for tests to plan: any, and those of the two networks. */
#ifndef CONVOY_TEST_LAYERS_H
#define CONVOY_TEST_LAYERS_H

#include "convoy.h"

#include <stddef.h>

/* One of them, at random, with parameters of the sizes that networks use. */
convoy_activation_desc random_activation(void);

/* The same where it makes whole numbers of whole numbers, which are exact only then; else none. */
convoy_activation_desc exact_activation(convoy_activation_desc activation);

/* A window that is alike on both axes. */
convoy_window square_window(int32_t kernel, int32_t stride, int32_t pad);

/* How many numbers a feature map of one image has. */
size_t floats_of(convoy_image image);

/* A valid convolution of padding and groups, 4 images of 8x8x6 to 7x7x10, to run or to spoil. */
convoy_conv2d_desc small_conv2d(void);

convoy_dense_desc dense_of(int32_t batch, int32_t height, int32_t width, int32_t channels, int32_t outputs,
                           int32_t activation);

/* A convolution whose height and width are alike in everything. */
convoy_conv2d_desc conv2d_of(int32_t batch, int32_t extent, int32_t in, int32_t out, int32_t kernel, int32_t stride,
                             int32_t pad, int32_t activation);

/* Pooling whose height and width are alike in everything. */
convoy_pool2d_desc pool2d_of(int32_t kind, int32_t batch, int32_t extent, int32_t channels, int32_t out, int32_t kernel,
                             int32_t stride, int32_t pad);

/* Convolutions 1 to 5 of AlexNet, 1 to 3 of LeNet-5. */
convoy_conv2d_desc alexnet_conv2d(int32_t layer, int32_t batch);
convoy_conv2d_desc lenet5_conv2d(int32_t layer, int32_t batch);

/*
 * With an eighth of its many output channels, where the tests are to be quick: errors grow with the input's, which
 * stay.
 */
convoy_conv2d_desc affordable(convoy_conv2d_desc desc);

#endif
