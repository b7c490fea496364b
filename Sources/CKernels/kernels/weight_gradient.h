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

template <int INPUTS, int OUTPUTS>
INLINE void weight_block_images(
    const bobbin_weight_gradient &g, const float *x, const float *dy, float *target, bool adds, int lanes, int start,
    int end) {
  vec sum[INPUTS * OUTPUTS];
  UNROLL for (int i = 0; i < INPUTS * OUTPUTS; i++) sum[i] = zero();
  for (int i = start; i < end; i++) {
    const float *input = x + (size_t)g.connections[i].source * g.in_channels * lanes;
    const float *gradient = dy + (size_t)g.connections[i].other * g.out_channels * lanes;
    for (int lane = 0; lane < lanes; lane += WIDTH) {
      vec d[OUTPUTS];
      UNROLL for (int b = 0; b < OUTPUTS; b++) d[b] = load(gradient + b * lanes + lane);
      UNROLL for (int a = 0; a < INPUTS; a++) {
        vec value = load(input + a * lanes + lane);
        UNROLL for (int b = 0; b < OUTPUTS; b++) sum[a * OUTPUTS + b] += value * d[b];
      }
    }
  }
  float sums[INPUTS * OUTPUTS];
  sum_lanes_of<INPUTS * OUTPUTS>(sum, sums);
  UNROLL for (int a = 0; a < INPUTS; a++)
    UNROLL for (int b = 0; b < OUTPUTS; b++) put(target + a * g.out_channels + b, sums[a * OUTPUTS + b], adds);
}

template <int INPUTS, int OUTPUTS>
static void weight_columns_images(
    const bobbin_weight_gradient &g, const bobbin_tile &tile, bool adds, int first, int out) {
  for (int group = 0; group < g.chunks * g.taps; group++) {
    const size_t row = (size_t)(group % g.taps) * g.in_channels;
    for (int in = first; in + INPUTS <= g.in_channels; in += INPUTS)
      weight_block_images<INPUTS, OUTPUTS>(
          g, tile.arena + g.input + in * tile.lanes, tile.arena + g.gradient + out * tile.lanes,
          tile.leaf + g.target + (row + in) * g.out_channels + out, adds || group >= g.taps, tile.lanes,
          g.starts[group], g.starts[group + 1]);
  }
}

// Whole blocks of INPUTS input channels, then the rest one by one.
template <int INPUTS, int OUTPUTS>
INLINE void weight_outputs_images(const bobbin_weight_gradient &g, const bobbin_tile &tile, bool adds, int out) {
  weight_columns_images<INPUTS, OUTPUTS>(g, tile, adds, 0, out);
  if (g.in_channels % INPUTS)
    weight_columns_images<1, OUTPUTS>(g, tile, adds, g.in_channels / INPUTS * INPUTS, out);
}

static void weight_gradient_images(const void *arguments, const bobbin_tile *tile) {
  const auto &g = *(const bobbin_weight_gradient *)arguments;
  const bool adds = g.accumulates || tile->accumulates;
  int out = 0;
#if REGISTERS == 32
  for (; out + 8 <= g.out_channels; out += 8) weight_outputs_images<2, 8>(g, *tile, adds, out);
  for (; out + 4 <= g.out_channels; out += 4) weight_outputs_images<4, 4>(g, *tile, adds, out);
  for (; out < g.out_channels; out++) weight_outputs_images<8, 1>(g, *tile, adds, out);
#else
  for (; out + 4 <= g.out_channels; out += 4) weight_outputs_images<2, 4>(g, *tile, adds, out);
  for (; out < g.out_channels; out++) weight_outputs_images<4, 1>(g, *tile, adds, out);
#endif
}

// MARK: Lanes are output channels: the output gradient transposed once, input scalars broadcast.

INLINE int padded(int channels) { return (channels + WIDTH - 1) / WIDTH * WIDTH; }

// [pixel][channel][image] to [pixel][image][padded channel], a square of vectors at a time.
INLINE void transpose_gradient(
    const float *gradient, float *transposed, int pixels, int channels, int lanes) {
  const int width = padded(channels);
  for (int pixel = 0; pixel < pixels; pixel++)
    for (int channel = 0; channel < width; channel += WIDTH) {
      const int rows = channels - channel < WIDTH ? channels - channel : WIDTH;
      for (int lane = 0; lane < lanes; lane += WIDTH) {
        vec square[WIDTH];
        const float *from = gradient + ((size_t)pixel * channels + channel) * lanes + lane;
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
  constexpr int chains = INPUTS * VECTORS <= 4 ? 4 : INPUTS * VECTORS <= 8 ? 2 : 1;
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
    const bobbin_weight_gradient &g, const bobbin_tile &tile, bool adds, int in, int out, int width) {
  for (int group = 0; group < g.chunks * g.taps; group++)
    weight_block_channels<INPUTS, VECTORS>(
        g, tile.arena + g.input + in * tile.lanes, tile.scratch + out,
        tile.leaf + g.target + ((size_t)(group % g.taps) * g.in_channels + in) * g.out_channels + out,
        adds || group >= g.taps, tile.lanes, width, g.out_channels - out, g.starts[group], g.starts[group + 1]);
}

// Calls weight_rows_channels for `inputs` <= MOST rows, which the compiler must know.
template <int MOST, int VECTORS>
INLINE void weight_rows(
    const bobbin_weight_gradient &g, const bobbin_tile &tile, bool adds, int in, int inputs, int out, int width) {
  if constexpr (MOST > 0) {
    if (inputs == MOST) weight_rows_channels<MOST, VECTORS>(g, tile, adds, in, out, width);
    else weight_rows<MOST - 1, VECTORS>(g, tile, adds, in, inputs, out, width);
  }
}

// All input channels in blocks of almost the same size, as many as leave registers for the vectors and one scalar.
template <int VECTORS>
static void weight_outputs_channels(
    const bobbin_weight_gradient &g, const bobbin_tile &tile, bool adds, int out, int width) {
  constexpr int most = (REGISTERS - 2) / VECTORS - 1 < 16 ? (REGISTERS - 2) / VECTORS - 1 : 16;
  const int blocks = (g.in_channels + most - 1) / most;
  const int size = g.in_channels / blocks, larger = g.in_channels % blocks;
  for (int block = 0, in = 0; block < blocks; block++) {
    const int inputs = size + (block < larger);
    weight_rows<most, VECTORS>(g, tile, adds, in, inputs, out, width);
    in += inputs;
  }
}

static void weight_gradient_channels(const void *arguments, const bobbin_tile *tile) {
  const auto &g = *(const bobbin_weight_gradient *)arguments;
  const bool adds = g.accumulates || tile->accumulates;
  const int width = padded(g.out_channels);
  transpose_gradient(tile->arena + g.gradient, tile->scratch, g.out_pixels, g.out_channels, tile->lanes);
  for (int out = 0; out < width;) {
    const int vectors = (width - out) / WIDTH;
    if (REGISTERS == 32 && (vectors == 3 || vectors > 4)) {
      weight_outputs_channels<3>(g, *tile, adds, out, width);
      out += 3 * WIDTH;
    } else if (vectors >= 2) {
      weight_outputs_channels<2>(g, *tile, adds, out, width);
      out += 2 * WIDTH;
    } else {
      weight_outputs_channels<1>(g, *tile, adds, out, width);
      out += WIDTH;
    }
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
