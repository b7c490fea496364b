// The optimiser: the sum of the leaves, the update and the packing of the new values, in one pass.

// The leaves in a binary tree: neighbours first.
INLINE vec sum_leaves(const float *leaves, size_t stride, int count, int floats) {
  vec sum[BOBBIN_MAX_LEAVES];
  for (int leaf = 0; leaf < count; leaf++)
    sum[leaf] = floats == WIDTH ? load_unaligned(leaves + leaf * stride) : load_partial(leaves + leaf * stride, floats);
  for (int step = 1; step < count; step *= 2)
    for (int leaf = 0; leaf + step < count; leaf += 2 * step) sum[leaf] += sum[leaf + step];
  return sum[0];
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
INLINE vec clipped_gradient(const bobbin_update_plan &plan, size_t at, int floats) {
  const float limit = plan.step->element_limit;
  vec g = sum_leaves(plan.leaves + at, plan.leaf_stride, plan.leaf_count, floats) * plan.gradient_scale;
  g = select(g > limit, broadcast(limit), g);
  return select(g < -limit, broadcast(-limit), g);
}

INLINE void update_row(const bobbin_update_plan &plan, size_t offset, int count) {
  for (int i = 0; i < count; i += WIDTH) {
    const size_t at = offset + i;
    const int floats = count - i < WIDTH ? count - i : WIDTH;
    vec g = clipped_gradient(plan, at, floats);
    if (floats == WIDTH) {
      vec m = load_unaligned(plan.first_moments + at), v = load_unaligned(plan.second_moments + at);
      store_unaligned(plan.values + at, update_value(*plan.step, load_unaligned(plan.values + at), g, m, v));
      store_unaligned(plan.first_moments + at, m);
      store_unaligned(plan.second_moments + at, v);
    } else {
      vec m = load_partial(plan.first_moments + at, floats), v = load_partial(plan.second_moments + at, floats);
      store_partial(plan.values + at, update_value(*plan.step, load_partial(plan.values + at, floats), g, m, v), floats);
      store_partial(plan.first_moments + at, m, floats);
      store_partial(plan.second_moments + at, v, floats);
    }
  }
}

INLINE void pack_forward(const bobbin_parameter &p, const float *row, int tap, int in) {
  for_blocks(p.out_channels, [&](int first, int width) {
    float *to = p.forward + (size_t)first * p.taps * p.in_channels + ((size_t)tap * p.in_channels + in) * width;
    if (width == 8) __builtin_memcpy(to, row + first, 8 * sizeof(float));
    else for (int i = 0; i < width; i++) to[i] = row[first + i];
  });
}

// A task's rows are one register block of the backward packing.
INLINE void pack_backward(const bobbin_parameter &p, const float *rows, const bobbin_update_task &task) {
  float *to = p.backward + (size_t)task.in * p.taps * p.out_channels + (size_t)task.tap * p.out_channels * task.rows;
  for (int out = 0; out < p.out_channels; out++)
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
    const vec sum = sum_leaves(plan.leaves + offset + i, plan.leaf_stride, plan.leaf_count, floats);
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
  if (plan.step && plan.step->updates) update_row(plan, offset, task.rows * parameter.out_channels);
  const float *rows = plan.values + offset;
  if (parameter.forward)
    for (int i = 0; i < task.rows; i++)
      pack_forward(parameter, rows + (size_t)i * parameter.out_channels, task.tap, task.in + i);
  if (parameter.backward) pack_backward(parameter, rows, task);
}
