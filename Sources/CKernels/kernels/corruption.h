// Corruption: the engine's CorruptionStep on WIDTH images at a time. Draws have the bits of the reference.

// The random words of `block` for these images.
INLINE void corruption_words(
    const bobbin_corruption &c, const bobbin_tile &tile, const uint32_t *key, uvec image, uint32_t block, uvec words[4]) {
  const uint64_t step = c.draws_are_fixed ? 0 : tile.step->step;
  words[0] = (uvec){} + block;
  words[1] = image;
  words[2] = (uvec){} + (uint32_t)step;
  words[3] = (uvec){} + (uint32_t)(step >> 32);
  philox(words, key[0], key[1]);
}

INLINE vec uniform(uvec word) { return __builtin_convertvector(word >> 8, vec) * 0x1p-24f; }

// A whole number below `bound`: the upper half of the product.
INLINE ivec integer_below(uvec bound, uvec word) {
  typedef uint64_t wide __attribute__((vector_size(WIDTH * 8)));
  return __builtin_convertvector(
      (__builtin_convertvector(word, wide) * __builtin_convertvector(bound, wide)) >> 32, ivec);
}

// The engine's FloatMath.exp, operation by operation.
INLINE vec exponential_exact(vec x) {
#pragma clang fp contract(off)
  vec n = (x * 1.44269504f + 12582912.0f) - 12582912.0f;
  vec r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  vec p = broadcast(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  return p * (vec)((__builtin_convertvector(n, ivec) + 127) << 23);
}

// Where the images of lanes `lane` to `lane + WIDTH - 1` are in their data set.
INLINE uvec data_set_rows(const bobbin_tile &tile, int lane) {
  uvec image = {};
  for (int i = 0; i < WIDTH && lane + i < tile.images; i++) image[i] = (uint32_t)tile.rows[lane + i];
  return image;
}

// The images that every choice on the way fell on.
INLINE ivec chosen_images(const bobbin_corruption &c, const bobbin_tile &tile, uvec image) {
  ivec chosen = (ivec){} - 1;
  for (int i = 0; i < c.choice_count; i++) {
    const bobbin_choice &choice = c.choices[i];
    uvec words[4];
    corruption_words(c, tile, choice.key, image, 0, words);
    chosen &= integer_below((uvec){} + choice.count, words[0]) == (int32_t)choice.index;
  }
  return chosen;
}

// Replaces every element x of the images by change(x, number of its draw in the block, the block's draws).
template <class Draw, class Change>
INLINE void corrupt_by_draws(const bobbin_corruption &c, const bobbin_tile &tile, Draw draw, Change change) {
  const int pixels = c.height * c.width, count = c.channels * pixels;
  for (int lane = 0; lane < tile.lanes; lane += WIDTH) {
    const uvec image = data_set_rows(tile, lane);
    const ivec chosen = chosen_images(c, tile, image);
    for (int block = 0; block * 4 < count; block++) {
      uvec words[4];
      corruption_words(c, tile, c.key, image, (uint32_t)block, words);
      vec draws[4];
      draw(words, draws);
      for (int i = 0; i < 4 && block * 4 + i < count; i++) {
        const size_t at = tile_row(block * 4 + i, c.channels, pixels) * tile.lanes + lane;
        const vec x = load(tile.arena + c.input + at);
        store(tile.arena + c.output + at, select(chosen, change(x, draws[i]), x));
      }
    }
  }
}

// Rows and columns of a rectangle per image, the ends exclusive.
struct Boxes {
  ivec top, bottom, left, right;
};

template <class Box>
INLINE void fill_boxes(const bobbin_corruption &c, const bobbin_tile &tile, Box box) {
  for (int lane = 0; lane < tile.lanes; lane += WIDTH) {
    const uvec image = data_set_rows(tile, lane);
    const Boxes boxes = box(image);
    const ivec chosen = chosen_images(c, tile, image);
    for (int row = 0; row < c.height; row++) {
      const ivec rows = chosen & (boxes.top <= row) & (boxes.bottom > row);
      for (int column = 0; column < c.width; column++) {
        const ivec inside = rows & (boxes.left <= column) & (boxes.right > column);
        for (int channel = 0; channel < c.channels; channel++) {
          const size_t at = ((size_t)(row * c.width + column) * c.channels + channel) * tile.lanes + lane;
          store(tile.arena + c.output + at, select(inside, broadcast(c.value), load(tile.arena + c.input + at)));
        }
      }
    }
  }
}

// The engine's RandomBox, operation by operation; an empty rectangle for images that get none.
INLINE Boxes random_boxes(const bobbin_corruption &c, const bobbin_tile &tile, uvec image) {
#pragma clang fp contract(off)
  uvec words[4];
  corruption_words(c, tile, c.key, image, 0, words);
  ivec pending = uniform(words[0]) < c.probability;
  Boxes boxes = {};
  for (int attempt = 1; attempt <= c.tries; attempt++) {
    corruption_words(c, tile, c.key, image, (uint32_t)attempt, words);
    const vec area = (float)(c.height * c.width) * (c.area_low + c.area_span * uniform(words[0]));
    const vec aspect = exponential_exact(c.log_aspect_low + c.log_aspect_span * uniform(words[1]));
    const ivec height = __builtin_convertvector(square_root(area * aspect) + 0.5f, ivec);
    const ivec width = __builtin_convertvector(square_root(area / aspect) + 0.5f, ivec);
    const ivec fits = pending & (height < c.height) & (width < c.width);
    const ivec top = integer_below((uvec)(c.height + 1 - height), words[2]);
    const ivec left = integer_below((uvec)(c.width + 1 - width), words[3]);
    boxes.top = (fits & top) | (~fits & boxes.top);
    boxes.left = (fits & left) | (~fits & boxes.left);
    boxes.bottom = (fits & (top + height)) | (~fits & boxes.bottom);
    boxes.right = (fits & (left + width)) | (~fits & boxes.right);
    pending &= ~fits;
  }
  return boxes;
}

static void corruption(const void *arguments, const bobbin_tile *tile) {
  const auto &c = *(const bobbin_corruption *)arguments;
  switch (c.kind) {
    case BOBBIN_GAUSSIAN:
      return corrupt_by_draws(
          c, *tile,
          [](uvec words[4], vec draws[4]) {
            normal_pair(words[0], words[1], draws[0], draws[1]);
            normal_pair(words[2], words[3], draws[2], draws[3]);
          },
          [&](vec x, vec draw) { return x + (c.mean + c.deviation * draw); });
    case BOBBIN_IMPULSES:
      return corrupt_by_draws(
          c, *tile,
          [](uvec words[4], vec draws[4]) {
            for (int i = 0; i < 4; i++) draws[i] = uniform(words[i]);
          },
          [&](vec x, vec draw) {
            const vec spoiled = select(draw < c.pepper_below, broadcast(c.pepper), x);
            return select(draw < c.salt_below, broadcast(c.salt), spoiled);
          });
    case BOBBIN_OCCLUSION:
      return fill_boxes(c, *tile, [&](uvec) {
        return Boxes{(ivec){} + c.top, (ivec){} + c.bottom, (ivec){} + c.left, (ivec){} + c.right};
      });
    case BOBBIN_ERASING: return fill_boxes(c, *tile, [&](uvec image) { return random_boxes(c, *tile, image); });
    case BOBBIN_CLAMP:
      for (int lane = 0; lane < tile->lanes; lane += WIDTH) {
        const ivec chosen = chosen_images(c, *tile, data_set_rows(*tile, lane));
        const size_t count = (size_t)c.channels * c.height * c.width;
        for (size_t element = 0; element < count; element++) {
          const vec x = load(tile->arena + c.input + element * tile->lanes + lane);
          const vec raised = select(x < c.low, broadcast(c.low), x);
          const vec clamped = select(raised > c.high, broadcast(c.high), raised);
          store(tile->arena + c.output + element * tile->lanes + lane, select(chosen, clamped, x));
        }
      }
  }
}
