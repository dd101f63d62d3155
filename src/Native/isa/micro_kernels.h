/*
 * Ends a file that compiles all micro-kernels for an instruction set: defines its table as KERNELS(). The one place
 * that includes from rooms further up: what it includes there are micro-kernels, which call nothing.
 */
#include "activation/activation_kernel.h"
#include "chain/convolve_kernel.h"
#include "chain/convolve_rows_kernel.h"
#include "chain/lanes_kernel.h"
#include "chain/row_transform_kernel.h"
#include "depthwise/depthwise_kernel.h"
#include "gemm/exponent_coded_kernel.h"
#include "gemm/gemm_kernel.h"
#include "isa/kernels.h"
#include "measure/measure_kernel.h"
#include "passes/binary_kernel.h"
#include "passes/instance_norm_kernel.h"
#include "passes/lrn_kernel.h"
#include "passes/pool_kernel.h"
#include "passes/transform_kernel.h"
#include "winograd/winograd_kernel.h"

const convoy_kernels *KERNELS(void) {
    static const convoy_kernels table = {
        .lanes = LANES,
        .panel_vectors = PANEL_VECTORS,
        .tile_rows = TILE_ROWS,
        .gemm = gemm,
        .exponent_coded_gemm = exponent_coded_gemm,
        .winograd_input_transform = winograd_input_transform,
        .winograd_output_transform = winograd_output_transform,
        .depthwise = depthwise,
        .pool_max = pool_max,
        .pool_average = pool_average,
        .activate = activate,
        .binary = binary,
        .lrn = lrn,
        .instance_norm_sums = instance_norm_sums,
        .instance_norm_results = instance_norm_results,
        .convolve_images = convolve_images,
        .convolve_channels = convolve_channels,
        .convolve_columns = convolve_columns,
        .row_input_transform = row_input_transform,
        .row_output_transform = row_output_transform,
        .convolve_rows = convolve_rows,
        .images_to_lanes = images_to_lanes,
        .bytes_to_floats = bytes_to_floats,
        .measure_multiply_adds = measure_multiply_adds,
        .measure_read = measure_read,
    };
    return &table;
}
