import BobbinData
import BobbinFiles
import Foundation
import Testing

struct ShufflingTests {
  @Test func `A shuffle is the one that its definition gives, on every machine and with every compiler`() {
    var generator = SplitMix64(state: 7)
    var order = Array(0..<10)
    BobbinData.shuffle(&order, using: &generator)
    // Computed from the definition in Python.
    #expect(order == [9, 5, 8, 6, 1, 2, 4, 7, 0, 3])
  }

  @Test func `A bounded number is the high half of the product, drawn again where that would favour some`() {
    // 2^64 mod 6 = 4: low halves below 4 are drawn again. 6 · 2^63 has the low half 0; 6 · (2^64 − 1) has −6.
    var generator = Prepared(numbers: [1 << 63, .max, 5])
    #expect(randomInteger(below: 6, using: &generator) == 5)
    #expect(generator.numbers == [5])
    #expect(randomInteger(below: 6, using: &generator) == 0)
    generator.numbers = [0, .max]
    #expect(randomInteger(below: 1, using: &generator) == 0)
    #expect(randomInteger(below: .max, using: &generator) == UInt64.max - 1)
  }

  @Test func `Every order of three comes up as often as any other`() {
    var generator = SplitMix64(state: 1)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<60_000 {
      var order = [0, 1, 2]
      BobbinData.shuffle(&order, using: &generator)
      counts[order, default: 0] += 1
    }
    #expect(counts.count == 6)
    // 10,000 expected of each, with a standard deviation of 91.
    #expect(counts.values.allSatisfy { abs($0 - 10_000) < 5 * 91 }, "\(counts)")
  }
}

struct EpochOrderTests {
  @Test func `An epoch visits each image once, in the order that the generator alone decides`() {
    var (first, second) = (EpochOrder([5, 7, 11, 13, 17]), EpochOrder([5, 7, 11, 13, 17]))
    #expect(first.indices == [5, 7, 11, 13, 17])
    var generator = SplitMix64(state: 3)
    first.reshuffle(using: &generator)
    #expect(first.indices != [5, 7, 11, 13, 17])
    first.reshuffle(using: &generator)
    var again = SplitMix64(state: 99)
    first.reshuffle(using: &again)
    again = SplitMix64(state: 99)
    second.reshuffle(using: &again)
    #expect(first.indices == second.indices)
    #expect(first.indices.sorted() == [5, 7, 11, 13, 17])
  }

  @Test func `Batches cover the epoch and the last one may be short`() {
    let order = EpochOrder(Array(10..<17))
    #expect(order.batchCount(of: 3) == 3)
    #expect((0..<3).map { Array(order.batch($0, of: 3)) } == [[10, 11, 12], [13, 14, 15], [16]])
    #expect(order.batchCount(of: 7) == 1)
    #expect(order.batchCount(of: 8) == 1)
    #expect(EpochOrder([]).batchCount(of: 8) == 0)
  }
}

struct SplitTests {
  private func split(_ count: Int, _ validation: Int, seed: UInt64) throws -> Split {
    var generator = SplitMix64(state: seed)
    return try Split(count: count, validation: validation, seed: seed, using: &generator)
  }

  @Test func `Every image is on one side, and the sides are as large as asked for`() throws {
    let split = try split(60_000, 12_000, seed: 7)
    #expect(split.validation.count == 12_000)
    #expect((split.training + split.validation).sorted() == Array(0..<60_000))
    #expect(split.training == split.training.sorted())
    #expect(split.seed == 7)
  }

  @Test func `A seed means the same images for ever`() throws {
    let small = try split(10, 3, seed: 3)
    #expect(small.validation == [2, 5, 7])
    #expect(small.training == [0, 1, 3, 4, 6, 8, 9])
    let large = try split(60_000, 12_000, seed: 7)
    #expect(large.validation.prefix(6) == [2, 7, 10, 13, 14, 15])
    let checksum = large.validation.enumerated().reduce(0) { ($0 + $1.offset * $1.element) % 1_000_000_007 }
    #expect(checksum == 26_954_654)
    #expect(try split(60_000, 12_000, seed: 8).validation != large.validation)
  }

  @Test(arguments: [(0.2, 2), (0, 0), (0.25, 3), (0.94, 9)])
  func `A fraction is rounded to whole images`(fraction: Double, count: Int) throws {
    #expect(try Split.images(fraction, of: 10) == count)
  }

  @Test(arguments: [-1, 10, 11])
  func `At least one image is left to learn from`(validation: Int) {
    #expect(throws: DataError.split(file: nil, .tooMany(validation: validation, test: 0, count: 10))) {
      try split(10, validation, seed: 1)
    }
  }

  @Test(arguments: [-0.1, 1, 1.5, .infinity])
  func `A fraction that is none is refused`(fraction: Double) {
    #expect(throws: DataError.split(file: nil, .badFraction(fraction))) { try Split.images(fraction, of: 10) }
  }

  @Test func `Not a number is no fraction`() {
    #expect(throws: DataError.self) { try Split.images(.nan, of: 10) }
  }
}

struct ThreeWaySplitTests {
  /// Three classes of 10, 20 and 70 images, mixed.
  private let labels = (0..<100).map { $0 % 10 == 0 ? 0 : $0 % 10 < 3 ? 1 : 2 }

  private func split(
    _ validation: Int, _ test: Int, count: Int = 100, labels: [Int]? = nil
  ) throws -> Split {
    var generator = SplitMix64(state: 5)
    return try Split(
      count: count, validation: validation, test: test, stratifiedBy: labels, seed: 5, using: &generator)
  }

  private func perClass(_ images: [Int]) -> [Int] { (0..<3).map { label in images.count { labels[$0] == label } } }

  @Test func `Test images are cut off beside those for validation, which stay the same`() throws {
    let split = try split(20, 30)
    #expect((split.training.count, split.validation.count, split.test.count) == (50, 20, 30))
    #expect((split.training + split.validation + split.test).sorted() == Array(0..<100))
    #expect(split.test == split.test.sorted())
    #expect(try self.split(20, 0).validation == split.validation)
  }

  @Test func `At least one image is left to learn from, whatever it lacks for`() throws {
    #expect(try split(40, 59).training.count == 1)
    #expect(throws: DataError.split(file: nil, .tooMany(validation: 40, test: 60, count: 100))) { try split(40, 60) }
    #expect(throws: DataError.split(file: nil, .tooMany(validation: 1, test: .max, count: 100))) {
      try split(1, .max)
    }
  }

  @Test func `Stratified, every part has its share of every class`() throws {
    let split = try split(20, 30, labels: labels)
    #expect(perClass(split.validation) == [2, 4, 14])
    #expect(perClass(split.test) == [3, 6, 21])
    #expect(perClass(split.training) == [5, 10, 35])
    #expect(perClass(try self.split(20, 30).validation) != [2, 4, 14], "by chance it would not be so")
  }

  @Test func `Stratified sizes are exact and classes even where shares are no whole numbers`() throws {
    let split = try split(7, 13, labels: labels)
    #expect((split.training.count, split.validation.count, split.test.count) == (80, 7, 13))
    for (label, share) in zip(0..<3, [0.1, 0.2, 0.7]) {
      for (part, size) in [(split.validation, 7), (split.test, 13), (split.training, 80)] {
        #expect(abs(Double(perClass(part)[label]) - share * Double(size)) < 1)
      }
    }
  }

  @Test(arguments: [false, true])
  func `Each image but the test's is held out in exactly one fold`(isStratified: Bool) throws {
    let folds = try (1...7).map { fold in
      var generator = SplitMix64(state: 5)
      return try Split(
        count: 100, fold: fold, of: 7, test: 10, stratifiedBy: isStratified ? labels : nil, seed: 5, using: &generator)
    }
    #expect((folds.flatMap(\.validation) + folds[0].test).sorted() == Array(0..<100))
    #expect(folds.allSatisfy { $0.test == folds[0].test && [12, 13].contains($0.validation.count) })
    #expect(folds.allSatisfy { ($0.training + $0.validation + $0.test).sorted() == Array(0..<100) })
    if isStratified { #expect(folds.allSatisfy { (1...2).contains(perClass($0.validation)[0]) }) }
  }

  @Test func `Folds that cannot be are refused`() {
    var generator = SplitMix64(state: 1)
    for (fold, folds, problem) in [
      (1, 1, .badFolds(1, count: 8)), (1, 9, .badFolds(9, count: 8)), (0, 4, .badFold(0, of: 4)),
      (5, 4, .badFold(5, of: 4)),
    ] as [(Int, Int, SplitProblem)] {
      #expect(throws: DataError.split(file: nil, problem)) {
        try Split(count: 10, fold: fold, of: folds, test: 2, seed: 1, using: &generator)
      }
    }
  }
}

struct SplitFileTests {
  @Test func `Test images are kept in the file, and a file from before there were any has none`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/split.json"
      let split = try Split(count: 5, training: [0, 4], validation: [2], test: [1, 3])
      try split.write(to: path)
      #expect(String(decoding: try contents(of: path), as: UTF8.self).contains(#""test":[1,3]"#))
      #expect(try Split(contentsOf: path) == split)
      try put(Array(#"{"count":5,"training":[0],"validation":[2]}"#.utf8), at: path)
      #expect(try Split(contentsOf: path).test == [])
      try put(Array(#"{"count":5,"training":[0],"validation":[2],"test":[0]}"#.utf8), at: path)
      #expect(throws: DataError.split(file: path, .twice(index: 0))) { try Split(contentsOf: path) }
    }
  }

  @Test func `A file is compact, always the same, and gives the split back`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/split.json"
      let split = try Split(count: 9, training: [8, 0, 2], validation: [7, 1], seed: .max)
      try split.write(to: path)
      let text = #"{"count":9,"seed":18446744073709551615,"training":[8,0,2],"validation":[7,1]}"# + "\n"
      #expect(try contents(of: path) == Array(text.utf8))
      #expect(try Split(contentsOf: path) == split)
      let chosen = try Split(count: 2, training: [1], validation: [])
      try chosen.write(to: path)
      #expect(try Split(contentsOf: path) == chosen)
      #expect(chosen.seed == nil)
    }
  }

  @Test(
    arguments: [
      (#"{"count":3,"training":[0,3],"validation":[1]}"#, .outOfRange(index: 3, count: 3)),
      (#"{"count":3,"training":[0],"validation":[-1]}"#, .outOfRange(index: -1, count: 3)),
      (#"{"count":-1,"training":[0],"validation":[]}"#, .outOfRange(index: 0, count: -1)),
      (#"{"count":3,"training":[0,1],"validation":[1]}"#, .twice(index: 1)),
      (#"{"count":3,"training":[2,0,2],"validation":[1]}"#, .twice(index: 2)),
      (#"{"count":9223372036854775807,"training":[0],"validation":[0]}"#, .twice(index: 0)),
    ] as [(String, SplitProblem)])
  func `A file that contradicts itself is refused with its name and the image`(json: String, problem: SplitProblem)
    throws
  {
    try withTemporaryFolder { folder in
      let path = folder + "/split.json"
      try put(Array(json.utf8), at: path)
      #expect(throws: DataError.split(file: path, problem)) { try Split(contentsOf: path) }
    }
  }

  @Test(arguments: [
    ("", "not valid JSON"), (#"{"count":3,"training":[0,"#, "not valid JSON"), ("[]", "Expected to decode"),
    (#"{"count":3,"validation":[]}"#, "training"), (#"{"count":3,"training":["a"],"validation":[]}"#, "'training →"),
  ])
  func `A file that is no split is refused with its name and the place`(json: String, reason: String) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/split.json"
      try put(Array(json.utf8), at: path)
      let error = #expect(throws: DataError.self) { try Split(contentsOf: path) }
      guard case .split(path, .unreadable(let found)) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(found.contains(reason))
    }
  }

  @Test func `A file that cannot be read or written is named`() throws {
    let path = "/nowhere/split.json"
    #expect(throws: DataError.file(FileError(.read, path, code: ENOENT))) { try Split(contentsOf: path) }
    let split = try Split(count: 2, training: [1], validation: [])
    #expect(throws: DataError.file(FileError(.write, path, code: ENOENT))) { try split.write(to: path) }
  }
}
