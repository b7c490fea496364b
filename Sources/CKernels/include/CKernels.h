// The arithmetic of BobbinCPU: kernels over tiles, the worker pool, and the executor that puts them together.
//
// A tile is `lanes` images (a multiple of 16, at most 64) that go forward and backward together. Its activations lie as
// [pixel][channel][lane]: SIMD lanes are images. Gradients of lanes that hold no image are always zero.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BOBBIN_MAX_LANES 64
#define BOBBIN_MAX_LEAVES 16

// What an element-wise tail does to a result before it is stored.
typedef enum {
  BOBBIN_IDENTITY,
  BOBBIN_RELU,
  BOBBIN_LEAKY_RELU,
  BOBBIN_SELU,
  BOBBIN_SIGMOID,
  BOBBIN_TANH,
} bobbin_activation;

// `activation` applied to the result, or, with `is_gradient`, the result multiplied by the derivative taken from the
// activation's output, which lies at `operand` with the result's shape.
typedef struct {
  bobbin_activation activation;
  bool is_gradient;
  float slope;
  size_t operand;
} bobbin_epilogue;

// Where an input comes from: bytes (value = byte * scale + offset) or floats, one row per image of the data set.
typedef struct {
  const uint8_t *bytes;
  const float *floats;
  float scale;
  float offset;
} bobbin_source;

typedef enum { BOBBIN_ADAM, BOBBIN_MOMENTUM, BOBBIN_ROOT_MEAN_SQUARE } bobbin_rule;

// The numbers that change from step to step; the engine's OptimizerUpdate says the formulas.
typedef struct {
  uint64_t step;
  bool updates;
  int32_t rule;
  float rate, momentum, share, square_decay, square_share, root_scale, epsilon, coupled_decay, retained;
} bobbin_step_state;

// What an instruction sees.
typedef struct {
  float *arena;
  // Where this tile adds its share of the parameters' gradients; `accumulates` is false for the first tile of a leaf.
  float *leaf;
  bool accumulates;
  float *scratch;
  // 1 for lanes with an image, 0 for the rest.
  const float *mask;
  int lanes;
  int images;
  // Position of the tile in the batch, and of its first image.
  int index;
  int first;
  float inverse_batch;
  // Data-set indices of the tile's images.
  const int32_t *rows;
  const bobbin_step_state *step;
} bobbin_tile;

typedef void (*bobbin_run)(const void *arguments, const bobbin_tile *tile);

typedef struct {
  bobbin_run run;
  const void *arguments;
} bobbin_instruction;

// Arguments of the instructions. Offsets are floats from the start of the tile's arena, targets floats from the leaf's.

typedef struct {
  int32_t source;  // input pixel
  int32_t other;   // tap, or for weight gradients output pixel
} bobbin_connection;

// Convolution, transposed convolution, linear and the gradients of each for its input: a list of (input pixel, tap) per
// output pixel. Weights are packed [block of output channels][tap][input channel][channel of block].
typedef struct {
  size_t input, output;
  const float *weights;
  const float *bias;  // or NULL
  const int32_t *starts;
  const bobbin_connection *connections;
  int in_channels, out_channels, out_pixels, taps;
  bobbin_epilogue epilogue;
} bobbin_contraction;

// Sum over images and connections of input x output gradient, into [tap][input channel][output channel].
typedef struct {
  size_t input, gradient, target;
  // Output pixels are taken in `chunks` that the first-level cache holds while all taps go over them: [chunk][tap].
  const int32_t *starts;
  const bobbin_connection *connections;
  int in_channels, out_channels, out_pixels, taps, chunks;
  bool accumulates;  // the parameter has an earlier contribution in the program
} bobbin_weight_gradient;

typedef struct {
  size_t gradient, target;
  int channels, pixels;
  bool accumulates;
} bobbin_bias_gradient;

typedef struct {
  const bobbin_source *source;
  size_t output;
  int channels, pixels;  // the row holds [channel][pixel]
} bobbin_gather;

typedef struct {
  size_t input;
  float *const *destination;  // [image of the batch][channel][pixel]
  int channels, pixels;
} bobbin_copy_out;

// Element-wise on `count` elements per image. `a` and `b` are operands.
typedef struct {
  size_t a, b, output;
  size_t count;
  float factor;
  bobbin_epilogue epilogue;
} bobbin_elementwise;

typedef struct {
  size_t input, output;
  int in_channels, out_channels, pixels, from;
} bobbin_channel_range;

// [pixel][channel] vectors to another split of the same elements.
typedef struct {
  size_t input, output;
  int in_pixels, out_pixels;
  int count;
} bobbin_relayout;

typedef struct {
  size_t mean, log_variance, noise, output;
  size_t count;
} bobbin_reparameterize;

typedef struct {
  size_t output;
  const uint32_t *key;  // two words
  int channels, pixels;
} bobbin_noise;

typedef enum { BOBBIN_SQUARED_ERROR, BOBBIN_CROSS_ENTROPY, BOBBIN_CROSS_ENTROPY_LOGITS } bobbin_loss_kind;

typedef struct {
  size_t prediction, target, output;
  size_t upstream;  // of gradients: one number per image
  size_t count;
  float factor;  // 1, or 1/count for the mean
  bobbin_loss_kind kind;
  bobbin_epilogue epilogue;  // of gradients
} bobbin_loss;

typedef struct {
  size_t mean, log_variance, output, upstream;
  size_t count;
} bobbin_gaussian_kl;

typedef struct {
  size_t value;
  double *sums;  // [tile][stride]
  int slot, stride;
} bobbin_metric;

// Batch norm. `partials` are [tile][2][channels] doubles; `shared` is [2][channels].
typedef struct {
  size_t input, gradient, output;
  double *partials;
  const float *statistics, *sums, *scale, *shift;
  size_t scale_target, shift_target;
  bool has_scale_target, has_shift_target, scale_accumulates, shift_accumulates;
  int channels, pixels;
  float epsilon;
  const float *inverse_count;  // of `sums`: 1 / (images * pixels) of this run
  bobbin_epilogue epilogue;
} bobbin_normalization;

// Kernels of one instruction set. Every member takes the arguments that its name says.
typedef struct {
  const char *name;
  int width;      // floats per vector
  int max_block;  // output channels per register block
  bobbin_run contraction;
  bobbin_run weight_gradient_images, weight_gradient_channels;
  bobbin_run bias_gradient;
  bobbin_run gather, copy_out;
  bobbin_run elementwise_unary, elementwise_add, elementwise_multiply;
  bobbin_run slice, place, relayout;
  bobbin_run reparameterize, reparameterize_gradient, noise;
  bobbin_run constant, batch_mean_seed;
  bobbin_run loss, loss_gradient;
  bobbin_run gaussian_kl, gaussian_kl_mean_gradient, gaussian_kl_log_variance_gradient;
  bobbin_run metric;
  bobbin_run batch_statistics, normalize, normalize_sums, normalize_input_gradient, normalize_frozen_input_gradient;
  void (*update)(const void *plan, int task);
} bobbin_kernels;

// The best kernels that this machine runs, or those called `name`; NULL when there are none such.
const bobbin_kernels *bobbin_kernels_named(const char *name);

// Floats of `scratch` that weight_gradient_channels needs.
size_t bobbin_weight_gradient_scratch(const bobbin_kernels *, int out_channels, int out_pixels, int lanes);

// Output channels are computed in `bobbin_block_count` blocks; the first ones are one wider when they do not divide evenly.
static inline int bobbin_block_count(int channels, int max_block) { return (channels + max_block - 1) / max_block; }

// The worker pool.

// Cores that the process may run on.
int bobbin_usable_cores(void);

typedef struct bobbin_pool bobbin_pool;

// `threads` counts the caller, who works too. NULL when threads cannot be made.
bobbin_pool *bobbin_pool_create(int threads);
void bobbin_pool_destroy(bobbin_pool *pool);
int bobbin_pool_threads(const bobbin_pool *pool);

// Calls work(context, item, worker) once for every item below `items`, and returns when all have returned.
void bobbin_pool_run(bobbin_pool *pool, int items, void (*work)(void *context, int item, int worker), void *context);

// Programs.

// When every tile has run a segment, the tiles meet: their partial results are merged in tile order.
typedef enum { BOBBIN_MERGE_STATISTICS, BOBBIN_MERGE_SUMS } bobbin_merge;

typedef struct {
  bobbin_merge kind;
  const double *partials;
  float *shared;
  int channels, pixels;
  // Of statistics: the running mean and variance to fold them into when the run is over.
  float *running_mean, *running_variance;
  float momentum;
  // Of sums: receives 1 / (images * pixels).
  float *inverse_count;
} bobbin_meeting;

typedef struct {
  const bobbin_instruction *instructions;
  int instruction_count;
  const bobbin_meeting *meetings;
  int meeting_count;
} bobbin_segment;

typedef struct {
  const bobbin_segment *segments;
  int segment_count;
  int lanes;
  // One arena per tile where tiles meet, else one per worker.
  float *arenas;
  size_t arena_stride;
  bool arena_per_tile;
  float *scratches;
  size_t scratch_stride;
  float *leaves;
  size_t leaf_stride;
  bool has_gradients;
  // Of a profile, else NULL: nanoseconds per instruction, [worker][instruction of all segments].
  uint64_t *nanoseconds;
  int instruction_count;
} bobbin_program;

// Nanoseconds of a clock that never goes back.
uint64_t bobbin_nanoseconds(void);

// How a parameter's canonical [tap][in][out] floats are updated and packed for the two directions.
typedef struct {
  size_t offset;  // in the flat buffers
  int taps, in_channels, out_channels;
  float *forward;   // [block of out][tap][in][channel of block], or NULL
  float *backward;  // [block of in][tap][out][channel of block], or NULL
} bobbin_parameter;

// A task updates `rows` rows of `out_channels` floats: the input channels from `in` at `tap`.
typedef struct {
  int32_t parameter, tap, in, rows;
} bobbin_update_task;

typedef struct {
  const bobbin_kernels *kernels;
  const bobbin_parameter *parameters;
  const bobbin_update_task *tasks;
  // Tasks that one worker takes at a time: chunk i is tasks[chunks[i]] to tasks[chunks[i + 1] - 1].
  const int32_t *chunks;
  int chunk_count;
  float *values, *first_moments, *second_moments;
  const float *leaves;
  size_t leaf_stride;
  // Set by each run.
  int leaf_count;
  // Runs when so many segments of the program have.
  int segments;
  // What it multiplies with; NULL to pack only.
  const bobbin_step_state *step;
} bobbin_update_plan;

int bobbin_tile_count(int images, int lanes);
// Tiles are summed in `leaf_count` runs of consecutive tiles, and the runs in a binary tree.
int bobbin_leaf_count(int tiles);

// One step: every segment of the program on every tile, and, where the step updates, each of the `plan_count` plans when the
// segments before it have run.
void bobbin_execute(
    bobbin_pool *pool, const bobbin_program *program, bobbin_update_plan *plans, int plan_count,
    const bobbin_step_state *step, const int32_t *rows, int images);

// Packs every parameter from its canonical values, without an update.
void bobbin_pack(bobbin_pool *pool, bobbin_update_plan *plan);

#ifdef __cplusplus
}
#endif
