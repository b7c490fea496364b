import AllocationCounter
import BobbinCPU
import BobbinEngine
import BobbinModels
import BobbinTestSupport
import Glibc

// Prints, for each model, how often 100 steps of training on every core ask the heap for memory. With `--allocate`, each
// step asks on purpose.

let allocates = CommandLine.arguments.contains("--allocate")
let cores = max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
let (warmUp, steps, batch) = (3, 100, 128)

/// The network with batch norm, its images corrupted in every way and its gradients clipped.
func denoisingPrograms() throws -> [Program] {
  let corruption = Corruption.sequence([
    .gaussian(deviation: 0.3), .oneOf([.saltAndPepper(amount: 0.1), .randomErasing(.init())]),
    .occlusion(.init(top: 1, left: 2, height: 3, width: 4)), .clamp(low: 0, high: 1),
  ])
  let steps = try corruption.steps(for: GoldenModel.image, black: 0, white: 1, draws: .fresh)
  let inputs = CorruptedInputs(clean: [ProgramName.target], corrupted: [ProgramName.image])
  return try GoldenModel.normalized.programs().map {
    try $0.corrupting(inputs, from: ProgramName.image, by: steps)
  }
}

for name in GoldenModel.allCases.map(\.rawValue) + ["denoising"] {
  let images = RandomElements(seed: 1, name: "images").uniform(batch * GoldenModel.pixels, in: 0...255)
  let programs = try GoldenModel(rawValue: name)?.programs() ?? denoisingPrograms()
  let clipping: GradientClipping? = GoldenModel(rawValue: name) == nil ? .norm(0.1) : nil
  let run = try ModelRun(
    programs, on: CPUBackend(threads: cores), capacity: batch, images: images.map { UInt8($0) })
  try run.initialize(seed: 7)
  let train = try run.program(ProgramRole.train.rawValue)
  let optimizer = Optimizer.adam(learningRate: 2e-3)
  var loss = 0.0
  for step in 1...warmUp + steps {
    if step == warmUp + 1 { allocation_counter_start() }
    let state = StepState(seed: 7, step: UInt64(step), update: optimizer.update(step: step, clipping: clipping))
    try run.run(train, images: 0..<batch, step: state)
    loss += run.executor.metric(0)
    if allocates { _ = allocation_counter_allocate() }
  }
  let allocations = allocation_counter_stop()
  guard loss.isFinite else { fatalError("\(name) diverged: its steps are no measure") }
  print(name, "allocations", allocations)
}
