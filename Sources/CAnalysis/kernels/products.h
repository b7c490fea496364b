// X'X for covariances: single precision within 128 rows, double beyond.

template <int COLUMNS>
INLINE void products_of(const float *rows, int64_t count, int stride, int i, double *result) {
  for (int j = 0; j < stride; j += WIDTH) {
    dvec total[COLUMNS] = {};
    for (int64_t start = 0; start < count; start += 128) {
      const int64_t end = start + 128 < count ? start + 128 : count;
      vec sum[COLUMNS] = {};
      for (int64_t row = start; row < end; row++) {
        const float *x = rows + row * stride;
        const vec v = load(x + j);
        UNROLL for (int c = 0; c < COLUMNS; c++) sum[c] += v * x[i + c];
      }
      UNROLL for (int c = 0; c < COLUMNS; c++) total[c] += __builtin_convertvector(sum[c], dvec);
    }
    for (int c = 0; c < COLUMNS; c++)
      for (int lane = 0; lane < WIDTH; lane++) result[(size_t)c * stride + j + lane] = total[c][lane];
  }
}

void products(const float *rows, int64_t count, int stride, int first, int last, double *result) {
  constexpr int group = 8;
  int i = first;
  for (; i + group <= last; i += group) products_of<group>(rows, count, stride, i, result + (size_t)(i - first) * stride);
  for (; i < last; i++) products_of<1>(rows, count, stride, i, result + (size_t)(i - first) * stride);
}
