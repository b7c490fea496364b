import BobbinData
import Testing

struct SyntheticDigitsTests {
  @Test func `The digits are the same every time, and fewer of them are the first of more`() throws {
    let few = try SyntheticDigits.dataset(.training, count: 40)
    let more = try SyntheticDigits.dataset(.training, count: 400)
    #expect(few.bytes == Array(more.bytes.prefix(40 * 784)))
    #expect(few.labels == more.labels.map { Array($0.prefix(40)) })
    #expect(try SyntheticDigits.dataset(.test, count: 40).bytes != few.bytes)
  }

  @Test func `Every class is there, every image has ink within its frame, and no two of a class are alike`() throws {
    let dataset = try SyntheticDigits.dataset(.test, count: 500)
    let labels = try #require(dataset.labels)
    #expect((0..<10).allSatisfy { label in 25...80 ~= labels.count { $0 == label } })
    let images = (0..<500).map { dataset.withPixels(ofImage: $0) { Array($0) } }
    #expect(Set(images).count == 500)
    for image in images {
      let ink = image.reduce(0) { $0 + Int($1) } / 255
      #expect(30...400 ~= ink, "\(ink) of 784 pixels")
    }
  }

  @Test func `Whoever uses them is told that they are not MNIST`() throws {
    let dataset = try DataSource.digits(count: 60).load(.test, in: DataFolders())
    #expect(dataset.count == 10)
    #expect(dataset.warnings.contains { $0.contains("not MNIST") })
  }
}
