import BobbinEngine
import BobbinFiles
import Foundation
import Testing

/// Optimisers against PyTorch's update rules, written out by hand from `torch.optim`'s documentation in `Double`.
@Suite struct OptimizerTests {
  private let start = [0.5, -1.25, 2, 0.001]
  private let gradients = [[0.1, -2, 0.03, 1e-6], [-0.3, 1.5, 0.04, 2e-6], [0.2, 0.7, 0, -1e-6]]

  /// Parameters after each of the three gradients.
  private func run(_ optimizer: Optimizer, learningRates: [Double?] = [nil, nil, nil]) -> [[Double]] {
    var parameter = start
    var (first, second) = ([0.0, 0, 0, 0], [0.0, 0, 0, 0])
    return gradients.indices.map { index in
      let update = optimizer.update(step: index + 1, learningRate: learningRates[index])
      update.apply(gradient: gradients[index], to: &parameter, firstMoment: &first, secondMoment: &second)
      return parameter
    }
  }

  /// The scalars of an update are `Float`s: each is within 2⁻²⁴ of its formula, and a movement within a few of these.
  private func expectEqual(
    _ found: [[Double]], _ expected: [[Double]], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for (found, expected) in zip(found, expected) {
      for (a, b) in zip(found, expected) { #expect(abs(a - b) <= 1e-9 + 1e-6 * abs(b), sourceLocation: sourceLocation) }
    }
  }

  /// Runs `rule` for each element on its own: (parameter, gradient, m, v, step) → new ones.
  private func byHand(
    _ rule: (_ p: inout Double, _ g: Double, _ m: inout Double, _ v: inout Double, _ t: Int) -> Void
  ) -> [[Double]] {
    var parameter = start
    var (first, second) = ([0.0, 0, 0, 0], [0.0, 0, 0, 0])
    return gradients.indices.map { index in
      for element in start.indices {
        rule(&parameter[element], gradients[index][element], &first[element], &second[element], index + 1)
      }
      return parameter
    }
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }

  @Test func `Adam corrects its bias and takes L2 into the gradient`() {
    expectEqual(
      run(.adam(learningRate: 0.01, beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.1)),
      byHand { p, g, m, v, t in
        let g = g + 0.1 * p
        m = 0.8 * m + 0.2 * g
        v = 0.95 * v + 0.05 * g * g
        p -= 0.01 * (m / (1 - power(0.8, t))) / ((v / (1 - power(0.95, t))).squareRoot() + 1e-6)
      })
  }

  @Test func `Adam's first step is the learning rate, whatever the gradient`() {
    let first = run(.adam(learningRate: 0.002))[0]
    for (index, expected) in [0.498, -1.248, 1.998].enumerated() { #expect(abs(first[index] - expected) < 1e-7) }
    // 1e-6/(1e-6 + 1e-8) of it where the gradient is near ε
    #expect(abs(first[3] - (0.001 - 0.002 / 1.01)) < 1e-8)
  }

  @Test func `AdamW decays beside the gradient`() {
    expectEqual(
      run(.adamW(learningRate: 0.01, weightDecay: 0.3)),
      byHand { p, g, m, v, t in
        p -= 0.01 * 0.3 * p
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        p -= 0.01 * (m / (1 - power(0.9, t))) / ((v / (1 - power(0.999, t))).squareRoot() + 1e-8)
      })
  }

  @Test func `SGD keeps PyTorch's momentum, which starts as the first gradient`() {
    expectEqual(
      run(.sgd(learningRate: 0.1, momentum: 0.9, weightDecay: 0.01)),
      byHand { p, g, m, _, t in
        let g = g + 0.01 * p
        m = t == 1 ? g : 0.9 * m + g
        p -= 0.1 * m
      })
    expectEqual(run(.sgd(learningRate: 0.1)), byHand { p, g, _, _, _ in p -= 0.1 * g })
  }

  @Test func `RMSprop divides before its momentum`() {
    expectEqual(
      run(.rmsProp(learningRate: 0.01, smoothing: 0.9, epsilon: 1e-6, momentum: 0.5, weightDecay: 0.1)),
      byHand { p, g, m, v, _ in
        let g = g + 0.1 * p
        v = 0.9 * v + 0.1 * g * g
        m = 0.5 * m + g / (v.squareRoot() + 1e-6)
        p -= 0.01 * m
      })
  }

  @Test func `A schedule's learning rate replaces the optimiser's`() {
    let rates = [0.1, 0.05, 0.01]
    expectEqual(
      run(.sgd(learningRate: 7), learningRates: rates), byHand { p, g, _, _, t in p -= rates[t - 1] * g })
    let decayed = Optimizer.adamW(learningRate: 7, weightDecay: 0.5).update(step: 1, learningRate: 0.1)
    #expect(decayed.retained == 0.95)
  }

  @Test func `Late steps need no correction`() {
    let update = Optimizer.adam(learningRate: 0.25).update(step: 1_000_000)
    #expect(update.rate == 0.25)
    #expect(update.rootScale == 1)
  }

  @Test func `Defaults are PyTorch's`() {
    #expect(Optimizer.adam() == .adam(learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0))
    #expect(Optimizer.adamW() == .adamW(learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-2))
    #expect(Optimizer.sgd() == .sgd(learningRate: 1e-3, momentum: 0, weightDecay: 0))
    #expect(
      Optimizer.rmsProp()
        == .rmsProp(learningRate: 1e-2, smoothing: 0.99, epsilon: 1e-8, momentum: 0, weightDecay: 0))
  }
}

/// Twelve steps of PyTorch's optimisers in float32, made by Tests/Fixtures/goldens/make_goldens.py.
@Suite struct OptimizerGoldenTests {
  private static let settings: [(name: String, optimizer: Optimizer)] = [
    ("adam", .adam(learningRate: 2e-3, weightDecay: 1e-2)),
    ("adam_beta_half", .adam(learningRate: 2e-3, beta1: 0.5)),
    ("adamw", .adamW(learningRate: 2e-3, weightDecay: 1e-2)),
    ("sgd", .sgd(learningRate: 1e-2, momentum: 0.9, weightDecay: 1e-2)),
    ("rmsprop", .rmsProp(learningRate: 1e-3, weightDecay: 1e-2)),
  ]

  @Test(arguments: settings)
  func `Every step is PyTorch's`(_ name: String, _ optimizer: Optimizer) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let goldens = try Safetensors(contentsOf: folder.appending(path: "Fixtures/goldens/optimizers.safetensors").path)
    let states = try rows(goldens, "\(name)/parameters")
    var parameter = try #require(states.first)
    var first = [Double](repeating: 0, count: parameter.count)
    var second = first
    for (index, gradient) in try rows(goldens, "gradients").enumerated() {
      optimizer.update(step: index + 1)
        .apply(gradient: gradient, to: &parameter, firstMoment: &first, secondMoment: &second)
      // PyTorch rounds a parameter of size up to 4 to float32 in each step, and the step itself a few times.
      let worst = zip(parameter, states[index + 1]).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst <= Double(index + 1) * 0x1p-22, "step \(index + 1)")
    }
    let moved = zip(parameter, states[0]).map { abs($0 - $1) }.max() ?? 0
    #expect(moved > 5e-3)
  }

  private func rows(_ file: Safetensors, _ name: String) throws -> [[Double]] {
    let tensor = try #require(file.tensors[name])
    guard case .float32(let elements) = tensor.elements else { return [] }
    return stride(from: 0, to: elements.count, by: tensor.shape[1]).map { start in
      elements[start..<start + tensor.shape[1]].map { Double($0) }
    }
  }
}
