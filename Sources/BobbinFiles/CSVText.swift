/// `text` as a cell of CSV.
package func quotedForCSV(_ text: String) -> String {
  text.contains { ",\"\n\r".contains($0) } ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
}
