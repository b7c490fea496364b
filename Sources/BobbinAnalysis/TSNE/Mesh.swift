import CAnalysis
import Glibc

/// Nodes of a plan, the transformed kernel, and the convolution of one with the other.
final class Mesh {
  let plan: MeshPlan
  private let values: Memory<Float>
  private let real: Memory<Float>
  private let imaginary: Memory<Float>
  private let response: Memory<Float>
  private let cosines: Memory<Float>
  private let sines: Memory<Float>
  private let scratch: Memory<Float>
  private let scratchLength: Int
  private var structure: bobbin_mesh

  /// Cells of half a radius, or, without pairs, of eight spacings.
  let cellSide: Float
  let near: bobbin_near

  init(_ plan: MeshPlan, on pool: WorkerPool) throws(AnalysisError) {
    self.plan = plan
    let n = plan.length
    let reach: Int32 = plan.radius > 0 ? 2 : 0
    near = bobbin_near(squared_radius: plan.radius * plan.radius, reach: reach)
    cellSide = plan.radius > 0 ? plan.radius / Float(reach) : 8 * plan.spacing

    // Nodes of the whole period are needed only to transform the kernel.
    let multiple = Int(BOBBIN_MESH_MULTIPLE)
    let half = (n / 2 + 1).rounded(up: multiple)
    let full = n.rounded(up: multiple)
    values = try Memory(n * full)
    real = try Memory(full * half)
    imaginary = try Memory(full * half)
    response = try Memory(n * half)
    (cosines, sines) = (try Memory(n), try Memory(n))
    for k in 0..<n {
      cosines.base[k] = Float(cos(2 * Double.pi * Double(k) / Double(n)))
      sines.base[k] = Float(sin(2 * Double.pi * Double(k) / Double(n)))
    }
    scratchLength = 4 * n * pool.width
    scratch = try Memory(scratchLength * pool.threads)
    structure = bobbin_mesh(
      n: Int32(n), nodes: Int32(n), stride: Int32(full), half: Int32(half), origin_x: 0, origin_y: 0,
      inverse_spacing: 1 / plan.spacing, values: values.base, real: real.base, imaginary: imaginary.base,
      response: response.base, cosines: cosines.base, sines: sines.base)
    try transformKernel(on: pool)
    structure.nodes = Int32(n / 2)
    structure.stride = Int32((n / 2).rounded(up: multiple))
    clear()
  }

  /// The transform of the kernel, divided by that of the splines twice: once for spreading, once for collecting.
  private func transformKernel(on pool: WorkerPool) throws(AnalysisError) {
    let (n, half) = (plan.length, Int(structure.half))
    // Of 1/6, 4/6, 1/6; and the 1/n that the way back lacks, along each axis.
    let scales = try Memory<Float>(max(n, half))
    for k in 0..<n {
      let spline = (4 + 2 * cos(2 * Double.pi * Double(k) / Double(n))) / 6
      scales.base[k] = Float(1 / (spline * spline * Double(n)))
    }
    let stride = Int(structure.stride)
    pool.run(n) { row, _ in
      bobbin_sample_kernel(Int32(n), plan.spacing, near, Int32(row), values.base + row * stride)
    }
    transformColumns(on: pool)
    withUnsafePointer(to: &structure) { mesh in
      pool.run(half / pool.width) { item, worker in
        pool.kernels.respond_rows(mesh, scales.base, response.base, Int32(item), scratch(worker))
      }
    }
  }

  private func scratch(_ worker: Int) -> UnsafeMutablePointer<Float> { scratch.base + worker * scratchLength }

  private func transformColumns(on pool: WorkerPool) {
    withUnsafePointer(to: &structure) { mesh in
      pool.run(Int(mesh.pointee.stride) / (2 * pool.width)) { item, worker in
        pool.kernels.transform_columns(mesh, Int32(item), scratch(worker))
      }
    }
  }

  private func clear() {
    let stride = Int(structure.stride)
    values.base.update(repeating: 0, count: stride * (plan.length / 2))
  }

  /// Potentials at the nodes around `cells`, and the forces on all points; returns the sum of their potentials.
  func repel(_ cells: inout bobbin_cells, origin: MapPosition, forces: UnsafeMutablePointer<Float>, on pool: WorkerPool)
    -> Double
  {
    (structure.origin_x, structure.origin_y) = (origin.x, origin.y)
    clear()
    spread(&cells, on: pool)
    transformColumns(on: pool)
    return withUnsafePointer(to: &structure) { mesh in
      // Frequencies beyond the half are padding.
      pool.run((plan.length / 2 + pool.width) / pool.width) { item, worker in
        pool.kernels.convolve_rows(mesh, Int32(item), scratch(worker))
      }
      pool.run(Int(mesh.pointee.stride) / (2 * pool.width)) { item, worker in
        pool.kernels.restore_columns(mesh, Int32(item), scratch(worker))
      }
      return withUnsafePointer(to: &cells) { cells in
        withUnsafePointer(to: near) { near in
          pool.sum(Int(cells.pointee.rows), inRunsOf: 1) { row in
            pool.kernels.collect(mesh, cells, near, Int32(row.lowerBound), forces)
          }
        }
      }
    }
  }

  /// In bands of rows of cells, the even ones first: a band reaches only into the next one, so that no two threads meet, and
  /// every node gets its sum in the same order.
  private func spread(_ cells: inout bobbin_cells, on pool: WorkerPool) {
    let rows = Int(cells.rows)
    let rowsPerBand = max(1, Int((8 * plan.spacing / cellSide).rounded(.up)))
    let bands = (rows + rowsPerBand - 1) / rowsPerBand
    withUnsafePointer(to: &structure) { mesh in
      withUnsafePointer(to: &cells) { cells in
        for parity in 0..<2 {
          pool.run((bands - parity + 1) / 2) { item, _ in
            let first = (2 * item + parity) * rowsPerBand
            pool.kernels.spread(mesh, cells, Int32(first), Int32(min(rows, first + rowsPerBand)))
          }
        }
      }
    }
  }
}
