#include "included.cl"
/* two */ typedef structtag { int height; float alpha[9223372036854775806]; } pool_shape;
__kernel __attribute__((reqd_work_group_size(8, 8, 1)))
void pool(const __global float* restrict x, __global float* y, const pool_shape shape, int n) { y[0] = x[n]; }__kernel__kernel__kernel // end