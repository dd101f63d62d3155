/* Single precision rounded to 16 bits: to nearest, ties to even. NaN stays NaN. */
#ifndef CONVOY_FLOAT16_H
#define CONVOY_FLOAT16_H

#include <stdint.h>

/* IEEE 754 half precision; subnormals are kept, and what is beyond 65504 becomes infinity. */
uint16_t convoy_to_float16(float value);

/* The upper half of single precision. */
uint16_t convoy_to_bfloat16(float value);

#endif
