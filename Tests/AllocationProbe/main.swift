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

for model in GoldenModel.allCases {
  let images = RandomElements(seed: 1, name: "images").uniform(batch * GoldenModel.pixels, in: 0...255)
  let run = try ModelRun(
    model.programs(), on: CPUBackend(threads: cores), capacity: batch, images: images.map { UInt8($0) })
  try run.initialize(seed: 7)
  let train = try run.program(ProgramRole.train.rawValue)
  let optimizer = Optimizer.adam(learningRate: 2e-3)
  var loss = 0.0
  for step in 1...warmUp + steps {
    if step == warmUp + 1 { allocation_counter_start() }
    let state = StepState(seed: 7, step: UInt64(step), update: optimizer.update(step: step))
    try run.run(train, images: 0..<batch, step: state)
    loss += run.executor.metric(0)
    if allocates { _ = allocation_counter_allocate() }
  }
  let allocations = allocation_counter_stop()
  guard loss.isFinite else { fatalError("\(model) diverged: its steps are no measure") }
  print(model.rawValue, "allocations", allocations)
}
