/* A pass through the stages of a chain. */
#ifndef CONVOY_CHAIN_PASS_H
#define CONVOY_CHAIN_PASS_H

#include "chain/chain_job.h"
#include "chain/chain_stages.h"

/* Maps are [row][column][channel][width], where an element is `width` floats. */
typedef struct convoy_chain_pass {
    const convoy_call *call;
    const convoy_chain *chain;
    int64_t width; /* the lanes, for a micro-batch; 1, for an image */
    float *maps[2];
    float *buffer;
} convoy_chain_pass;

/* A convolution of rows, without activation: `width` of the pass decides what lies in the lanes. */
static inline void convoy_chain_convolve(const convoy_chain_pass *pass, const convoy_convolution_job *job) {
    if (pass->width > 1) {
        pass->call->kernels->convolve_images(job);
    } else {
        pass->call->kernels->convolve_channels(job);
    }
}

#endif
