#include "product.h"

#include "coded.h"
#include "halves.h"
#include "plan.h"

/*
 * Bytes of a panel's block of weights. Somewhat more than a first-level cache: the kernel reads them in order and waits
 * little for the second level, while a shorter block would start tiles and add partial sums more often.
 */
enum { PANEL_BLOCK_BYTES = 48 * 1024 };

void convoy_product_plan(const convoy_kernels *kernels, convoy_product *product) {
    product->lanes = kernels->lanes;
    product->panel = kernels->lanes * kernels->panel_vectors;
    product->panels = convoy_ceil_div(product->channels, product->panel);
    product->depth = product->spatial * product->inner;
    const int64_t limit = PANEL_BLOCK_BYTES / ((int64_t)sizeof(float) * product->panel);
    const int64_t blocks = convoy_ceil_div(product->depth, limit);
    product->depth_block =
        convoy_ceil_div(product->depth, blocks * CONVOY_CODED_STEPS) * CONVOY_CODED_STEPS; /* whole groups, if coded */
}

int64_t convoy_product_padded_channels(const convoy_product *product) {
    return convoy_round_up(product->channels, product->lanes);
}

int64_t convoy_product_packed_count(const convoy_product *product) {
    return convoy_product_padded_channels(product) * product->depth;
}

int64_t convoy_product_weight_bytes(const convoy_product *product) {
    return product->weight_format == CONVOY_WEIGHT_FLOAT32 ? sizeof(float) : sizeof(uint16_t);
}

static void put(const convoy_product *product, void *packed, int64_t index, float weight) {
    switch (product->weight_format) {
    case CONVOY_WEIGHT_FLOAT16:
        ((uint16_t *)packed)[index] = convoy_to_float16(weight);
        break;
    case CONVOY_WEIGHT_BFLOAT16:
        ((uint16_t *)packed)[index] = convoy_to_bfloat16(weight);
        break;
    default:
        ((float *)packed)[index] = weight;
        break;
    }
}

int64_t convoy_product_panel_width(const convoy_product *product, int64_t panel) {
    return convoy_min(product->panel, convoy_product_padded_channels(product) - panel * product->panel);
}

void convoy_product_pack_panel(const convoy_product *product, const float *weights, int64_t panel, void *packed) {
    const int64_t width = convoy_product_panel_width(product, panel);
    for (int64_t lane = 0; lane < width; lane++) {
        const int64_t channel = panel * product->panel + lane;
        if (channel >= product->channels) {
            for (int64_t k = 0; k < product->depth; k++) {
                put(product, packed, k * width + lane, 0.0f);
            }
            continue;
        }
        const float *from = weights + channel * product->depth;
        for (int64_t s = 0; s < product->spatial; s++) {
            for (int64_t c = 0; c < product->inner; c++) {
                const int64_t k = s * product->inner + c;
                put(product, packed, k * width + lane, from[c * product->spatial + s]);
            }
        }
    }
}

void convoy_product_pack(const convoy_product *product, const float *weights, void *packed) {
    char *to = packed;
    for (int64_t panel = 0; panel < product->panels; panel++) {
        convoy_product_pack_panel(product, weights, panel, to);
        to += convoy_product_panel_width(product, panel) * product->depth * convoy_product_weight_bytes(product);
    }
}

static void run_block(const convoy_kernels *kernels, const convoy_product *product,
                      const convoy_product_operands *operands, int64_t panel, int64_t block) {
    const int64_t channel = panel * product->panel;
    const int64_t k = block * product->depth_block;
    const int64_t depth = convoy_min(product->depth_block, product->depth - k);
    const int64_t first_weight = channel * product->depth + k * convoy_product_panel_width(product, panel);
    convoy_product_job job = {
        .x = operands->x,
        .rows = operands->rows,
        .segments = operands->segments + k / product->segment_length,
        .row_count = operands->row_count,
        .segment_length = (ptrdiff_t)product->segment_length,
        .segment_start = (ptrdiff_t)(k % product->segment_length),
        .depth = (ptrdiff_t)depth,
        .weights = operands->coded == NULL
                       ? (const char *)operands->packed + first_weight * convoy_product_weight_bytes(product)
                       : NULL,
        .weight_format = product->weight_format,
        .bias = operands->bias != NULL ? operands->bias + channel : NULL,
        .y = operands->y + channel,
        .y_stride = operands->y_stride,
        .channels = (ptrdiff_t)convoy_min(product->panel, product->channels - channel),
        .ahead = operands->ahead,
        .ahead_line = (ptrdiff_t)(k * convoy_ceil_div(operands->row_count, kernels->tile_rows)),
        .is_first = k == 0,
        .is_last = k + depth == product->depth,
        .activation = product->activation,
    };
    const bool is_coded = operands->coded != NULL && convoy_coded_prepare(product, operands->coded, panel, k, &job);
    (is_coded ? kernels->coded_product : kernels->product)(&job);
}

/*
 * Many rows: a block's inputs stay in the second-level cache while all panels pass over them. Few rows, as in a batch
 * of one: reading the weights is all that counts, and they are read from beginning to end.
 */
void convoy_product_run(const convoy_kernels *kernels, const convoy_product *product,
                        const convoy_product_operands *operands, int64_t first_panel, int64_t end_panel) {
    const int64_t blocks = convoy_ceil_div(product->depth, product->depth_block);
    const int64_t panels = end_panel - first_panel;
    const bool is_stream = operands->row_count <= kernels->tile_rows;
    for (int64_t step = 0; step < blocks * panels; step++) {
        const int64_t panel = is_stream ? step / blocks : step % panels;
        const int64_t block = is_stream ? step % blocks : step / panels;
        run_block(kernels, product, operands, first_panel + panel, block);
    }
}
