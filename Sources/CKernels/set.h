// All kernels for one instruction set: included with LANES, ROWS, NAME and SET defined.
#include "vector.h"

#include "gemm.h"
#include "winograd6.h"
#include "winograd.h"
#include "winograd_weights.h"
#include "gather.h"
#include "direct.h"
#include "pool.h"
#include "pointwise.h"

static const ck_kernels NAME(table) = {
    .name = SET,
    .lanes = LANES,
    .panel = PANEL,
    .rows = ROWS,
    .packed_count = NAME(packed_count),
    .pack = NAME(pack),
    .gemm = NAME(gemm),
    .gemm_tn = NAME(gemm_tn),
    .winograd_weights = NAME(winograd_weights),
    .winograd_block = NAME(winograd_block),
    .winograd_input = NAME(winograd_input),
    .winograd_gradient = NAME(winograd_gradient),
    .winograd_weight_gradient = NAME(winograd_weight_gradient),
    .gather = NAME(gather),
    .depthwise_row = NAME(depthwise_row),
    .narrow_row = NAME(narrow_row),
    .grouped_row = NAME(grouped_row),
    .max_pool_row = NAME(max_pool_row),
    .max_pool_gradient = NAME(max_pool_gradient),
    .average_pool_row = NAME(average_pool_row),
    .average_pool_gradient = NAME(average_pool_gradient),
    .affine = NAME(affine),
    .combine = NAME(combine),
    .binary = NAME(binary),
    .moments = NAME(moments),
    .products = NAME(products),
    .sum = NAME(sum),
    .bilinear_row = NAME(bilinear_row),
    .bilinear_row_gradient = NAME(bilinear_row_gradient),
};

#undef PANEL
#undef vec
#undef ivec
#undef dvec
#undef INLINE
#undef RIGHT_BLOCK
#undef AHEAD
#undef NAME_STRIP_TN
#undef NAME_EACH
#undef OVERLAP
#undef OF_4
#undef OF_8
#undef PIXELS
#undef GROUP_TERM
#undef LANES
#undef ROWS
#undef NAME
#undef SET
