; float alpha[#include "included.cl"
/* two */ typedef struct tag { int height; float alpha[2]; } pool_shape;
__kernel __attribute__((reqd_work_group_size(8, 8, 1)))
void pool(const __global float* restrict x,; }restrict pool_shape;
 __global float* y, const pool_shape shape, int n) { y[0] = x[n]; } /9223372036854775807/ end