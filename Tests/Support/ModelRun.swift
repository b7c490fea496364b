import BobbinEngine
import BobbinModels

/// A model's programs on a backend, with images to run them on.
package final class ModelRun {
  package let executor: any Executor
  private let programs: [Program]
  private let images: UnsafeMutableBufferPointer<UInt8>
  private let epsilon: UnsafeMutableBufferPointer<Float>
  /// Every image's number, so that a batch is a part of this.
  private let order: UnsafeMutableBufferPointer<Int32>
  private var last = (program: 0, images: 0)

  /// - Parameters:
  ///   - images: bytes of `GoldenModel.image`, one image after the other; they are inputs and targets.
  ///   - epsilon: a model's noise where its programs take it as an input.
  ///   - range: what black and white become.
  package init(
    _ programs: [Program], on backend: any Backend, capacity: Int, images: [UInt8], epsilon: [Float] = [],
    range: ClosedRange<Float> = 0...1
  ) throws {
    self.programs = programs
    self.images = .copy(images)
    self.epsilon = .copy(epsilon)
    order = .copy((0..<Int32(images.count / GoldenModel.pixels)).map { $0 })
    executor = try backend.makeExecutor(programs.map { CompilationRequest($0, capacity: capacity) })
    if let pixels = self.images.baseAddress {
      for input in [ProgramName.image, ProgramName.target] {
        let scale = (range.upperBound - range.lowerBound) / 255
        executor.bind(input, to: .bytes(pixels, scale: scale, offset: range.lowerBound))
      }
    }
    if !epsilon.isEmpty, let epsilon = self.epsilon.baseAddress {
      executor.bind(ProgramName.epsilon, to: .floats(epsilon))
    }
  }

  deinit {
    images.deallocate()
    epsilon.deallocate()
    order.deallocate()
  }

  /// Gives every tensor the beginning that training would give it.
  package func initialize(seed: UInt64) throws {
    for parameter in executor.parameters {
      try executor.write(.parameter(parameter.name), parameter.initialElements(seed: seed))
    }
    for layer in executor.statistics {
      try executor.write(.runningVariance(layer.path), [Float](repeating: 1, count: layer.channels))
    }
  }

  /// The number of the program called `name`.
  package func program(_ name: String) throws -> Int {
    guard let index = programs.firstIndex(where: { $0.name == name }) else { throw MissingName(name) }
    return index
  }

  /// Runs a program on the images with these numbers. Allocates nothing itself.
  package func run(_ program: Int, images: Range<Int>, step: StepState = StepState()) throws(BackendError) {
    try executor.run(program, images: UnsafeBufferPointer(rebasing: order[images]), step: step)
    last = (program, images.count)
  }

  /// The last run's metric called `name`, a mean over the batch.
  package func metric(_ name: String) throws -> Double {
    guard let index = programs[last.program].metrics.firstIndex(where: { $0.name == name }) else {
      throw MissingName(name)
    }
    return executor.metric(index) / Double(last.images)
  }

  /// The last run's output called `name`.
  package func output(_ name: String) throws -> [Float] {
    let program = programs[last.program]
    guard let index = program.outputs.firstIndex(where: { $0.name == name }) else { throw MissingName(name) }
    return executor.output(index, count: last.images * program.graph.shape(of: program.outputs[index].value).count)
  }

  package struct MissingName: Error {
    let name: String
    init(_ name: String) { self.name = name }
  }
}
