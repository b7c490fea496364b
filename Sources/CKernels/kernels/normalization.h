// Batch norm over all tiles: each tile leaves its partial results, the meeting merges them, the next segment uses them.

// Calls function(values) for the vectors of one channel, with the lanes' mask.
template <class Function>
INLINE void for_channel(size_t offset, int channel, const bobbin_normalization &n, const bobbin_tile &tile, Function function) {
  for (int pixel = 0; pixel < n.pixels; pixel++) {
    const size_t at = offset + ((size_t)pixel * n.channels + channel) * tile.lanes;
    for (int lane = 0; lane < tile.lanes; lane += WIDTH)
      function(load(tile.arena + at + lane), load_unaligned(tile.mask + lane));
  }
}

// Mean and sum of squared deviations of each channel, in two passes.
static void batch_statistics(const void *arguments, const bobbin_tile *tile) {
  const auto &n = *(const bobbin_normalization *)arguments;
  double *partials = n.partials + (size_t)tile->index * 2 * n.channels;
  const double count = (double)tile->images * n.pixels;
  for (int channel = 0; channel < n.channels; channel++) {
    vec sum = zero();
    for_channel(n.input, channel, n, *tile, [&](vec x, vec mask) { sum += x * mask; });
    const double mean = sum_lanes_double(sum) / count;
    const float center = (float)mean;
    vec squares = zero(), deviations = zero();
    for_channel(n.input, channel, n, *tile, [&](vec x, vec mask) {
      vec deviation = (x - center) * mask;
      deviations += deviation;
      squares += deviation * deviation;
    });
    const double shift = sum_lanes_double(deviations) / count;
    partials[channel] = center + shift;
    partials[n.channels + channel] = sum_lanes_double(squares) - shift * shift * count;
  }
}

INLINE float inverse_deviation(const bobbin_normalization &n, int channel) {
  return 1.0f / __builtin_sqrtf(n.statistics[n.channels + channel] + n.epsilon);
}

static void normalize(const void *arguments, const bobbin_tile *tile) {
  const auto &n = *(const bobbin_normalization *)arguments;
  for (int channel = 0; channel < n.channels; channel++) {
    const float factor = inverse_deviation(n, channel) * n.scale[channel];
    const float mean = n.statistics[channel], shift = n.shift[channel];
    for (int pixel = 0; pixel < n.pixels; pixel++) {
      const size_t at = ((size_t)pixel * n.channels + channel) * tile->lanes;
      for (int lane = 0; lane < tile->lanes; lane += WIDTH) {
        vec y = (load(tile->arena + n.input + at + lane) - mean) * factor + shift;
        // What lies in lanes without an image is not in the statistics, so that nothing bounds what they make of it.
        y = select(load_unaligned(tile->mask + lane) > 0.0f, y, zero());
        store(tile->arena + n.output + at + lane, finish(n.epilogue, y, tile->arena + n.epilogue.operand + at + lane));
      }
    }
  }
}

// Sum of dy and of dy * x^ per channel: partial results for the meeting, and the tile's share of the gradients of beta and gamma.
static void normalize_sums(const void *arguments, const bobbin_tile *tile) {
  const auto &n = *(const bobbin_normalization *)arguments;
  double *partials = n.partials + (size_t)tile->index * 2 * n.channels;
  for (int channel = 0; channel < n.channels; channel++) {
    const float factor = inverse_deviation(n, channel), mean = n.statistics[channel];
    vec sum = zero(), product = zero();
    for (int pixel = 0; pixel < n.pixels; pixel++) {
      const size_t at = ((size_t)pixel * n.channels + channel) * tile->lanes;
      for (int lane = 0; lane < tile->lanes; lane += WIDTH) {
        vec dy = load(tile->arena + n.gradient + at + lane);
        sum += dy;
        product += dy * ((load(tile->arena + n.input + at + lane) - mean) * factor);
      }
    }
    partials[channel] = sum_lanes_double(sum);
    partials[n.channels + channel] = sum_lanes_double(product);
    // Gamma first, as in the list of contributions: of one parameter that is both, the second adds to the first.
    if (n.has_scale_target)
      put(tile->leaf + n.scale_target + channel, (float)partials[n.channels + channel],
          n.scale_accumulates || tile->accumulates);
    if (n.has_shift_target)
      put(tile->leaf + n.shift_target + channel, (float)partials[channel], n.shift_accumulates || tile->accumulates);
  }
}

static void normalize_input_gradient(const void *arguments, const bobbin_tile *tile) {
  const auto &n = *(const bobbin_normalization *)arguments;
  for (int channel = 0; channel < n.channels; channel++) {
    const float deviation = inverse_deviation(n, channel), mean = n.statistics[channel];
    const float factor = deviation * n.scale[channel];
    const float offset = n.sums[channel] * *n.inverse_count;
    const float slope = n.sums[n.channels + channel] * *n.inverse_count * deviation;
    for (int pixel = 0; pixel < n.pixels; pixel++) {
      const size_t at = ((size_t)pixel * n.channels + channel) * tile->lanes;
      for (int lane = 0; lane < tile->lanes; lane += WIDTH) {
        vec dy = load(tile->arena + n.gradient + at + lane), x = load(tile->arena + n.input + at + lane);
        vec dx = (dy - offset - (x - mean) * slope) * factor * load_unaligned(tile->mask + lane);
        store(tile->arena + n.output + at + lane, finish(n.epilogue, dx, tile->arena + n.epilogue.operand + at + lane));
      }
    }
  }
}

static void normalize_frozen_input_gradient(const void *arguments, const bobbin_tile *tile) {
  const auto &n = *(const bobbin_normalization *)arguments;
  for (int channel = 0; channel < n.channels; channel++) {
    const float factor = inverse_deviation(n, channel) * n.scale[channel];
    for (int pixel = 0; pixel < n.pixels; pixel++) {
      const size_t at = ((size_t)pixel * n.channels + channel) * tile->lanes;
      for (int lane = 0; lane < tile->lanes; lane += WIDTH) {
        vec dx = load(tile->arena + n.gradient + at + lane) * factor;
        store(tile->arena + n.output + at + lane, finish(n.epilogue, dx, tile->arena + n.epilogue.operand + at + lane));
      }
    }
  }
}
