// What the arithmetic units give at most: independent multiply-adds in registers, as many at a time as hide their latency.

static float multiply_adds(int rounds) {
  vec chain[BOBBIN_PEAK_CHAINS];
  UNROLL for (int i = 0; i < BOBBIN_PEAK_CHAINS; i++) chain[i] = broadcast((float)i);
  const vec factor = broadcast(0.5f + 1.0f / (float)(rounds + 4)), term = broadcast(1.0f / (float)(rounds + 1));
  for (int round = 0; round < rounds; round++)
    UNROLL for (int i = 0; i < BOBBIN_PEAK_CHAINS; i++) chain[i] = chain[i] * factor + term;
  vec sum = zero();
  UNROLL for (int i = 0; i < BOBBIN_PEAK_CHAINS; i++) sum += chain[i];
  return sum_lanes(sum);
}
