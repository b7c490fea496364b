// Vectors of WIDTH floats and the elementary functions on them. Included once per instruction set, inside its namespace.

typedef float vec __attribute__((vector_size(WIDTH * 4)));
typedef float vec_unaligned __attribute__((vector_size(WIDTH * 4), aligned(4)));
typedef int32_t ivec __attribute__((vector_size(WIDTH * 4)));
typedef uint32_t uvec __attribute__((vector_size(WIDTH * 4)));
typedef double dvec __attribute__((vector_size(WIDTH * 8)));

#define INLINE static inline __attribute__((always_inline))
#define INLINE_MEMBER inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

INLINE vec load(const float *p) { return *(const vec *)p; }
INLINE void store(float *p, vec v) { *(vec *)p = v; }
INLINE vec load_unaligned(const float *p) { return *(const vec_unaligned *)p; }
INLINE void store_unaligned(float *p, vec v) { *(vec_unaligned *)p = v; }
// Less zero, which changes nothing and costs nothing; zero more would make +0 of -0, and so an addition.
INLINE vec broadcast(float x) { return x - (vec){}; }
INLINE vec zero() { return (vec){}; }
INLINE vec select(ivec condition, vec a, vec b) { return (vec)((condition & (ivec)a) | (~condition & (ivec)b)); }
INLINE vec square_root(vec x) { return __builtin_elementwise_sqrt(x); }

// The first `count` lanes, the rest zero; nothing beyond them is touched.
#if WIDTH == 16
INLINE vec load_partial(const float *p, int count) { return _mm512_maskz_loadu_ps((1u << count) - 1, p); }
INLINE void store_partial(float *p, vec v, int count) { _mm512_mask_storeu_ps(p, (1u << count) - 1, v); }
#elif WIDTH == 8
INLINE __m256i first_lanes(int count) { return (__m256i)((ivec){0, 1, 2, 3, 4, 5, 6, 7} < count); }
INLINE vec load_partial(const float *p, int count) { return _mm256_maskload_ps(p, first_lanes(count)); }
INLINE void store_partial(float *p, vec v, int count) { _mm256_maskstore_ps(p, first_lanes(count), v); }
#else
INLINE vec load_partial(const float *p, int count) {
  vec v = zero();
  __builtin_memcpy(&v, p, sizeof(float) * count);
  return v;
}
INLINE void store_partial(float *p, vec v, int count) { __builtin_memcpy(p, &v, sizeof(float) * count); }
#endif

// Transposes WIDTH vectors. Of wide ones by shuffles that take no table of lanes: pairs and fours of rows within 128 bits, then
// 128 bits at a time; else by rounds of interleaving the first half of them with the second.
#if WIDTH == 16
INLINE void transpose(vec row[WIDTH]) {
  UNROLL for (int i = 0; i < 16; i += 2) {
    const vec a = row[i], b = row[i + 1];
    row[i] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
    row[i + 1] = __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
  }
  // Then row[4 j + k] holds, in its 128 bits number c, column 4 c + k of the rows from 4 j.
  UNROLL for (int i = 0; i < 16; i += 4) {
    const vec a = row[i], b = row[i + 1], c = row[i + 2], d = row[i + 3];
    row[i] = __builtin_shufflevector(a, c, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
    row[i + 1] = __builtin_shufflevector(a, c, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    row[i + 2] = __builtin_shufflevector(b, d, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
    row[i + 3] = __builtin_shufflevector(b, d, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
  }
  UNROLL for (int k = 0; k < 4; k++) {
    vec half[4];
    UNROLL for (int j = 0; j < 2; j++) {
      const vec a = row[8 * j + k], b = row[8 * j + 4 + k];
      half[2 * j] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
      half[2 * j + 1] = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    }
    UNROLL for (int j = 0; j < 2; j++) {
      const vec a = half[j], b = half[2 + j];
      row[4 * j + k] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
      row[8 + 4 * j + k] = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    }
  }
}
#else
#if WIDTH == 8
#define LOW_HALVES 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH_HALVES 4, 12, 5, 13, 6, 14, 7, 15
#else
#define LOW_HALVES 0, 4, 1, 5
#define HIGH_HALVES 2, 6, 3, 7
#endif
INLINE void transpose(vec row[WIDTH]) {
  UNROLL for (int round = 1; round < WIDTH; round *= 2) {
    vec next[WIDTH];
    UNROLL for (int i = 0; i < WIDTH / 2; i++) {
      next[2 * i] = __builtin_shufflevector(row[i], row[i + WIDTH / 2], LOW_HALVES);
      next[2 * i + 1] = __builtin_shufflevector(row[i], row[i + WIDTH / 2], HIGH_HALVES);
    }
    UNROLL for (int i = 0; i < WIDTH; i++) row[i] = next[i];
  }
}
#undef LOW_HALVES
#undef HIGH_HALVES
#endif

// The sum of COUNT partial sums that lie `stride` vectors apart, neighbours first.
template <int COUNT>
INLINE vec merge_chains(vec *chain, int stride) {
  UNROLL for (int step = 1; step < COUNT; step *= 2)
    UNROLL for (int k = 0; k + step < COUNT; k += 2 * step) chain[k * stride] += chain[(k + step) * stride];
  return chain[0];
}

// Sum of the lanes, always in the same order: halves onto halves.
INLINE float sum_lanes(vec v) {
  float lane[WIDTH];
  __builtin_memcpy(lane, &v, sizeof v);
  UNROLL for (int half = WIDTH / 2; half > 0; half /= 2)
    UNROLL for (int i = 0; i < half; i++) lane[i] += lane[i + half];
  return lane[0];
}

INLINE double sum_lanes_double(vec v) {
  double total = 0;
  UNROLL for (int i = 0; i < WIDTH; i++) total += v[i];
  return total;
}

// e^x = scale * (1 + rest), about 2 ulp; saturates at e^±87. Source: Cephes expf (S. Moshier).
INLINE vec exponential_parts(vec x, vec &rest) {
  x = select(x > 87.0f, broadcast(87.0f), x);
  x = select(x < -87.0f, broadcast(-87.0f), x);
  const float rounder = 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number
  vec n = (x * 1.44269504f + rounder) - rounder;
  vec r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  vec p = broadcast(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  rest = p * r * r + r;
  return (vec)((__builtin_convertvector(n, ivec) + 127) << 23);
}

INLINE vec exponential(vec x) {
  vec rest, scale = exponential_parts(x, rest);
  return (rest + 1.0f) * scale;
}

// e^x - 1, without cancellation near 0: the scale is 1 there.
INLINE vec exponential_minus_one(vec x) {
  vec rest, scale = exponential_parts(x, rest);
  return rest * scale + (scale - 1.0f);
}

// Natural logarithm of a positive normal number; the engine's FloatMath.log, operation by operation.
INLINE vec logarithm(vec x) {
#pragma clang fp contract(off)
  uvec bits = (uvec)x;
  vec exponent = __builtin_convertvector((ivec)(bits >> 23) - 126, vec);
  vec m = (vec)((bits & 0x007FFFFFu) | 0x3F000000u);
  ivec low = m < 0.70710678f;
  exponent = select(low, exponent - 1.0f, exponent);
  m = select(low, m + m, m);
  m = m - 1.0f;
  vec square = m * m;
  vec p = broadcast(7.0376836292e-2f);
  p = p * m + -1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m + -1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m + -1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m + -2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  vec y = p * m * square;
  y = y + exponent * -2.12194440e-4f;
  y = y - 0.5f * square;
  return (m + y) + exponent * 0.693359375f;
}

INLINE vec sigmoid(vec x) { return 1.0f / (1.0f + exponential(-x)); }

// Source: Cephes tanhf (S. Moshier): a polynomial below 0.625, else by e^2x.
INLINE vec hyperbolic_tangent(vec x) {
  vec magnitude = select(x < 0.0f, -x, x);
  vec large = 1.0f - 2.0f / (exponential(magnitude + magnitude) + 1.0f);
  large = select(x < 0.0f, -large, large);
  vec z = x * x;
  vec p = broadcast(-5.70498872745e-3f);
  p = p * z + 2.06390887954e-2f;
  p = p * z + -5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z + -3.33332819422e-1f;
  vec small = p * z * x + x;
  return select(magnitude < 0.625f, small, large);
}

// The probability that a N(0, 1) number is below x; error below 2e-7.
// Source: up to |x| = sqrt 2 the polynomial of Cephes erff (S. Moshier), beyond it Abramowitz and Stegun 7.1.26.
INLINE vec normal_distribution(vec x) {
  vec m = x * 0.70710678f;
  vec magnitude = select(m < 0.0f, -m, m), square = m * m;
  vec p = broadcast(7.853861353153693e-5f);
  p = p * square + -8.010193625184903e-4f;
  p = p * square + 5.188327685732524e-3f;
  p = p * square + -2.685381193529856e-2f;
  p = p * square + 1.128358514861418e-1f;
  p = p * square + -3.761262582423300e-1f;
  p = p * square + 1.128379165726710f;
  vec near = 0.5f + 0.5f * (p * m);
  vec t = 1.0f / (1.0f + 0.3275911f * magnitude);
  vec q = broadcast(1.061405429f);
  q = q * t + -1.453152027f;
  q = q * t + 1.421413741f;
  q = q * t + -0.284496736f;
  q = q * t + 0.254829592f;
  vec tail = 0.5f * q * t * exponential(-square);
  return select(magnitude < 1.0f, near, select(m < 0.0f, tail, 1.0f - tail));
}

// log(1 + e^x), the logarithm of 1 + e^-|x| with what rounding the sum loses put back.
INLINE vec softplus(vec x) {
  vec power = exponential(select(x > 0.0f, -x, x));
  vec sum = 1.0f + power;
  vec rest = (power - (sum - 1.0f)) / sum;
  return select(x < 0.0f, zero(), x) + (logarithm(sum) + rest);
}

static const float selu_scale = 1.0507009873554805f;
static const float selu_scale_alpha = (float)(1.0507009873554805 * 1.6732632423543773);

// Not the larger of x and 0: that would make 0 of a NaN, and hide it from the loss.
INLINE vec rectify(vec x) { return select(x < 0.0f, zero(), x); }

INLINE vec activate(bobbin_activation activation, float slope, vec x) {
  switch (activation) {
    case BOBBIN_IDENTITY: return x;
    case BOBBIN_RELU: return rectify(x);
    case BOBBIN_LEAKY_RELU: return select(x > 0.0f, x, x * slope);
    case BOBBIN_ELU: {
      vec negative = select(x > 0.0f, zero(), x);
      return select(x > 0.0f, x, exponential_minus_one(negative) * slope);
    }
    case BOBBIN_GELU: return x * normal_distribution(x);
    case BOBBIN_SILU: return x * sigmoid(x);
    case BOBBIN_SOFTPLUS: return softplus(x);
    case BOBBIN_SELU: {
      vec negative = select(x > 0.0f, zero(), x);
      return select(x > 0.0f, x * selu_scale, exponential_minus_one(negative) * selu_scale_alpha);
    }
    case BOBBIN_SIGMOID: return sigmoid(x);
    case BOBBIN_TANH: return hyperbolic_tangent(x);
  }
  return x;
}

// dy * f'(x), from y = f(x), or from y = x where the engine says so.
INLINE vec activation_gradient(bobbin_activation activation, float slope, vec dy, vec y) {
  switch (activation) {
    case BOBBIN_IDENTITY: return dy;
    case BOBBIN_RELU: return select(y > 0.0f, dy, zero());
    case BOBBIN_LEAKY_RELU: return select(y > 0.0f, dy, dy * slope);
    case BOBBIN_ELU: return select(y > 0.0f, dy, dy * (y + slope));
    case BOBBIN_GELU: return dy * (normal_distribution(y) + y * exponential(-0.5f * y * y) * 0.39894228f);
    case BOBBIN_SILU: {
      vec s = sigmoid(y);
      return dy * (s + s * y * (1.0f - s));
    }
    case BOBBIN_SOFTPLUS: return dy * -exponential_minus_one(-y);
    case BOBBIN_SELU: return dy * select(y > 0.0f, broadcast(selu_scale), y + selu_scale_alpha);
    case BOBBIN_SIGMOID: return dy * y * (1.0f - y);
    case BOBBIN_TANH: return dy * (1.0f - y * y);
  }
  return dy;
}

// The epilogue on `count` vectors just computed. `result` and, of a gradient, `operand` have the same strides.
INLINE vec finish(const bobbin_epilogue &epilogue, vec result, const float *operand) {
  return epilogue.is_gradient ? activation_gradient(epilogue.activation, epilogue.slope, result, load(operand))
                              : activate(epilogue.activation, epilogue.slope, result);
}

// Calls run(tail) with the tail of an epilogue as a function of (result, operand). The compiler knows the most common ones.
template <class Run>
INLINE void with_tail(const bobbin_epilogue &epilogue, Run run) {
  if (epilogue.activation == BOBBIN_IDENTITY) return run([](vec result, const float *) { return result; });
  if (epilogue.activation == BOBBIN_SIGMOID && !epilogue.is_gradient)
    return run([](vec result, const float *) { return sigmoid(result); });
  if (epilogue.activation != BOBBIN_RELU)
    return run([&](vec result, const float *operand) { return finish(epilogue, result, operand); });
  if (!epilogue.is_gradient) return run([](vec result, const float *) { return rectify(result); });
  run([](vec result, const float *operand) { return select(load(operand) > 0.0f, result, zero()); });
}
