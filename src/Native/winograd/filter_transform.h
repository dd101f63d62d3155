/* The filter transform of Winograd convolution along one axis, in double precision, for packing. */
#ifndef CONVOY_FILTER_TRANSFORM_H
#define CONVOY_FILTER_TRANSFORM_H

#include <stdint.h>

/* The polynomial of so many taps at point number `index` of so many pairs, infinity being the last. */
double convoy_winograd_filter_transform(int32_t pairs, int32_t index, const double *taps, int32_t count);

#endif
