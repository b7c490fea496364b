/// What TensorBoard shows of one moment: an `Event` message of TensorFlow, encoded by hand.
///
/// - Source: `tensorflow/core/util/event.proto` and `tensorflow/core/framework/summary.proto`.
public struct TensorBoardEvent: Hashable, Sendable {
  /// Seconds since 1970.
  public var wallTime: Double
  public var step: Int
  /// In the order in which they are written.
  public var scalars: [Scalar]
  public var images: [Image]

  public struct Scalar: Hashable, Sendable {
    public var tag: String
    public var value: Double

    public init(_ tag: String, _ value: Double) { (self.tag, self.value) = (tag, value) }
  }

  public struct Image: Hashable, Sendable {
    public var tag: String
    public var width: Int
    public var height: Int
    /// 1 for grey, 3 for RGB.
    public var channels: Int
    public var png: [UInt8]

    public init(_ tag: String, width: Int, height: Int, channels: Int, png: [UInt8]) {
      (self.tag, self.width, self.height, self.channels, self.png) = (tag, width, height, channels, png)
    }
  }

  public init(wallTime: Double, step: Int, scalars: [Scalar] = [], images: [Image] = []) {
    (self.wallTime, self.step, self.scalars, self.images) = (wallTime, step, scalars, images)
  }

  /// The record that every file begins with.
  public static func fileVersion(wallTime: Double) -> [UInt8] {
    var event = Message()
    event.add(1, wallTime)
    event.add(3, "brain.Event:2".utf8)
    return event.bytes
  }

  /// The event's record.
  public var encoded: [UInt8] {
    var summary = Message()
    for scalar in scalars {
      var value = Message()
      value.add(1, scalar.tag.utf8)
      value.add(2, Float(scalar.value))
      summary.add(1, value.bytes)
    }
    for image in images {
      var picture = Message()
      picture.add(1, image.height)
      picture.add(2, image.width)
      picture.add(3, image.channels)
      picture.add(4, image.png)
      var value = Message()
      value.add(1, image.tag.utf8)
      value.add(4, picture.bytes)
      summary.add(1, value.bytes)
    }
    var event = Message()
    event.add(1, wallTime)
    event.add(2, step)
    event.add(5, summary.bytes)
    return event.bytes
  }
}

/// A message of Protocol Buffers: fields one after the other, each behind its number and wire type.
///
/// - Source: protobuf.dev, "Encoding".
private struct Message {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ field: Int, _ value: Int) {
    append(variable: UInt64(field << 3 | 0))
    append(variable: UInt64(bitPattern: Int64(value)))
  }

  mutating func add(_ field: Int, _ value: Double) {
    append(variable: UInt64(field << 3 | 1))
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  mutating func add(_ field: Int, _ value: some Collection<UInt8>) {
    append(variable: UInt64(field << 3 | 2))
    append(variable: UInt64(value.count))
    bytes += value
  }

  mutating func add(_ field: Int, _ value: Float) {
    append(variable: UInt64(field << 3 | 5))
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  /// Seven bits to a byte, the lowest first.
  private mutating func append(variable number: UInt64) {
    var rest = number
    while rest > 127 {
      bytes.append(UInt8(rest & 127) | 128)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
