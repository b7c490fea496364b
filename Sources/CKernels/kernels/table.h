// Everything of one instruction set. The including file defines NAMESPACE, NAME, WIDTH, REGISTERS and MAX_BLOCK.

namespace NAMESPACE {

#include "vector.h"

#include "blocks.h"
#include "contraction.h"
#include "single_channel.h"
#include "weight_gradient.h"

#include "movement.h"

#include "elementwise.h"
#include "corruption.h"
#include "losses.h"
#include "classes.h"
#include "windows.h"
#include "normalization.h"
#include "update.h"
#include "peak.h"

}  // namespace NAMESPACE

extern const bobbin_kernels TABLE;
const bobbin_kernels TABLE = {
    .name = NAME,
    .width = WIDTH,
    .max_block = MAX_BLOCK,
    .contraction = NAMESPACE::contraction,
    .contraction_to_single = NAMESPACE::contraction_to_single,
    .weight_gradient_images = NAMESPACE::weight_gradient_images,
    .weight_gradient_channels = NAMESPACE::weight_gradient_channels,
    .weight_gradient_patches = NAMESPACE::weight_gradient_patches,
    .bias_gradient = NAMESPACE::bias_gradient,
    .gather = NAMESPACE::gather,
    .copy_out = NAMESPACE::copy_out,
    .elementwise_unary = NAMESPACE::elementwise_unary,
    .elementwise_add = NAMESPACE::elementwise_add,
    .elementwise_multiply = NAMESPACE::elementwise_multiply,
    .slice = NAMESPACE::slice,
    .place = NAMESPACE::place,
    .concatenate = NAMESPACE::concatenate,
    .relayout = NAMESPACE::relayout,
    .max_pool = NAMESPACE::max_pool,
    .max_pool_gradient = NAMESPACE::max_pool_gradient,
    .window_sum = NAMESPACE::window_sum,
    .reparameterize = NAMESPACE::reparameterize,
    .reparameterize_gradient = NAMESPACE::reparameterize_gradient,
    .noise = NAMESPACE::noise,
    .dropout_mask = NAMESPACE::dropout_mask,
    .constant = NAMESPACE::constant,
    .corruption = NAMESPACE::corruption,
    .annealed_scale = NAMESPACE::annealed_scale,
    .batch_mean_seed = NAMESPACE::batch_mean_seed,
    .loss = NAMESPACE::loss,
    .loss_gradient = NAMESPACE::loss_gradient,
    .gaussian_kl = NAMESPACE::gaussian_kl,
    .gaussian_kl_mean_gradient = NAMESPACE::gaussian_kl_mean_gradient,
    .gaussian_kl_log_variance_gradient = NAMESPACE::gaussian_kl_log_variance_gradient,
    .softmax = NAMESPACE::softmax,
    .softmax_gradient = NAMESPACE::softmax_gradient,
    .class_cross_entropy = NAMESPACE::class_cross_entropy,
    .class_cross_entropy_gradient = NAMESPACE::class_cross_entropy_gradient,
    .label_element = NAMESPACE::label_element,
    .label_element_gradient = NAMESPACE::label_element_gradient,
    .is_largest_at_label = NAMESPACE::is_largest_at_label,
    .metric = NAMESPACE::metric,
    .batch_statistics = NAMESPACE::batch_statistics,
    .normalize = NAMESPACE::normalize,
    .normalize_sums = NAMESPACE::normalize_sums,
    .normalize_input_gradient = NAMESPACE::normalize_input_gradient,
    .normalize_frozen_input_gradient = NAMESPACE::normalize_frozen_input_gradient,
    .update = NAMESPACE::update,
    .gradient_squares = NAMESPACE::gradient_squares,
    .multiply_adds = NAMESPACE::multiply_adds,
};
