// Batch norm over all tiles: each tile leaves its partial results, the meeting merges them, the next segment uses them.

// Channels whose sums fit into registers.
constexpr int most_channels = REGISTERS == 32 ? 8 : 4;

// Calls function(channel of the block, place, mask) for the vectors of CHANNELS channels, as they lie in memory.
template <int CHANNELS, class Function>
INLINE void for_channels(const bobbin_normalization &n, const bobbin_tile &tile, int first, Function function) {
  for (int pixel = 0; pixel < n.pixels; pixel++) {
    const size_t at = ((size_t)pixel * n.channels + first) * tile.lanes;
    for (int lane = 0; lane < tile.lanes; lane += WIDTH) {
      vec mask = load_unaligned(tile.mask + lane);
      UNROLL for (int c = 0; c < CHANNELS; c++) function(c, at + c * tile.lanes + lane, mask);
    }
  }
}

// Calls function(first channel, how many) for all channels in blocks of a constant size.
template <class Function>
INLINE void for_channel_blocks(const bobbin_normalization &n, Function function) {
  for_even_blocks(n.channels, most_channels, [&](int first, int channels) {
    with_constant<most_channels>(channels, [&](auto channels) { function(first, channels); });
  });
}

// Mean and sum of squared deviations of each channel, in two passes.
template <int CHANNELS>
static void statistics_of(const bobbin_normalization &n, const bobbin_tile &tile, int first) {
  const double count = (double)tile.images * n.pixels;
  const float *input = tile.arena + n.input;
  vec sum[CHANNELS], squares[CHANNELS], deviations[CHANNELS];
  UNROLL for (int c = 0; c < CHANNELS; c++) sum[c] = squares[c] = deviations[c] = zero();
  for_channels<CHANNELS>(n, tile, first, [&](int c, size_t at, vec mask) __attribute__((always_inline)) {
    sum[c] += load(input + at) * mask;
  });
  float center[CHANNELS];
  UNROLL for (int c = 0; c < CHANNELS; c++) center[c] = (float)(sum_lanes_double(sum[c]) / count);
  for_channels<CHANNELS>(n, tile, first, [&](int c, size_t at, vec mask) __attribute__((always_inline)) {
    vec deviation = (load(input + at) - center[c]) * mask;
    deviations[c] += deviation;
    squares[c] += deviation * deviation;
  });
  double *partials = n.partials + (size_t)tile.index * 2 * n.channels + first;
  for (int c = 0; c < CHANNELS; c++) {
    const double shift = sum_lanes_double(deviations[c]) / count;
    partials[c] = center[c] + shift;
    partials[n.channels + c] = sum_lanes_double(squares[c]) - shift * shift * count;
  }
}

static void batch_statistics(const void *arguments, const bobbin_tile *tile) {
  const auto &n = *(const bobbin_normalization *)arguments;
  for_channel_blocks(n, [&](int first, auto channels) { statistics_of<channels>(n, *tile, first); });
}

INLINE float inverse_deviation(const bobbin_normalization &n, int channel) {
  return 1.0f / __builtin_sqrtf(n.statistics[n.channels + channel] + n.epsilon);
}

// What a channel's values are computed with.
typedef struct {
  float mean, factor, shift, slope;
} channel_numbers;

// Writes function(place, channel's numbers, mask), with the tail applied, to the whole output. `numbers(channel)` are computed
// for a few channels at a time, and used for all pixels of them as they lie in memory.
template <class Numbers, class Function>
INLINE void map_channels(const bobbin_normalization &n, const bobbin_tile &tile, Numbers numbers, Function function) {
  constexpr int most = 64;
  float *output = tile.arena + n.output;
  const float *operand = tile.arena + n.epilogue.operand;
  with_tail(n.epilogue, [&](auto tail) __attribute__((always_inline)) {
    for (int first = 0; first < n.channels; first += most) {
      const int channels = n.channels - first < most ? n.channels - first : most;
      channel_numbers known[most];
      for (int c = 0; c < channels; c++) known[c] = numbers(first + c);
      for (int pixel = 0; pixel < n.pixels; pixel++)
        for (int c = 0; c < channels; c++) {
          const size_t at = ((size_t)pixel * n.channels + first + c) * tile.lanes;
          for (int lane = 0; lane < tile.lanes; lane += WIDTH) {
            vec value = function(at + lane, known[c], load_unaligned(tile.mask + lane));
            store(output + at + lane, tail(value, operand + at + lane));
          }
        }
    }
  });
}

static void normalize(const void *arguments, const bobbin_tile *tile) {
  const auto &n = *(const bobbin_normalization *)arguments;
  const float *input = tile->arena + n.input;
  map_channels(
      n, *tile,
      [&](int channel) {
        return channel_numbers{
            n.statistics[channel], inverse_deviation(n, channel) * n.scale[channel], n.shift[channel], 0};
      },
      [&](size_t at, const channel_numbers &c, vec mask) __attribute__((always_inline)) {
        vec y = (load(input + at) - c.mean) * c.factor + c.shift;
        // What lies in lanes without an image is not in the statistics, so that nothing bounds what they make of it.
        return select(mask > 0.0f, y, zero());
      });
}

// Sum of dy and of dy * x^ per channel: partial results for the meeting, and the tile's share of the gradients of beta and gamma.
template <int CHANNELS>
static void sums_of(const bobbin_normalization &n, const bobbin_tile &tile, int first) {
  const float *gradient = tile.arena + n.gradient, *input = tile.arena + n.input;
  float factor[CHANNELS], mean[CHANNELS];
  vec sum[CHANNELS], product[CHANNELS];
  UNROLL for (int c = 0; c < CHANNELS; c++) {
    factor[c] = inverse_deviation(n, first + c);
    mean[c] = n.statistics[first + c];
    sum[c] = product[c] = zero();
  }
  for_channels<CHANNELS>(n, tile, first, [&](int c, size_t at, vec) __attribute__((always_inline)) {
    vec dy = load(gradient + at);
    sum[c] += dy;
    product[c] += dy * ((load(input + at) - mean[c]) * factor[c]);
  });
  double *partials = n.partials + (size_t)tile.index * 2 * n.channels + first;
  for (int c = 0; c < CHANNELS; c++) {
    partials[c] = sum_lanes_double(sum[c]);
    partials[n.channels + c] = sum_lanes_double(product[c]);
    // Gamma first, as in the list of contributions: of one parameter that is both, the second adds to the first.
    if (n.has_scale_target)
      put(tile.leaf + n.scale_target + first + c, (float)partials[n.channels + c],
          n.scale_accumulates || tile.accumulates);
    if (n.has_shift_target)
      put(tile.leaf + n.shift_target + first + c, (float)partials[c], n.shift_accumulates || tile.accumulates);
  }
}

static void normalize_sums(const void *arguments, const bobbin_tile *tile) {
  const auto &n = *(const bobbin_normalization *)arguments;
  for_channel_blocks(n, [&](int first, auto channels) { sums_of<channels>(n, *tile, first); });
}

static void normalize_input_gradient(const void *arguments, const bobbin_tile *tile) {
  const auto &n = *(const bobbin_normalization *)arguments;
  const float *gradient = tile->arena + n.gradient, *input = tile->arena + n.input;
  map_channels(
      n, *tile,
      [&](int channel) {
        const float deviation = inverse_deviation(n, channel);
        return channel_numbers{
            n.statistics[channel], deviation * n.scale[channel], n.sums[channel] * *n.inverse_count,
            n.sums[n.channels + channel] * *n.inverse_count * deviation};
      },
      [&](size_t at, const channel_numbers &c, vec mask) __attribute__((always_inline)) {
        return (load(gradient + at) - c.shift - (load(input + at) - c.mean) * c.slope) * c.factor * mask;
      });
}

static void normalize_frozen_input_gradient(const void *arguments, const bobbin_tile *tile) {
  const auto &n = *(const bobbin_normalization *)arguments;
  const float *gradient = tile->arena + n.gradient;
  map_channels(
      n, *tile, [&](int channel) { return channel_numbers{0, inverse_deviation(n, channel) * n.scale[channel], 0, 0}; },
      [&](size_t at, const channel_numbers &c, vec) __attribute__((always_inline)) {
        return load(gradient + at) * c.factor;
      });
}
