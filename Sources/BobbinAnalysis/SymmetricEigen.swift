import CLAPACKE

/// Eigenvalues of a symmetric matrix, largest first, and its eigenvectors as rows.
struct SymmetricEigen {
  var values: [Double]
  /// [eigenvector][dimension]
  var vectors: [Double]

  /// - Source: LAPACK `dsyevd`, divide and conquer.
  init(_ matrix: [Double], dimension: Int) throws(AnalysisError) {
    var vectors = matrix
    var values = [Double](repeating: 0, count: dimension)
    let size = Int32(dimension)
    // Read by columns, what LAPACK calls columns of eigenvectors are rows.
    guard
      LAPACKE_dsyevd(
        LAPACK_COL_MAJOR, CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "U")), size, &vectors, size, &values) == 0
    else { throw .notConverged(dimension: dimension) }
    self.values = values.reversed()
    self.vectors = (0..<dimension).reversed().flatMap { vectors[$0 * dimension..<($0 + 1) * dimension] }
  }

  /// The product of a function of the matrix: V f(λ) Vᵀ.
  func matrix(_ function: (Double) -> Double) -> [Double] {
    let dimension = values.count
    var result = [Double](repeating: 0, count: dimension * dimension)
    for (k, value) in values.enumerated() {
      let factor = function(value)
      guard factor != 0 else { continue }
      for i in 0..<dimension {
        let scaled = factor * vectors[k * dimension + i]
        for j in 0..<dimension { result[i * dimension + j] += scaled * vectors[k * dimension + j] }
      }
    }
    return result
  }
}
