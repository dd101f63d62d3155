/* What the micro-kernel of local response normalisation is given. */
#ifndef CONVOY_LRN_JOB_H
#define CONVOY_LRN_JOB_H

#include <stddef.h>

typedef struct convoy_lrn_params {
    ptrdiff_t channels;
    ptrdiff_t before; /* neighbours below a channel, at most channels - 1 */
    ptrdiff_t after;  /* and above */
    float scale;      /* alpha / size */
    float k;
    float beta;
} convoy_lrn_params;

#endif
