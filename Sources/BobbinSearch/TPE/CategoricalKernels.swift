import Glibc

/// The kernels of one categorical parameter: for each observation probabilities that favour its choice, and even ones at the end.
package struct CategoricalKernels {
  /// By kernel and choice.
  package let probabilities: [[Double]]
  /// By choice and kernel.
  private let logProbabilities: [[Double]]

  init(choices: Int, observations: [Double]) {
    let even = [Double](repeating: 1 / Double(choices), count: choices)
    let prior = 1 / Double(observations.count + 1)
    let total = Double(choices) * prior + 1
    let rows =
      observations.map { observation in
        var row = [Double](repeating: prior / total, count: choices)
        if let index = Int(exactly: observation), row.indices.contains(index) { row[index] = (prior + 1) / total }
        return row
      } + [even]
    probabilities = rows
    logProbabilities = (0..<choices).map { choice in rows.map { log($0[choice]) } }
  }

  func addLogDensities(of value: Double, to sums: inout [Double]) {
    let densities = logProbabilities[Int(value)]
    for kernel in sums.indices { sums[kernel] += densities[kernel] }
  }

  func draw(from kernel: Int, using random: inout SearchRandom) -> Double {
    Double(index(at: random.uniform(), of: probabilities[kernel]))
  }
}

/// The first index at which the sum of the shares reaches u.
func index(at u: Double, of shares: [Double]) -> Int {
  var sum = 0.0
  for (index, share) in shares.enumerated() {
    sum += share
    if u <= sum { return index }
  }
  return shares.count - 1
}
