// The second micro-kernel, in two forms: the sum over images and connections of input x output gradient.

// MARK: Lanes are images: a horizontal sum at the end. For few output channels.

// The lane sums of COUNT <= 16 vectors, each in the order of sum_lanes, by transposing while adding.
template <int COUNT>
INLINE void sum_lanes_of(const vec *vectors, float *sums) {
#if WIDTH == 16
  vec t[16];
  UNROLL for (int i = 0; i < 16; i++) t[i] = i < COUNT ? vectors[i] : zero();
  UNROLL for (int i = 0; i < 8; i++)
    t[i] = __builtin_shufflevector(t[i], t[i + 8], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
           __builtin_shufflevector(t[i], t[i + 8], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  UNROLL for (int i = 0; i < 4; i++)
    t[i] = __builtin_shufflevector(t[i], t[i + 4], 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27) +
           __builtin_shufflevector(t[i], t[i + 4], 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
  UNROLL for (int i = 0; i < 2; i++)
    t[i] = __builtin_shufflevector(t[i], t[i + 2], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29) +
           __builtin_shufflevector(t[i], t[i + 2], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
  vec total = __builtin_shufflevector(t[0], t[1], 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30) +
              __builtin_shufflevector(t[0], t[1], 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
  store_partial(sums, total, COUNT);
#else
  UNROLL for (int i = 0; i < COUNT; i++) sums[i] = sum_lanes(vectors[i]);
#endif
}

INLINE void put(float *target, float value, bool adds) { *target = adds ? *target + value : value; }

// `rows(i)` gives the inputs of connection i, by their number in the block, and `pixel(i)` its output pixel.
template <int INPUTS, int OUTPUTS, class Rows, class Pixel>
INLINE void weight_block_images(
    const bobbin_weight_gradient &g, Rows rows, Pixel pixel, const float *dy, float *target, bool adds, int lanes,
    int start, int end) {
  constexpr int count = INPUTS * OUTPUTS, most = 16;
  vec sum[count];
  UNROLL for (int i = 0; i < count; i++) sum[i] = zero();
  for (int i = start; i < end; i++) {
    const auto input = rows(i);
    const float *gradient = dy + (size_t)pixel(i) * g.out_channels * lanes;
    for (int lane = 0; lane < lanes; lane += WIDTH) {
      vec value[INPUTS];
      UNROLL for (int a = 0; a < INPUTS; a++) value[a] = load(input(a) + lane);
      UNROLL for (int b = 0; b < OUTPUTS; b++) {
        vec d = load(gradient + b * lanes + lane);
        UNROLL for (int a = 0; a < INPUTS; a++) sum[a * OUTPUTS + b] += value[a] * d;
      }
    }
  }
  float sums[count];
  sum_lanes_of<(count < most ? count : most)>(sum, sums);
  if constexpr (count > most) sum_lanes_of<count - most>(sum + most, sums + most);
  UNROLL for (int a = 0; a < INPUTS; a++)
    UNROLL for (int b = 0; b < OUTPUTS; b++) put(target + a * g.out_channels + b, sums[a * OUTPUTS + b], adds);
}

template <int INPUTS, int OUTPUTS>
static void weight_columns_images(
    const bobbin_weight_gradient &g, const bobbin_tile &tile, const float *x, bool adds, int in, int out) {
  const int lanes = tile.lanes;
  auto rows = [&](int i) __attribute__((always_inline)) {
    const float *input = x + ((size_t)g.connections[i].source * g.in_channels + in) * lanes;
    return [=](int a) __attribute__((always_inline)) { return input + a * lanes; };
  };
  for (int group = 0; group < g.chunks * g.taps; group++)
    weight_block_images<INPUTS, OUTPUTS>(
        g, rows, [&](int i) __attribute__((always_inline)) { return g.connections[i].other; },
        tile.arena + g.gradient + out * lanes,
        tile.leaf + g.target + ((size_t)(group % g.taps) * g.in_channels + in) * g.out_channels + out,
        adds || group >= g.taps, lanes, g.starts[group], g.starts[group + 1]);
}

// Register blocks that leave room for the inputs and one output.
constexpr int image_sums = REGISTERS == 32 ? 24 : 12;
constexpr int most_image_outputs = REGISTERS == 32 ? 8 : 4;

// The output channels from `first` on.
static void weight_outputs_images(
    const bobbin_weight_gradient &g, const bobbin_tile &tile, const float *x, bool adds, int first) {
  for_even_blocks(g.out_channels - first, most_image_outputs, [&](int out, int outputs) {
    with_constant<most_image_outputs>(outputs, [&](auto outputs) {
      constexpr int most = image_sums / outputs < 8 ? image_sums / outputs : 8;
      for_even_blocks(g.in_channels, most, [&](int in, int inputs) {
        with_constant<most>(inputs, [&](auto inputs) {
          weight_columns_images<inputs, outputs>(g, tile, x, adds, in, first + out);
        });
      });
    });
  });
}

static void weight_gradient_images(const void *arguments, const bobbin_tile *tile) {
  const auto &g = *(const bobbin_weight_gradient *)arguments;
  weight_outputs_images(g, *tile, tile->arena + g.input, g.accumulates || tile->accumulates, 0);
}

// MARK: Lanes are output channels: the output gradient transposed once, input scalars broadcast.

// Output channels whose lanes are channels: whole vectors, and one that is partly filled where that is the lesser loss.
INLINE int lane_channels(const bobbin_weight_gradient &g) {
  const int rest = g.out_channels % WIDTH, whole = g.out_channels - rest;
  // The horizontal sums of the rest are dear where there is but one connection to sum over.
  const bool restByImages = whole > 0 && rest <= (g.out_pixels > 1 ? WIDTH * 3 / 4 : WIDTH / 8);
  return restByImages ? whole : g.out_channels;
}

INLINE int padded(int channels) { return (channels + WIDTH - 1) / WIDTH * WIDTH; }

// [pixel][channel][image] to [pixel][image][padded channel], a square of vectors at a time.
INLINE void transpose_gradient(
    const bobbin_weight_gradient &g, const float *gradient, float *transposed, int channels, int lanes) {
  const int width = padded(channels);
  for (int pixel = 0; pixel < g.out_pixels; pixel++)
    for (int channel = 0; channel < width; channel += WIDTH) {
      const int rows = channels - channel < WIDTH ? channels - channel : WIDTH;
      for (int lane = 0; lane < lanes; lane += WIDTH) {
        vec square[WIDTH];
        const float *from = gradient + ((size_t)pixel * g.out_channels + channel) * lanes + lane;
        UNROLL for (int i = 0; i < WIDTH; i++) square[i] = i < rows ? load(from + (size_t)i * lanes) : zero();
        transpose(square);
        float *to = transposed + ((size_t)pixel * lanes + lane) * width + channel;
        UNROLL for (int i = 0; i < WIDTH; i++) store(to + (size_t)i * width, square[i]);
      }
    }
}

template <int INPUTS, int VECTORS>
INLINE void weight_block_channels(
    const bobbin_weight_gradient &g, const float *x, const float *transposed, float *target, bool adds, int lanes,
    int width, int outputs, int start, int end) {
  // Few sums run in several chains over the lanes, as one would wait for itself.
  constexpr int registers = (INPUTS + 1) * VECTORS;
  constexpr int chains = INPUTS * VECTORS <= 4 && 4 * registers < REGISTERS   ? 4
                         : INPUTS * VECTORS <= 8 && 2 * registers < REGISTERS ? 2
                                                                              : 1;
  vec chain[chains][INPUTS][VECTORS];
  UNROLL for (int k = 0; k < chains; k++)
    UNROLL for (int a = 0; a < INPUTS; a++)
      UNROLL for (int b = 0; b < VECTORS; b++) chain[k][a][b] = zero();
  for (int i = start; i < end; i++) {
    const float *input = x + (size_t)g.connections[i].source * g.in_channels * lanes;
    const float *gradient = transposed + (size_t)g.connections[i].other * lanes * width;
    for (int lane = 0; lane < lanes; lane += chains) {
      vec d[chains][VECTORS];
      UNROLL for (int k = 0; k < chains; k++)
        UNROLL for (int b = 0; b < VECTORS; b++) d[k][b] = load(gradient + (size_t)(lane + k) * width + WIDTH * b);
      UNROLL for (int a = 0; a < INPUTS; a++)
        UNROLL for (int k = 0; k < chains; k++) {
          vec value = broadcast(input[a * lanes + lane + k]);
          UNROLL for (int b = 0; b < VECTORS; b++) chain[k][a][b] += value * d[k][b];
        }
    }
  }
  vec sum[INPUTS][VECTORS];
  UNROLL for (int a = 0; a < INPUTS; a++)
    UNROLL for (int b = 0; b < VECTORS; b++) sum[a][b] = merge_chains<chains>(&chain[0][a][b], INPUTS * VECTORS);
  UNROLL for (int a = 0; a < INPUTS; a++)
    UNROLL for (int b = 0; b < VECTORS; b++) {
      float *to = target + (size_t)a * g.out_channels + WIDTH * b;
      const int rest = outputs - WIDTH * b;
      if (rest >= WIDTH) {
        store_unaligned(to, adds ? load_unaligned(to) + sum[a][b] : sum[a][b]);
      } else if (rest > 0) {
        store_partial(to, adds ? load_partial(to, rest) + sum[a][b] : sum[a][b], rest);
      }
    }
}

// One block of input channels at every tap, chunk by chunk.
template <int INPUTS, int VECTORS>
static void weight_rows_channels(
    const bobbin_weight_gradient &g, const bobbin_tile &tile, const float *x, const float *transposed, bool adds, int in,
    int out, int channels) {
  for (int group = 0; group < g.chunks * g.taps; group++)
    weight_block_channels<INPUTS, VECTORS>(
        g, x + in * tile.lanes, transposed + out,
        tile.leaf + g.target + ((size_t)(group % g.taps) * g.in_channels + in) * g.out_channels + out,
        adds || group >= g.taps, tile.lanes, padded(channels), channels - out, g.starts[group], g.starts[group + 1]);
}

// As many input channels in a block as leave registers for the vectors and one scalar.
template <int VECTORS>
INLINE void weight_outputs_channels(
    const bobbin_weight_gradient &g, const bobbin_tile &tile, const float *x, const float *transposed, bool adds, int out,
    int channels) {
  constexpr int most = (REGISTERS - 2) / VECTORS - 1 < 16 ? (REGISTERS - 2) / VECTORS - 1 : 16;
  for_even_blocks(g.in_channels, most, [&](int in, int inputs) {
    with_constant<most>(inputs, [&](auto inputs) {
      weight_rows_channels<inputs, VECTORS>(g, tile, x, transposed, adds, in, out, channels);
    });
  });
}

static void weight_sums_channels(
    const bobbin_weight_gradient &g, const bobbin_tile &tile, const float *x, const float *transposed, bool adds,
    int channels) {
  for (int out = 0; out < channels;) {
    const int vectors = (channels - out + WIDTH - 1) / WIDTH;
    if (REGISTERS == 32 && (vectors == 3 || vectors > 4)) {
      weight_outputs_channels<3>(g, tile, x, transposed, adds, out, channels);
      out += 3 * WIDTH;
    } else if (vectors >= 2) {
      weight_outputs_channels<2>(g, tile, x, transposed, adds, out, channels);
      out += 2 * WIDTH;
    } else {
      weight_outputs_channels<1>(g, tile, x, transposed, adds, out, channels);
      out += WIDTH;
    }
  }
  if (channels < g.out_channels) weight_outputs_images(g, tile, x, adds, channels);
}

static void weight_gradient_channels(const void *arguments, const bobbin_tile *tile) {
  const auto &g = *(const bobbin_weight_gradient *)arguments;
  const int channels = lane_channels(g);
  transpose_gradient(g, tile->arena + g.gradient, tile->scratch, channels, tile->lanes);
  weight_sums_channels(
      g, *tile, tile->arena + g.input, tile->scratch, g.accumulates || tile->accumulates, channels);
}

// MARK: Of one input channel: the taps of an output pixel take the place of channels.

alignas(64) static const float no_pixel[BOBBIN_MAX_LANES] = {};

template <int INPUTS, int OUTPUTS>
static void weight_taps(
    const bobbin_weight_gradient &g, const bobbin_tile &tile, bool adds, int tap, int out, int start, int end) {
  struct Rows {
    const float *row[INPUTS];
    INLINE_MEMBER const float *operator()(int a) const { return row[a]; }
  };
  const float *x = tile.arena + g.input;
  auto rows = [&](int pixel) __attribute__((always_inline)) {
    Rows rows;
    UNROLL for (int a = 0; a < INPUTS; a++) {
      const int source = g.patches[pixel * g.taps + tap + a];
      rows.row[a] = source < 0 ? no_pixel : x + (size_t)source * tile.lanes;
    }
    return rows;
  };
  weight_block_images<INPUTS, OUTPUTS>(
      g, rows, [](int pixel) __attribute__((always_inline)) { return pixel; }, tile.arena + g.gradient + out * tile.lanes,
      tile.leaf + g.target + (size_t)tap * g.out_channels + out, adds, tile.lanes, start, end);
}

static void weight_gradient_patches(const void *arguments, const bobbin_tile *tile) {
  const auto &g = *(const bobbin_weight_gradient *)arguments;
  constexpr int most_taps = REGISTERS == 32 ? 3 : 2;
  for (int start = 0; start < g.out_pixels; start += g.chunk_pixels) {
    const int end = start + g.chunk_pixels < g.out_pixels ? start + g.chunk_pixels : g.out_pixels;
    const bool adds = g.accumulates || tile->accumulates || start > 0;
    for_even_blocks(g.out_channels, most_image_outputs, [&](int out, int outputs) {
      with_constant<most_image_outputs>(outputs, [&](auto outputs) {
        for_even_blocks(g.taps, most_taps, [&](int tap, int taps) {
          with_constant<most_taps>(
              taps, [&](auto taps) { weight_taps<taps, outputs>(g, *tile, adds, tap, out, start, end); });
        });
      });
    });
  }
}

// MARK: Bias: the sum of the output gradient over images and pixels.

template <int CHANNELS>
INLINE void bias_block(const bobbin_bias_gradient &g, const bobbin_tile &tile, bool adds, int channel) {
  vec sum[CHANNELS];
  UNROLL for (int c = 0; c < CHANNELS; c++) sum[c] = zero();
  for (int pixel = 0; pixel < g.pixels; pixel++) {
    const float *dy = tile.arena + g.gradient + ((size_t)pixel * g.channels + channel) * tile.lanes;
    for (int lane = 0; lane < tile.lanes; lane += WIDTH)
      UNROLL for (int c = 0; c < CHANNELS; c++) sum[c] += load(dy + c * tile.lanes + lane);
  }
  UNROLL for (int c = 0; c < CHANNELS; c++) put(tile.leaf + g.target + channel + c, sum_lanes(sum[c]), adds);
}

static void bias_gradient(const void *arguments, const bobbin_tile *tile) {
  const auto &g = *(const bobbin_bias_gradient *)arguments;
  const bool adds = g.accumulates || tile->accumulates;
  int channel = 0;
  for (; channel + 8 <= g.channels; channel += 8) bias_block<8>(g, *tile, adds, channel);
  for (; channel < g.channels; channel++) bias_block<1>(g, *tile, adds, channel);
}
