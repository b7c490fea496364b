/// Which parameters are drawn together.
package enum JointSpace {
  /// Distributions by name, sorted by name.
  package typealias Space = [(name: String, distribution: Distribution)]

  /// The parameters that every completed or pruned trial has, with the same distribution in all; without those that have one
  /// value only.
  package static func intersection(_ trials: [TrialRecord]) -> Space {
    var common: [String: Distribution]?
    for trial in trials where trial.state == .complete || trial.state == .pruned {
      guard let known = common else {
        common = Dictionary(trial.parameters.map { ($0.name, $0.distribution) }) { first, _ in first }
        continue
      }
      var stays = 0
      for parameter in trial.parameters where known[parameter.name] == parameter.distribution { stays += 1 }
      guard stays != known.count else { continue }
      common = known.filter { name, distribution in trial.parameter(name)?.distribution == distribution }
    }
    return sorted(common ?? [:])
  }

  /// The parameters in groups that occur together: no trial has a part of a group.
  static func groups(_ trials: [TrialRecord]) -> [Space] {
    var groups: [Set<String>] = []
    var distributions: [String: Distribution] = [:]
    var seen: Set<Set<String>> = []
    for trial in trials where trial.state == .complete || trial.state == .pruned {
      for parameter in trial.parameters where distributions[parameter.name] == nil {
        distributions[parameter.name] = parameter.distribution
      }
      let names = Set(trial.parameters.map(\.name))
      if seen.insert(names).inserted { groups = split(groups, by: names) }
    }
    return groups.map { group in sorted(distributions.filter { group.contains($0.key) }) }.filter { !$0.isEmpty }
      .sorted { $0[0].name < $1[0].name }
  }

  /// Disjoint groups, each cut into what is among the names and what is not; the names left over are a new group.
  package static func split(_ groups: [Set<String>], by names: Set<String>) -> [Set<String>] {
    var rest = names
    var result: [Set<String>] = []
    for group in groups {
      result += [group.intersection(rest), group.subtracting(rest)]
      rest.subtract(group)
    }
    return (result + [rest]).filter { !$0.isEmpty }
  }

  private static func sorted(_ distributions: [String: Distribution]) -> Space {
    distributions.filter { !$0.value.isSingle }.sorted { $0.key < $1.key }.map {
      (name: $0.key, distribution: $0.value)
    }
  }
}
