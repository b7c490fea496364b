import BobbinAnalysis
import BobbinData
import BobbinFigures
import BobbinTraining
import Glibc

extension ConfusionMatrix {
  /// Counts in the cells, shades by the share of each true class.
  ///
  /// - Parameter classNames: further classes are called by their numbers.
  public func heatmap(title: String = "Confusion of classes", subtitle: String = "", classNames: [String]) -> Heatmap {
    let names = (0..<classCount).map { classNames.indices.contains($0) ? classNames[$0] : "\($0)" }
    let counts = (0..<classCount).map { truth in (0..<classCount).map { self[truth, $0] } }
    return .confusion(title: title, subtitle: subtitle, counts: counts, classNames: names)
  }
}

extension PosteriorMeasures {
  /// A bar for each dimension, the largest first.
  public func chart(title: String = "Divergence from the prior by dimension", subtitle: String = "") -> BarChart {
    let order = divergences.indices.sorted { (divergences[$1], $0) < (divergences[$0], $1) }
    return BarChart(
      title: title, subtitle: subtitle,
      bars: order.map { axis in
        .init("dimension \(axis)", divergences[axis], text: formatted(divergences[axis], "%.2f nats"))
      })
  }
}

/// Images above what became of them.
public enum ReconstructionSheet {
  /// The rows of a sheet: images, what the model saw if that was corrupted, and what it made of them.
  ///
  /// - Throws: `TrainingError.noProgram` where the model gives no images back.
  public static func rows(
    of images: ImageSubset, under session: borrowing Session, _ scaling: PixelScaling
  ) throws -> (labels: [String], rows: [[Bitmap]]) {
    let originals = try images.bitmaps()
    guard session.offers(.denoise) else {
      return (["original", "reconstruction"], [originals, try session.reconstruct(images).bitmaps(scaling)])
    }
    let denoised = try session.denoise(images)
    return (
      ["original", "corrupted", "denoised"],
      [originals, try denoised.corrupted.bitmaps(scaling), try denoised.denoised.bitmaps(scaling)]
    )
  }

  /// The images with the least and the greatest squared error, each with its number and error.
  public static func extremes(
    _ errors: ReconstructionErrors, _ images: ImageSubset, under session: borrowing Session, _ scaling: PixelScaling,
    count: Int = 8, subtitle: String = ""
  ) throws -> ImageSheet {
    let order = errors.order
    let groups = [("best", Array(order.prefix(count))), ("worst", Array(order.suffix(count).reversed()))]
    var sheet = ImageSheet(title: "Best and worst images", subtitle: subtitle, rows: [])
    for (name, places) in groups {
      let chosen = try images.dataset.subset(places.map { images.indices[$0] })
      let (labels, rows) = try rows(of: chosen, under: session, scaling)
      let captions = places.map { place in
        "\(images.indices[place]): \(formatted(errors.images[place].meanSquared, "%.4f"))"
      }
      sheet.rows += rows
      sheet.rowLabels += labels.map { "\(name), \($0)" }
      sheet.captions += [captions] + rows.dropFirst().map { _ in [] }
    }
    return sheet
  }
}

extension ImageSubset {
  /// So many images at even distances; all where there are no more.
  public func spread(to count: Int) throws(DataError) -> ImageSubset {
    guard count < self.count else { return self }
    return try dataset.subset((0..<count).map { indices[$0 * self.count / count] })
  }
}
