// Scores of classes against a label per image; lanes are images throughout.

// Calls function(lane, scores) for every vector of images; element k of `scores` lies k * lanes further.
template <class Function>
INLINE void for_scores(const bobbin_classes &c, const bobbin_tile &tile, Function function) {
  for (int lane = 0; lane < tile.lanes; lane += WIDTH) function(lane, tile.arena + c.scores + lane);
}

INLINE vec largest_score(const float *scores, const bobbin_classes &c, int lanes) {
  vec largest = load(scores);
  for (size_t k = 1; k < c.count; k++) {
    vec x = load(scores + k * lanes);
    largest = select(x > largest, x, largest);
  }
  return largest;
}

INLINE vec sum_of_powers(const float *scores, vec largest, const bobbin_classes &c, int lanes) {
  return sum_elements(c.count, [&](size_t k) { return exponential(load(scores + k * lanes) - largest); });
}

// NaN where the label is no class.
INLINE vec score_at_label(const float *scores, vec label, const bobbin_classes &c, int lanes) {
  vec score = broadcast(__builtin_nanf(""));
  for (size_t k = 0; k < c.count; k++) score = select(label == (float)k, load(scores + k * lanes), score);
  return score;
}

static void softmax(const void *arguments, const bobbin_tile *tile) {
  const auto &c = *(const bobbin_classes *)arguments;
  for_scores(c, *tile, [&](int lane, const float *scores) {
    vec largest = largest_score(scores, c, tile->lanes);
    vec share = 1.0f / sum_of_powers(scores, largest, c, tile->lanes);
    for (size_t k = 0; k < c.count; k++) {
      vec power = exponential(load(scores + k * tile->lanes) - largest);
      store(tile->arena + c.output + k * tile->lanes + lane, power * share);
    }
  });
}

// `scores` are the probabilities.
static void softmax_gradient(const void *arguments, const bobbin_tile *tile) {
  const auto &c = *(const bobbin_classes *)arguments;
  for_scores(c, *tile, [&](int lane, const float *scores) {
    const float *upstream = tile->arena + c.upstream + lane;
    vec mean = sum_elements(c.count, [&](size_t k) {
      return load(scores + k * tile->lanes) * load(upstream + k * tile->lanes);
    });
    for (size_t k = 0; k < c.count; k++)
      store(tile->arena + c.output + k * tile->lanes + lane,
            load(scores + k * tile->lanes) * (load(upstream + k * tile->lanes) - mean));
  });
}

static void class_cross_entropy(const void *arguments, const bobbin_tile *tile) {
  const auto &c = *(const bobbin_classes *)arguments;
  for_scores(c, *tile, [&](int lane, const float *scores) {
    vec largest = largest_score(scores, c, tile->lanes);
    vec score = score_at_label(scores, load(tile->arena + c.label + lane), c, tile->lanes);
    vec sum = sum_of_powers(scores, largest, c, tile->lanes);
    store(tile->arena + c.output + lane, (largest - score) + logarithm(sum));
  });
}

static void class_cross_entropy_gradient(const void *arguments, const bobbin_tile *tile) {
  const auto &c = *(const bobbin_classes *)arguments;
  for_scores(c, *tile, [&](int lane, const float *scores) {
    vec label = load(tile->arena + c.label + lane), upstream = load(tile->arena + c.upstream + lane);
    vec largest = largest_score(scores, c, tile->lanes);
    vec share = 1.0f / sum_of_powers(scores, largest, c, tile->lanes);
    for (size_t k = 0; k < c.count; k++) {
      vec p = exponential(load(scores + k * tile->lanes) - largest) * share;
      vec difference = p - select(label == (float)k, broadcast(1.0f), zero());
      store(tile->arena + c.output + k * tile->lanes + lane, upstream * difference);
    }
  });
}

static void label_element(const void *arguments, const bobbin_tile *tile) {
  const auto &c = *(const bobbin_classes *)arguments;
  for_scores(c, *tile, [&](int lane, const float *scores) {
    store(tile->arena + c.output + lane, score_at_label(scores, load(tile->arena + c.label + lane), c, tile->lanes));
  });
}

static void label_element_gradient(const void *arguments, const bobbin_tile *tile) {
  const auto &c = *(const bobbin_classes *)arguments;
  for (int lane = 0; lane < tile->lanes; lane += WIDTH) {
    vec label = load(tile->arena + c.label + lane), upstream = load(tile->arena + c.upstream + lane);
    for (size_t k = 0; k < c.count; k++)
      store(tile->arena + c.output + k * tile->lanes + lane, select(label == (float)k, upstream, zero()));
  }
}

static void is_largest_at_label(const void *arguments, const bobbin_tile *tile) {
  const auto &c = *(const bobbin_classes *)arguments;
  for_scores(c, *tile, [&](int lane, const float *scores) {
    vec largest = load(scores), place = zero();
    for (size_t k = 1; k < c.count; k++) {
      vec x = load(scores + k * tile->lanes);
      ivec larger = x > largest;
      largest = select(larger, x, largest);
      place = select(larger, broadcast((float)k), place);
    }
    ivec isLargest = place == load(tile->arena + c.label + lane);
    store(tile->arena + c.output + lane, select(isLargest, broadcast(1.0f), zero()));
  });
}
