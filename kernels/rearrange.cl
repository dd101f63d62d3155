/*
 * A copy of an image in another order, with strides: Rearrangement on the host says which layers are that. One
 * work-item: a piece of a row, the innermost axis of the output.
 */
typedef struct {
    int input_floats; /* of an image */
    int offset;       /* where the output's first number comes from */
    int row_floats;
    int row_stride; /* floats of the input from one number of a row to the next, 0 repeats; the same of the axes
                       outwards */
    int extent_a;
    int stride_a;
    int extent_b;
    int stride_b;
    int extent_c;
    int stride_c;
    int extent_d;
    int stride_d;
    int extent_e;
    int stride_e;
} rearrange_shape;

__kernel void rearrange(__global const float *restrict x, const int x_offset, __global float *restrict y,
                        const int y_offset, const rearrange_shape shape, const int piece) {
    const size_t row = get_global_id(1);
    const int begin = get_global_id(0) * piece;
    const int end = min(begin + piece, shape.row_floats);
    int rest = row;
    int from = shape.offset + rest % shape.extent_a * shape.stride_a;
    rest /= shape.extent_a;
    from += rest % shape.extent_b * shape.stride_b;
    rest /= shape.extent_b;
    from += rest % shape.extent_c * shape.stride_c;
    rest /= shape.extent_c;
    from += rest % shape.extent_d * shape.stride_d;
    rest /= shape.extent_d;
    from += rest % shape.extent_e * shape.stride_e;
    const int image = rest / shape.extent_e;
    __global const float *in = x + x_offset + (size_t)image * shape.input_floats + from;
    __global float *out = y + y_offset + row * shape.row_floats;
    for (int i = begin; i < end; i++) {
        out[i] = in[i * shape.row_stride];
    }
}
