// The arithmetic of BobbinAnalysis: neighbours, distances and the forces of t-SNE, for three instruction sets.
//
// Every kernel works on one item of a list that depends on the data alone; items write to separate places, and whoever
// calls adds up what they return in the order of the items. So results are the same bits at any number of threads.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Points as distance kernels read them: blocks of `width` points, [block][dimension][width], the last one filled up with
// zeros whose squared length is infinite.
typedef struct {
  const float *values;
  const float *squared_lengths;
  int count;
  int dimension;
} bobbin_packed_points;

// The nearest of `points` to each of `query_count` (at most BOBBIN_QUERIES) queries, nearest first, ties by index.
typedef struct {
  bobbin_packed_points points;
  const float *rows;     // the same points, [count][dimension]
  const float *queries;  // [query][dimension]
  int query_count;
  int first_query;  // the queries are points first_query, ... themselves and are passed over; -1 where they are others
  int neighbors;
  int32_t *indices;          // [query][neighbors]
  float *squared_distances;  // likewise
  uint64_t *scratch;         // bobbin_nearest_scratch(neighbors)
} bobbin_nearest;

#define BOBBIN_QUERIES 32

size_t bobbin_nearest_scratch(int neighbors);

// The symmetric matrix P in rows: the entries of row i are starts[i] ..< starts[i + 1].
typedef struct {
  const int64_t *starts;
  const int32_t *columns;
  const float *values;
} bobbin_affinities;

// One step of gradient descent on points first ..< last.
//
//     gradient = exaggeration * sum_j p_ij q_ij (y_i - y_j)  -  sum_j q_ij^2 (y_i - y_j) / Z
typedef struct {
  bobbin_affinities affinities;
  const float *positions;  // [point][2]
  float *next;             // likewise: the positions after the step
  float *velocities, *gains;
  const float *repulsion;  // [point's place][2]: sum_j q_ij^2 (y_i - y_j)
  const int32_t *places;   // where repulsion holds a point, or NULL for its own number
  float inverse_normalizer;
  float exaggeration, rate, momentum, least_gain, longest_step;
} bobbin_descent;

// From all `count` points: repulsion sum_j q_j^2 (at - y_j) and potential sum_j q_j at places first ..< last.
typedef struct {
  const float *x, *y;  // whole vectors, aligned
  int count;
  const float *at;    // [place][2]
  float *repulsion;   // likewise
  float *potentials;  // [place]
} bobbin_all_pairs;

// The first `nodes` by `nodes` nodes of a periodic mesh of n by n: node (column, row) is at origin + spacing * (column - 1, row - 1).
typedef struct {
  int n;
  int nodes;
  int stride;  // floats from one row of nodes to the next: `nodes` rounded up to BOBBIN_MESH_MULTIPLE
  int half;    // n / 2 + 1 frequencies along y, rounded up likewise
  float origin_x, origin_y, inverse_spacing;
  float *values;                 // [row][stride]
  float *real, *imaginary;       // [column of stride][half]
  const float *response;         // [frequency along x][half]: the transformed kernel
  const float *cosines, *sines;  // of 2 pi k / n
} bobbin_mesh;

#define BOBBIN_MESH_MULTIPLE 32

// Points sorted into square cells, row by row: those of cell c are starts[c] ..< starts[c + 1].
typedef struct {
  const float *x, *y;  // padded to whole vectors
  const int32_t *starts;
  int columns, rows;
  int count;
} bobbin_cells;

// The short part D(r) = x^4 / (1 + r^2), x = (R^2 - r^2) / (1 + R^2), of the kernel 1 / (1 + r^2), between points nearer than R,
// which is `reach` cells; none if reach is 0.
typedef struct {
  float squared_radius;
  int reach;
} bobbin_near;

typedef struct {
  const char *name;
  int width;  // floats per vector
  // Sums over rows of the products of columns first ..< last with all `stride` columns (whole vectors), to [column][stride].
  void (*products)(const float *rows, int64_t count, int stride, int first, int last, double *result);
  void (*pack)(const float *rows, int count, int dimension, float *values, float *squared_lengths);
  void (*nearest)(const bobbin_nearest *);
  // Squared distances from a point to all, filled up to whole vectors.
  void (*distances)(bobbin_packed_points points, const float *query, float *result);

  void (*descend)(const bobbin_descent *, int first, int last);
  // sum_ij p_ij log(1 + |y_i - y_j|^2) over rows first ..< last.
  double (*logarithms)(bobbin_affinities affinities, const float *positions, int first, int last);
  void (*all_pairs)(const bobbin_all_pairs *, int first, int last);

  // Adds the points of cells in rows first ..< last to the nodes around them.
  void (*spread)(const bobbin_mesh *, const bobbin_cells *, int first, int last);
  // Transforms along y: item `item` is columns 2 width * item ..< 2 width * (item + 1). Scratch, here and below: 4 n width floats.
  void (*transform_columns)(const bobbin_mesh *, int item, float *scratch);
  // Transforms along x, multiplies by the response and transforms back: item `item` is `width` frequencies along y.
  void (*convolve_rows)(const bobbin_mesh *, int item, float *scratch);
  // The way back along y, to values that lack a factor of 1 / n^2.
  void (*restore_columns)(const bobbin_mesh *, int item, float *scratch);
  // Transforms along x: the real parts, times scales[frequency along x] * scales[frequency along y], to `response`.
  void (*respond_rows)(const bobbin_mesh *, const float *scales, float *response, int item, float *scratch);
  // Repulsion on the points of a row of cells, mesh and near part, to [point in cell order][2]; returns the sum of their potentials.
  double (*collect)(const bobbin_mesh *, const bobbin_cells *, const bobbin_near *, int row, float *repulsion);
} bobbin_analysis_kernels;

// The kernels for an instruction set ("avx512", "avx2", "baseline"), or NULL if there are none.
const bobbin_analysis_kernels *bobbin_analysis_kernels_named(const char *name);

// Row `row` of n of the kernel without its short part, at the nearest images of all nodes.
void bobbin_sample_kernel(int n, float spacing, bobbin_near near, int row, float *values);

// Sorting into cells: cell numbers and counts of a chunk of points, then their places.
typedef struct {
  const float *positions;  // [point][2]
  float origin_x, origin_y, inverse_side;
  int columns;
} bobbin_cell_geometry;

void bobbin_count_cells(bobbin_cell_geometry geometry, int first, int last, int32_t *cells, int32_t *counts);
// `next` holds, for each cell, where this chunk's first point goes.
void bobbin_sort_into_cells(
    const float *positions, const int32_t *cells, int first, int last, int32_t *next, float *x, float *y, int32_t *places);

#ifdef __cplusplus
}
#endif
