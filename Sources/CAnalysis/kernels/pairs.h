// Forces from all points of a map.

// Rows of POINTS points at a time; sums over 2,048 points in single precision, over those in double.
template <int POINTS>
INLINE void all_pairs_of(const bobbin_all_pairs *a, int i) {
  double x_force[POINTS] = {}, y_force[POINTS] = {}, potential[POINTS] = {};
  const int whole = a->count / WIDTH * WIDTH;
  for (int start = 0; start < a->count; start += 2048) {
    const int end = start + 2048 < whole ? start + 2048 : whole;
    vec fx[POINTS] = {}, fy[POINTS] = {}, p[POINTS] = {};
    for (int j = start; j < end; j += WIDTH) {
      const vec xj = load(a->x + j), yj = load(a->y + j);
      UNROLL for (int k = 0; k < POINTS; k++) {
        const vec dx = a->at[2 * (i + k)] - xj, dy = a->at[2 * (i + k) + 1] - yj;
        const vec q = 1.0f / (1.0f + dx * dx + dy * dy);
        const vec square = q * q;
        p[k] += q;
        fx[k] += dx * square;
        fy[k] += dy * square;
      }
    }
    for (int k = 0; k < POINTS; k++) {
      x_force[k] += sum_lanes(fx[k]);
      y_force[k] += sum_lanes(fy[k]);
      potential[k] += sum_lanes(p[k]);
    }
  }
  for (int k = 0; k < POINTS; k++) {
    for (int j = whole; j < a->count; j++) {
      const float dx = a->at[2 * (i + k)] - a->x[j], dy = a->at[2 * (i + k) + 1] - a->y[j];
      const float q = 1.0f / (1.0f + dx * dx + dy * dy);
      potential[k] += q;
      x_force[k] += dx * q * q;
      y_force[k] += dy * q * q;
    }
    a->repulsion[2 * (i + k)] = (float)x_force[k];
    a->repulsion[2 * (i + k) + 1] = (float)y_force[k];
    a->potentials[i + k] = (float)potential[k];
  }
}

void all_pairs(const bobbin_all_pairs *a, int first, int last) {
  constexpr int group = REGISTERS / 8;
  int i = first;
  for (; i + group <= last; i += group) all_pairs_of<group>(a, i);
  for (; i < last; i++) all_pairs_of<1>(a, i);
}
