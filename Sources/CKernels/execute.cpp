// A step: segments of instructions over tiles, the meetings between them, and the update.
#include <math.h>
#include <time.h>

#include "CKernels.h"

namespace {

const float masks[2 * BOBBIN_MAX_LANES] = {
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
};

struct Execution {
  const bobbin_program *program;
  const bobbin_segment *segment;
  const bobbin_step_state *step;
  const int32_t *rows;
  int images, tiles, leaves;
  // Instructions of the segments before this one.
  int passed;
};

void run_instructions_timed(const Execution &e, const bobbin_tile &tile, uint64_t *nanoseconds) {
  uint64_t start = bobbin_nanoseconds();
  for (int i = 0; i < e.segment->instruction_count; i++) {
    const bobbin_instruction &instruction = e.segment->instructions[i];
    instruction.run(instruction.arguments, &tile);
    const uint64_t end = bobbin_nanoseconds();
    nanoseconds[e.passed + i] += end - start;
    start = end;
  }
}

void run_tile(const Execution &e, int index, int leaf, bool accumulates, int worker) {
  const bobbin_program &p = *e.program;
  const int first = index * p.lanes;
  const int images = e.images - first < p.lanes ? e.images - first : p.lanes;
  const bobbin_tile tile = {
      .arena = p.arenas + p.arena_stride * (p.arena_per_tile ? index : worker),
      .leaf = p.leaves + p.leaf_stride * leaf,
      .accumulates = accumulates,
      .scratch = p.scratches + p.scratch_stride * worker,
      .mask = masks + BOBBIN_MAX_LANES - images,
      .lanes = p.lanes,
      .images = images,
      .index = index,
      .first = first,
      .inverse_batch = 1.0f / e.images,
      .rows = e.rows + first,
      .step = e.step,
  };
  if (p.nanoseconds) return run_instructions_timed(e, tile, p.nanoseconds + (size_t)worker * p.instruction_count);
  for (int i = 0; i < e.segment->instruction_count; i++) {
    const bobbin_instruction &instruction = e.segment->instructions[i];
    instruction.run(instruction.arguments, &tile);
  }
}

// An item is a leaf of the gradient tree: a run of consecutive tiles.
void run_leaf(void *context, int leaf, int worker) {
  const Execution &e = *static_cast<const Execution *>(context);
  const int begin = (int)((long)e.tiles * leaf / e.leaves), end = (int)((long)e.tiles * (leaf + 1) / e.leaves);
  for (int tile = begin; tile < end; tile++) run_tile(e, tile, leaf, tile > begin, worker);
}

void run_single(void *context, int tile, int worker) {
  run_tile(*static_cast<const Execution *>(context), tile, 0, false, worker);
}

// (n, mean, M2) of two sets of values to those of their union. Source: Chan, Golub and LeVeque 1979.
void merge_statistics(const bobbin_meeting &m, const Execution &e) {
  for (int channel = 0; channel < m.channels; channel++) {
    double count = 0, mean = 0, squares = 0;
    for (int tile = 0; tile < e.tiles; tile++) {
      const int left = e.images - tile * e.program->lanes;
      const double more = (double)(left < e.program->lanes ? left : e.program->lanes) * m.pixels;
      const double *partial = m.partials + (size_t)tile * 2 * m.channels;
      const double difference = partial[channel] - mean, total = count + more;
      mean += difference * more / total;
      squares += partial[m.channels + channel] + difference * difference * count * more / total;
      count = total;
    }
    m.shared[channel] = (float)mean;
    m.shared[m.channels + channel] = (float)(squares / count);
  }
}

// The running statistics follow those of the batch, the variance unbiased. After the run: what it read of them is what they
// were before it.
void fold_statistics(const bobbin_meeting &m, const Execution &e) {
  const double count = (double)e.images * m.pixels, unbias = count / (count - 1);
  for (int channel = 0; channel < m.channels; channel++) {
    const float variance = (float)(m.shared[m.channels + channel] * unbias);
    m.running_mean[channel] += m.momentum * (m.shared[channel] - m.running_mean[channel]);
    m.running_variance[channel] += m.momentum * (variance - m.running_variance[channel]);
  }
}

void merge_sums(const bobbin_meeting &m, const Execution &e) {
  *m.inverse_count = (float)(1.0 / ((double)e.images * m.pixels));
  for (int i = 0; i < 2 * m.channels; i++) {
    double sum = 0;
    for (int tile = 0; tile < e.tiles; tile++) sum += m.partials[(size_t)tile * 2 * m.channels + i];
    m.shared[i] = (float)sum;
  }
}

void run_update(void *context, int chunk, int) {
  const auto *plan = static_cast<const bobbin_update_plan *>(context);
  for (int task = plan->chunks[chunk]; task < plan->chunks[chunk + 1]; task++) plan->kernels->update(plan, task);
}

}  // namespace

uint64_t bobbin_nanoseconds(void) {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int bobbin_tile_count(int images, int lanes) { return (images + lanes - 1) / lanes; }

int bobbin_leaf_count(int tiles) { return tiles < BOBBIN_MAX_LEAVES ? tiles : BOBBIN_MAX_LEAVES; }

void bobbin_execute(
    bobbin_pool *pool, const bobbin_program *program, bobbin_update_plan *plans, int plan_count,
    const bobbin_step_state *step, const int32_t *rows, int images) {
  const int tiles = bobbin_tile_count(images, program->lanes);
  Execution execution = {program, nullptr, step, rows, images, tiles, bobbin_leaf_count(tiles), 0};
  int updated = 0;
  for (int i = 0; i < program->segment_count; i++) {
    execution.segment = &program->segments[i];
    if (program->has_gradients) bobbin_pool_run(pool, execution.leaves, run_leaf, &execution);
    else bobbin_pool_run(pool, tiles, run_single, &execution);
    for (int k = 0; k < execution.segment->meeting_count; k++) {
      const bobbin_meeting &meeting = execution.segment->meetings[k];
      if (meeting.kind == BOBBIN_MERGE_STATISTICS) merge_statistics(meeting, execution);
      else merge_sums(meeting, execution);
    }
    execution.passed += execution.segment->instruction_count;
    for (; step->updates && updated < plan_count && plans[updated].segments == i + 1; updated++) {
      plans[updated].leaf_count = execution.leaves;
      bobbin_pool_run(pool, plans[updated].chunk_count, run_update, &plans[updated]);
    }
  }
  if (!step->updates) return;
  for (int i = 0; i < program->segment_count; i++) {
    const bobbin_segment &segment = program->segments[i];
    for (int k = 0; k < segment.meeting_count; k++)
      if (segment.meetings[k].kind == BOBBIN_MERGE_STATISTICS) fold_statistics(segment.meetings[k], execution);
  }
}

void bobbin_pack(bobbin_pool *pool, bobbin_update_plan *plan) {
  plan->step = nullptr;
  bobbin_pool_run(pool, plan->chunk_count, run_update, plan);
}
