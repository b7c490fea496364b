import Glibc

/// The Gaussian weights of neighbours whose entropy is the logarithm of a perplexity.
///
///     p(j|i) = exp(−β d²ᵢⱼ) / Σ exp(−β d²ᵢₖ),  −Σ p log p = log(perplexity)
///
/// - Source: van der Maaten and Hinton, "Visualizing data using t-SNE", JMLR 9 (2008), section 2; β by Newton's
///   method within a bracket, on its logarithm.
package enum Perplexity {
  /// Weights of `neighbors`, each code's summing to 1. Where copies of a code are so many that no β gives the perplexity,
  /// they share all weight.
  package static func weights(_ neighbors: Neighbors, perplexity: Double, on pool: WorkerPool)
    throws(AnalysisError) -> [Float]
  {
    let count = neighbors.count
    let result = try Memory<Float>(neighbors.indices.count)
    neighbors.squaredDistances.withUnsafeBufferPointer { distances in
      pool.run(neighbors.indices.count / count, inRunsOf: 64) { rows, _ in
        for row in rows {
          let range = row * count..<(row + 1) * count
          weigh(UnsafeBufferPointer(rebasing: distances[range]), perplexity, result.base + range.lowerBound)
        }
      }
    }
    return result.elements
  }

  /// The entropy of exp(−β(d² − s)), s the least of the ascending squared distances, and what Newton's method needs.
  private struct Entropy {
    var value: Double
    var sum: Double
    /// The variance of d² under the weights: dH/dβ = −β · variance.
    var variance: Double

    init(_ distances: UnsafeBufferPointer<Float>, beta: Double, weights: UnsafeMutablePointer<Float>) {
      var (sum, first, second) = (0.0, 0.0, 0.0)
      for (j, distance) in distances.enumerated() {
        let excess = Double(distance) - Double(distances[0])
        let weight = exp(-beta * excess)
        weights[j] = Float(weight)
        sum += weight
        first += weight * excess
        second += weight * excess * excess
      }
      let mean = first / sum
      value = log(sum) + beta * mean
      variance = second / sum - mean * mean
      self.sum = sum
    }
  }

  private static func weigh(
    _ distances: UnsafeBufferPointer<Float>, _ perplexity: Double, _ weights: UnsafeMutablePointer<Float>
  ) {
    let target = log(perplexity)
    let mean = distances.reduce(0.0) { $0 + Double($1) - Double(distances[0]) } / Double(distances.count)
    guard mean > 0 else {
      for j in distances.indices { weights[j] = 1 / Float(distances.count) }
      return
    }
    // In units of the mean distance; beyond the bracket's ends the weights are those of copies only, or of all.
    var (low, high) = (log(1e-12 / mean), log(1e12 / mean))
    var theta = -log(mean)
    var entropy = Entropy(distances, beta: exp(theta), weights: weights)
    for _ in 0..<64 where abs(entropy.value - target) > 1e-6 {
      if entropy.value > target { low = theta } else { high = theta }
      let beta = exp(theta)
      let next = theta + (entropy.value - target) / (beta * beta * entropy.variance)
      theta = next > low && next < high ? next : (low + high) / 2
      entropy = Entropy(distances, beta: exp(theta), weights: weights)
    }
    for j in distances.indices { weights[j] = Float(Double(weights[j]) / entropy.sum) }
  }
}
