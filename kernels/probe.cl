// The smallest kernel that proves a device: a scaled vector sum whose results are exact in float. Nothing in a network
// uses it; the tests and the diagnosis of a machine do.

// Added to every result, so that a build can be told apart by its options.
#ifndef PROBE_OFFSET
#define PROBE_OFFSET 0.0f
#endif

__kernel void probe(const float scale, __global const float *restrict x, __global float *restrict y) {
    const size_t i = get_global_id(0);
    y[i] = fma(scale, x[i], y[i]) + PROBE_OFFSET;
}
