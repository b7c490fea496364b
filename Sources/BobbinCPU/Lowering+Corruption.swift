import BobbinEngine
import CKernels

extension Lowering {
  mutating func corruption(_ index: Int, _ node: Graph.Node, _ step: CorruptionStep) throws(BackendError) {
    var choices: [bobbin_choice] = []
    for choice in step.choices {
      choices.append(
        bobbin_choice(
          key: try key(choice.stream, step.draws), count: UInt32(choice.count), index: UInt32(choice.index)))
    }
    var arguments = bobbin_corruption()
    arguments.input = offset(node.inputs[0])
    arguments.output = offset(index)
    arguments.key = try key(step.stream, step.draws)
    arguments.draws_are_fixed = step.draws != .fresh
    arguments.choices = UnsafePointer(try keeper.keep(choices))
    arguments.choice_count = Int32(choices.count)
    arguments.channels = Int32(node.shape.channels)
    arguments.height = Int32(node.shape.height)
    arguments.width = Int32(node.shape.width)
    arguments.set(step.kind)
    emit(kernels.corruption, arguments, implementation: "corruption")
  }

  /// The key of a stream: that of the run's seed, or one that never changes.
  private func key(_ stream: String, _ draws: CorruptionDraws) throws(BackendError) -> UnsafePointer<UInt32>? {
    guard case .fixed(let seed) = draws else { return slots.key(stream) }
    let key = RandomStream(seed: seed, name: stream).key
    return UnsafePointer(try keeper.keep([key[0], key[1]]))
  }
}

extension bobbin_corruption {
  fileprivate mutating func set(_ step: CorruptionStep.Kind) {
    switch step {
    case .gaussian(let mean, let deviation):
      kind = BOBBIN_GAUSSIAN
      (self.mean, self.deviation) = (mean, deviation)
    case .impulses(let saltBelow, let pepperBelow, let salt, let pepper):
      kind = BOBBIN_IMPULSES
      (salt_below, pepper_below, self.salt, self.pepper) = (saltBelow, pepperBelow, salt, pepper)
    case .occlusion(let box, let value):
      kind = BOBBIN_OCCLUSION
      (top, bottom) = (Int32(box.top), Int32(box.top + box.height))
      (left, right) = (Int32(box.left), Int32(box.left + box.width))
      self.value = value
    case .erasing(let random, let value):
      kind = BOBBIN_ERASING
      probability = random.probability
      (area_low, area_span) = (random.areaLow, random.areaSpan)
      (log_aspect_low, log_aspect_span) = (random.logAspectLow, random.logAspectSpan)
      tries = Int32(RandomBox.tries)
      self.value = value
    case .clamp(let low, let high):
      kind = BOBBIN_CLAMP
      (self.low, self.high) = (low, high)
    }
  }
}
