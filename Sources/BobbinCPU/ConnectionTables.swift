import BobbinEngine
import CKernels

/// Connections grouped by what they are summed into.
struct ConnectionTable {
  var starts: [Int32]
  var connections: [bobbin_connection]

  /// - Parameter key: (group, source, other) of a connection.
  init(
    _ connections: [ConvolutionGeometry.Connection], count: Int,
    key: (ConvolutionGeometry.Connection) -> (Int, Int, Int)
  ) {
    var groups: [[bobbin_connection]] = Array(repeating: [], count: count)
    for connection in connections {
      let (group, source, other) = key(connection)
      groups[group].append(bobbin_connection(source: Int32(source), other: Int32(other)))
    }
    starts = [0]
    for group in groups { starts.append(starts[starts.count - 1] + Int32(group.count)) }
    self.connections = groups.flatMap { $0 }
  }

  private init(starts: [Int32], connections: [bobbin_connection]) {
    self.starts = starts
    self.connections = connections
  }

  static let single = ConnectionTable(starts: [0, 1], connections: [bobbin_connection(source: 0, other: 0)])
}

/// The same for a feature map with one channel, whose pixels are computed two by two: an input that several of them meet is
/// loaded once.
struct SquareTable {
  private(set) var squares: [bobbin_output_square] = []
  private(set) var shared: [bobbin_shared_connection] = []

  /// The squares that share the most: they may begin at the first row and column or one before.
  static func best(_ table: ConnectionTable, height: Int, width: Int) -> SquareTable {
    var best = SquareTable(table, height: height, width: width, from: (0, 0))
    for corner in [(0, -1), (-1, 0), (-1, -1)] {
      let other = SquareTable(table, height: height, width: width, from: corner)
      if other.shared.count < best.shared.count { best = other }
    }
    return best
  }

  private init(_ table: ConnectionTable, height: Int, width: Int, from corner: (row: Int, column: Int)) {
    for row in stride(from: corner.row, to: height, by: 2) {
      for column in stride(from: corner.column, to: width, by: 2) {
        var square = bobbin_output_square(outputs: (-1, -1, -1, -1), start: Int32(shared.count), end: 0)
        for index in 0..<Int(BOBBIN_SQUARE) {
          let (y, x) = (row + index / 2, column + index % 2)
          guard (0..<height).contains(y), (0..<width).contains(x) else { continue }
          let pixel = y * width + x
          withUnsafeMutableBytes(of: &square.outputs) { $0.bindMemory(to: Int32.self)[index] = Int32(pixel) }
          for connection in Int(table.starts[pixel])..<Int(table.starts[pixel + 1]) {
            add(table.connections[connection], index, since: Int(square.start))
          }
        }
        square.end = Int32(shared.count)
        squares.append(square)
      }
    }
  }

  private mutating func add(_ connection: bobbin_connection, _ index: Int, since start: Int) {
    var place = start
    while place < shared.count, shared[place].source != connection.source { place += 1 }
    if place == shared.count {
      shared.append(bobbin_shared_connection(source: connection.source, mask: 0, taps: (0, 0, 0, 0)))
    }
    shared[place].mask |= 1 << Int32(index)
    withUnsafeMutableBytes(of: &shared[place].taps) { $0.bindMemory(to: Int32.self)[index] = connection.other }
  }
}
