/// Bytes as text for `data:` addresses. Source: RFC 4648, section 4.
package func base64(_ bytes: [UInt8]) -> String {
  let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  let count = (bytes.count + 2) / 3 * 4
  return String(unsafeUninitializedCapacity: count) { text in
    for (group, start) in stride(from: 0, to: bytes.count, by: 3).enumerated() {
      let rest = bytes.count - start
      let bits =
        Int(bytes[start]) << 16 | (rest > 1 ? Int(bytes[start + 1]) << 8 : 0) | (rest > 2 ? Int(bytes[start + 2]) : 0)
      for place in 0..<4 {
        text[group * 4 + place] = place <= rest ? digits[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "=")
      }
    }
    return count
  }
}
