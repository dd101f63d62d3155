/* Bytes to floats, each channel with its scale and shift. */
#ifndef CONVOY_TRANSFORM_KERNEL_H
#define CONVOY_TRANSFORM_KERNEL_H

#include <stddef.h>
#include <stdint.h>

static void bytes_to_floats(const uint8_t *restrict x, const float *restrict scale, const float *restrict shift,
                            float *restrict y, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) {
        y[i] = (float)x[i] * scale[i] + shift[i];
    }
}

#endif
