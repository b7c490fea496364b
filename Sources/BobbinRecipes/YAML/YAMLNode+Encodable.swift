extension YAMLNode: Encodable {
  /// The same mappings, lists and values in another format, such as JSON.
  public func encode(to encoder: any Encoder) throws {
    switch content {
    case .sequence(let items): try items.encode(to: encoder)
    case .mapping(let entries):
      var container = encoder.container(keyedBy: EntryKey.self)
      for entry in entries { try container.encode(entry.value, forKey: EntryKey(stringValue: entry.key)) }
    case .scalar(let scalar):
      var container = encoder.singleValueContainer()
      switch scalar.meaning {
      case .null: try container.encodeNil()
      case .boolean(let value): try container.encode(value)
      case .integer(let value): try container.encode(value)
      case .number(let value): try container.encode(value)
      case .text: try container.encode(scalar.text)
      }
    }
  }

  private struct EntryKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
