// Forces by way of a mesh: particles to nodes, convolution by Fourier transforms, nodes to particles.
//
// Source: Essmann et al., "A smooth particle mesh Ewald method", J. Chem. Phys. 103 (1995), sections 3 and 4, with cubic splines.

typedef float quad __attribute__((vector_size(16)));
typedef float quad_unaligned __attribute__((vector_size(16), aligned(4)));

INLINE float sum_quad(quad v) { return (v[0] + v[2]) + (v[1] + v[3]); }

// The four nodes along one axis that a point reaches, their weights, and the derivatives of these.
struct Reach {
  int first;
  quad weights, slopes;
};

INLINE Reach reach_of(float position, float origin, float inverse_spacing, int nodes) {
  const float t = (position - origin) * inverse_spacing + 1.0f;
  int cell = (int)t;
  cell = cell < 1 ? 1 : cell > nodes - 3 ? nodes - 3 : cell;
  const float f = t - (float)cell, g = 1 - f;
  const float sixth = 1.0f / 6;
  return {
      cell - 1,
      {g * g * g * sixth, (f * f * (3 * f - 6) + 4) * sixth, (g * g * (3 * g - 6) + 4) * sixth, f * f * f * sixth},
      {-0.5f * g * g, f * (1.5f * f - 2), g * (2 - 1.5f * g), 0.5f * f * f}};
}

void spread(const bobbin_mesh *mesh, const bobbin_cells *cells, int first, int last) {
  const int end = cells->starts[last * cells->columns];
  for (int i = cells->starts[first * cells->columns]; i < end; i++) {
    const Reach x = reach_of(cells->x[i], mesh->origin_x, mesh->inverse_spacing, mesh->nodes);
    const Reach y = reach_of(cells->y[i], mesh->origin_y, mesh->inverse_spacing, mesh->nodes);
    float *node = mesh->values + (size_t)y.first * mesh->stride + x.first;
    UNROLL for (int row = 0; row < 4; row++) *(quad_unaligned *)(node + (size_t)row * mesh->stride) += x.weights * y.weights[row];
  }
}

// MARK: - Transforms

// Two buffers for n complex vectors each.
INLINE Signal first_signal(const bobbin_mesh *mesh, float *scratch) { return {scratch, scratch + (size_t)mesh->n * WIDTH}; }
INLINE Signal second_signal(const bobbin_mesh *mesh, float *scratch) {
  return first_signal(mesh, scratch + (size_t)2 * mesh->n * WIDTH);
}
INLINE Signal swapped(Signal s) { return {s.im, s.re}; }
INLINE bobbin_roots roots_of(const bobbin_mesh *mesh) { return {mesh->n, mesh->cosines, mesh->sines}; }

// Two blocks of columns are the real and the imaginary part of one transform: A + iB.
void transform_columns(const bobbin_mesh *mesh, int item, float *scratch) {
  const Signal from = first_signal(mesh, scratch);
  const float *values = mesh->values + (size_t)item * 2 * WIDTH;
  const int n = mesh->n;
  for (int row = 0; row < mesh->nodes; row++) {
    const float *v = values + (size_t)row * mesh->stride;
    from.set(row, {load(v), load(v + WIDTH)});
  }
  for (int row = mesh->nodes; row < n; row++) from.set(row, {zero(), zero()});
  const Signal z = transform(roots_of(mesh), from, second_signal(mesh, scratch));
  float *real = mesh->real + (size_t)item * 2 * WIDTH * mesh->half;
  float *imaginary = mesh->imaginary + (size_t)item * 2 * WIDTH * mesh->half;
  const size_t block = (size_t)WIDTH * mesh->half;
  for (int start = 0; start < mesh->half; start += WIDTH) {
    vec a_re[WIDTH] = {}, a_im[WIDTH] = {}, b_re[WIDTH] = {}, b_im[WIDTH] = {};
    for (int i = 0; i < WIDTH && start + i <= n / 2; i++) {
      const int k = start + i;
      const Complex plus = z.get(k), minus = z.get(k == 0 ? 0 : n - k);
      a_re[i] = 0.5f * (plus.re + minus.re);
      a_im[i] = 0.5f * (plus.im - minus.im);
      b_re[i] = 0.5f * (plus.im + minus.im);
      b_im[i] = 0.5f * (minus.re - plus.re);
    }
    transpose(a_re);
    transpose(a_im);
    transpose(b_re);
    transpose(b_im);
    for (int i = 0; i < WIDTH; i++) {
      const size_t at = (size_t)i * mesh->half + start;
      store(real + at, a_re[i]);
      store(imaginary + at, a_im[i]);
      store(real + at + block, b_re[i]);
      store(imaginary + at + block, b_im[i]);
    }
  }
}

INLINE Signal transform_row(const bobbin_mesh *mesh, int item, float *scratch) {
  const Signal from = first_signal(mesh, scratch);
  for (int column = 0; column < mesh->nodes; column++) {
    const size_t at = (size_t)column * mesh->half + (size_t)item * WIDTH;
    from.set(column, {load(mesh->real + at), load(mesh->imaginary + at)});
  }
  for (int column = mesh->nodes; column < mesh->n; column++) from.set(column, {zero(), zero()});
  return transform(roots_of(mesh), from, second_signal(mesh, scratch));
}

void convolve_rows(const bobbin_mesh *mesh, int item, float *scratch) {
  const Signal z = transform_row(mesh, item, scratch);
  for (int k = 0; k < mesh->n; k++) {
    const vec response = load(mesh->response + (size_t)k * mesh->half + (size_t)item * WIDTH);
    const Complex value = z.get(k);
    z.set(k, {value.re * response, value.im * response});
  }
  const Signal first = first_signal(mesh, scratch), second = second_signal(mesh, scratch);
  const Signal other = z.re == first.re ? second : first;
  const Signal back = swapped(transform(roots_of(mesh), swapped(z), swapped(other)));
  for (int column = 0; column < mesh->nodes; column++) {
    const size_t at = (size_t)column * mesh->half + (size_t)item * WIDTH;
    const Complex value = back.get(column);
    store(mesh->real + at, value.re);
    store(mesh->imaginary + at, value.im);
  }
}

void respond_rows(const bobbin_mesh *mesh, const float *scales, float *response, int item, float *scratch) {
  const Signal z = transform_row(mesh, item, scratch);
  const vec scale = load_unaligned(scales + (size_t)item * WIDTH);
  for (int k = 0; k < mesh->n; k++)
    store(response + (size_t)k * mesh->half + (size_t)item * WIDTH, z.get(k).re * scale * scales[k]);
}

void restore_columns(const bobbin_mesh *mesh, int item, float *scratch) {
  const Signal from = first_signal(mesh, scratch);
  const int n = mesh->n;
  const float *real = mesh->real + (size_t)item * 2 * WIDTH * mesh->half;
  const float *imaginary = mesh->imaginary + (size_t)item * 2 * WIDTH * mesh->half;
  const size_t block = (size_t)WIDTH * mesh->half;
  for (int start = 0; start < mesh->half; start += WIDTH) {
    vec a_re[WIDTH], a_im[WIDTH], b_re[WIDTH], b_im[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      const size_t at = (size_t)i * mesh->half + start;
      a_re[i] = load(real + at);
      a_im[i] = load(imaginary + at);
      b_re[i] = load(real + at + block);
      b_im[i] = load(imaginary + at + block);
    }
    transpose(a_re);
    transpose(a_im);
    transpose(b_re);
    transpose(b_im);
    for (int i = 0; i < WIDTH && start + i <= n / 2; i++) {
      const int k = start + i;
      from.set(k, {a_re[i] - b_im[i], a_im[i] + b_re[i]});
      if (k > 0 && k < n / 2) from.set(n - k, {a_re[i] + b_im[i], b_re[i] - a_im[i]});
    }
  }
  const Signal z = swapped(transform(roots_of(mesh), swapped(from), swapped(second_signal(mesh, scratch))));
  float *values = mesh->values + (size_t)item * 2 * WIDTH;
  for (int row = 0; row < mesh->nodes; row++) {
    const Complex value = z.get(row);
    store(values + (size_t)row * mesh->stride, value.re);
    store(values + (size_t)row * mesh->stride + WIDTH, value.im);
  }
}

// MARK: - Forces

// Sums of the short part over the points that lie one after the other in cell order.
struct NearSums {
  vec x, y, potential;
};

// D = x^4 q, and -1/2 of its gradient: (y_i - y_j) (x^4 q^2 + 4 x^3 q / (1 + R^2)).
INLINE void add_near(NearSums &sums, float x, float y, const float *xs, const float *ys, float squared_radius, float scale, ivec exists) {
  const vec dx = x - load_unaligned(xs), dy = y - load_unaligned(ys);
  const vec squared = dx * dx + dy * dy;
  const vec q = 1.0f / (1.0f + squared);
  const vec depth = select((squared < squared_radius) & exists, (squared_radius - squared) * scale, zero());
  const vec cube = depth * depth * depth;
  const vec short_part = cube * depth * q;
  const vec force = short_part * q + 4.0f * scale * cube * q;
  sums.potential += short_part;
  sums.x += dx * force;
  sums.y += dy * force;
}

double collect(const bobbin_mesh *mesh, const bobbin_cells *cells, const bobbin_near *near, int row, float *repulsion) {
  ivec lane;
  for (int i = 0; i < WIDTH; i++) lane[i] = i;
  const ivec all = lane >= 0;
  const float scale = 1.0f / (1.0f + near->squared_radius);
  const int reach = near->reach, columns = cells->columns;
  const int lowest = row - reach < 0 ? 0 : row - reach, highest = row + reach >= cells->rows ? cells->rows - 1 : row + reach;
  double total = 0;
  for (int column = 0; column < columns; column++) {
    const int left = column - reach < 0 ? 0 : column - reach, right = column + reach >= columns ? columns - 1 : column + reach;
    const int end = cells->starts[row * columns + column + 1];
    for (int i = cells->starts[row * columns + column]; i < end; i++) {
      const float px = cells->x[i], py = cells->y[i];
      const Reach x = reach_of(px, mesh->origin_x, mesh->inverse_spacing, mesh->nodes);
      const Reach y = reach_of(py, mesh->origin_y, mesh->inverse_spacing, mesh->nodes);
      const float *node = mesh->values + (size_t)y.first * mesh->stride + x.first;
      quad value = {}, slope = {};
      UNROLL for (int r = 0; r < 4; r++) {
        const quad nodes = *(const quad_unaligned *)(node + (size_t)r * mesh->stride);
        value += y.weights[r] * nodes;
        slope += y.slopes[r] * nodes;
      }
      float potential = sum_quad(x.weights * value);
      float fx = -0.5f * mesh->inverse_spacing * sum_quad(x.slopes * value);
      float fy = -0.5f * mesh->inverse_spacing * sum_quad(x.weights * slope);
      if (reach > 0) {
        NearSums sums = {};
        for (int other = lowest; other <= highest; other++) {
          const int last = cells->starts[other * columns + right + 1];
          int j = cells->starts[other * columns + left];
          for (; j + WIDTH <= last; j += WIDTH) add_near(sums, px, py, cells->x + j, cells->y + j, near->squared_radius, scale, all);
          if (j < last) add_near(sums, px, py, cells->x + j, cells->y + j, near->squared_radius, scale, lane < last - j);
        }
        fx += sum_lanes(sums.x);
        fy += sum_lanes(sums.y);
        potential += sum_lanes(sums.potential);
      }
      repulsion[2 * (size_t)i] = fx;
      repulsion[2 * (size_t)i + 1] = fy;
      total += potential;
    }
  }
  return total;
}
