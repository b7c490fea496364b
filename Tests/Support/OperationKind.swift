import BobbinEngine

/// Every operation, without its payload. A new operation does not compile before it stands here, and a test fails until
/// something checks it.
package enum OperationKind: String, CaseIterable {
  case input, parameter, normalNoise, constant, batchMeanSeed
  case conv2d, convTranspose2d, convolutionWeightGradient
  case linear, linearInputGradient, linearWeightGradient
  case addBias, biasGradient
  case batchStatistics, runningStatistics, normalize, normalizeSums, normalizeInputGradient
  case normalizeFrozenInputGradient, sharedRow
  case activation, activationGradient, add, multiply, scale, stopGradient
  case reshape, slice, place
  case reparameterize, reparameterizeGradient
  case elementLoss, elementLossGradient, gaussianKL, gaussianKLMeanGradient, gaussianKLLogVarianceGradient

  package init(_ operation: BobbinEngine.Operation) {
    self =
      switch operation {
      case .input: .input
      case .parameter: .parameter
      case .normalNoise: .normalNoise
      case .constant: .constant
      case .batchMeanSeed: .batchMeanSeed
      case .conv2d: .conv2d
      case .convTranspose2d: .convTranspose2d
      case .convolutionWeightGradient: .convolutionWeightGradient
      case .linear: .linear
      case .linearInputGradient: .linearInputGradient
      case .linearWeightGradient: .linearWeightGradient
      case .addBias: .addBias
      case .biasGradient: .biasGradient
      case .batchStatistics: .batchStatistics
      case .runningStatistics: .runningStatistics
      case .normalize: .normalize
      case .normalizeSums: .normalizeSums
      case .normalizeInputGradient: .normalizeInputGradient
      case .normalizeFrozenInputGradient: .normalizeFrozenInputGradient
      case .sharedRow: .sharedRow
      case .activation: .activation
      case .activationGradient: .activationGradient
      case .add: .add
      case .multiply: .multiply
      case .scale: .scale
      case .stopGradient: .stopGradient
      case .reshape: .reshape
      case .slice: .slice
      case .place: .place
      case .reparameterize: .reparameterize
      case .reparameterizeGradient: .reparameterizeGradient
      case .elementLoss: .elementLoss
      case .elementLossGradient: .elementLossGradient
      case .gaussianKL: .gaussianKL
      case .gaussianKLMeanGradient: .gaussianKLMeanGradient
      case .gaussianKLLogVarianceGradient: .gaussianKLLogVarianceGradient
      }
  }
}

/// Every activation, without its payload.
package enum ActivationKind: String, CaseIterable {
  case relu, leakyReLU, selu, sigmoid, tanh

  package init(_ activation: Activation) {
    self =
      switch activation {
      case .relu: .relu
      case .leakyReLU: .leakyReLU
      case .selu: .selu
      case .sigmoid: .sigmoid
      case .tanh: .tanh
      }
  }

  package var example: Activation {
    switch self {
    case .relu: .relu
    case .leakyReLU: .leakyReLU(slope: 0.2)
    case .selu: .selu
    case .sigmoid: .sigmoid
    case .tanh: .tanh
    }
  }
}
