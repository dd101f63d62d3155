#include "abi/operators.h"

#include "chain/chain.h"
#include "convolution/conv2d.h"
#include "dense/dense.h"
#include "passes/passes.h"
#include "winograd/winograd.h"

static const convoy_operator *const operators[] = {
    [CONVOY_OP_DIRECT] = &convoy_direct_operator,           [CONVOY_OP_DENSE] = &convoy_dense_operator,
    [CONVOY_OP_POOL2D] = &convoy_pool2d_operator,           [CONVOY_OP_LRN] = &convoy_lrn_operator,
    [CONVOY_OP_ELEMENTWISE] = &convoy_elementwise_operator, [CONVOY_OP_SOFTMAX] = &convoy_softmax_operator,
    [CONVOY_OP_CONCAT] = &convoy_concat_operator,           [CONVOY_OP_TRANSFORM] = &convoy_transform_operator,
    [CONVOY_OP_WINOGRAD] = &convoy_winograd_operator,       [CONVOY_OP_CHAIN] = &convoy_chain_operator,
};

_Static_assert(sizeof operators / sizeof operators[0] == CONVOY_OP_COUNT, "an operator has no row");

const convoy_operator *convoy_operator_of(int32_t op) {
    return operators[op];
}
