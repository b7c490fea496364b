// Complex Fourier transforms of n = 2^a 3^b numbers, one in each lane.
//
// Source: the self-sorting transform of Stockham, as in Van Loan, "Computational Frameworks for the Fast Fourier
// Transform", section 1.7, with butterflies of 4, 3 and 2.

struct Complex {
  vec re, im;
};

INLINE Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
INLINE Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
INLINE Complex times_minus_i(Complex a) { return {a.im, -a.re}; }
INLINE Complex turned(Complex a, float c, float s) { return {a.re * c + a.im * s, a.im * c - a.re * s}; }

// n vectors of real parts and n of imaginary ones.
struct Signal {
  float *re, *im;

  __attribute__((always_inline)) Complex get(int i) const { return {load(re + (size_t)i * WIDTH), load(im + (size_t)i * WIDTH)}; }
  __attribute__((always_inline)) void set(int i, Complex z) const {
    store(re + (size_t)i * WIDTH, z.re);
    store(im + (size_t)i * WIDTH, z.im);
  }
};

INLINE void butterfly(Complex (&z)[2]) {
  const Complex a = z[0];
  z[0] = a + z[1];
  z[1] = a - z[1];
}

INLINE void butterfly(Complex (&z)[3]) {
  const Complex sum = z[1] + z[2], difference = times_minus_i(z[1] - z[2]);
  const Complex middle = {z[0].re - 0.5f * sum.re, z[0].im - 0.5f * sum.im};
  const Complex side = {0.866025403784f * difference.re, 0.866025403784f * difference.im};
  z[0] = z[0] + sum;
  z[1] = middle + side;
  z[2] = middle - side;
}

INLINE void butterfly(Complex (&z)[4]) {
  const Complex a = z[0] + z[2], b = z[0] - z[2], c = z[1] + z[3], d = times_minus_i(z[1] - z[3]);
  z[0] = a + c;
  z[1] = b + d;
  z[2] = a - c;
  z[3] = b - d;
}

// One pass: `stride` transforms of `length` numbers each become `stride * RADIX` of `length / RADIX`.
template <int RADIX>
void pass(bobbin_roots roots, int length, int stride, Signal from, Signal to) {
  const int part = length / RADIX;
  for (int p = 0; p < part; p++) {
    float c[RADIX], s[RADIX];
    for (int r = 1; r < RADIX; r++) {
      c[r] = roots.cosines[p * r * stride];
      s[r] = roots.sines[p * r * stride];
    }
    for (int q = 0; q < stride; q++) {
      Complex z[RADIX];
      UNROLL for (int r = 0; r < RADIX; r++) z[r] = from.get(q + stride * (p + part * r));
      butterfly(z);
      to.set(q + stride * RADIX * p, z[0]);
      UNROLL for (int r = 1; r < RADIX; r++) to.set(q + stride * (RADIX * p + r), turned(z[r], c[r], s[r]));
    }
  }
}

// The transform with exp(-2 pi i k / n), unscaled. Returns which of the two holds the result; for the inverse, swap real and
// imaginary parts before and after.
INLINE Signal transform(bobbin_roots roots, Signal from, Signal to) {
  for (int length = roots.n, stride = 1; length > 1;) {
    const int radix = length % 4 == 0 ? 4 : length % 3 == 0 ? 3 : 2;
    if (radix == 4) pass<4>(roots, length, stride, from, to);
    else if (radix == 3) pass<3>(roots, length, stride, from, to);
    else pass<2>(roots, length, stride, from, to);
    const Signal swap = from;
    from = to;
    to = swap;
    length /= radix;
    stride *= radix;
  }
  return from;
}
