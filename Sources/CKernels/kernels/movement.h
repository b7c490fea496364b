// Between rows of the data set, [image][channel][pixel], and tiles, [pixel][channel][lane].

INLINE size_t tile_row(int element, int channels, int pixels) {
  return (size_t)(element % pixels) * channels + element / pixels;
}

static void gather_floats(const bobbin_gather &g, const bobbin_tile &tile) {
  const int count = g.channels * g.pixels;
  float *output = tile.arena + g.output;
  for (int element = 0; element < count; element++) {
    float *row = output + tile_row(element, g.channels, g.pixels) * tile.lanes;
    for (int lane = 0; lane < tile.lanes; lane++)
      row[lane] = lane < tile.images ? g.source->floats[(size_t)tile.rows[lane] * count + element] : 0;
  }
}

typedef uint8_t bytes16 __attribute__((vector_size(16), aligned(1)));

// A 16 x 16 transposition of bytes: four rounds of interleaving the first half of the rows with the second.
INLINE void transpose_bytes(bytes16 row[16]) {
  UNROLL for (int round = 0; round < 4; round++) {
    bytes16 next[16];
    UNROLL for (int i = 0; i < 8; i++) {
      next[2 * i] = __builtin_shufflevector(
          row[i], row[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      next[2 * i + 1] = __builtin_shufflevector(
          row[i], row[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    UNROLL for (int i = 0; i < 16; i++) row[i] = next[i];
  }
}

// The images of a tile lie anywhere in the data set. Asked for all at once, memory delivers them side by side; large ones
// stream by themselves, and would only displace each other.
INLINE void prefetch_rows(const uint8_t *bytes, size_t count, const bobbin_tile &tile) {
  if (count > 4096) return;
  for (int lane = 0; lane < tile.images; lane++) {
    const uint8_t *row = bytes + tile.rows[lane] * count;
    for (size_t line = 0; line < count; line += 64) __builtin_prefetch(row + line);
  }
}

static void gather_bytes(const bobbin_gather &g, const bobbin_tile &tile) {
  const int count = g.channels * g.pixels;
  prefetch_rows(g.source->bytes, count, tile);
  const float scale = g.source->scale, offset = g.source->offset;
  for (int lane = 0; lane < tile.lanes; lane += 16) {
    for (int first = 0; first < count; first += 16) {
      const int elements = count - first < 16 ? count - first : 16;
      bytes16 row[16];
      for (int i = 0; i < 16; i++) {
        row[i] = (bytes16){};
        if (lane + i >= tile.images) continue;
        const uint8_t *from = g.source->bytes + (size_t)tile.rows[lane + i] * count + first;
        if (elements == 16) row[i] = *(const bytes16 *)from;
        else __builtin_memcpy(&row[i], from, elements);
      }
      transpose_bytes(row);
      for (int i = 0; i < elements; i++) {
        float *to = tile.arena + g.output + tile_row(first + i, g.channels, g.pixels) * tile.lanes + lane;
        typedef float floats16 __attribute__((vector_size(64)));
        floats16 values = __builtin_convertvector(row[i], floats16) * scale + offset;
        __builtin_memcpy(to, &values, sizeof values);
      }
    }
  }
}

static void gather(const void *arguments, const bobbin_tile *tile) {
  const auto &g = *(const bobbin_gather *)arguments;
  if (g.source->bytes) gather_bytes(g, *tile);
  else gather_floats(g, *tile);
}

static void copy_out(const void *arguments, const bobbin_tile *tile) {
  const auto &c = *(const bobbin_copy_out *)arguments;
  const int count = c.channels * c.pixels;
  float *destination = *c.destination + (size_t)tile->first * count;
  for (int lane = 0; lane < tile->images; lane++)
    for (int element = 0; element < count; element++)
      destination[(size_t)lane * count + element] =
          tile->arena[c.input + tile_row(element, c.channels, c.pixels) * tile->lanes + lane];
}

INLINE void copy_row(const float *from, float *to, int lanes) {
  for (int lane = 0; lane < lanes; lane += WIDTH) store(to + lane, load(from + lane));
}

static void relayout(const void *arguments, const bobbin_tile *tile) {
  const auto &r = *(const bobbin_relayout *)arguments;
  for (int element = 0; element < r.count; element++)
    copy_row(
        tile->arena + r.input + tile_row(element, r.count / r.in_pixels, r.in_pixels) * tile->lanes,
        tile->arena + r.output + tile_row(element, r.count / r.out_pixels, r.out_pixels) * tile->lanes, tile->lanes);
}

static void slice(const void *arguments, const bobbin_tile *tile) {
  const auto &s = *(const bobbin_channel_range *)arguments;
  for (int pixel = 0; pixel < s.pixels; pixel++)
    for (int channel = 0; channel < s.out_channels; channel++)
      copy_row(
          tile->arena + s.input + ((size_t)pixel * s.in_channels + s.from + channel) * tile->lanes,
          tile->arena + s.output + ((size_t)pixel * s.out_channels + channel) * tile->lanes, tile->lanes);
}

// Its channels to their range of the output; others come there by other instructions.
static void concatenate(const void *arguments, const bobbin_tile *tile) {
  const auto &s = *(const bobbin_channel_range *)arguments;
  for (int pixel = 0; pixel < s.pixels; pixel++)
    for (int channel = 0; channel < s.in_channels; channel++)
      copy_row(
          tile->arena + s.input + ((size_t)pixel * s.in_channels + channel) * tile->lanes,
          tile->arena + s.output + ((size_t)pixel * s.out_channels + s.from + channel) * tile->lanes, tile->lanes);
}

static void place(const void *arguments, const bobbin_tile *tile) {
  const auto &s = *(const bobbin_channel_range *)arguments;
  for (int pixel = 0; pixel < s.pixels; pixel++)
    for (int channel = 0; channel < s.out_channels; channel++) {
      float *to = tile->arena + s.output + ((size_t)pixel * s.out_channels + channel) * tile->lanes;
      const int source = channel - s.from;
      if (source >= 0 && source < s.in_channels)
        copy_row(tile->arena + s.input + ((size_t)pixel * s.in_channels + source) * tile->lanes, to, tile->lanes);
      else
        for (int lane = 0; lane < tile->lanes; lane += WIDTH) store(to + lane, zero());
    }
}
