import BobbinEngine
import BobbinFiles
import BobbinModels
import BobbinRecipes
import BobbinTraining

/// What a program needs to build the same model: the resolved recipe, and every layer of its networks with its fields and shapes.
public struct ModelDescription: Encodable, Sendable {
  public let recipe: YAMLNode
  /// `[C, H, W]`
  public let input: [Int]
  public let layers: [Layer]
  /// By their PyTorch names, if they are wanted.
  public var weights: [String: Weights]?

  public struct Layer: Encodable, Sendable {
    /// The layer's name in the `state_dict`: the network's, a dot, a number.
    public let path: String
    /// One key, the kind, over the layer's fields.
    public let layer: BobbinModels.Layer
    public let input: [Int]
    public let output: [Int]
    public let parameters: Int
    public let multiplyAccumulates: Int

    init(_ row: NetworkSummary.Row) {
      (path, layer, input, output) = (row.path, row.layer, row.input.dimensions, row.output.dimensions)
      (parameters, multiplyAccumulates) = (row.parameters, row.multiplyAccumulates)
    }
  }

  /// A tensor, row by row.
  public struct Weights: Encodable, Sendable {
    public let shape: [Int]
    public let values: [Double]

    init(_ tensor: Safetensors.Tensor) {
      shape = tensor.shape
      values =
        switch tensor.elements {
        case .int64(let elements): elements.map(Double.init)
        case .float64(let elements): elements
        // By way of its shortest decimal: 0.1 and not 0.10000000149.
        case .float32(let elements): elements.map { Double($0.description) ?? Double($0) }
        case .int32(let elements): elements.map(Double.init)
        case .uint8(let elements): elements.map(Double.init)
        }
    }
  }

  public init(_ experiment: Experiment, _ summary: NetworkSummary, input: Shape) {
    recipe = experiment.resolved
    self.input = input.dimensions
    layers = summary.rows.map(Layer.init)
  }
}

extension TrainedModel {
  /// The model's tensors under their PyTorch names, and what they are of: recipe, input shape, epoch.
  public func exported(input: Shape) throws(TrainingError) -> Safetensors {
    Safetensors(
      tensors: try session.checkpoint().model,
      metadata: [
        "format": "pt", "bobbin.recipe": experiment.resolved.yaml, "bobbin.input": input.description,
        "bobbin.epoch": "\(epoch)",
      ])
  }

  /// Architecture and weights.
  public func description(input: Shape) throws -> ModelDescription {
    var description = ModelDescription(experiment, try experiment.recipe.model.summary(for: input), input: input)
    description.weights = try session.checkpoint().model.mapValues(ModelDescription.Weights.init)
    return description
  }
}
