import Bobbin
import FoundationEssentials

/// Results in rows: aligned columns for people, one JSON object per row for programs.
///
/// ```swift
/// var table = TextTable([.init("noise"), .init("psnr", titled: "PSNR (dB)")])
/// table.append([.text("gaussian"), .number(24.118, decimals: 2)])
/// try context.print(table, asJSON: context[json])
/// ```
package struct TextTable: Sendable {
  package struct Column: Sendable, Hashable {
    /// The name in JSON.
    package let key: String
    package let title: String
    /// Not shown to people: it only goes into JSON.
    package let isForPrograms: Bool

    package init(_ key: String, titled title: String? = nil, isForPrograms: Bool = false) {
      self.key = key
      self.title = title ?? key
      self.isForPrograms = isForPrograms
    }
  }

  package enum Cell: Sendable, Hashable {
    case text(String)
    case integer(Int)
    /// Rounded for people, in full for programs.
    case number(Double, decimals: Int)
    case missing
  }

  package let columns: [Column]
  package private(set) var rows: [[Cell]] = []

  package init(_ columns: [Column]) { self.columns = columns }

  /// Adds a row; cells that are not given are missing.
  package mutating func append(_ cells: [Cell]) {
    let missing = max(0, columns.count - cells.count)
    rows.append(Array(cells.prefix(columns.count)) + Array(repeating: .missing, count: missing))
  }

  /// Titles, a line, and the rows; numbers stand to the right.
  package func text(isUnicode: Bool) -> String {
    let dash = isUnicode ? "–" : "-"
    let shown = columns.indices.filter { !columns[$0].isForPrograms }
    let cells = rows.map { row in shown.map { row[$0].text ?? dash } }
    let titles = shown.map { columns[$0].title }
    let widths = titles.indices.map { column in ([titles[column]] + cells.map { $0[column] }).map(\.count).max() ?? 0 }
    let isText = shown.map { column in rows.contains { if case .text = $0[column] { true } else { false } } }

    func line(_ texts: [String]) -> String {
      let padded = texts.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - texts[column].count)
        return isText[column] ? texts[column] + padding : padding + texts[column]
      }
      let line = padded.joined(separator: "  ")
      return line.prefix(upTo: line.lastIndex { $0 != " " }.map { line.index(after: $0) } ?? line.startIndex) + "\n"
    }
    let rule = widths.map { String(repeating: isUnicode ? "─" : "-", count: $0) }.joined(separator: "  ") + "\n"
    return line(titles) + rule + cells.map(line).joined()
  }

  /// The keys of the columns, and a line for each row; numbers in full; what is missing is empty.
  package var csv: String {
    ([columns.map(\.key)] + rows.map { $0.map(\.csv) }).map { cells in
      cells.map(quotedForCSV).joined(separator: ",") + "\n"
    }.joined()
  }

  /// A line with one object for each row, keys in the order of the columns.
  package var json: String {
    rows.map { row in
      "{" + zip(columns, row).map { "\(quotedForJSON($0.key)):\($1.json)" }.joined(separator: ",") + "}\n"
    }.joined()
  }
}

extension TextTable.Cell {
  fileprivate var text: String? {
    switch self {
    case .text(let text): text
    case .integer(let value): Format.count(value)
    case .number(let value, let decimals): Format.fixed(value, decimals: decimals)
    case .missing: nil
    }
  }

  fileprivate var csv: String {
    switch self {
    case .text(let text): text
    case .integer(let value): "\(value)"
    case .number(let value, _): "\(value)"
    case .missing: ""
    }
  }

  fileprivate var json: String {
    switch self {
    case .text(let text): quotedForJSON(text)
    case .integer(let value): "\(value)"
    // JSON knows no infinity.
    case .number(let value, _): value.isFinite ? "\(value)" : "null"
    case .missing: "null"
    }
  }
}

extension Context {
  /// Prints results, for people or for programs.
  package func print(_ table: TextTable, asJSON isJSON: Bool) throws {
    try output.write(isJSON ? table.json : table.text(isUnicode: terminal.style.isUnicode))
  }

  /// Prints a result as one line of JSON.
  package func print(json value: some Encodable) throws { try print(jsonLine(value)) }
}

/// A value as one line of JSON; numbers that JSON does not know become `"NaN"` and `"Infinity"`.
func jsonLine(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// `text` as a field of CSV.
func quotedForCSV(_ text: String) -> String {
  text.contains { ",\"\n".contains($0) } ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
}
