import FoundationEssentials

/// The JSON at the beginning of a safetensors file, as it stands there: nothing in it is checked yet.
struct SafetensorsHeader: Decodable {
  var entries: [String: Entry] = [:]
  var metadata: [String: String] = [:]

  struct Entry: Decodable {
    let dtype: String
    let shape: [Int]
    let offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    for name in container.allKeys {
      if name.stringValue == Safetensors.metadataKey {
        metadata = try container.decode([String: String].self, forKey: name)
      } else {
        entries[name.stringValue] = try container.decode(Entry.self, forKey: name)
      }
    }
  }

  /// - Throws: `unreadableHeader` or `duplicateName`.
  init(json: [UInt8], file: String) throws(SafetensorsError) {
    do {
      self = try JSONDecoder().decode(SafetensorsHeader.self, from: Data(json))
    } catch {
      throw .malformed(file: file, tensor: nil, .unreadableHeader(reason: explanation(of: error)))
    }
    // The decoder keeps one of two values that have the same name, and says nothing.
    if let name = firstDuplicateName(in: json) { throw .malformed(file: file, tensor: nil, .duplicateName(name)) }
  }
}

/// The first name that stands twice in one object of `json`, which is known to be well formed.
private func firstDuplicateName(in json: [UInt8]) -> String? {
  var objects: [Set<String>] = []
  var position = 0
  while position < json.count {
    switch json[position] {
    case UInt8(ascii: "{"): objects.append([])
    case UInt8(ascii: "}"): objects.removeLast()
    case UInt8(ascii: "\""):
      let end = endOfString(at: position, in: json)
      let next = json[end...].first { !" \t\r\n".utf8.contains($0) }
      if next == UInt8(ascii: ":"), let level = objects.indices.last {
        let name = unescaped(json[position..<end])
        if !objects[level].insert(name).inserted { return name }
      }
      position = end
      continue
    default: break
    }
    position += 1
  }
  return nil
}

/// The position after the quote that ends the string which begins at `start`.
private func endOfString(at start: Int, in json: [UInt8]) -> Int {
  var position = start + 1
  while position < json.count, json[position] != UInt8(ascii: "\"") {
    position += json[position] == UInt8(ascii: "\\") ? 2 : 1
  }
  return min(position + 1, json.count)
}

/// The text that a string stands for, given with its quotes.
private func unescaped(_ string: ArraySlice<UInt8>) -> String {
  let text = String(decoding: string.dropFirst().dropLast(), as: UTF8.self)
  guard string.contains(UInt8(ascii: "\\")) else { return text }
  return (try? JSONDecoder().decode(String.self, from: Data(string))) ?? text
}
