import BobbinRecipes

/// What a command accepts: a positional argument, an option or a flag. It is also the key to its value.
///
/// ```swift
/// static let threads = Argument.option("threads", .integer(1...256), "N", default: 2, "Worker threads")
/// …
/// let count = try context[threads]    // an Int
/// ```
package struct Argument<Value: Sendable>: CommandArgument {
  package let form: ArgumentForm
  /// Makes the value of what was given, in order.
  private let make: @Sendable ([String]) throws(UsageError) -> Value

  package func value(of texts: [String]) throws(UsageError) -> any Sendable { try make(texts) }
}

/// Any argument, whatever its type.
package protocol CommandArgument: Sendable {
  var form: ArgumentForm { get }
  func value(of texts: [String]) throws(UsageError) -> any Sendable
}

/// What help, completion and parsing need to know of an argument.
package struct ArgumentForm: Sendable, Hashable {
  package enum Kind: Sendable, Hashable { case positional, option, flag }

  /// What the shell offers for a value.
  package enum Completion: Sendable, Hashable {
    case files, folders, nothing
    case words([String])
  }

  package var kind: Kind
  /// `threads`, without dashes; of a positional argument, its placeholder.
  package var name: String
  /// `N` in `--threads N`.
  package var placeholder: String
  package var help: String
  package var isRequired = false
  package var isRepeated = false
  package var fallback: String?
  package var completion = Completion.nothing

  /// As people type it: `--threads`, or `RECIPE`.
  package var label: String { kind == .positional ? placeholder : "--\(name)" }
}

// MARK: - Positional arguments

extension Argument {
  /// One that must be given.
  package static func positional(
    _ name: String, _ schema: Schema<Value>, completion: ArgumentForm.Completion = .files, _ help: String
  ) -> Argument {
    var form = ArgumentForm(schema, .positional, name, placeholder: name, help, completion)
    form.isRequired = true
    return Argument(form: form) { [form] (texts) throws(UsageError) in
      guard let text = texts.first else { throw UsageError("missing \(form.label): \(help)") }
      return try form.read(text, schema)
    }
  }

  /// One that may be left out.
  package static func optional<Some>(
    _ name: String, _ schema: Schema<Some>, completion: ArgumentForm.Completion = .files, _ help: String
  ) -> Argument where Value == Some? {
    let form = ArgumentForm(schema, .positional, name, placeholder: name, help, completion)
    return Argument(form: form) { (texts) throws(UsageError) in
      guard let text = texts.first else { return nil }
      return try form.read(text, schema)
    }
  }

  /// The last ones: at least one.
  package static func positionals<Item>(
    _ name: String, _ schema: Schema<Item>, completion: ArgumentForm.Completion = .files, _ help: String
  ) -> Argument where Value == [Item] {
    var form = ArgumentForm(schema, .positional, name, placeholder: name, help, completion)
    (form.isRequired, form.isRepeated) = (true, true)
    return Argument(form: form) { [form] (texts) throws(UsageError) in
      if texts.isEmpty { throw UsageError("missing \(form.label): \(help)") }
      return try form.read(texts, schema)
    }
  }
}

// MARK: - Options and flags

extension Argument {
  /// `--name VALUE`, which has a default.
  package static func option(
    _ name: String, _ schema: Schema<Value>, _ placeholder: String, default fallback: String,
    completion: ArgumentForm.Completion = .nothing, _ help: String
  ) -> Argument {
    var form = ArgumentForm(schema, .option, name, placeholder: placeholder, help, completion)
    form.fallback = fallback
    return Argument(form: form) { [form] (texts) throws(UsageError) in try form.read(texts.first ?? fallback, schema) }
  }

  /// `--name VALUE`, which may be left out.
  package static func option<Some>(
    _ name: String, _ schema: Schema<Some>, _ placeholder: String,
    completion: ArgumentForm.Completion = .nothing, _ help: String
  ) -> Argument where Value == Some? {
    let form = ArgumentForm(schema, .option, name, placeholder: placeholder, help, completion)
    return Argument(form: form) { (texts) throws(UsageError) in
      guard let text = texts.first else { return nil }
      return try form.read(text, schema)
    }
  }

  /// `--name VALUE`, as often as wanted.
  package static func options<Item>(
    _ name: String, _ schema: Schema<Item>, _ placeholder: String,
    completion: ArgumentForm.Completion = .nothing, _ help: String
  ) -> Argument where Value == [Item] {
    var form = ArgumentForm(schema, .option, name, placeholder: placeholder, help, completion)
    form.isRepeated = true
    return Argument(form: form) { [form] (texts) throws(UsageError) in try form.read(texts, schema) }
  }
}

extension Argument<Bool> {
  /// `--name`, given or not.
  package static func flag(_ name: String, _ help: String) -> Argument {
    Argument(form: ArgumentForm(kind: .flag, name: name, placeholder: "", help: help)) { (texts) in !texts.isEmpty }
  }
}

extension ArgumentForm {
  fileprivate init<Value>(
    _ schema: Schema<Value>, _ kind: Kind, _ name: String, placeholder: String, _ help: String,
    _ completion: Completion
  ) {
    self.init(kind: kind, name: name, placeholder: placeholder, help: help, completion: completion)
    if case .word(let words) = schema.grammar { self.completion = .words(words) }
  }

  fileprivate func read<Value>(_ text: String, _ schema: Schema<Value>) throws(UsageError) -> Value {
    do { return try schema.read(text, at: label) } catch { throw UsageError(error.problem) }
  }

  fileprivate func read<Value>(_ texts: [String], _ schema: Schema<Value>) throws(UsageError) -> [Value] {
    var values: [Value] = []
    for text in texts { values.append(try read(text, schema)) }
    return values
  }
}
