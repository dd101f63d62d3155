/*
 * Convoy's C library: the whole ABI.
 *
 * Every operator follows one life: describe it, plan it, pack its weights once, then run ranges of its work items.
 *
 *     convoy_conv2d_desc desc = {.header = {.struct_size = sizeof desc, ...}, ...};
 *     convoy_plan plan = {.struct_size = sizeof plan};
 *     convoy_plan_conv2d(&desc, &plan);            sizes, cost, number of work items
 *     convoy_pack(&plan, weights, n, packed, m);   once
 *     convoy_run(&plan, &args, 0, first, end);     any thread, any disjoint ranges of [0, work items)
 *
 * An operator may run in several phases: all items of one have ended before the next begins.
 *
 * One pack and one run serve every operator: the plan says which it is. A plan is plain data, holds no pointers, owns
 * nothing, and may be copied, shared between threads and dropped at will.
 *
 * Feature maps are dense float32 NHWC (image, row, column, channel) unless said otherwise; a vector is the case H = W
 * = 1. An operator's output for one image depends on the plan and that image alone: not on how many images a run has,
 * its neighbours or the ranges chosen. Plans of one algorithm, points and instruction set agree whatever their batch.
 * Choosing among algorithms is the caller's: a plan does what it is told and says what that costs. (What is no choice
 * of bits or follows from a shape alone stays here: exponent coding, and the tiles of a chain's layers.) NaN and
 * infinity propagate as in IEEE arithmetic (ReLU, minimum and maximum included); WINOGRAD spreads either over all
 * outputs of the tiles that read it, within the image, and an infinity may come out as NaN or with another sign.
 *
 * The library starts no threads, allocates nothing, keeps no state but the detected instruction set, and never aborts:
 * each call checks what it is given and returns a status. On an error nothing is written.
 */
#ifndef CONVOY_H
#define CONVOY_H

#include "convoy_activations.h"

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define CONVOY_API __declspec(dllexport)
#else
#define CONVOY_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Raised by one whenever a struct, an enum's value or a call's meaning changes. */
#define CONVOY_ABI_VERSION 9

/* Required alignment, in bytes, of packed weights and of scratch. Feature maps and biases need only their element's. */
#define CONVOY_ALIGNMENT 64

/* Largest value any extent (height, channels, batch, ...) of a descriptor may have. */
#define CONVOY_MAX_EXTENT 1048576

typedef enum convoy_status {
    CONVOY_OK = 0,
    CONVOY_NULL_POINTER = 1,     /* a required pointer is NULL */
    CONVOY_BAD_STRUCT_SIZE = 2,  /* struct_size is not this library's: the caller was built for another version */
    CONVOY_BAD_VALUE = 3,        /* a descriptor's field is out of range, or the fields contradict one another */
    CONVOY_OVERFLOW = 4,         /* a size computed from the descriptor does not fit */
    CONVOY_MISALIGNED = 5,       /* a pointer is not aligned as required */
    CONVOY_BUFFER_TOO_SMALL = 6, /* a buffer is shorter than the plan needs */
    CONVOY_BAD_RANGE = 7,        /* work items outside the plan, no images, or more than it was made for */
    CONVOY_BAD_PLAN = 8,         /* the plan was not filled in by this library, or has been altered */
    CONVOY_UNSUPPORTED = 9,      /* this CPU lacks the instruction set, or the algorithm cannot do this shape */
    CONVOY_STATUS_COUNT
} convoy_status;

/* Instruction sets a micro-kernel is built for. AUTO picks the best this CPU has. */
typedef enum convoy_isa {
    CONVOY_ISA_AUTO = 0,
    CONVOY_ISA_SCALAR = 1, /* portable C, no instruction-set flags */
    CONVOY_ISA_AVX2 = 2,   /* AVX2 and FMA */
    CONVOY_ISA_AVX512 = 3, /* AVX-512 F, VL, BW, DQ */
    CONVOY_ISA_NEON = 4,   /* AArch64 Advanced SIMD */
    CONVOY_ISA_COUNT
} convoy_isa;

/* The numbers of convoy_activations.h, which has the functions, and how many they are. */
typedef enum convoy_activation {
    CONVOY_ACTIVATIONS(CONVOY_ACTIVATION_NUMBER) CONVOY_ACTIVATION_COUNT
} convoy_activation;

/* An activation and its parameters. Those that its kind does not have are ignored; the others may not be NaN. */
typedef struct convoy_activation_desc {
    int32_t kind; /* convoy_activation */
    float alpha;
    float beta;
} convoy_activation_desc;

/* How an operator is computed. Other numbers, and an algorithm that does not apply, are CONVOY_UNSUPPORTED. */
typedef enum convoy_algorithm {
    CONVOY_ALGORITHM_DIRECT = 1, /* cache-blocked direct convolution, or GEMM */
    CONVOY_ALGORITHM_SIMPLE = 2, /* one pass over the data: pooling, normalisation, element-wise and layout operators */
    CONVOY_ALGORITHM_WINOGRAD = 3,  /* convolution of tiles transformed to points and back: fewer multiplications */
    CONVOY_ALGORITHM_LANES = 4,     /* chains: images side by side in the lanes of a vector, through all layers */
    CONVOY_ALGORITHM_DEPTHWISE = 5, /* convolution of each channel by itself, channels side by side in the lanes */
    CONVOY_ALGORITHM_COUNT
} convoy_algorithm;

/* How a convolution's input lies in memory. */
typedef enum convoy_layout {
    CONVOY_LAYOUT_NHWC = 0,
    CONVOY_LAYOUT_NCHW = 1, /* WINOGRAD only */
    CONVOY_LAYOUT_COUNT
} convoy_layout;

/* Begins every descriptor. */
typedef struct convoy_header {
    uint32_t struct_size; /* of the descriptor */
    int32_t isa;          /* convoy_isa */
    int32_t batch;        /* largest number of images a run may have */
} convoy_header;

/* A feature map of one image. */
typedef struct convoy_image {
    int32_t height;
    int32_t width;
    int32_t channels;
} convoy_image;

/* What slides over a feature map. */
typedef struct convoy_window {
    int32_t kernel_h;
    int32_t kernel_w;
    int32_t stride_h;
    int32_t stride_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t pad_bottom;
    int32_t pad_right;
} convoy_window;

/* Maximum pooling behind a convolution: its windows and output extent are as convoy_pool2d_desc has them, not
 * dilated. All zero: none. */
typedef struct convoy_max_pool {
    convoy_window window;
    int32_t out_height;
    int32_t out_width;
} convoy_max_pool;

/*
 * Two-dimensional convolution (cross-correlation), bias and activation fused, and what else is asked for. With a
 * residual, a second feature map of the output's shape, y = activation(((sum of products) + bias) + residual), in that
 * order: the same bits as adding by itself would make of the convolution's map. With maximum pooling the output is the
 * pooled map, the same bits as pooling by itself would make of the convolution's.
 * Weights are given as [out_channels][in channels / groups][kernel_h][kernel_w]; bias and slopes as [out_channels].
 * Output height = (height + pad_top + pad_bottom - dilation_h * (kernel_h - 1) - 1) / stride_h + 1; width alike.
 */
typedef struct convoy_conv2d_desc {
    convoy_header header;
    convoy_image input;
    convoy_window window;
    int32_t out_channels;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t groups;
    int32_t algorithm;      /* convoy_algorithm: DIRECT, WINOGRAD or DEPTHWISE */
    int32_t points;         /* WINOGRAD: finite points along an axis, 4, 6 or 8; else 0. Relative L2 errors before the
                               activation: below 1e-6, 4e-6 and 1e-5. */
    int32_t input_layout;   /* convoy_layout; the output is NHWC always */
    int32_t map_channels;   /* DIRECT and WINOGRAD: more than out_channels where the output is a part of a map, as of a
                               concatenation; what is beside the part is left alone. 0: all of the map */
    int32_t channel_offset; /* at which of the map's channels the part begins */
    int32_t has_residual;   /* 0, or 1: "input2" of the run is added before the activation. DIRECT and WINOGRAD, where
                               the output is all of its map, and not pooled */
    convoy_activation_desc activation;
    convoy_max_pool pool; /* WINOGRAD only, and only where a second-level cache holds an image's results of a panel */
} convoy_conv2d_desc;

/*
 * How weights are stored once packed. Products and sums are in single precision whichever it is. Those of FLOAT32 for a
 * batch of one are exponent-coded, 28 bits each, where they allow it, without loss: reading them is what takes the
 * time.
 */
typedef enum convoy_weight_format {
    CONVOY_WEIGHT_FLOAT32 = 0,
    CONVOY_WEIGHT_FLOAT16 = 1,  /* IEEE 754 half: 11 significant bits; beyond 65504 infinity */
    CONVOY_WEIGHT_BFLOAT16 = 2, /* 8 significant bits, single precision's range */
    CONVOY_WEIGHT_COUNT
} convoy_weight_format;

/*
 * Fully connected layer, bias and activation fused.
 * Weights are given as [out_features][channels][height][width], the order every framework flattens in; the input is
 * NHWC as everywhere, and packing reconciles the two. A vector input has height = width = 1.
 */
typedef struct convoy_dense_desc {
    convoy_header header;
    convoy_image input;
    int32_t out_features;
    int32_t weight_format; /* convoy_weight_format: rounded to nearest, ties to even */
    convoy_activation_desc activation;
} convoy_dense_desc;

typedef enum convoy_pool_kind {
    CONVOY_POOL_MAX = 0,              /* over the window's elements inside the image */
    CONVOY_POOL_AVERAGE = 1,          /* divided by the number of elements inside the image */
    CONVOY_POOL_AVERAGE_PADDED = 2,   /* divided by the number of elements inside the image and its padding */
    CONVOY_POOL_ADAPTIVE_AVERAGE = 3, /* window i of n over h rows is [floor(i h / n), ceil((i + 1) h / n)); kernel,
                                         stride, padding and dilation are ignored */
    CONVOY_POOL_ADAPTIVE_MAX = 4,     /* the same windows */
    CONVOY_POOL_COUNT
} convoy_pool_kind;

/*
 * Pooling. The output extent is given, so that rounding down or up (ceil mode) is the caller's choice; a window may
 * reach beyond the bottom and right padding (ceil mode), but must hold at least one element of the image. Its elements
 * are dilation_h rows and dilation_w columns apart.
 */
typedef struct convoy_pool2d_desc {
    convoy_header header;
    convoy_image input;
    convoy_window window;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t out_height;
    int32_t out_width;
    int32_t kind; /* convoy_pool_kind */
} convoy_pool2d_desc;

/* Of which channels a window of even size has one more than of the others; one of odd size is centred either way. */
typedef enum convoy_lrn_alignment {
    CONVOY_LRN_ALIGNMENT_ABOVE = 0, /* of those above: [c - (size - 1) / 2, c + size / 2], as ONNX has it */
    CONVOY_LRN_ALIGNMENT_BELOW = 1, /* of those below: [c - size / 2, c + (size - 1) / 2], as PyTorch has it */
    CONVOY_LRN_ALIGNMENT_COUNT
} convoy_lrn_alignment;

/*
 * Local response normalisation across channels (Krizhevsky et al. 2012, section 3.3, with alpha divided by size):
 * y[c] = x[c] / (k + alpha / size * sum of x[j]^2 for j in the window of c)^beta, j inside the channels.
 */
typedef struct convoy_lrn_desc {
    convoy_header header;
    convoy_image input;
    int32_t size;
    float alpha;
    float beta;
    float k;
    int32_t alignment; /* convoy_lrn_alignment */
} convoy_lrn_desc;

/* An activation by itself; output may be input itself. */
typedef struct convoy_activate_desc {
    convoy_header header;
    convoy_image input;
    convoy_activation_desc activation;
} convoy_activate_desc;

/* Of minimum and maximum NaN wins, on either side. */
typedef enum convoy_binary_kind {
    CONVOY_BINARY_ADD = 0,
    CONVOY_BINARY_SUBTRACT = 1,
    CONVOY_BINARY_MULTIPLY = 2,
    CONVOY_BINARY_DIVIDE = 3,
    CONVOY_BINARY_MINIMUM = 4,
    CONVOY_BINARY_MAXIMUM = 5,
    CONVOY_BINARY_COUNT
} convoy_binary_kind;

/* What stands beside the input. */
typedef enum convoy_operand {
    CONVOY_OPERAND_TENSOR = 0,         /* "input2" of the run, of the input's shape */
    CONVOY_OPERAND_SCALAR = 1,         /* "bias" of the run holds one constant, */
    CONVOY_OPERAND_CHANNELS = 2,       /* or one for each channel */
    CONVOY_OPERAND_IMAGE_SCALAR = 3,   /* "input2" holds one number for each image, */
    CONVOY_OPERAND_IMAGE_CHANNELS = 4, /* or one for each channel of each image */
    CONVOY_OPERAND_COUNT
} convoy_operand;

/* y = activation(input kind operand); output may be the input itself, or a second one of its shape. */
typedef struct convoy_binary_desc {
    convoy_header header;
    convoy_image input;
    int32_t kind;    /* convoy_binary_kind */
    int32_t operand; /* convoy_operand */
    int32_t
        is_operand_first; /* 0, or 1: the operand stands before the input; 0 of TENSOR, whose order is the caller's */
    convoy_activation_desc activation;
} convoy_binary_desc;

typedef enum convoy_softmax_kind {
    CONVOY_SOFTMAX_PLAIN = 0, /* y = exp(x - max x) / sum */
    CONVOY_SOFTMAX_LOG = 1,   /* y = x - max x - log(sum) */
    CONVOY_SOFTMAX_COUNT
} convoy_softmax_kind;

/* Softmax over the channels of each pixel; sum: of exp(x - max x). */
typedef struct convoy_softmax_desc {
    convoy_header header;
    convoy_image input;
    int32_t kind; /* convoy_softmax_kind */
} convoy_softmax_desc;

/* Rows and columns of a constant around a feature map. */
typedef struct convoy_pad2d_desc {
    convoy_header header;
    convoy_image input;
    int32_t pad_top;
    int32_t pad_left;
    int32_t pad_bottom;
    int32_t pad_right;
    float value;
} convoy_pad2d_desc;

/*
 * Instance normalisation (Ulyanov et al. 2016): y = activation((x - mean) / sqrt(variance + epsilon) * weight + bias),
 * mean and variance over the pixels of the channel in the image. Weights, bias and slopes are given as [channels].
 */
typedef struct convoy_instance_norm_desc {
    convoy_header header;
    convoy_image input;
    float epsilon; /* finite, and not negative */
    convoy_activation_desc activation;
} convoy_instance_norm_desc;

/* Most axes a rearrangement may have. */
#define CONVOY_REARRANGE_AXES 6

/* An axis of a rearrangement. */
typedef struct convoy_axis {
    int64_t extent; /* of the output */
    int64_t stride; /* floats of the input from one to the next: may be negative, and 0 repeats */
} convoy_axis;

/*
 * A copy of some floats of the input in another order: the output has the float input[offset + i * axes[0].stride +
 * j * axes[1].stride + ...] at [i][j]..., and all of them lie in the input. It transposes, takes channels or features
 * out, moves channels to pixels and back, repeats pixels, and changes layouts; what the axes stand for is the caller's,
 * who does well to join those that continue one another: long rows are copied fast, as long as there are many.
 */
typedef struct convoy_rearrange_desc {
    convoy_header header;
    int32_t axis_count;  /* 1 to CONVOY_REARRANGE_AXES; those behind are ignored */
    int64_t input_count; /* floats of an image of the input */
    int64_t offset;
    convoy_axis axes[CONVOY_REARRANGE_AXES]; /* of the output, outermost first */
} convoy_rearrange_desc;

/* Copies feature maps into channels [channel_offset, channel_offset + channels) of a wider output: one input of a
 * concat. */
typedef struct convoy_concat_desc {
    convoy_header header;
    convoy_image input;
    int32_t out_channels;
    int32_t channel_offset;
} convoy_concat_desc;

typedef enum convoy_transform_kind {
    CONVOY_TRANSFORM_NCHW_TO_NHWC = 0,
    CONVOY_TRANSFORM_NHWC_TO_NCHW = 1,
    CONVOY_TRANSFORM_BYTES_TO_FLOATS = 2, /* uint8 NHWC -> float32 NHWC: y[c] = x[c] * scale[c] + shift[c]; "bias" of
                                            the run holds scale[channels] then shift[channels] */
    CONVOY_TRANSFORM_COUNT
} convoy_transform_kind;

typedef struct convoy_transform_desc {
    convoy_header header;
    convoy_image input;
    int32_t kind; /* convoy_transform_kind */
} convoy_transform_desc;

/* Most layers a chain may have. */
#define CONVOY_CHAIN_LAYERS 16

typedef enum convoy_chain_kind {
    CONVOY_CHAIN_CONVOLUTION = 0, /* with bias and activation; a fully connected layer is one whose kernel is as large
                                     as its input */
    CONVOY_CHAIN_MAX_POOL = 1,
    CONVOY_CHAIN_AVERAGE_POOL = 2,
    CONVOY_CHAIN_SOFTMAX = 3, /* over the channels of each pixel; the last layer only */
    CONVOY_CHAIN_COUNT
} convoy_chain_kind;

/* A layer of a chain: what its kind does not have is ignored. */
typedef struct convoy_chain_layer {
    int32_t kind;         /* convoy_chain_kind */
    int32_t out_channels; /* convolution */
    convoy_window window; /* convolution; of pooling without padding: windows lie inside the image, and what
                             they leave over is not read */
    convoy_activation_desc activation; /* convolution; not PARAMETRIC_RELU, which is CONVOY_UNSUPPORTED */
} convoy_chain_layer;

/*
 * Small layers one behind the other, run as one operator: the feature maps in between never leave the cache. Weights
 * and biases are those of the convolutions one after the other, each as convoy_conv2d_desc has it; a convolution
 * without bias has zeros there. CONVOY_UNSUPPORTED where the chain is too large to gain by it: its feature maps or its
 * weights do not fit in half a second-level cache, or a single image is work enough to be divided between threads.
 */
typedef struct convoy_chain_desc {
    convoy_header header;
    convoy_image input;
    int32_t layer_count; /* 1 to CONVOY_CHAIN_LAYERS; those behind are ignored */
    convoy_chain_layer layers[CONVOY_CHAIN_LAYERS];
} convoy_chain_desc;

/* What a planned operator needs. The caller sets struct_size; the plan call fills in the rest. */
typedef struct convoy_plan {
    uint32_t struct_size;
    int32_t isa;           /* chosen, never AUTO */
    int32_t algorithm;     /* convoy_algorithm */
    int32_t batch;         /* largest number of images a run may have */
    uint64_t weight_count; /* floats convoy_pack reads; 0: nothing to pack */
    uint64_t packed_bytes; /* bytes convoy_pack writes */
    uint64_t bias_count;  /* floats read from the bias, where one is given (BYTES_TO_FLOATS, and constants: required) */
    uint64_t slope_count; /* floats read from the slopes; 0: there are none */
    uint64_t scratch_bytes;      /* for each thread that runs at the same time */
    uint64_t input_image_bytes;  /* one image of the input */
    uint64_t input2_image_bytes; /* one image of the second input; 0: there is none */
    uint64_t output_image_bytes; /* one image of the output */
    uint64_t workspace_bytes;    /* shared by all threads of a run: what a phase leaves for the next */
    int64_t work_items;          /* for a full batch, over all phases */
    double cost;                 /* a full batch's work, in multiply-adds: to compare algorithms of one operator by */
    int32_t phases;              /* 1, or more where items depend on others */
    int32_t points;              /* WINOGRAD: finite points along an axis; 0 for the others */
    int32_t input_layout;        /* convoy_layout */
    int32_t reserved;            /* zero */
    uint64_t internals[56];      /* the library's own */
} convoy_plan;

/* What a phase computes. */
typedef enum convoy_phase_kind {
    CONVOY_PHASE_WHOLE = 0,           /* all of the operator */
    CONVOY_PHASE_INPUT_TRANSFORM = 1, /* WINOGRAD: of all tiles of a micro-batch */
    CONVOY_PHASE_GEMM = 2,            /* WINOGRAD: the GEMMs with the output transform, and pooling where it follows */
    CONVOY_PHASE_KIND_COUNT
} convoy_phase_kind;

/*
 * What a phase of a run does, to hold its time against what a machine can do: operations as executed, a multiply-add
 * being two, with those on zeros that fill vectors; and the bytes that it reads and writes outside its own scratch.
 * The caller sets struct_size.
 */
typedef struct convoy_work {
    uint32_t struct_size;
    int32_t kind; /* convoy_phase_kind */
    double operations;
    double map_bytes;       /* feature maps, read and written once */
    double weight_bytes;    /* packed weights, read once */
    double workspace_bytes; /* what phases leave for one another: written once, read as often as it is */
} convoy_work;

typedef struct convoy_buffer {
    void *data;
    uint64_t bytes;
} convoy_buffer;

/* What a run reads and writes. No input may overlap the output unless the operator says that they may be the same: nor
 * may a residual, for partial sums are kept in the output. Inputs may overlap one another. */
typedef struct convoy_run_args {
    uint32_t struct_size;
    int32_t images;          /* 1 to the plan's batch: the first of the buffers */
    convoy_buffer input;     /* images * input_image_bytes */
    convoy_buffer input2;    /* images * input2_image_bytes, where input2_image_bytes > 0 */
    convoy_buffer packed;    /* where packed_bytes > 0 */
    convoy_buffer bias;      /* data NULL: no bias */
    convoy_buffer slopes;    /* where slope_count > 0 */
    convoy_buffer output;    /* images * output_image_bytes */
    convoy_buffer scratch;   /* where scratch_bytes > 0; this thread's own, kept by nobody between calls */
    convoy_buffer workspace; /* where workspace_bytes > 0; the same for all calls of a run */
} convoy_run_args;

CONVOY_API uint32_t convoy_abi_version(void);

/* A short English sentence for a status; never NULL. */
CONVOY_API const char *convoy_status_message(int32_t status);

/* The instruction set AUTO stands for on this CPU. */
CONVOY_API int32_t convoy_best_isa(void);

/* 1 if the library was built with this instruction set and the CPU has it, else 0. */
CONVOY_API int32_t convoy_isa_supported(int32_t isa);

/* "scalar", "avx2", "avx512", "neon", "auto"; "unknown" for any other number. */
CONVOY_API const char *convoy_isa_name(int32_t isa);

/* "direct", "simple", "winograd", "images in lanes", "depthwise"; "unknown" for any other number. */
CONVOY_API const char *convoy_algorithm_name(int32_t algorithm);

/* "whole", "input transform", "GEMM, output transform"; "unknown" for any other number. */
CONVOY_API const char *convoy_phase_name(int32_t kind);

/* Its name in convoy_activations.h; "unknown" for any other number. */
CONVOY_API const char *convoy_activation_name(int32_t activation);

/* What a caller in another language must know of the library. */
typedef enum convoy_constant {
    CONVOY_CONSTANT_ALIGNMENT = 0,           /* CONVOY_ALIGNMENT */
    CONVOY_CONSTANT_MAX_EXTENT = 1,          /* CONVOY_MAX_EXTENT */
    CONVOY_CONSTANT_CHAIN_LAYERS = 2,        /* CONVOY_CHAIN_LAYERS */
    CONVOY_CONSTANT_MICRO_BATCH_UNIT = 3,    /* micro-batches of WINOGRAD are multiples of so many images, where as many
                                                fit */
    CONVOY_CONSTANT_EXPONENT_CODED_BITS = 4, /* of a weight */
    CONVOY_CONSTANT_COUNT
} convoy_constant;

/* The constant; 0 for an unknown number. */
CONVOY_API int64_t convoy_constant_value(int32_t which);

/* sizeof a struct of this header as the library was built, by its name ("convoy_plan"); 0 for an unknown one. */
CONVOY_API uint64_t convoy_struct_size(const char *name);

/*
 * The operators: X(NAME, name) is described by convoy_<name>_desc, which begins with a convoy_header, and planned by
 * convoy_plan_<name>.
 */
#define CONVOY_OPERATORS(X)                                                                                            \
    X(CONV2D, conv2d)                                                                                                  \
    X(DENSE, dense)                                                                                                    \
    X(POOL2D, pool2d)                                                                                                  \
    X(LRN, lrn)                                                                                                        \
    X(ACTIVATE, activate)                                                                                              \
    X(BINARY, binary)                                                                                                  \
    X(SOFTMAX, softmax)                                                                                                \
    X(PAD2D, pad2d)                                                                                                    \
    X(CONCAT, concat)                                                                                                  \
    X(TRANSFORM, transform)                                                                                            \
    X(INSTANCE_NORM, instance_norm)                                                                                    \
    X(REARRANGE, rearrange)                                                                                            \
    X(CHAIN, chain)

#define CONVOY_PLAN_CALL(NAME, name)                                                                                   \
    CONVOY_API int32_t convoy_plan_##name(const convoy_##name##_desc *desc, convoy_plan *plan);

CONVOY_OPERATORS(CONVOY_PLAN_CALL)

/* The number of work items of a phase when a run has this many images (1 to the plan's batch); may be 0. */
CONVOY_API int32_t convoy_work_items(const convoy_plan *plan, int32_t images, int32_t phase, int64_t *items);

/*
 * What a phase does when a run has this many images. Weights count with their packed bytes: where
 * convoy_packed_bits says that they are exponent-coded, less is read. */
CONVOY_API int32_t convoy_phase_work(const convoy_plan *plan, int32_t images, int32_t phase, convoy_work *work);

/* Lays the plan's weight_count floats out as its algorithm reads them; does nothing where there are none. A longer
 * weight_count or packed_bytes is allowed. packed must be CONVOY_ALIGNMENT-aligned. */
CONVOY_API int32_t convoy_pack(const convoy_plan *plan, const float *weights, uint64_t weight_count, void *packed,
                               uint64_t packed_bytes);

/* The bits a weight takes in memory that convoy_pack has written, and so in reading it: 32, 16, or 28 where a single
 * image's weights in single precision could be exponent-coded; 0 where there are none. */
CONVOY_API int32_t convoy_packed_bits(const convoy_plan *plan, const void *packed, uint64_t packed_bytes,
                                      int32_t *bits);

/* Runs work items [first, end) of a phase, once all items of the phases before have been run. An empty range is allowed
 * and does nothing. Neighbouring items may share preparation: long ranges cost less than many short. */
CONVOY_API int32_t convoy_run(const convoy_plan *plan, const convoy_run_args *args, int32_t phase, int64_t first,
                              int64_t end);

/* What convoy_measure does. */
typedef enum convoy_measure_kind {
    CONVOY_MEASURE_MULTIPLY_ADDS = 0, /* multiply-adds in registers, counted as two operations each; data is ignored */
    CONVOY_MEASURE_READ = 1,          /* reads data, CONVOY_ALIGNMENT-aligned, by 1,024 bytes; counted in bytes */
    CONVOY_MEASURE_COUNT
} convoy_measure_kind;

/*
 * Does work of a known amount for the caller to time, on one thread or on many at once: what the CPU can do at best
 * with an instruction set. repeats: 1 to 4,194,304 multiply-adds of every chain, or so often all of data. amount: what
 * was done. sum: modulo 2^32, what shows that it was: one for each multiply-add beside a constant of the set's; or all
 * 32-bit words read.
 */
CONVOY_API int32_t convoy_measure(int32_t kind, int32_t isa, const void *data, uint64_t bytes, int64_t repeats,
                                  uint64_t *amount, uint32_t *sum);

#ifdef __cplusplus
}
#endif

#endif
