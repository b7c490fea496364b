// One number in, one number out.

template <class Function>
INLINE void for_each(const bobbin_elementwise &e, const bobbin_tile &tile, Function function) {
  const size_t count = e.count * tile.lanes;
  const float *a = tile.arena + e.a, *b = tile.arena + e.b, *operand = tile.arena + e.epilogue.operand;
  float *output = tile.arena + e.output;
  for (size_t i = 0; i < count; i += WIDTH)
    store(output + i, finish(e.epilogue, function(load(a + i), b + i), operand + i));
}

// factor * a, then the epilogue: activations, their gradients and scale.
static void elementwise_unary(const void *arguments, const bobbin_tile *tile) {
  const auto &e = *(const bobbin_elementwise *)arguments;
  const float factor = e.factor;
  for_each(e, *tile, [=](vec a, const float *) { return a * factor; });
}

static void elementwise_add(const void *arguments, const bobbin_tile *tile) {
  for_each(*(const bobbin_elementwise *)arguments, *tile, [](vec a, const float *b) { return a + load(b); });
}

static void elementwise_multiply(const void *arguments, const bobbin_tile *tile) {
  for_each(*(const bobbin_elementwise *)arguments, *tile, [](vec a, const float *b) { return a * load(b); });
}

static void reparameterize(const void *arguments, const bobbin_tile *tile) {
  const auto &r = *(const bobbin_reparameterize *)arguments;
  const float *arena = tile->arena;
  for (size_t i = 0; i < r.count * tile->lanes; i += WIDTH) {
    vec deviation = exponential(0.5f * load(arena + r.log_variance + i));
    store(tile->arena + r.output + i, load(arena + r.mean + i) + deviation * load(arena + r.noise + i));
  }
}

// `mean` holds dz.
static void reparameterize_gradient(const void *arguments, const bobbin_tile *tile) {
  const auto &r = *(const bobbin_reparameterize *)arguments;
  const float *arena = tile->arena;
  for (size_t i = 0; i < r.count * tile->lanes; i += WIDTH) {
    vec deviation = exponential(0.5f * load(arena + r.log_variance + i));
    vec noise = load(arena + r.noise + i);
    store(tile->arena + r.output + i, load(arena + r.mean + i) * noise * deviation * 0.5f);
  }
}

static void constant(const void *arguments, const bobbin_tile *tile) {
  const auto &c = *(const bobbin_elementwise *)arguments;
  for (int lane = 0; lane < tile->lanes; lane += WIDTH) store(tile->arena + c.output + lane, broadcast(c.factor));
}

static void batch_mean_seed(const void *arguments, const bobbin_tile *tile) {
  float *output = tile->arena + ((const bobbin_elementwise *)arguments)->output;
  for (int lane = 0; lane < tile->lanes; lane += WIDTH)
    store(output + lane, load_unaligned(tile->mask + lane) * tile->inverse_batch);
}

// MARK: Random numbers: the engine's RandomStream, the same bits.

INLINE void multiply_wide(uvec a, uint32_t b, uvec &high, uvec &low) {
  typedef uint64_t wide __attribute__((vector_size(WIDTH * 8)));
  wide product = __builtin_convertvector(a, wide) * (uint64_t)b;
  high = __builtin_convertvector(product >> 32, uvec);
  low = __builtin_convertvector(product, uvec);
}

INLINE void philox(uvec counter[4], uint32_t key0, uint32_t key1) {
  for (int round = 0; round < 10; round++) {
    uvec high0, low0, high1, low1;
    multiply_wide(counter[0], 0xD2511F53u, high0, low0);
    multiply_wide(counter[2], 0xCD9E8D57u, high1, low1);
    counter[0] = high1 ^ counter[1] ^ key0;
    counter[1] = low1;
    counter[2] = high0 ^ counter[3] ^ key1;
    counter[3] = low0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}

// Box-Muller: two words to two normal numbers.
INLINE void normal_pair(uvec a, uvec b, vec &first, vec &second) {
#pragma clang fp contract(off)
  vec radius = square_root(-2.0f * logarithm(__builtin_convertvector((a >> 8) + 1, vec) * 0x1p-24f));
  vec quarters = (__builtin_convertvector(b >> 8, vec) * 0x1p-24f) * 4.0f;
  ivec quadrant = __builtin_convertvector(quarters + 0.5f, ivec);
  vec r = (quarters - __builtin_convertvector(quadrant, vec)) * 1.57079632679f;
  vec z = r * r;
  vec sine = ((-1.9515295891e-4f * z + 8.3321608736e-3f) * z - 1.6666654611e-1f) * z * r + r;
  vec cosine =
      ((2.443315711809948e-5f * z - 1.388731625493765e-3f) * z + 4.166664568298827e-2f) * (z * z) - 0.5f * z + 1.0f;
  quadrant = quadrant & 3;
  vec s = select(quadrant == 0, sine, select(quadrant == 1, cosine, select(quadrant == 2, -sine, -cosine)));
  vec c = select(quadrant == 0, cosine, select(quadrant == 1, -sine, select(quadrant == 2, -cosine, sine)));
  first = radius * c;
  second = radius * s;
}

static void noise(const void *arguments, const bobbin_tile *tile) {
  const auto &n = *(const bobbin_noise *)arguments;
  const int count = n.channels * n.pixels;
  for (int lane = 0; lane < tile->lanes; lane += WIDTH)
    for (int block = 0; block * 4 < count; block++) {
      uvec image;
      UNROLL for (int i = 0; i < WIDTH; i++) image[i] = (uint32_t)(tile->first + lane + i);
      uvec counter[4] = {
          (uvec){} + (uint32_t)block, image, (uvec){} + (uint32_t)tile->step->step,
          (uvec){} + (uint32_t)(tile->step->step >> 32)};
      philox(counter, n.key[0], n.key[1]);
      vec normal[4];
      normal_pair(counter[0], counter[1], normal[0], normal[1]);
      normal_pair(counter[2], counter[3], normal[2], normal[3]);
      for (int i = 0; i < 4 && block * 4 + i < count; i++)
        store(tile->arena + n.output + tile_row(block * 4 + i, n.channels, n.pixels) * tile->lanes + lane, normal[i]);
    }
}
