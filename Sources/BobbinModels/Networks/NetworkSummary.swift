import BobbinEngine

/// What a network does to one image, layer by layer: shapes, parameters and cost.
///
/// Its description is a table in the manner of torchinfo.
public struct NetworkSummary: Hashable, Sendable {
  public struct Row: Hashable, Sendable {
    /// The layer's name in the `state_dict`: `encoder.0`.
    public let path: String
    public let layer: Layer
    public let input: Shape
    public let output: Shape
    /// Trainable numbers; running statistics do not count.
    public let parameters: Int
    /// Per image; taps that fall outside the image do not count.
    public let multiplyAccumulates: Int
    /// Training leaves the parameters as they are.
    public let isFrozen: Bool
  }

  public var rows: [Row]

  public init(rows: [Row]) { self.rows = rows }

  public var parameters: Int { rows.reduce(0) { $0 + $1.parameters } }
  /// Those that training changes.
  public var trainedParameters: Int { rows.reduce(0) { $0 + ($1.isFrozen ? 0 : $1.parameters) } }
  public var multiplyAccumulates: Int { rows.reduce(0) { $0 + $1.multiplyAccumulates } }
}

extension Network {
  /// The network's table for images of shape `input`.
  public func summary(
    for input: Shape, path: String = "", isFrozen: Bool = false
  ) throws(ShapeError) -> NetworkSummary {
    let rows = try trace(for: input, path: path).map { step in
      NetworkSummary.Row(
        path: step.path, layer: step.layer, input: step.input, output: step.output,
        parameters: step.graph.parameters.reduce(0) { $0 + $1.shape.count },
        multiplyAccumulates: step.graph.multiplyAccumulates, isFrozen: isFrozen)
    }
    return NetworkSummary(rows: rows)
  }
}

// MARK: - Table

extension NetworkSummary: CustomStringConvertible {
  public var description: String {
    let header = ["", "layer", "output shape", "parameters", "MACs"]
    let body = rows.map { row in
      [
        row.path, row.layer.description, row.output.description, Self.cell(row.parameters),
        Self.cell(row.multiplyAccumulates),
      ]
    }
    let total = ["total", "", "", Self.grouped(parameters), Self.grouped(multiplyAccumulates)]
    let trained = ["trained", "", "", Self.grouped(trainedParameters), ""]
    let widths = header.indices.map { column in
      ([header, total] + body).map { $0[column].count }.max() ?? 0
    }
    let rule = String(repeating: "─", count: widths.reduce(0, +) + 2 * (widths.count - 1))
    let table = [Self.line(header, widths), rule] + body.map { Self.line($0, widths) }
    let sums = trainedParameters == parameters ? [total] : [total, trained]
    return (table + [rule] + sums.map { Self.line($0, widths) }).joined(separator: "\n")
  }

  /// Two columns of words to the left, three of numbers to the right.
  private static func line(_ cells: [String], _ widths: [Int]) -> String {
    let padded = zip(cells, widths).enumerated().map { column, cell in
      let space = String(repeating: " ", count: cell.1 - cell.0.count)
      return column < 2 ? cell.0 + space : space + cell.0
    }
    return padded.joined(separator: "  ")
  }

  private static func cell(_ count: Int) -> String { count == 0 ? "–" : grouped(count) }

  /// `1234567` as `1,234,567`.
  static func grouped(_ count: Int) -> String {
    let digits = Array(String(count.magnitude))
    let parts = stride(from: digits.count, to: 0, by: -3).map { String(digits[max(0, $0 - 3)..<$0]) }
    return (count < 0 ? "-" : "") + parts.reversed().joined(separator: ",")
  }
}
