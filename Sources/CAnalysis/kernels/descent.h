// The attractive force, and the step.

typedef double dhalf __attribute__((vector_size(WIDTH * 4)));  // WIDTH / 2 pairs of floats

#if WIDTH == 16
#define EVEN_FLOATS 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define ODD_FLOATS 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#elif WIDTH == 8
#define EVEN_FLOATS 0, 2, 4, 6, 8, 10, 12, 14
#define ODD_FLOATS 1, 3, 5, 7, 9, 11, 13, 15
#else
#define EVEN_FLOATS 0, 2, 4, 6
#define ODD_FLOATS 1, 3, 5, 7
#endif

// The positions of WIDTH points: pairs of floats travel as doubles.
INLINE void gather_positions(const float *positions, const int32_t *columns, vec &x, vec &y) {
  dhalf low, high;
  UNROLL for (int i = 0; i < WIDTH / 2; i++) {
    double first, second;
    __builtin_memcpy(&first, positions + 2 * (size_t)columns[i], sizeof first);
    __builtin_memcpy(&second, positions + 2 * (size_t)columns[i + WIDTH / 2], sizeof second);
    low[i] = first;
    high[i] = second;
  }
  x = __builtin_shufflevector((vec)low, (vec)high, EVEN_FLOATS);
  y = __builtin_shufflevector((vec)low, (vec)high, ODD_FLOATS);
}
#undef EVEN_FLOATS
#undef ODD_FLOATS

// Calls `each(weights, dx, dy)` for all edges of a row; those that fill up the last vector weigh nothing.
template <typename Each>
INLINE void for_each_edge(const bobbin_affinities &p, const float *positions, int row, Each each) {
  const int64_t end = p.starts[row + 1];
  const float x = positions[2 * (size_t)row], y = positions[2 * (size_t)row + 1];
  int64_t e = p.starts[row];
  vec xs, ys;
  for (; e + WIDTH <= end; e += WIDTH) {
    gather_positions(positions, p.columns + e, xs, ys);
    each(load_unaligned(p.values + e), x - xs, y - ys);
  }
  if (e == end) return;
  int32_t columns[WIDTH];
  float weights[WIDTH];
  for (int i = 0; i < WIDTH; i++) {
    columns[i] = e + i < end ? p.columns[e + i] : row;
    weights[i] = e + i < end ? p.values[e + i] : 0;
  }
  gather_positions(positions, columns, xs, ys);
  each(load_unaligned(weights), x - xs, y - ys);
}

void descend(const bobbin_descent *a, int first, int last) {
  for (int i = first; i < last; i++) {
    vec x_sum = zero(), y_sum = zero();
    for_each_edge(a->affinities, a->positions, i, [&](vec p, vec dx, vec dy) __attribute__((always_inline)) {
      const vec force = p / (1.0f + dx * dx + dy * dy);
      x_sum += force * dx;
      y_sum += force * dy;
    });
    const float attraction[2] = {sum_lanes(x_sum), sum_lanes(y_sum)};
    const float *repulsion = a->repulsion + 2 * (size_t)(a->places ? a->places[i] : i);
    float step[2];
    for (int c = 0; c < 2; c++) {
      const size_t at = 2 * (size_t)i + c;
      const float gradient = a->exaggeration * attraction[c] - a->inverse_normalizer * repulsion[c];
      const float velocity = a->velocities[at];
      const bool is_steady = (gradient < 0) != (velocity < 0) || velocity == 0;
      const float gain = is_steady ? a->gains[at] + 0.2f : 0.8f * a->gains[at] + 0.01f;
      a->gains[at] = gain < a->least_gain ? a->least_gain : gain;
      step[c] = a->momentum * velocity - a->rate * a->gains[at] * gradient;
    }
    const float length = __builtin_sqrtf(step[0] * step[0] + step[1] * step[1]);
    const float shrink = length > a->longest_step ? a->longest_step / length : 1;
    for (int c = 0; c < 2; c++) {
      const size_t at = 2 * (size_t)i + c;
      a->velocities[at] = step[c] * shrink;
      a->next[at] = a->positions[at] + a->velocities[at];
    }
  }
}

double logarithms(bobbin_affinities affinities, const float *positions, int first, int last) {
  double total = 0;
  for (int i = first; i < last; i++) {
    vec sum = zero();
    for_each_edge(affinities, positions, i, [&](vec p, vec dx, vec dy) __attribute__((always_inline)) {
      sum += p * logarithm(1.0f + dx * dx + dy * dy);
    });
    total += sum_lanes_double(sum);
  }
  return total;
}
