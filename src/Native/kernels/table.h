/* Ends a file that compiles the generic kernels: defines its table as KERNELS(). */
#include "passes.h"
#include "pool.h"
#include "tile.h"
#include "winograd.h"

const convoy_kernels *KERNELS(void) {
    static const convoy_kernels table = {
        .lanes = LANES,
        .panel_vectors = PANEL_VECTORS,
        .tile_rows = TILE_ROWS,
        .product = product,
        .winograd_input = winograd_input,
        .winograd_output = winograd_output,
        .pool_max = pool_max,
        .pool_average = pool_average,
        .activate = activate,
        .add = add,
        .lrn = lrn,
        .bytes_to_floats = bytes_to_floats,
    };
    return &table;
}
