// The optimiser: the sum of the leaves, the update and the packing of the new values, in one pass.

// FLOATS at `p`, of which the compiler knows when they fill a vector.
INLINE vec load_floats(const float *p, int floats) { return floats == WIDTH ? load_unaligned(p) : load_partial(p, floats); }
INLINE void store_floats(float *p, vec v, int floats) {
  if (floats == WIDTH) store_unaligned(p, v);
  else store_partial(p, v, floats);
}

// The leaves in a binary tree: neighbours first. LEAVES is their number, or 0 where only `count` knows.
template <int LEAVES>
INLINE vec sum_leaves(const float *leaves, size_t stride, int count, int floats) {
  if constexpr (LEAVES > 0) {
    vec sum[LEAVES];
    UNROLL for (int leaf = 0; leaf < LEAVES; leaf++) sum[leaf] = load_floats(leaves + leaf * stride, floats);
    return merge_chains<LEAVES>(sum, 1);
  } else {
    vec sum[BOBBIN_MAX_LEAVES];
    for (int leaf = 0; leaf < count; leaf++) sum[leaf] = load_floats(leaves + leaf * stride, floats);
    for (int step = 1; step < count; step *= 2)
      for (int leaf = 0; leaf + step < count; leaf += 2 * step) sum[leaf] += sum[leaf + step];
    return sum[0];
  }
}

INLINE vec update_value(const bobbin_step_state &s, vec p, vec g, vec &m, vec &v) {
  g += p * s.coupled_decay;
  p *= s.retained;
  switch (s.rule) {
    case BOBBIN_ADAM:
      m = m * s.momentum + g * s.share;
      v = v * s.square_decay + g * g * s.square_share;
      return p - m * s.rate / (square_root(v) * s.root_scale + s.epsilon);
    case BOBBIN_MOMENTUM:
      m = m * s.momentum + g;
      return p - m * s.rate;
    default:
      v = v * s.square_decay + g * g * s.square_share;
      m = m * s.momentum + g / (square_root(v) + s.epsilon);
      return p - m * s.rate;
  }
}

// A gradient as the update sees it: scaled, and cut off at the limit; NaN stays NaN.
template <int LEAVES>
INLINE vec clipped_gradient(const bobbin_update_plan &plan, float limit, size_t at, int floats) {
  vec g = sum_leaves<LEAVES>(plan.leaves + at, plan.leaf_stride, plan.leaf_count, floats) * plan.gradient_scale;
  g = select(g > limit, broadcast(limit), g);
  return select(g < -limit, broadcast(-limit), g);
}

template <int LEAVES>
static void update_floats(const bobbin_update_plan &plan, size_t offset, int count) {
  const bobbin_step_state step = *plan.step;
  auto update = [&](size_t at, int floats) __attribute__((always_inline)) {
    vec g = clipped_gradient<LEAVES>(plan, step.element_limit, at, floats);
    vec m = load_floats(plan.first_moments + at, floats), v = load_floats(plan.second_moments + at, floats);
    store_floats(plan.values + at, update_value(step, load_floats(plan.values + at, floats), g, m, v), floats);
    store_floats(plan.first_moments + at, m, floats);
    store_floats(plan.second_moments + at, v, floats);
  };
  int i = 0;
  for (; i + WIDTH <= count; i += WIDTH) update(offset + i, WIDTH);
  if (i < count) update(offset + i, count - i);
}

// A task's rows are consecutive input channels at one tap, so that they lie together in each block of output channels.
INLINE void pack_forward(const bobbin_parameter &p, const float *rows, const bobbin_update_task &task) {
  for_blocks(p.out_channels, [&](int first, int width) {
    float *to = p.forward + (size_t)first * p.taps * p.in_channels + ((size_t)task.tap * p.in_channels + task.in) * width;
    for (int row = 0; row < task.rows; row++, to += width) {
      const float *from = rows + (size_t)row * p.out_channels + first;
      if (width == MAX_BLOCK) __builtin_memcpy(to, from, MAX_BLOCK * sizeof(float));
      else for (int i = 0; i < width; i++) to[i] = from[i];
    }
  });
}

// A task's rows are one register block of the backward packing.
INLINE void pack_backward(const bobbin_parameter &p, const float *rows, const bobbin_update_task &task) {
  float *to = p.backward + (size_t)task.in * p.taps * p.out_channels + (size_t)task.tap * p.out_channels * task.rows;
  int out = 0;
#if WIDTH >= MAX_BLOCK
  for (; out + WIDTH <= p.out_channels && task.rows == MAX_BLOCK; out += WIDTH) {
    vec square[WIDTH];
    UNROLL for (int i = 0; i < WIDTH; i++)
      square[i] = i < MAX_BLOCK ? load_unaligned(rows + (size_t)i * p.out_channels + out) : zero();
    transpose(square);
    UNROLL for (int i = 0; i < WIDTH; i++) store_partial(to + (size_t)(out + i) * MAX_BLOCK, square[i], MAX_BLOCK);
  }
#endif
  for (; out < p.out_channels; out++)
    for (int i = 0; i < task.rows; i++) to[(size_t)out * task.rows + i] = rows[(size_t)i * p.out_channels + out];
}

INLINE size_t task_offset(const bobbin_parameter &parameter, const bobbin_update_task &task) {
  return parameter.offset + ((size_t)task.tap * parameter.in_channels + task.in) * parameter.out_channels;
}

// The sum of the squares of a task's gradients, before any clipping.
static double gradient_squares(const void *arguments, int index) {
  const auto &plan = *(const bobbin_update_plan *)arguments;
  const auto &task = plan.tasks[index];
  const auto &parameter = plan.parameters[task.parameter];
  const size_t offset = task_offset(parameter, task);
  const int count = task.rows * parameter.out_channels;
  dvec squares = {};
  for (int i = 0; i < count; i += WIDTH) {
    const int floats = count - i < WIDTH ? count - i : WIDTH;
    const vec sum = sum_leaves<0>(plan.leaves + offset + i, plan.leaf_stride, plan.leaf_count, floats);
    const dvec g = __builtin_convertvector(sum, dvec);
    squares += g * g;
  }
  double total = 0;
  UNROLL for (int i = 0; i < WIDTH; i++) total += squares[i];
  return total;
}

static void update(const void *arguments, int index) {
  const auto &plan = *(const bobbin_update_plan *)arguments;
  const auto &task = plan.tasks[index];
  const auto &parameter = plan.parameters[task.parameter];
  const size_t offset = task_offset(parameter, task);
  if (plan.step && plan.step->updates) {
    const int count = task.rows * parameter.out_channels;
    switch (plan.leaf_count) {
      case 1: update_floats<1>(plan, offset, count); break;
      case 2: update_floats<2>(plan, offset, count); break;
      case 4: update_floats<4>(plan, offset, count); break;
      case 8: update_floats<8>(plan, offset, count); break;
      default: update_floats<0>(plan, offset, count);
    }
  }
  const float *rows = plan.values + offset;
  if (parameter.forward) pack_forward(parameter, rows, task);
  if (parameter.backward) pack_backward(parameter, rows, task);
}
