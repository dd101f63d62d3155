// The smallest kernel that proves a device: a scaled vector sum whose answers are exact in float. Nothing in a network
// uses it; the tests and the diagnosis of a machine do.

// Added to every result, so that a build can be told apart by its options.
#ifndef PROBE_OFFSET
#define PROBE_OFFSET 0.0f
#endif

__kernel void probe(const float scale, __global const float *restrict x, __global float *restrict y) {
    const size_t i = get_global_id(0);
    y[i] = fma(scale, x[i], y[i]) + PROBE_OFFSET;
}

// The same sum over a work-group's neighbours, through local memory and a barrier.
__kernel void probe_local(__global const float *restrict x, __global float *restrict y, __local float *shared) {
    const size_t local_id = get_local_id(0);
    shared[local_id] = x[get_global_id(0)];
    barrier(CLK_LOCAL_MEM_FENCE);

    float sum = 0.0f;
    for (size_t i = 0; i < get_local_size(0); ++i) {
        sum += shared[i];
    }
    y[get_global_id(0)] = sum;
}
