import Bobbin

// R3-5 to R3-7: what stands between the layers, what can be configured, and how the networks are trained.

extension MNISTCleaning {
  static let activation = Item(
    "R3-5", title: "SELU between the layers",
    says:
      "The activation between every layer is SELU with PyTorch's constants, λ = 1.0507009873554804934193349852946 and "
      + "α = 1.6732632423543772848170429916717; only the decoder ends in a sigmoid.",
    readings: [
      "Whether the code itself passes through SELU is not stated: it does not; the other way was trained too.",
      "The first weights are not stated: PyTorch's own; LeCun's normal ones, which SELU was made for, were trained too.",
    ], needs: [copiers[1], seluOnCode, normalWeights]
  ) { shop in
    var chapter = Chapter()
    let (scale, alpha): (Float, Float) = (1.0507009873554804934193349852946, 1.6732632423543772848170429916717)
    chapter.add(
      .claim(
        row: "R3-5", "λ and α are those of the report",
        obtained: "\(Float(Activation.seluScale)) and \(Float(Activation.seluAlpha))",
        holds: Float(Activation.seluScale) == scale && Float(Activation.seluAlpha) == alpha,
        note: "In the single precision that networks compute with."))
    let test = try shop.test(copiers[1])
    func errors(_ work: Work) throws -> [Double] { try shop.each(work) { try $0.session.meanSquaredError(test) } }
    let asRead = try errors(copiers[1])
    let forms = [
      ("as read: none on the code, PyTorch's first weights", asRead), ("SELU on the code", try errors(seluOnCode)),
      ("LeCun's normal first weights", try errors(normalWeights)),
    ]
    chapter.table(
      ["code of 6", "test error"], forms.map { [$0.0, spread($0.1, decimals: 5)] },
      caption: "Mean squared error of \(test.count) test images in the end; pixels from 0 to 1.")
    let widest = forms.dropFirst().map { abs(Sample.mean($0.1) / Sample.mean(asRead) - 1) }.max() ?? .nan
    chapter.add(
      Finding(
        row: "R3-5", "how much the other readings change the test error of the code of 6",
        obtained: "\(fixed(100 * widest, 1)) % at most", .noted))
    return chapter
  }

  static let configuration = Item(
    "R3-6", title: "Networks that are said, not programmed",
    says:
      "The network has \"no static structure\": number, kernels and channels of the convolutions, number and width of the linear "
      + "layers of encoder and decoder apart, the activation and the device are parameters. The convolutions of both must be "
      + "the same.",
    readings: ["Here a recipe says all that, and the decoder's convolutions may differ too."], needs: []
  ) { shop in
    var chapter = Chapter()
    var rows: [[String]] = []
    var built = 0
    for (what, changes) in Self.variants {
      let work = Work.training("variant", "mnist-cleaning/copy-2.yaml", changes: changes, quickEpochs: 1)
      let summary = try summary(of: work, shop)
      if summary.rows.last?.output == .image(28, 28, channels: 1) { built += 1 }
      rows.append([what, changes.map { "--set \($0)" }.joined(separator: " "), Format.count(summary.parameters)])
    }
    chapter.table(
      ["what", "how", "parameters"], rows, caption: "Networks made from copy-2.yaml without a line of code.")
    chapter.add(
      .claim(
        row: "R3-6", "layers, widths, kernels and activations are parameters, of encoder and decoder apart",
        obtained: "\(built) of \(rows.count) other networks give images of 28×28 pixels", holds: built == rows.count))
    let wrong = "model.encoder.4.conv.kernel=40"
    do {
      let work = Work.training("variant", "mnist-cleaning/copy-2.yaml", changes: [wrong], quickEpochs: 1)
      _ = try summary(of: work, shop)
    } catch {
      chapter.say("What cannot be is refused before anything is trained. --set \(wrong): \(error)")
    }
    return chapter
  }

  /// What the report says can be configured, each as a change of a recipe.
  static let variants: [(what: String, changes: [String])] = [
    ("larger kernels", ["model.encoder.0.conv.kernel=5", "model.encoder.0.conv.padding=2"]),
    ("other channels", ["model.encoder.0.conv.channels=16", "model.encoder.4.conv.channels=32"]),
    (
      "two convolutions, two linear layers, tanh",
      [
        "model.encoder=[{conv: {channels: 8, kernel: 3, stride: 2, padding: 1}}, tanh, "
          + "{conv: {channels: 16, kernel: 3, stride: 2, padding: 1}}, tanh, flatten, {linear: 64}, tanh, {linear: 2}]"
      ]
    ),
    (
      "a decoder of its own",
      [
        "model.decoder=[{linear: 256}, relu, {linear: 784}, relu, {unflatten: [16, 7, 7]}, "
          + "{convTranspose: {channels: 8, kernel: 4, stride: 2, padding: 1}}, relu, "
          + "{convTranspose: {channels: 1, kernel: 4, stride: 2, padding: 1}}, sigmoid]"
      ]
    ),
  ]

  static let training = Item(
    "R3-7", title: "Training",
    says: "60 epochs, Adam with a learning rate of 0.001, mean squared error, batches of 512, for every network.",
    needs: copiers + cleaners
  ) { shop in
    var chapter = Chapter()
    let works = copiers + cleaners
    let rows = try works.map { work -> [String] in
      let training = try shop.experiment(work).recipe.training
      let records = try shop.records(work)
      let seconds = records.map(\.seconds).reduce(0, +)
      return [
        work.name, "\(training.epochs)", "\(training.batch)", "\(training.optimizer.learningRate)", "\(records.count)",
        fixed(seconds / Double(max(1, records.count)), 2),
      ]
    }
    chapter.table(
      ["network", "epochs", "batch", "learning rate of Adam", "trained", "seconds per epoch"], rows,
      caption: "As the recipes say it, how many epochs were trained, and how long one took on average, first seed.")
    let charts = try works.map { LossCurves.drawing(try shop.records($0), subtitle: $0.name) }
    chapter.add(
      try shop.figure(
        "R3-7-losses", Panels(rows: [Array(charts[..<2]), Array(charts[2...])]).drawing(),
        caption:
          "Mean squared error by epoch, first seed; dashed: the 10,000 test images, which nothing judges by. Training error is the "
          + "mean over an epoch while it trains."))
    return chapter
  }
}
