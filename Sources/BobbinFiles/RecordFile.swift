import Glibc

/// Files of records one after the other, in the framing of TensorFlow's TFRecord, which TensorBoard reads.
///
///     length (8 bytes) · masked CRC-32C of these (4) · the record · masked CRC-32C of it (4), all little-endian
///     masked crc = (crc ≫ 15 | crc ≪ 17) + 0xA282EAD8
///
/// - Source: TensorFlow, "TFRecord and tf.train.Example", section "TFRecords format details".
public enum RecordFile {
  /// A record as it lies in a file.
  public static func framed(_ record: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(record.count), bytes: 8)
    return length + littleEndian(UInt64(masked(crc32c(length))), bytes: 4) + record
      + littleEndian(UInt64(masked(crc32c(record))), bytes: 4)
  }

  /// Adds records and returns when the disk has them. The file is created where there is none.
  ///
  /// - Throws: `FileError`; the file is then as long as it was before.
  public static func append(_ records: [[UInt8]], to path: String) throws(FileError) {
    let descriptor = retrying { open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666) }
    guard descriptor >= 0 else { throw FileError(.append, path, code: errno) }
    let file = OutputFile(descriptor: descriptor, path: path, operation: .append)
    let size = lseek(descriptor, 0, SEEK_END)
    do throws(FileError) {
      try file.write(records.flatMap(framed))
      try file.synchronize()
    } catch {
      if size >= 0 { ftruncate(descriptor, size) }
      throw error
    }
  }

  /// The cyclic redundancy check with Castagnoli's polynomial, 0x1EDC6F41, reflected.
  ///
  /// - Source: RFC 3720, section 12.1; test values in its appendix B.4.
  public static func crc32c(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { crc, byte in table[Int((crc ^ UInt32(byte)) & 255)] ^ crc >> 8 }
  }

  private static func masked(_ crc: UInt32) -> UInt32 { (crc >> 15 | crc << 17) &+ 0xa282_ead8 }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0x82f6_3b78 : 0) }
  }

  private static func littleEndian(_ number: UInt64, bytes: Int) -> [UInt8] {
    (0..<bytes).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
  }
}
