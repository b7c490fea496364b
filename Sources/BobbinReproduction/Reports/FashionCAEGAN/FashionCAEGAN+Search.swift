import Bobbin

extension FashionCAEGAN {
  static let searching = Item(
    "R1-4", title: "The search for the autoencoder",
    says:
      "Optuna's random search, 50 trials: n from 4 to 10, d from 10 to 60, Adam or SGD with momentum, a learning rate from 5e-5 to "
      + "5e-2 and an L2 regularisation from 1e-6 to 1e-4, both log-uniform; a median pruner with 3 trials to start and 2 epochs to "
      + "warm up. Table 1 has the best.",
    readings: [
      "Batch and epochs of a trial are not stated: 256 and 10.", "The momentum is not stated: 0.9.",
      "The pruner looks at every epoch.",
    ],
    needs: [search, cae, winner], seconds: 1
  ) { shop in
    var chapter = Chapter()
    try shop.add(
      search, to: &chapter, row: "R1-4",
      reported: [
        .init("optimizer", "optimizer", reported: "Adam"), .init("lr", "learning rate", reported: "0.004295"),
        .init("rg", "L2 regularisation", reported: "3.96e-06"), .init("d", "d", reported: "27"),
        .init("n", "n", reported: "9"),
      ], table: "table 1 of the report")
    let epochs = PrunedEpochs(try shop.results(of: search))
    chapter.table(
      ["epoch", "complete trials", "median of their losses", "pruned there"], epochs.rows,
      caption:
        "What the pruner compares a trial with after each epoch, once all trials were done: a trial whose best loss so far is "
        + "above the median of the trials before it ends.")
    try shop.addTestErrors(
      of: winner, beside: cae, to: &chapter, row: "R1-4",
      caption: "both trained until the validation loss did not fall for four epochs")
    return chapter
  }
}

/// What a median pruner saw of trials, epoch by epoch.
package struct PrunedEpochs {
  package struct Epoch: Hashable {
    /// From 1.
    package let number: Int
    /// The values that complete trials reported after it.
    package let values: [Double]
    /// How many trials ended there.
    package let pruned: Int

    /// Of the two in the middle the mean; not a number of none.
    package var median: Double {
      let sorted = values.sorted()
      guard !sorted.isEmpty else { return .nan }
      return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
  }

  package let epochs: [Epoch]

  package init(_ report: SearchReport) {
    let last = report.trials.compactMap(\.lastStep).max() ?? -1
    epochs = (0..<(last + 1)).map { step in
      Epoch(
        number: step + 1, values: report.complete.compactMap { $0.intermediateValues[step] },
        pruned: report.trials.count { $0.state == .pruned && $0.lastStep == step })
    }
  }

  package var rows: [[String]] {
    epochs.map { ["\($0.number)", "\($0.values.count)", formatted($0.median, "%.5f"), "\($0.pruned)"] }
  }
}
