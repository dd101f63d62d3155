/* Ends a file that compiles the generic kernels: defines its table as KERNELS(). */
#include "chain.h"
#include "chain_rows.h"
#include "chain_tiles.h"
#include "coded.h"
#include "passes.h"
#include "pool.h"
#include "tile.h"
#include "transpose.h"
#include "winograd.h"

const convoy_kernels *KERNELS(void) {
    static const convoy_kernels table = {
        .lanes = LANES,
        .panel_vectors = PANEL_VECTORS,
        .tile_rows = TILE_ROWS,
        .product = product,
        .coded_product = coded_product,
        .winograd_input = winograd_input,
        .winograd_output = winograd_output,
        .pool_max = pool_max,
        .pool_average = pool_average,
        .activate = activate,
        .add = add,
        .lrn = lrn,
        .convolve_images = convolve_images,
        .convolve_channels = convolve_channels,
        .convolve_columns = convolve_columns,
        .evaluate_tiles = evaluate_tiles,
        .interpolate_tiles = interpolate_tiles,
        .convolve_rows = convolve_rows,
        .images_to_lanes = images_to_lanes,
        .bytes_to_floats = bytes_to_floats,
    };
    return &table;
}
