// Losses: one number per image, and their gradients.

INLINE vec limited_logarithm(vec x) {
  // PyTorch clamps at -100; below the smallest normal number the polynomial does not hold, nor of a NaN.
  vec value = logarithm(select(x < 1.17549435e-38f, broadcast(1.17549435e-38f), x));
  return select(x < 1.17549435e-38f, broadcast(-100.0f), select(x == x, value, x));
}

INLINE vec element_loss(bobbin_loss_kind kind, vec p, vec t) {
  switch (kind) {
    case BOBBIN_SQUARED_ERROR: return (p - t) * (p - t);
    case BOBBIN_CROSS_ENTROPY: return -(t * limited_logarithm(p) + (1.0f - t) * limited_logarithm(1.0f - p));
    case BOBBIN_CROSS_ENTROPY_LOGITS: {
      vec magnitude = select(p < 0.0f, -p, p);
      return select(p > 0.0f, p, zero()) - p * t + logarithm(1.0f + exponential(-magnitude));
    }
  }
  return zero();
}

INLINE vec element_loss_gradient(bobbin_loss_kind kind, vec p, vec t) {
  switch (kind) {
    case BOBBIN_SQUARED_ERROR: return 2.0f * (p - t);
    case BOBBIN_CROSS_ENTROPY: {
      vec spread = p * (1.0f - p);
      return (p - t) / select(spread > 1e-12f, spread, broadcast(1e-12f));
    }
    case BOBBIN_CROSS_ENTROPY_LOGITS: return sigmoid(p) - t;
  }
  return zero();
}

// Sums over elements in four interleaved chains: short dependencies, and an order that the source fixes.
template <class Element>
INLINE vec sum_elements(size_t count, Element element) {
  vec chain[4] = {zero(), zero(), zero(), zero()};
  size_t i = 0;
  for (; i + 4 <= count; i += 4)
    UNROLL for (int k = 0; k < 4; k++) chain[k] += element(i + k);
  for (; i < count; i++) chain[0] += element(i);
  return (chain[0] + chain[1]) + (chain[2] + chain[3]);
}

template <bobbin_loss_kind KIND>
INLINE void loss_of(const bobbin_loss &l, const bobbin_tile &tile) {
  for (int lane = 0; lane < tile.lanes; lane += WIDTH) {
    const float *prediction = tile.arena + l.prediction + lane, *target = tile.arena + l.target + lane;
    vec sum = sum_elements(l.count, [&](size_t i) {
      return element_loss(KIND, load(prediction + i * tile.lanes), load(target + i * tile.lanes));
    });
    store(tile.arena + l.output + lane, sum * l.factor);
  }
}

template <bobbin_loss_kind KIND>
INLINE void loss_gradient_of(const bobbin_loss &l, const bobbin_tile &tile) {
  const float *prediction = tile.arena + l.prediction, *target = tile.arena + l.target;
  const float *upstream = tile.arena + l.upstream, *operand = tile.arena + l.epilogue.operand;
  float *output = tile.arena + l.output;
  for (size_t i = 0; i < l.count; i++)
    for (int lane = 0; lane < tile.lanes; lane += WIDTH) {
      const size_t at = i * tile.lanes + lane;
      vec gradient = element_loss_gradient(KIND, load(prediction + at), load(target + at));
      store(output + at, finish(l.epilogue, gradient * (load(upstream + lane) * l.factor), operand + at));
    }
}

static void loss(const void *arguments, const bobbin_tile *tile) {
  const auto &l = *(const bobbin_loss *)arguments;
  switch (l.kind) {
    case BOBBIN_SQUARED_ERROR: return loss_of<BOBBIN_SQUARED_ERROR>(l, *tile);
    case BOBBIN_CROSS_ENTROPY: return loss_of<BOBBIN_CROSS_ENTROPY>(l, *tile);
    case BOBBIN_CROSS_ENTROPY_LOGITS: return loss_of<BOBBIN_CROSS_ENTROPY_LOGITS>(l, *tile);
  }
}

static void loss_gradient(const void *arguments, const bobbin_tile *tile) {
  const auto &l = *(const bobbin_loss *)arguments;
  switch (l.kind) {
    case BOBBIN_SQUARED_ERROR: return loss_gradient_of<BOBBIN_SQUARED_ERROR>(l, *tile);
    case BOBBIN_CROSS_ENTROPY: return loss_gradient_of<BOBBIN_CROSS_ENTROPY>(l, *tile);
    case BOBBIN_CROSS_ENTROPY_LOGITS: return loss_gradient_of<BOBBIN_CROSS_ENTROPY_LOGITS>(l, *tile);
  }
}

static void gaussian_kl(const void *arguments, const bobbin_tile *tile) {
  const auto &k = *(const bobbin_gaussian_kl *)arguments;
  for (int lane = 0; lane < tile->lanes; lane += WIDTH) {
    const float *mean = tile->arena + k.mean + lane, *log_variance = tile->arena + k.log_variance + lane;
    vec sum = sum_elements(k.count, [&](size_t i) {
      vec m = load(mean + i * tile->lanes), v = load(log_variance + i * tile->lanes);
      return (m * m + (exponential(v) - 1.0f)) - v;
    });
    store(tile->arena + k.output + lane, sum * 0.5f);
  }
}

template <class Element>
INLINE void gaussian_kl_gradient(const bobbin_gaussian_kl &k, size_t input, const bobbin_tile &tile, Element element) {
  for (size_t i = 0; i < k.count; i++)
    for (int lane = 0; lane < tile.lanes; lane += WIDTH) {
      const size_t at = i * tile.lanes + lane;
      store(tile.arena + k.output + at, load(tile.arena + k.upstream + lane) * element(load(tile.arena + input + at)));
    }
}

static void gaussian_kl_mean_gradient(const void *arguments, const bobbin_tile *tile) {
  const auto &k = *(const bobbin_gaussian_kl *)arguments;
  gaussian_kl_gradient(k, k.mean, *tile, [](vec mean) { return mean; });
}

static void gaussian_kl_log_variance_gradient(const void *arguments, const bobbin_tile *tile) {
  const auto &k = *(const bobbin_gaussian_kl *)arguments;
  gaussian_kl_gradient(k, k.log_variance, *tile, [](vec v) { return 0.5f * (exponential(v) - 1.0f); });
}

// The sum over the tile's images, in double.
static void metric(const void *arguments, const bobbin_tile *tile) {
  const auto &m = *(const bobbin_metric *)arguments;
  double sum = 0;
  for (int lane = 0; lane < tile->images; lane++) sum += tile->arena[m.value + lane];
  m.sums[(size_t)tile->index * m.stride + m.slot] = sum;
}
