import BobbinEngine
import BobbinModels
import Foundation
import Testing

@Suite struct InitializationTests {
  /// A convolution `[6, 4, 3, 3]`, batch norm, and a linear layer `[5, 24]` with a bias.
  private func parameters() throws -> [Parameter] {
    let network = Network {
      Conv2D(6, kernel: 3, bias: false)
      BatchNorm()
      Flatten()
      Linear(5)
    }
    var graph = Graph()
    let image = graph.input("image", .image(channels: 4, height: 4, width: 4))
    _ = try network.build(into: &graph, from: image, path: "n", group: "n", phase: .training)
    return graph.parameters
  }

  private func initializers(_ scheme: Initialization) throws -> [Initializer] {
    try parameters().map { scheme.applied(to: $0).initializer }
  }

  @Test func `Every scheme gives weights the spread of its formula and leaves names alone`() throws {
    // Convolution: fan-in 36, fan-out 54. Linear: 24 and 5.
    let expected: [(Initialization, Double, Double, isUniform: Bool)] = [
      (.xavierUniform, (6.0 / 90).squareRoot(), (6.0 / 29).squareRoot(), true),
      (.xavierNormal, (2.0 / 90).squareRoot(), (2.0 / 29).squareRoot(), false),
      (.kaimingUniform, (6.0 / 36).squareRoot(), (6.0 / 24).squareRoot(), true),
      (.kaimingNormal, (2.0 / 36).squareRoot(), (2.0 / 24).squareRoot(), false),
      (.lecunNormal, (1.0 / 36).squareRoot(), (1.0 / 24).squareRoot(), false),
      (.normal(standardDeviation: 0.3), 0.3, 0.3, false),
    ]
    for (scheme, first, second, isUniform) in expected {
      func weight(_ spread: Double) -> Initializer {
        isUniform ? .uniform(bound: Float(spread)) : .normal(mean: 0, standardDeviation: Float(spread))
      }
      #expect(try initializers(scheme) == [weight(first), .ones, .zeros, weight(second), .zeros], "\(scheme)")
    }
    for parameter in try parameters() {
      let changed = Initialization.dcgan.applied(to: parameter)
      #expect(changed.name == parameter.name && changed.shape == parameter.shape && changed.group == parameter.group)
    }
  }

  @Test func `PyTorch's scheme changes nothing`() throws {
    #expect(try initializers(.pytorch) == parameters().map(\.initializer))
  }

  @Test func `DCGAN's scheme draws batch norm's scale too, around 1`() throws {
    let weight = Initializer.normal(mean: 0, standardDeviation: 0.02)
    let scale = Initializer.normal(mean: 1, standardDeviation: 0.02)
    #expect(try initializers(.dcgan) == [weight, scale, .zeros, weight, .zeros])
  }

  @Test func `Normal elements have their mean and deviation, and depend on seed and name only`() {
    func elements(_ name: String, seed: UInt64) -> [Float] {
      let initializer = Initializer.normal(mean: 1, standardDeviation: 0.5)
      return Parameter(name, [100, 41], group: "g", initializer: initializer).initialElements(seed: seed)
    }
    let drawn = elements("a", seed: 7).map { Double($0) }
    let mean = drawn.reduce(0, +) / 4100
    let variance = drawn.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 4100
    // Standard errors: 0.0078 and 0.0055.
    #expect(abs(mean - 1) < 0.03)
    #expect(abs(variance - 0.25) < 0.022)
    #expect(elements("a", seed: 7) == elements("a", seed: 7))
    #expect(elements("a", seed: 7) != elements("b", seed: 7))
    #expect(elements("a", seed: 7) != elements("a", seed: 8))
    let stream = RandomStream(seed: 7, name: "initial/a")
    #expect(elements("a", seed: 7)[5] == 1 + 0.5 * stream.normal(element: 5))
  }
}
