/* The operators as their definitions say, in double precision and plain loops. Nothing here is shared with the library.
 */
#ifndef CONVOY_TEST_ORACLE_H
#define CONVOY_TEST_ORACLE_H

#include "convoy.h"

/* magnitude, where not NULL: the sum of the terms' absolute values, which rounding errors are proportional to. */
void oracle_conv2d(const convoy_conv2d_desc *desc, const float *x, const float *weights, const float *bias,
                   const float *slopes, double *y, double *magnitude);
void oracle_dense(const convoy_dense_desc *desc, const float *x, const float *weights, const float *bias,
                  const float *slopes, double *y, double *magnitude);
void oracle_pool2d(const convoy_pool2d_desc *desc, const float *x, double *y);
void oracle_lrn(const convoy_lrn_desc *desc, const float *x, double *y);
/* Its logarithm, where the descriptor says so. */
void oracle_softmax(const convoy_softmax_desc *desc, const float *x, double *y);

/* slope: of the element's channel, where the activation has one a channel. */
double oracle_activation(double x, convoy_activation_desc activation, double slope);

/* a kind b */
double oracle_binary(double a, double b, int32_t kind);

/* A convolution's output, before any pooling. */
convoy_image oracle_conv2d_output(const convoy_conv2d_desc *desc);

#endif
