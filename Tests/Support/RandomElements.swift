import BobbinEngine

/// Test data that is the same on every machine.
package struct RandomElements {
  private let stream: RandomStream

  package init(seed: UInt64, name: String) { stream = RandomStream(seed: seed, name: "test/\(name)") }

  package func normal(_ count: Int, mean: Float = 0) -> [Float] {
    (0..<count).map { stream.normal(element: $0) + mean }
  }

  package func uniform(_ count: Int, in range: ClosedRange<Float>) -> [Float] {
    (0..<count).map { range.lowerBound + stream.uniform(element: $0) * (range.upperBound - range.lowerBound) }
  }
}
