// Everything of one instruction set. The including file defines NAMESPACE, NAME, WIDTH, REGISTERS and MAX_BLOCK.

namespace NAMESPACE {

#include "vector.h"

#include "contraction.h"
#include "weight_gradient.h"

#include "movement.h"

#include "elementwise.h"
#include "losses.h"
#include "normalization.h"
#include "update.h"

}  // namespace NAMESPACE

extern const bobbin_kernels TABLE;
const bobbin_kernels TABLE = {
    .name = NAME,
    .width = WIDTH,
    .max_block = MAX_BLOCK,
    .contraction = NAMESPACE::contraction,
    .weight_gradient_images = NAMESPACE::weight_gradient_images,
    .weight_gradient_channels = NAMESPACE::weight_gradient_channels,
    .bias_gradient = NAMESPACE::bias_gradient,
    .gather = NAMESPACE::gather,
    .copy_out = NAMESPACE::copy_out,
    .elementwise_unary = NAMESPACE::elementwise_unary,
    .elementwise_add = NAMESPACE::elementwise_add,
    .elementwise_multiply = NAMESPACE::elementwise_multiply,
    .slice = NAMESPACE::slice,
    .place = NAMESPACE::place,
    .relayout = NAMESPACE::relayout,
    .reparameterize = NAMESPACE::reparameterize,
    .reparameterize_gradient = NAMESPACE::reparameterize_gradient,
    .noise = NAMESPACE::noise,
    .constant = NAMESPACE::constant,
    .batch_mean_seed = NAMESPACE::batch_mean_seed,
    .loss = NAMESPACE::loss,
    .loss_gradient = NAMESPACE::loss_gradient,
    .gaussian_kl = NAMESPACE::gaussian_kl,
    .gaussian_kl_mean_gradient = NAMESPACE::gaussian_kl_mean_gradient,
    .gaussian_kl_log_variance_gradient = NAMESPACE::gaussian_kl_log_variance_gradient,
    .metric = NAMESPACE::metric,
    .batch_statistics = NAMESPACE::batch_statistics,
    .normalize = NAMESPACE::normalize,
    .normalize_sums = NAMESPACE::normalize_sums,
    .normalize_input_gradient = NAMESPACE::normalize_input_gradient,
    .normalize_frozen_input_gradient = NAMESPACE::normalize_frozen_input_gradient,
    .update = NAMESPACE::update,
};
