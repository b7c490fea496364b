// The first micro-kernel: BLOCK output channels x VECTORS image vectors of one output pixel, in registers.

// Few output channels are summed in several chains over the input channels, as one would wait for itself. How many depends on
// BLOCK alone, so that a sum has the same order whatever the tile.
template <int BLOCK>
constexpr int chains_of = BLOCK == 1 ? 4 : BLOCK <= 3 ? 2 : 1;

template <int BLOCK, int VECTORS>
INLINE void contract_block(
    const bobbin_contraction &c, const float *input, const float *weights, const float *bias, float *output,
    const float *operand, int lanes, int start, int end) {
  constexpr int chains = chains_of<BLOCK>;
  vec chain[chains][BLOCK][VECTORS];
  UNROLL for (int k = 0; k < chains; k++)
    UNROLL for (int b = 0; b < BLOCK; b++)
      UNROLL for (int v = 0; v < VECTORS; v++) chain[k][b][v] = zero();
  const int channels = c.in_channels, whole = channels / chains * chains;
  for (int i = start; i < end; i++) {
    const float *x = input + (size_t)c.connections[i].source * channels * lanes;
    const float *w = weights + (size_t)c.connections[i].other * channels * BLOCK;
    auto add = [&](int k) __attribute__((always_inline)) {
      vec pixel[VECTORS];
      UNROLL for (int v = 0; v < VECTORS; v++) pixel[v] = load(x + WIDTH * v);
      UNROLL for (int b = 0; b < BLOCK; b++) {
        vec weight = broadcast(w[b]);
        UNROLL for (int v = 0; v < VECTORS; v++) chain[k][b][v] += pixel[v] * weight;
      }
      x += lanes;
      w += BLOCK;
    };
    for (int channel = 0; channel < whole; channel += chains)
      UNROLL for (int k = 0; k < chains; k++) add(k);
    for (int channel = whole; channel < channels; channel++) add(0);
  }
  vec sum[BLOCK][VECTORS];
  UNROLL for (int b = 0; b < BLOCK; b++)
    UNROLL for (int v = 0; v < VECTORS; v++) sum[b][v] = merge_chains<chains>(&chain[0][b][v], BLOCK * VECTORS);
  if (bias) {
    UNROLL for (int b = 0; b < BLOCK; b++)
      UNROLL for (int v = 0; v < VECTORS; v++) sum[b][v] += broadcast(bias[b]);
  }
  // The common tails stay in registers; the dear ones take a second look at what lies in the first-level cache.
  const bobbin_epilogue &tail = c.epilogue;
  if (tail.activation == BOBBIN_RELU && !tail.is_gradient) {
    UNROLL for (int b = 0; b < BLOCK; b++)
      UNROLL for (int v = 0; v < VECTORS; v++)
        store(output + b * lanes + WIDTH * v, rectify(sum[b][v]));
    return;
  }
  if (tail.activation == BOBBIN_RELU) {
    UNROLL for (int b = 0; b < BLOCK; b++)
      UNROLL for (int v = 0; v < VECTORS; v++) {
        vec y = load(operand + b * lanes + WIDTH * v);
        store(output + b * lanes + WIDTH * v, select(y > 0.0f, sum[b][v], zero()));
      }
    return;
  }
  UNROLL for (int b = 0; b < BLOCK; b++)
    UNROLL for (int v = 0; v < VECTORS; v++) store(output + b * lanes + WIDTH * v, sum[b][v]);
  if (tail.activation == BOBBIN_IDENTITY) return;
  for (int b = 0; b < BLOCK; b++)
    for (int v = 0; v < VECTORS; v++) {
      const int at = b * lanes + WIDTH * v;
      store(output + at, finish(tail, load(output + at), operand + at));
    }
}

// One block of output channels at every output pixel.
template <int BLOCK, int VECTORS>
static void contract_channels(const bobbin_contraction &c, const bobbin_tile &tile, int first) {
  const float *weights = c.weights + (size_t)first * c.taps * c.in_channels;
  const float *bias = c.bias ? c.bias + first : nullptr;
  for (int pixel = 0; pixel < c.out_pixels; pixel++) {
    const size_t at = ((size_t)pixel * c.out_channels + first) * tile.lanes;
    for (int lane = 0; lane < tile.lanes; lane += VECTORS * WIDTH)
      contract_block<BLOCK, VECTORS>(
          c, tile.arena + c.input + lane, weights, bias, tile.arena + c.output + at + lane,
          tile.arena + c.epilogue.operand + at + lane, tile.lanes, c.starts[pixel], c.starts[pixel + 1]);
  }
}

// The most image vectors that divide the tile and leave registers for the pixel and one weight.
template <int BLOCK>
INLINE void contract_lanes(const bobbin_contraction &c, const bobbin_tile &tile, int first) {
  const int vectors = tile.lanes / WIDTH;
  if constexpr (chains_of<BLOCK> * BLOCK * 4 + 5 <= REGISTERS)
    if (vectors % 4 == 0) return contract_channels<BLOCK, 4>(c, tile, first);
  if constexpr (chains_of<BLOCK> * BLOCK * 3 + 4 <= REGISTERS)
    if (vectors % 3 == 0) return contract_channels<BLOCK, 3>(c, tile, first);
  if (vectors % 2 == 0) return contract_channels<BLOCK, 2>(c, tile, first);
  contract_channels<BLOCK, 1>(c, tile, first);
}

// Calls function(first, width) for the register blocks of `channels`; the packings lie in the same blocks.
template <class Function>
INLINE void for_blocks(int channels, Function function) {
  const int blocks = bobbin_block_count(channels, MAX_BLOCK);
  const int width = channels / blocks, wider = channels % blocks;
  for (int block = 0, first = 0; block < blocks; block++) {
    const int size = width + (block < wider);
    function(first, size);
    first += size;
  }
}

static void contraction(const void *arguments, const bobbin_tile *tile) {
  const auto &c = *(const bobbin_contraction *)arguments;
  for_blocks(c.out_channels, [&](int first, int width) {
    switch (width) {
      case 1: return contract_lanes<1>(c, *tile, first);
      case 2: return contract_lanes<2>(c, *tile, first);
      case 3: return contract_lanes<3>(c, *tile, first);
      case 4: return contract_lanes<4>(c, *tile, first);
      case 5: return contract_lanes<5>(c, *tile, first);
      case 6: return contract_lanes<6>(c, *tile, first);
#if MAX_BLOCK == 8
      case 7: return contract_lanes<7>(c, *tile, first);
      case 8: return contract_lanes<8>(c, *tile, first);
#endif
    }
  });
}
