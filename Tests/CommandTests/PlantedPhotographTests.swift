import Bobbin
import BobbinTestSupport
import CTurboJPEG
import Foundation
import Testing

/// A folder of photographs as people have them: JPEG, coloured, each of another size, and a few that do not belong.
@Suite struct PlantedPhotographTests {
  /// A coloured disc on a ground of another colour; strangers have stripes.
  private func photograph(_ number: Int, isStranger: Bool) throws -> [UInt8] {
    var generator = PhiloxGenerator(seed: UInt64(number), name: "photograph")
    func draw(_ range: ClosedRange<Int>) -> Int { range.lowerBound + Int(generator.next() % UInt64(range.count)) }
    let (height, width) = (draw(30...60), draw(30...60))
    let (x, y) = (Double(draw(45...55)) / 100, Double(draw(45...55)) / 100)
    let (radius, stripes, red, ground) = (Double(draw(25...35)) / 100, draw(4...6), draw(200...255), draw(0...50))
    var pixels: [UInt8] = []
    for row in 0..<height {
      for column in 0..<width {
        let (right, down) = (Double(column) / Double(width), Double(row) / Double(height))
        let isOn =
          isStranger
          ? Int(Double(stripes) * (right + down)) % 2 == 0
          : (right - x) * (right - x) + (down - y) * (down - y) < radius * radius
        pixels += isOn ? [UInt8(red), UInt8(red / 2), 40] : [UInt8(ground), UInt8(ground), 90]
      }
    }
    return try jpeg(pixels, height: height, width: width)
  }

  private struct Failed: Error {}

  private func jpeg(_ pixels: [UInt8], height: Int, width: Int) throws -> [UInt8] {
    guard let encoder = tjInitCompress() else { throw Failed() }
    defer { tjDestroy(encoder) }
    var (bytes, count): (UnsafeMutablePointer<UInt8>?, UInt) = (nil, 0)
    defer { tjFree(bytes) }
    let status = tjCompress2(
      encoder, pixels, Int32(width), 0, Int32(height), Int32(TJPF_RGB.rawValue), &bytes, &count,
      Int32(TJSAMP_444.rawValue), 90, 0)
    guard status == 0, let bytes else { throw Failed() }
    return Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
  }

  @Test func `Photographs of mixed sizes train, come back, and give away the strangers among them, as the help says`()
    throws
  {
    try Workplace.with { place in
      let (count, strangers) = (150, Set(stride(from: 7, to: 150, by: 19)))
      try FileManager.default.createDirectory(atPath: place.path("photos"), withIntermediateDirectories: true)
      for number in 0..<count {
        try place.put(
          photograph(number, isStranger: strangers.contains(number)),
          at: "photos/\(1000 + number).jpg")
      }
      func run(_ arguments: String...) throws {
        let result = try place.run(arguments)
        #expect(result.status == 0, "\(result.errors)")
      }
      // The lines that init and its recipe say, with smaller pictures and fewer epochs for speed.
      try run("init", "photos", "--size", "16")
      try run("train", "photos.yaml", "--set", "training.epochs=60")
      try run("reconstruct", "runs/latest", "--images", "photos", "--count", "3", "--out", "back/")
      let back = try ImageDataset(folder: ImageFolder(place.path("back")), name: "back")
      #expect((back.count, back.channels, back.height, back.width) == (3, 3, 16, 16))
      try run("anomalies", "runs/latest", "--images", "photos")
      let rows = try place.text(of: "runs/latest/figures/anomalies.csv").split(separator: "\n").dropFirst()
      let first = rows.prefix(20).compactMap { Int($0.split(separator: ",")[0]) }
      #expect(rows.count == count)
      #expect(strangers.intersection(first).count >= strangers.count - 1, "\(first)")
    }
  }
}
