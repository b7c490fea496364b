/// Where programs run. Backends depend on the engine, never the reverse.
public protocol Backend: Sendable {
  /// As `--device` names it: `cpu`.
  var name: String { get }

  /// Compiles programs that share one set of parameters, and allocates everything that running them needs.
  ///
  /// Parameters and running statistics start at zero; see `Executor.write`.
  func makeExecutor(_ programs: [CompilationRequest]) throws(BackendError) -> any Executor
}

/// A program and the largest batch that it will be run on.
public struct CompilationRequest: Sendable {
  public let program: Program
  public let capacity: Int

  public init(_ program: Program, capacity: Int) {
    self.program = program
    self.capacity = capacity
  }
}

/// Compiled programs with their parameters, optimiser state and buffers. One thread at a time calls it.
public protocol Executor: AnyObject {
  /// Every parameter of the programs, once.
  var parameters: [Parameter] { get }
  /// Every layer with running statistics.
  var statistics: [RunningStatistics] { get }

  /// Says where `input` comes from in the following runs. The memory must outlive them.
  func bind(_ input: String, to source: InputSource)

  /// Runs program number `program` on the images with these indices and, in training, updates its parameters.
  ///
  /// Allocates nothing. `images[i]` addresses the bound inputs, and the draws of corruptions; other random numbers are keyed by
  /// `i`, the position in the batch.
  func run(_ program: Int, images: UnsafeBufferPointer<Int32>, step: StepState) throws(BackendError)

  /// The sum over the last run's images of metric number `metric` of its program.
  func metric(_ metric: Int) -> Double

  /// Output number `output` of the last run, `[image][C, H, W]`.
  func copyOutput(_ output: Int, into destination: UnsafeMutableBufferPointer<Float>)

  /// Begins to time every operation of program number `program`, or ends it; nothing else changes.
  func setProfiling(_ program: Int, _ isOn: Bool) throws(BackendError)

  /// What the runs since `setProfiling` took, operation by operation, in the order of execution, the update last.
  func profile(_ program: Int) -> [OperationProfile]

  /// Floating-point operations per second that one thread can reach at most, measured now; `nil` where nobody knows.
  func measurePeak() -> Double?

  /// The elements of a tensor in PyTorch's order.
  func read(_ tensor: StoredTensor) throws(BackendError) -> [Float]
  func write(_ tensor: StoredTensor, _ elements: [Float]) throws(BackendError)
}

extension Executor {
  /// A backend that does not profile has nothing to say.
  public func setProfiling(_ program: Int, _ isOn: Bool) throws(BackendError) {}
  public func profile(_ program: Int) -> [OperationProfile] { [] }
  public func measurePeak() -> Double? { nil }
}

/// A tensor that lives from step to step.
public enum StoredTensor: Hashable, Sendable, CustomStringConvertible {
  case parameter(String)
  /// As the last training run left it.
  case gradient(String)
  /// The optimiser's running mean or momentum.
  case firstMoment(String)
  /// The optimiser's running square.
  case secondMoment(String)
  case runningMean(String)
  case runningVariance(String)

  public var description: String {
    switch self {
    case .parameter(let name): name
    case .gradient(let name): "gradient of \(name)"
    case .firstMoment(let name): "first moment of \(name)"
    case .secondMoment(let name): "second moment of \(name)"
    case .runningMean(let path): "\(path).running_mean"
    case .runningVariance(let path): "\(path).running_var"
    }
  }
}

/// Memory that an input is gathered from: one row of `C·H·W` elements per image.
///
/// The memory is the caller's, who writes nothing there while a run reads it.
public enum InputSource {
  /// The value of a pixel is `byte·scale + offset`.
  case bytes(UnsafePointer<UInt8>, scale: Float, offset: Float)
  case floats(UnsafePointer<Float>)
}

/// The numbers that change from step to step.
public struct StepState: Hashable, Sendable {
  public var seed: UInt64
  /// Addresses the random numbers; the same step draws the same numbers.
  public var step: UInt64
  /// `nil`: compute gradients but change nothing, running statistics included.
  public var update: OptimizerUpdate?
  /// What `annealedScale` multiplies with.
  public var annealing: Float

  public init(seed: UInt64 = 0, step: UInt64 = 0, update: OptimizerUpdate? = nil, annealing: Float = 1) {
    self.seed = seed
    self.step = step
    self.update = update
    self.annealing = annealing
  }
}

/// A backend could not do what was asked.
public enum BackendError: Error, Hashable, Sendable, CustomStringConvertible {
  case unknownDevice(String, available: [String])
  case unknownTensor(String)
  case wrongSize(tensor: String, expected: Int, found: Int)
  case inputNotBound(String)
  case batchTooLarge(Int, capacity: Int)
  case batchNormNeedsMoreThanOneValue(layer: String)
  case outOfMemory(bytes: Int)
  case notPerImage(String)

  public var description: String {
    switch self {
    case .unknownDevice(let name, let available):
      "no device \"\(name)\" here; this build has \(available.joined(separator: ", "))"
    case .unknownTensor(let name): "no tensor \"\(name)\" in the compiled programs"
    case .wrongSize(let tensor, let expected, let found):
      "\(tensor) has \(expected) elements, but \(found) were given"
    case .inputNotBound(let name): "input \"\(name)\" was not bound to data before the run"
    case .batchTooLarge(let size, let capacity):
      "a batch of \(size) images exceeds the compiled capacity of \(capacity)"
    case .batchNormNeedsMoreThanOneValue(let layer):
      "\(layer): batch normalisation in training needs more than one value per channel, but this batch holds one image; "
        + "choose a batch size that leaves at least 2 images for the last batch of an epoch"
    case .outOfMemory(let bytes): "cannot allocate \(bytes) bytes for the compiled programs"
    case .notPerImage(let name):
      "a run gives one number per image for a metric and one value per image for an output, which \"\(name)\" is not"
    }
  }
}

extension Program {
  /// Refuses what no run can give: a metric that is not a number, an output without an image axis, such as a parameter.
  package func checkRoots() throws(BackendError) {
    for root in metrics + outputs where graph[root.value].isShared { throw .notPerImage(root.name) }
    for metric in metrics where graph.shape(of: metric.value) != .scalar { throw .notPerImage(metric.name) }
  }
}
