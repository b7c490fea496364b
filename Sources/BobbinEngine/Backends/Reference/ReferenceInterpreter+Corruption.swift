// Corruption, image by image: what every backend must draw and do.

extension ReferenceInterpreter {
  func corrupt(_ x: [Double], _ step: CorruptionStep, _ shape: Shape) -> [Double] {
    let stream = step.draws.stream(step.stream, seed: seed)
    let choices = step.choices.map { ($0, step.draws.stream($0.stream, seed: seed)) }
    let number = step.draws.step(self.step)
    return rows.enumerated().flatMap { position, row -> [Double] in
      let image = Array(x[position * shape.count..<(position + 1) * shape.count])
      let draws = ImageDraws(
        kind: step.kind, stream: stream, choices: choices, number: number, row: UInt32(bitPattern: row))
      return draws.areMeant ? draws.corrupted(image, shape) : image
    }
  }
}

/// The random numbers of one image in one step of a corruption.
private struct ImageDraws {
  let kind: CorruptionStep.Kind
  let stream: RandomStream
  let choices: [(choice: CorruptionStep.Choice, stream: RandomStream)]
  /// The step that addresses the draws.
  let number: UInt64
  /// The image's place in the data set.
  let row: UInt32

  private func words(block: Int) -> SIMD4<UInt32> { stream.words(block: UInt32(block), image: row, step: number) }

  /// Whether every choice on the way fell on this step.
  var areMeant: Bool {
    choices.allSatisfy { choice, stream in
      let word = stream.words(block: 0, image: row, step: number)[0]
      return RandomStream.integer(below: choice.count, word) == choice.index
    }
  }

  func corrupted(_ image: [Double], _ shape: Shape) -> [Double] {
    switch kind {
    case .gaussian(let mean, let deviation):
      return eachElement(image) { x, element in
        let draw = RandomStream.normals(words(block: element / 4))[element % 4]
        return x + Double(mean) + Double(deviation) * Double(draw)
      }
    case .impulses(let saltBelow, let pepperBelow, let salt, let pepper):
      return eachElement(image) { x, element in
        let draw = Float(words(block: element / 4)[element % 4] >> 8) * 0x1p-24
        return draw < saltBelow ? Double(salt) : draw < pepperBelow ? Double(pepper) : x
      }
    case .occlusion(let box, let value): return filled(image, box, value, shape)
    case .erasing(let random, let value):
      let box = random.box(height: shape.dimensions[1], width: shape.dimensions[2]) { words(block: Int($0)) }
      return box.map { filled(image, $0, value, shape) } ?? image
    case .clamp(let low, let high): return image.map { min(max($0, Double(low)), Double(high)) }
    }
  }

  private func eachElement(_ image: [Double], _ change: (Double, Int) -> Double) -> [Double] {
    image.indices.map { change(image[$0], $0) }
  }

  private func filled(_ image: [Double], _ box: Corruption.Box, _ value: Float, _ shape: Shape) -> [Double] {
    let width = shape.dimensions[2]
    return eachElement(image) { x, element in
      let (row, column) = (element % shape.pixels / width, element % width)
      let isInside =
        (box.top..<box.top + box.height).contains(row) && (box.left..<box.left + box.width).contains(column)
      return isInside ? Double(value) : x
    }
  }
}
