import BobbinAnalysis
import Foundation
import Testing

/// `Tests/Fixtures/analysis/analysis.json`; `make_analysis.py` there says what it holds.
struct Fixture: Decodable {
  var codes: [Float]
  var labels: [Int]
  var pca: Components
  var neighbors: Nearest
  var affinities: [Double]
  var map: Map
  var descent: Descended
  var quality: Quality
  var images: Images
  var classification: Classification
  var scores: Scores
  var features: Features
  var interpolation: [Double]
  var normalQuantiles: Quantiles

  struct Components: Decodable {
    var components, variance, ratio, scores, white, inverse: [Double]
    var noise: Double
  }
  struct Nearest: Decodable {
    var indices: [Int32]
    var distances: [Double]
  }
  struct Map: Decodable {
    var positions: [Float]
    var divergence: Double
    var gradient: [Double]
  }
  struct Descended: Decodable {
    var cut, final: [Double]
  }
  struct Quality: Decodable {
    var trustworthiness, preservation: [Double]
    var continuity, silhouetteOfCodes, silhouetteOfMap, accuracyOfCodes, accuracyOfMap: Double
  }
  struct Images: Decodable {
    var first, second: [Float]
    var squared, absolute, peak, gaussian, uniform, uniform5: Double
  }
  struct Classification: Decodable {
    var truth, predictions, counts, support: [Int]
    var precision, recall, f1: [Double]
  }
  struct Scores: Decodable {
    var values: [Float]
    var positive: [Bool]
    var area: Double
  }
  struct Features: Decodable {
    var left, right: [Float]
    var frechet, kernel: Double
  }
  struct Quantiles: Decodable {
    var probabilities, values: [Double]
  }

  init() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let data = try Data(contentsOf: folder.appending(path: "Fixtures/analysis/analysis.json"))
    self = try JSONDecoder().decode(Fixture.self, from: data)
  }

  func sixty() throws -> Codes { try Codes(codes, dimension: 6) }
  func plane() throws -> Codes { try Codes(map.positions, dimension: 2) }
}

/// Whether `|a − b| ≤ absolute + relative · |b|` for all pairs.
func agree(
  _ values: [some BinaryFloatingPoint], _ expected: [some BinaryFloatingPoint], absolute: Double = 0,
  relative: Double = 0
) -> Bool {
  values.count == expected.count
    && zip(values, expected).allSatisfy { abs(Double($0) - Double($1)) <= absolute + relative * abs(Double($1)) }
}

/// Normal numbers around `clusters` centres that are `distance` apart, cluster after cluster.
func clustered(_ count: Int, dimension: Int, clusters: Int, distance: Double, seed: UInt64) throws -> (Codes, [Int]) {
  var random = SeededGenerator(seed: seed)
  var (values, labels): ([Float], [Int]) = ([], [])
  for index in 0..<count {
    let cluster = index * clusters / count
    labels.append(cluster)
    for d in 0..<dimension {
      values.append(Float(random.normal() + (d % clusters == cluster ? distance : 0)))
    }
  }
  return (try Codes(values, dimension: dimension), labels)
}

/// The message of the error that `body` must throw.
func message<Result>(_ body: () throws(AnalysisError) -> Result) -> String? {
  do {
    _ = try body()
    return nil
  } catch { return error.description }
}

func distance(_ a: MapPosition, _ b: MapPosition) -> Float {
  let difference = a - b
  return (difference * difference).sum().squareRoot()
}
