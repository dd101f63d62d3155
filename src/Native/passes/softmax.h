/* Softmax, for operators that end in one. */
#ifndef CONVOY_SOFTMAX_H
#define CONVOY_SOFTMAX_H

#include <stdint.h>

/* Softmax of one pixel; y may be x. */
void convoy_softmax_pixel(const float *x, float *y, int64_t channels);

#endif
