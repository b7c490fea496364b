// Neighbours and distances of points.

void pack(const float *rows, int count, int dimension, float *values, float *squared_lengths) {
  const int blocks = (count + WIDTH - 1) / WIDTH;
  for (int i = 0; i < blocks * WIDTH; i++) {
    const bool exists = i < count;
    float *out = values + (size_t)(i / WIDTH) * dimension * WIDTH + i % WIDTH;
    float sum = 0;
    for (int d = 0; d < dimension; d++) {
      const float value = exists ? rows[(size_t)i * dimension + d] : 0;
      out[(size_t)d * WIDTH] = value;
      sum += value * value;
    }
    squared_lengths[i] = exists ? sum : __builtin_inff();
  }
}

typedef bool lanes __attribute__((ext_vector_type(WIDTH)));

// One bit for each lane where the condition holds.
INLINE uint32_t bits(ivec condition) {
  lanes set = __builtin_convertvector(condition, lanes);
  uint32_t result = 0;
  __builtin_memcpy(&result, &set, sizeof set < sizeof result ? sizeof set : sizeof result);
  return result & (uint32_t)((1ull << WIDTH) - 1);
}

// Candidates of one query that were nearer than the farthest of those to keep, when they came by.
struct Candidates {
  uint64_t *keys;
  int count;
  int excluded;
  float squared_length;
  float bound;  // on the squared distance
};

INLINE void consider(Candidates &candidates, vec squared, int first, int keep, int capacity) {
  squared = select(squared < 0.0f, zero(), squared);
  uint32_t hits = bits(squared < candidates.bound);
  if (!hits) return;
  uint32_t raw[WIDTH];
  __builtin_memcpy(raw, &squared, sizeof raw);
  for (; hits; hits &= hits - 1) {
    const int lane = __builtin_ctz(hits);
    if (first + lane == candidates.excluded) continue;
    candidates.keys[candidates.count++] = (uint64_t)raw[lane] << 32 | (uint32_t)(first + lane);
  }
  if (candidates.count + WIDTH <= capacity) return;
  bobbin_select_smallest(candidates.keys, candidates.count, keep);
  candidates.count = keep;
  uint32_t farthest = 0;
  for (int i = 0; i < keep; i++) {
    const uint32_t distance = (uint32_t)(candidates.keys[i] >> 32);
    if (distance > farthest) farthest = distance;
  }
  __builtin_memcpy(&candidates.bound, &farthest, sizeof farthest);
}

// Squared distances |q|^2 + |x|^2 - 2 q.x from QUERIES queries to two blocks of points, from products held in registers.
template <int QUERIES>
INLINE void nearest_in_tile(
    const bobbin_nearest *a, Candidates *candidates, int query, int first_block, int last_block, int keep, int capacity) {
  const int dimension = a->points.dimension;
  const float *q = a->queries + (size_t)query * dimension;
  for (int block = first_block; block < last_block; block += 2) {
    const bool pair = block + 1 < last_block;
    const float *x = a->points.values + (size_t)block * dimension * WIDTH;
    const float *x2 = pair ? x + (size_t)dimension * WIDTH : x;
    vec product[2][QUERIES] = {};
    for (int d = 0; d < dimension; d++) {
      const vec v = load(x + (size_t)d * WIDTH), v2 = load(x2 + (size_t)d * WIDTH);
      UNROLL for (int i = 0; i < QUERIES; i++) {
        const float c = q[(size_t)i * dimension + d];
        product[0][i] += v * c;
        product[1][i] += v2 * c;
      }
    }
    for (int half = 0; half < (pair ? 2 : 1); half++) {
      const int first = (block + half) * WIDTH;
      const vec lengths = load(a->points.squared_lengths + first);
      UNROLL for (int i = 0; i < QUERIES; i++)
        consider(candidates[i], lengths + candidates[i].squared_length - 2.0f * product[half][i], first, keep, capacity);
    }
  }
}

void nearest(const bobbin_nearest *a) {
  constexpr int group = REGISTERS / 4;
  const int keep = a->neighbors + BOBBIN_SPARE_NEIGHBORS, capacity = bobbin_candidate_capacity(a->neighbors);
  const int dimension = a->points.dimension, blocks = (a->points.count + WIDTH - 1) / WIDTH;
  Candidates candidates[BOBBIN_QUERIES];
  for (int i = 0; i < a->query_count; i++) {
    float length = 0;
    for (int d = 0; d < dimension; d++) {
      const float value = a->queries[(size_t)i * dimension + d];
      length += value * value;
    }
    const int excluded = a->first_query < 0 ? -1 : a->first_query + i;
    candidates[i] = {a->scratch + (size_t)i * capacity, 0, excluded, length, __builtin_inff()};
  }
  // As many points at a time as the first-level cache holds beside the queries.
  const int room = 24 * 1024 / (int)(sizeof(vec) * dimension);
  const int tile = room < 2 ? 2 : room / 2 * 2;
  for (int first = 0; first < blocks; first += tile) {
    const int last = first + tile < blocks ? first + tile : blocks;
    int query = 0;
    for (; query + group <= a->query_count; query += group)
      nearest_in_tile<group>(a, candidates + query, query, first, last, keep, capacity);
    for (; query < a->query_count; query++)
      nearest_in_tile<1>(a, candidates + query, query, first, last, keep, capacity);
  }
  for (int i = 0; i < a->query_count; i++) bobbin_finish_neighbors(a, i, candidates[i].keys, candidates[i].count);
}

void distances(bobbin_packed_points points, const float *query, float *result) {
  const int blocks = (points.count + WIDTH - 1) / WIDTH;
  for (int block = 0; block < blocks; block++) {
    const float *x = points.values + (size_t)block * points.dimension * WIDTH;
    vec sum = zero();
    for (int d = 0; d < points.dimension; d++) {
      const vec difference = load(x + (size_t)d * WIDTH) - query[d];
      sum += difference * difference;
    }
    store_unaligned(result + (size_t)block * WIDTH, sum);
  }
}
