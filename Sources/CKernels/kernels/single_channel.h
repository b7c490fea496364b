// The first micro-kernel where there is but one output channel: a square of output pixels takes the place of the channels, and
// an input is loaded once for all of them that it meets.

template <int VECTORS>
using square_sums = vec[2][BOBBIN_SQUARE][VECTORS];

// One input pixel at the outputs in MASK. The sums run in two chains over the input channels, as few would wait for themselves.
template <int MASK, int VECTORS>
INLINE void contract_input(
    square_sums<VECTORS> &sum, const float *x, const float *weights, const int32_t *taps, int channels, int lanes) {
  const float *weight[BOBBIN_SQUARE];
  UNROLL for (int o = 0; o < BOBBIN_SQUARE; o++) weight[o] = weights + taps[o] * channels;
  auto add = [&](int k, int channel) __attribute__((always_inline)) {
    vec pixel[VECTORS];
    UNROLL for (int v = 0; v < VECTORS; v++) pixel[v] = load(x + (size_t)channel * lanes + WIDTH * v);
    UNROLL for (int o = 0; o < BOBBIN_SQUARE; o++)
      if (MASK >> o & 1) {
        vec factor = broadcast(weight[o][channel]);
        UNROLL for (int v = 0; v < VECTORS; v++) sum[k][o][v] += pixel[v] * factor;
      }
  };
  int channel = 0;
  for (; channel + 2 <= channels; channel += 2) UNROLL for (int k = 0; k < 2; k++) add(k, channel + k);
  if (channel < channels) add(0, channel);
}

template <int VECTORS>
INLINE void contract_square(
    const bobbin_contraction &c, const bobbin_tile &tile, const bobbin_output_square &square, int lane) {
  square_sums<VECTORS> sum;
  UNROLL for (int k = 0; k < 2; k++)
    UNROLL for (int o = 0; o < BOBBIN_SQUARE; o++)
      UNROLL for (int v = 0; v < VECTORS; v++) sum[k][o][v] = zero();
  for (int i = square.start; i < square.end; i++) {
    const bobbin_shared_connection &shared = c.shared[i];
    const float *x = tile.arena + c.input + (size_t)shared.source * c.in_channels * tile.lanes + lane;
    with_constant<(1 << BOBBIN_SQUARE) - 1>(shared.mask, [&](auto mask) __attribute__((always_inline)) {
      contract_input<mask, VECTORS>(sum, x, c.weights, shared.taps, c.in_channels, tile.lanes);
    });
  }
  const vec bias = broadcast(c.bias ? *c.bias : 0);
  with_tail(c.epilogue, [&](auto tail) __attribute__((always_inline)) {
    UNROLL for (int o = 0; o < BOBBIN_SQUARE; o++) {
      if (square.outputs[o] < 0) continue;
      const size_t at = (size_t)square.outputs[o] * tile.lanes + lane;
      float *output = tile.arena + c.output + at;
      const float *operand = tile.arena + c.epilogue.operand + at;
      UNROLL for (int v = 0; v < VECTORS; v++)
        store(output + WIDTH * v, tail(sum[0][o][v] + sum[1][o][v] + bias, operand + WIDTH * v));
    }
  });
}

static void contraction_to_single(const void *arguments, const bobbin_tile *tile) {
  const auto &c = *(const bobbin_contraction *)arguments;
  constexpr int vectors = REGISTERS == 32 ? 2 : 1;
  for (int i = 0; i < c.square_count; i++) {
    int lane = 0;
    for (; lane + vectors * WIDTH <= tile->lanes; lane += vectors * WIDTH)
      contract_square<vectors>(c, *tile, c.squares[i], lane);
    if (lane < tile->lanes) contract_square<1>(c, *tile, c.squares[i], lane);
  }
}
