import Bobbin

/// What a trained classifier came to on test images, seed by seed.
struct ClassifierResult {
  let name: String
  /// One for each seed.
  let confusions: [ConfusionMatrix]
  /// One list for each seed.
  let records: [[EpochRecord]]
  let trainedParameters: Int

  /// In percent, of the test images, with the weights that the recipe ends with.
  var accuracies: [Double] { confusions.map { 100 * $0.accuracy } }
  /// Wall time of each training.
  var seconds: [Double] { records.map { $0.map(\.seconds).reduce(0, +) } }

  /// How long an epoch takes, seed by seed.
  var secondsPerEpoch: [Double] { zip(seconds, records).map { $0 / Double(max(1, $1.count)) } }

  /// Test accuracy in percent after each epoch: the mean of all seeds, as far as the shortest training goes.
  var accuracyByEpoch: [Double] {
    let count = records.map(\.count).min() ?? 0
    return (0..<count).map { epoch in Sample.mean(records.map { $0[epoch].monitor.accuracyPercent }) }
  }

  /// Seconds from the beginning to the end of each of these epochs: the mean of all seeds.
  var secondsByEpoch: [Double] {
    var total = 0.0
    return accuracyByEpoch.indices.map { epoch in
      total += Sample.mean(records.map { $0[epoch].seconds })
      return total
    }
  }

  /// When test accuracy first is at least so many percent, seed by seed; nil where it is so never with one of them.
  func times(to accuracy: Double) -> [(epochs: Int, seconds: Double)]? {
    let times = records.compactMap { records -> (epochs: Int, seconds: Double)? in
      guard let place = records.firstIndex(where: { $0.monitor.accuracyPercent >= accuracy }) else { return nil }
      return (place + 1, records[...place].map(\.seconds).reduce(0, +))
    }
    return times.count == records.count ? times : nil
  }
}

// MARK: - Beside a network that learns everything from labels

extension ClassifierResult {
  /// Whether the accuracy is at most two points below another's.
  func similarity(to baseline: ClassifierResult, row: String, _ statement: String) -> Finding {
    .claim(
      row: row, statement,
      obtained: "\(spread(accuracies, decimals: 1, unit: " %")) against "
        + spread(baseline.accuracies, decimals: 1, unit: " %"),
      holds: Sample.mean(accuracies) >= Sample.mean(baseline.accuracies) - 2,
      note: "At most two points below the network that learns everything.")
  }

  /// Whether less time of training passes until test accuracy reaches what is half a point below the classifier's own.
  func speed(against baseline: ClassifierResult, row: String, _ statement: String, note: String) -> Finding {
    let level = Sample.mean(accuracies) - 0.5
    let times = [self, baseline].map { $0.times(to: level) }
    let seconds = times.map { $0.map { Sample.mean($0.map(\.seconds)) } ?? .infinity }
    let words = zip(times, seconds).map { times, seconds in
      times.map { "epoch \(Self.words(of: $0.map(\.epochs))) after \(Format.duration(seconds))" } ?? "never"
    }
    return .claim(
      row: row, statement, obtained: "reaches \(fixed(level, 1)) % in \(words[0]), against \(words[1])",
      holds: seconds[0] < seconds[1], note: "Half a point below its final accuracy. " + note)
  }

  /// `20`, or `20 and 26` where seeds differ.
  fileprivate static func words(of epochs: [Int]) -> String {
    Set(epochs).count == 1 ? "\(epochs[0])" : epochs.map(String.init).joined(separator: " and ")
  }

  /// How long an epoch takes.
  func epochTime(against baseline: ClassifierResult, row: String) -> Finding {
    let times = [self, baseline].map { Format.duration(Sample.mean($0.secondsPerEpoch)) }
    return Finding(
      row: row, "time of an epoch, \(name) against \(baseline.name)", obtained: times.joined(separator: " against "),
      .noted)
  }
}

extension Workshop {
  /// - Parameter name: what tables and curves call it.
  func classifier(_ work: Work, named name: String) throws -> ClassifierResult {
    let images = try test(work)
    guard let labels = images.labels else { throw Refusal("\(work.name): its images have no classes") }
    return ClassifierResult(
      name: name, confusions: try each(work) { try $0.session.confusion(of: images, labels: labels) },
      records: try repetitions(of: work).map { try records(work, repetition: $0) },
      trainedParameters: try network(work).summary.trainedParameters)
  }

  /// A classifier of the work's data set that judges what models make, and the share of images held out of which it is right.
  func judge(for work: Work) throws -> FeatureClassifier {
    try experiment(work).featureClassifier(in: folders, on: backend(), callbacks: [interruption])
  }

  /// The confusion of the first seed as a heat map.
  func confusion(
    _ name: String, of result: ClassifierResult, classNames: [String], figure: String, command: String? = nil
  ) throws -> Chapter.Part {
    let matrix = result.confusions[0]
    return try self.figure(
      name, matrix.heatmap(subtitle: figure, classNames: classNames).drawing(),
      caption: "\(result.name): how many test images of each class were taken for which, first seed, accuracy "
        + "\(fixed(100 * matrix.accuracy, 2)) %. Most often confused: "
        + matrix.words(ofMostConfused: 3, classNames: classNames) + ".", command: command)
  }

  /// Test accuracy by epoch, and by seconds of training.
  func learningSpeed(_ name: String, of results: [ClassifierResult]) throws -> Chapter.Part {
    func chart(_ title: String, _ axis: Axis, _ places: (ClassifierResult) -> [Double]) -> Drawing {
      LineChart(
        title: title,
        series: results.map { result in
          .init(result.name, zip(places(result), result.accuracyByEpoch).map { Point($0, $1) }, showsPoints: true)
        }, xAxis: axis, yAxis: Axis("test accuracy in percent")
      ).drawing()
    }
    let byEpoch = chart("Accuracy by epoch", Axis("epoch", isWhole: true)) {
      $0.accuracyByEpoch.indices.map { Double($0 + 1) }
    }
    let bySeconds = chart(
      "Accuracy by time", Axis("seconds of training", scale: .logarithmic), \.secondsByEpoch)
    return try figure(
      name, Panels(rows: [[byEpoch, bySeconds]]).drawing(),
      caption: "Test accuracy after each epoch, the mean of all seeds, as far as the shortest of their trainings goes. "
        + "The test images were watched only: no epoch was chosen by them.")
  }
}

extension Chapter {
  /// What classifiers came to, and what they cost.
  mutating func table(of results: [ClassifierResult], caption: String) {
    table(
      ["", "test accuracy", "trained parameters", "epochs", "time of training"],
      results.map { result in
        [
          result.name, spread(result.accuracies, decimals: 2, unit: " %"), Format.count(result.trainedParameters),
          ClassifierResult.words(of: result.records.map(\.count)), Format.duration(Sample.mean(result.seconds)),
        ]
      }, caption: caption)
  }
}

extension ConfusionMatrix {
  /// Different classes that are taken for each other, in either direction, the most often confused pair first.
  package var confusedPairs: [(classes: (Int, Int), count: Int)] {
    (0..<classCount).flatMap { first in
      (first + 1..<max(first + 1, classCount)).map { second in
        (classes: (first, second), count: self[first, second] + self[second, first])
      }
    }
    .sorted { ($1.count, $0.classes.0, $0.classes.1) < ($0.count, $1.classes.0, $1.classes.1) }
  }

  /// `T-shirt and Shirt (210), …`
  package func words(ofMostConfused count: Int, classNames: [String]) -> String {
    confusedPairs.prefix(count).map { pair in
      let names = [pair.classes.0, pair.classes.1].map { classNames.indices.contains($0) ? classNames[$0] : "\($0)" }
      return "\(names[0]) and \(names[1]) (\(pair.count))"
    }.joined(separator: ", ")
  }
}
