/* Running chains: micro-batches of images in the lanes, and images by themselves. chain.c explains them. */
#include "chain/chain_run.h"

#include "chain/chain_image.h"
#include "chain/chain_pass.h"
#include "chain/chain_tiles.h"
#include "core/arithmetic.h"
#include "passes/pool_job.h"
#include "passes/softmax.h"
#include "plan/units.h"

#include <string.h>

/* A micro-batch that is not full costs as much as one that is, and an image by itself somewhat more than in one. */
enum { FULL_NUMERATOR = 3, FULL_DENOMINATOR = 4 };

static convoy_chain_pass begin_pass(const convoy_call *call, const convoy_chain *chain, int64_t width) {
    convoy_chain_pass it = {.call = call, .chain = chain, .width = width};
    it.maps[0] = call->scratch;
    it.maps[1] = it.maps[0] + chain->map_floats[0] * width;
    it.buffer = it.maps[1] + chain->map_floats[1] * width;
    return it;
}

static bool is_padded(const convoy_chain_map *map) {
    return map->padded_height > map->height || map->padded_width > map->width;
}

static void clear_padding(const convoy_chain_map *map, int64_t width, float *to) {
    if (is_padded(map)) {
        memset(to, 0, (size_t)(map->padded_height * map->padded_width * map->channels * width) * sizeof(float));
    }
}

/* Where a row of a map begins, its padding left aside. */
static float *row_of(const convoy_chain_map *map, int64_t width, float *to, int64_t row) {
    return to + ((map->pad_top + row) * map->padded_width + map->pad_left) * map->channels * width;
}

static void convolve_directly(const convoy_chain_pass *pass, const convoy_chain_stage *stage, const float *x,
                              int64_t first, int64_t rows, float *y, int64_t y_row) {
    const convoy_chain_layer_state *layer = stage->convolution;
    const convoy_call *call = pass->call;
    const int64_t pixel = stage->input.channels * pass->width;
    const int64_t row = stage->input.padded_width * pixel;
    const convoy_convolution_job job = {
        .x = x + first * layer->stride_h * row,
        .x_row = (ptrdiff_t)(layer->stride_h * row),
        .x_column = (ptrdiff_t)(layer->stride_w * pixel),
        .x_run = (ptrdiff_t)row,
        .runs = layer->kernel_h,
        .run_length = (ptrdiff_t)(layer->kernel_w * stage->input.channels),
        .x_element = (ptrdiff_t)pass->width,
        .rows = (ptrdiff_t)rows,
        .columns = (ptrdiff_t)stage->width,
        .channels = (ptrdiff_t)stage->channels,
        .weights = call->packed + stage->weights,
        .weight_stride = (ptrdiff_t)stage->weight_stride,
        .bias = call->bias != NULL ? call->bias + stage->bias : NULL,
        .y = y,
        .y_row = (ptrdiff_t)y_row,
        .y_column = (ptrdiff_t)(stage->channels * pass->width),
    };
    convoy_chain_convolve(pass, &job);
}

/* Output rows [first, first + rows) of the stage's pooling; x: where the first one's windows begin. */
static void pool(const convoy_chain_pass *pass, const convoy_chain_stage *stage, const float *x, int64_t first,
                 int64_t rows, float *to) {
    const convoy_chain_layer_state *layer = stage->pool;
    const int64_t pixel = stage->channels * pass->width;
    convoy_pool_window window = {
        .row_stride = (ptrdiff_t)(stage->width * pixel),
        .column_stride = (ptrdiff_t)pixel,
        .rows = layer->kernel_h,
        .columns = layer->kernel_w,
        .channels = (ptrdiff_t)pixel,
        .divisor = (float)(layer->kernel_h * layer->kernel_w),
    };
    convoy_pool_function *const pool_window = convoy_chain_pool_kernel(pass->call->kernels, layer);
    for (int64_t row = 0; row < rows; row++) {
        float *y = row_of(&stage->output, pass->width, to, first + row);
        for (int64_t column = 0; column < stage->output.width; column++) {
            window.x = x + row * layer->stride_h * window.row_stride + column * layer->stride_w * pixel;
            window.y = y + column * pixel;
            pool_window(&window);
        }
    }
}

/* Rows are made and pooled block by block in a micro-batch, and all at once for an image, whose rows are short. */
static void run_stage(const convoy_chain_pass *pass, const convoy_chain_stage *stage, const float *x, float *to) {
    const convoy_chain_map *output = &stage->output;
    clear_padding(output, pass->width, to);
    if (stage->convolution == NULL) {
        pool(pass, stage, x, 0, output->height, to);
        return;
    }
    const bool is_whole = pass->width == 1 || stage->pool == NULL;
    const int64_t rows = is_whole ? stage->height : stage->block_height;
    const int64_t pooled_rows = is_whole ? output->height : stage->block_rows;
    const int64_t row_floats = stage->width * stage->channels * pass->width;
    float *y = stage->pool != NULL ? pass->buffer : row_of(output, pass->width, to, 0);
    const int64_t y_row = stage->pool != NULL ? row_floats : output->padded_width * output->channels * pass->width;
    const bool by_tiles = stage->tiles.points > 0;
    convoy_chain_tile_buffers buffers = {0};
    if (by_tiles) {
        float *behind = pass->buffer + (stage->pool != NULL ? convoy_chain_rows_floats(stage, rows) * pass->width : 0);
        buffers = convoy_chain_begin_tiles(pass, stage, x, behind);
    }
    for (int64_t pooled = 0; pooled < output->height; pooled += pooled_rows) {
        const int64_t first = is_whole ? 0 : pooled * stage->pool->stride_h;
        if (by_tiles) {
            convoy_chain_convolve_tiles(pass, stage, &buffers, first, rows, y, y_row);
        } else {
            convolve_directly(pass, stage, x, first, rows, y, y_row);
        }
        convoy_chain_activate(pass->call->kernels, stage->convolution, y, rows, y_row, row_floats);
        if (stage->pool != NULL) {
            pool(pass, stage, y, pooled, pooled_rows, to);
        }
    }
}

/* The stages from `first` on. x: the first one's input. The last one's output goes to y, or where it is NULL to a map;
 * returns where it is. */
static const float *run_stages(const convoy_chain_pass *pass, int64_t first, const float *x, float *y) {
    const convoy_chain *chain = pass->chain;
    for (int64_t i = first; i < chain->stage_count; i++) {
        float *to = i == chain->stage_count - 1 && y != NULL ? y : pass->maps[(i + 1) % 2];
        run_stage(pass, &chain->stages[i], x, to);
        x = to;
    }
    return x;
}

static int64_t floats_of(const convoy_chain_map *map) {
    return map->height * map->width * map->channels;
}

static void softmax(const convoy_chain *chain, float *y) {
    const convoy_chain_map *output = &chain->stages[chain->stage_count - 1].output;
    for (int64_t pixel = 0; pixel < output->height * output->width; pixel++) {
        convoy_softmax_pixel(y + pixel * output->channels, y + pixel * output->channels, output->channels);
    }
}

/* Lanes beyond the images repeat the last one. */
static void run_micro_batch(const convoy_call *call, const convoy_chain *chain, int64_t first, int64_t images) {
    const convoy_chain_pass pass = begin_pass(call, chain, chain->lanes);
    const convoy_chain_map *input = &chain->stages[0].input;
    const int64_t row_floats = input->width * input->channels;
    clear_padding(input, pass.width, pass.maps[0]);
    for (int64_t row = 0; row < input->height; row++) {
        const float *rows[UINT8_MAX];
        for (int64_t lane = 0; lane < chain->lanes; lane++) {
            const int64_t image = first + convoy_min(lane, images - 1);
            rows[lane] = (const float *)call->input + image * floats_of(input) + row * row_floats;
        }
        call->kernels->images_to_lanes(rows, row_of(input, pass.width, pass.maps[0], row), (ptrdiff_t)chain->lanes,
                                       (ptrdiff_t)row_floats);
    }

    const float *result = run_stages(&pass, 0, pass.maps[0], NULL);
    const int64_t floats = floats_of(&chain->stages[chain->stage_count - 1].output);
    for (int64_t lane = 0; lane < images; lane++) {
        float *y = call->output + (first + lane) * floats;
        for (int64_t i = 0; i < floats; i++) {
            y[i] = result[i * chain->lanes + lane];
        }
        if (chain->has_softmax) {
            softmax(chain, y);
        }
    }
}

static void run_image(const convoy_call *call, const convoy_chain *chain, int64_t image) {
    const convoy_chain_pass pass = begin_pass(call, chain, 1);
    const convoy_chain_map *input = &chain->stages[0].input;
    const float *x = (const float *)call->input + image * floats_of(input);
    if (is_padded(input)) {
        const int64_t row_floats = input->width * input->channels;
        clear_padding(input, 1, pass.maps[0]);
        for (int64_t row = 0; row < input->height; row++) {
            memcpy(row_of(input, 1, pass.maps[0], row), x + row * row_floats, (size_t)row_floats * sizeof(float));
        }
        x = pass.maps[0];
    }
    float *y = call->output + image * floats_of(&chain->stages[chain->stage_count - 1].output);
    int64_t first = 0;
    if (chain->columns.floats > 0 || chain->rows.floats > 0) {
        float *to = chain->stage_count == 1 ? y : pass.maps[1];
        clear_padding(&chain->stages[0].output, 1, to);
        (chain->columns.floats > 0 ? convoy_chain_run_columns
                                   : convoy_chain_run_rows)(call, chain, x, pass.buffer + chain->image_buffer, to);
        x = to;
        first = 1;
    }
    run_stages(&pass, first, x, y);
    if (chain->has_softmax) {
        softmax(chain, y);
    }
}

void convoy_chain_run(const convoy_call *call) {
    convoy_chain chain;
    convoy_chain_open(call->state, &chain);
    const convoy_units images = convoy_call_units(call);
    const int64_t fewest = convoy_ceil_div(chain.lanes * FULL_NUMERATOR, FULL_DENOMINATOR);
    for (int64_t image = images.first; image < images.end;) {
        const int64_t left = images.end - image;
        if (left >= fewest) {
            run_micro_batch(call, &chain, image, convoy_min(left, chain.lanes));
            image += chain.lanes;
        } else {
            run_image(call, &chain, image++);
        }
    }
}
