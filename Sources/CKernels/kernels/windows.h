// Windows over each channel alone. Tables say which pixels meet; padding is nowhere in them.

static void max_pool(const void *arguments, const bobbin_tile *tile) {
  const auto &w = *(const bobbin_window *)arguments;
  for (int pixel = 0; pixel < w.out_pixels; pixel++)
    for (int channel = 0; channel < w.channels; channel++) {
      float *output = tile->arena + w.output + ((size_t)pixel * w.channels + channel) * tile->lanes;
      for (int lane = 0; lane < tile->lanes; lane += WIDTH) {
        const float *input = tile->arena + w.input + (size_t)channel * tile->lanes + lane;
        const size_t stride = (size_t)w.channels * tile->lanes;
        vec largest = broadcast(-__builtin_inff());
        for (int c = w.starts[pixel]; c < w.starts[pixel + 1]; c++) {
          vec x = load(input + w.connections[c].source * stride);
          // A NaN is neither larger nor not larger, and must stay.
          largest = select(x <= largest, largest, select(largest == largest, x, largest));
        }
        store(output + lane, largest);
      }
    }
}

// Each window's gradient to the first place of its maximum.
static void max_pool_gradient(const void *arguments, const bobbin_tile *tile) {
  const auto &w = *(const bobbin_window *)arguments;
  const size_t stride = (size_t)w.channels * tile->lanes;
  const size_t count = w.in_pixels * stride;
  for (size_t i = 0; i < count; i += WIDTH) store(tile->arena + w.output + i, zero());
  for (int pixel = 0; pixel < w.out_pixels; pixel++)
    for (size_t i = 0; i < stride; i += WIDTH) {
      const vec y = load(tile->arena + w.maximum + pixel * stride + i);
      vec dy = load(tile->arena + w.gradient + pixel * stride + i);
      for (int c = w.starts[pixel]; c < w.starts[pixel + 1]; c++) {
        const size_t at = w.connections[c].source * stride + i;
        ivec hit = load(tile->arena + w.input + at) == y;
        float *dx = tile->arena + w.output + at;
        store(dx, load(dx) + select(hit, dy, zero()));
        dy = select(hit, zero(), dy);
      }
    }
}

static void window_sum(const void *arguments, const bobbin_tile *tile) {
  const auto &w = *(const bobbin_window *)arguments;
  const size_t stride = (size_t)w.channels * tile->lanes;
  for (int pixel = 0; pixel < w.out_pixels; pixel++)
    for (size_t i = 0; i < stride; i += WIDTH) {
      vec sum = zero();
      for (int c = w.starts[pixel]; c < w.starts[pixel + 1]; c++)
        sum += load(tile->arena + w.input + w.connections[c].source * stride + i);
      store(tile->arena + w.output + pixel * stride + i, sum * w.factor);
    }
}
