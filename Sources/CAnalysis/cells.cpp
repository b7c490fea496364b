// Sorting points into cells, and the kernel that a mesh convolves with: the same code for every instruction set.
#include "CAnalysis.h"

static int cell_along(float position, float origin, float inverse_side, int columns) {
  const int cell = (int)((position - origin) * inverse_side);
  return cell < 0 ? 0 : cell >= columns ? columns - 1 : cell;
}

void bobbin_count_cells(bobbin_cell_geometry geometry, int first, int last, int32_t *cells, int32_t *counts) {
  for (int i = first; i < last; i++) {
    const float *at = geometry.positions + 2 * (size_t)i;
    const int column = cell_along(at[0], geometry.origin_x, geometry.inverse_side, geometry.columns);
    const int row = cell_along(at[1], geometry.origin_y, geometry.inverse_side, geometry.columns);
    cells[i] = row * geometry.columns + column;
    counts[cells[i]]++;
  }
}

void bobbin_sort_into_cells(
    const float *positions, const int32_t *cells, int first, int last, int32_t *next, float *x, float *y, int32_t *places) {
  for (int i = first; i < last; i++) {
    const int32_t place = next[cells[i]]++;
    x[place] = positions[2 * (size_t)i];
    y[place] = positions[2 * (size_t)i + 1];
    places[i] = place;
  }
}

void bobbin_sample_kernel(int n, float spacing, bobbin_near near, int row, float *values) {
  const double squared_radius = near.reach > 0 ? near.squared_radius : 0;
  const double dy = (double)spacing * (row <= n / 2 ? row : n - row);
  for (int column = 0; column < n; column++) {
    const double dx = (double)spacing * (column <= n / 2 ? column : n - column);
    const double squared = dx * dx + dy * dy;
    const double depth = squared < squared_radius ? (squared_radius - squared) / (1 + squared_radius) : 0;
    values[column] = (float)((1 - depth * depth * depth * depth) / (1 + squared));
  }
}
