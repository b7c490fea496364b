/// Finds what somebody may have meant.
package enum Spelling {
  /// The valid name nearest to what was written: at most two slips away, or begun but not finished.
  ///
  /// A slip is a character too many, missing, wrong, or swapped with its neighbour.
  package static func nearest(to word: String, in names: [String]) -> String? {
    let allowed = word.count <= 3 ? 1 : 2
    let ranked = names.map { (name: $0, slips: slips(word.lowercased(), $0.lowercased())) }
    // Of two names as near, the one of the same length: characters are swapped more often than left out.
    func distance(_ candidate: (name: String, slips: Int)) -> (Int, Int) {
      (candidate.slips, abs(candidate.name.count - word.count))
    }
    if let best = ranked.min(by: { distance($0) < distance($1) }), best.slips <= allowed { return best.name }
    let begun = names.filter { !word.isEmpty && $0.lowercased().hasPrefix(word.lowercased()) }
    return begun.count == 1 ? begun.first : nil
  }

  /// `, did you mean "epochs"?`, or what there is to choose from.
  package static func advice(for word: String, among names: [String], called kind: String) -> String {
    if let nearest = nearest(to: word, in: names) { return ", did you mean \"\(nearest)\"?" }
    return names.isEmpty ? "; there are no \(kind)" : "; \(kind) are \(names.joined(separator: ", "))"
  }

  /// The restricted Damerau–Levenshtein distance.
  package static func slips(_ one: String, _ other: String) -> Int {
    let (one, other) = (Array(one), Array(other))
    var (before, last) = ([Int](), Array(0...other.count))
    for i in one.indices {
      var row = [i + 1]
      for j in other.indices {
        var best = min(row[j] + 1, last[j + 1] + 1, last[j] + (one[i] == other[j] ? 0 : 1))
        if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] { best = min(best, before[j - 1] + 1) }
        row.append(best)
      }
      (before, last) = (last, row)
    }
    return last[other.count]
  }
}
