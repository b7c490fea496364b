import BobbinFiles
import Foundation
import Testing

@Suite struct RecordFileTests {
  @Test func `The check sum is that of RFC 3720`() {
    #expect(RecordFile.crc32c(Array("123456789".utf8)) == 0xe306_9283)
    #expect(RecordFile.crc32c(Array(repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(RecordFile.crc32c(Array(repeating: 255, count: 32)) == 0x62a8_ab43)
    #expect(RecordFile.crc32c(Array(0..<32)) == 0x46dd_794e)
    #expect(RecordFile.crc32c([]) == 0)
  }

  @Test func `A record lies between its length and check sums`() {
    let framed = RecordFile.framed(Array("abc".utf8))
    #expect(Array(framed[0..<8]) == [3, 0, 0, 0, 0, 0, 0, 0])
    #expect(Array(framed[12..<15]) == Array("abc".utf8))
    #expect(framed.count == 19)
    // CRC-32C of "abc" is 0x364B3FB7: rotated to the right by 15 and 0xA282EAD8 added.
    #expect(RecordFile.crc32c(Array("abc".utf8)) == 0x364b_3fb7)
    let masked = UInt32((0x364b_3fb7 as UInt64) >> 15 | (0x364b_3fb7 << 17) & 0xffff_ffff) &+ 0xa282_ead8
    #expect(Array(framed[15...]) == (0..<4).map { UInt8(truncatingIfNeeded: masked >> (8 * $0)) })
  }

  @Test func `Records are appended`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/events"
      try RecordFile.append([[1], [2, 3]], to: path)
      try RecordFile.append([[4]], to: path)
      let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
      #expect(bytes == [[1], [2, 3], [4]].flatMap { RecordFile.framed($0) })
    }
  }

  @Test func `A full disk is reported by name`() {
    #expect(throws: FileError(.append, "/dev/full", code: ENOSPC)) {
      try RecordFile.append([[1]], to: "/dev/full")
    }
  }

  @Test func `An event is encoded as Protocol Buffers say`() {
    let event = TensorBoardEvent(
      wallTime: 2, step: 300, scalars: [.init("a", 1.5)],
      images: [.init("b", width: 4, height: 3, channels: 1, png: [9, 8])])
    let scalar: [UInt8] = [0x0a, 8, 0x0a, 1, 0x61, 0x15, 0, 0, 0xc0, 0x3f]
    let image: [UInt8] = [0x0a, 15, 0x0a, 1, 0x62, 0x22, 10, 8, 3, 16, 4, 24, 1, 0x22, 2, 9, 8]
    let expected: [UInt8] =
      [0x09, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x10, 0xac, 2, 0x2a, UInt8(scalar.count + image.count)] + scalar + image
    #expect(event.encoded == expected)
    #expect(
      TensorBoardEvent.fileVersion(wallTime: 2)
        == [0x09, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x1a, 13] + Array("brain.Event:2".utf8))
  }
}
