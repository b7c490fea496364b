/// A shell that completes what is typed, from the same table as the parser.
package enum Shell: String, CaseIterable, Sendable {
  case bash, zsh, fish

  /// The script that teaches the shell.
  package func completions(for program: Program) -> String {
    switch self {
    case .bash: Self.bash(program)
    case .zsh: Self.zsh(program)
    case .fish: Self.fish(program)
    }
  }

  // MARK: - bash

  private static func bash(_ program: Program) -> String {
    let name = program.name
    let commands = program.commands.map { command in
      let values = command.options.filter { $0.kind == .option }.map { form in
        "        \(form.label)) \(bash(form.completion)); return ;;\n"
      }
      let words = command.positionals.compactMap { bash($0.completion) }.first ?? ":"
      return """
            \(command.name))
              case "$previous" in
        \(values.joined())      esac
              if [[ "$current" == -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W '\(command.options.map(\.label).joined(separator: " "))' -- "$current")
              else
                \(words)
              fi ;;

        """
    }
    return """
      # bash completion for \(name): eval "$(\(name) completions bash)"
      _\(name)() {
        local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
        COMPREPLY=()
        if (( COMP_CWORD == 1 )); then
          mapfile -t COMPREPLY < <(compgen -W '\((program.commands.map(\.name) + ["--help", "--version"]).joined(separator: " "))' -- "$current")
          return
        fi
        case "${COMP_WORDS[1]}" in
      \(commands.joined())  esac
      }
      complete -o filenames -F _\(name) \(name)

      """
  }

  private static func bash(_ completion: ArgumentForm.Completion) -> String {
    switch completion {
    case .files: "mapfile -t COMPREPLY < <(compgen -f -- \"$current\")"
    case .folders: "mapfile -t COMPREPLY < <(compgen -d -- \"$current\")"
    case .nothing: ":"
    case .words(let words): "mapfile -t COMPREPLY < <(compgen -W '\(words.joined(separator: " "))' -- \"$current\")"
    }
  }

  // MARK: - zsh

  private static func zsh(_ program: Program) -> String {
    let names = program.commands.map { "    \(quoted("\($0.name):\($0.summary)"))\n" }.joined()
    let cases = program.commands.map { command in
      let options = command.options.map { form in
        let value = form.kind == .flag ? "" : ":\(form.placeholder):\(zsh(form.completion))"
        return quoted(
          "\(form.isRepeated ? "*" : "")\(form.label)\(form.kind == .flag ? "" : "=")[\(escaped(form.help))]\(value)")
      }
      let words = command.positionals.map { form in
        quoted("\(form.isRepeated ? "*" : form.isRequired ? "" : ":"):\(form.placeholder):\(zsh(form.completion))")
      }
      return "    \(command.name)) _arguments \((options + words).joined(separator: " ")) ;;\n"
    }
    return """
      #compdef \(program.name)
      # zsh completion for \(program.name): eval "$(\(program.name) completions zsh)"
      _\(program.name)() {
        local -a commands
        commands=(
      \(names)  )
        if (( CURRENT == 2 )); then
          _describe command commands
          return
        fi
        local command="$words[2]"
        shift words
        (( CURRENT-- ))
        case "$command" in
      \(cases.joined())  esac
      }
      compdef _\(program.name) \(program.name)

      """
  }

  private static func zsh(_ completion: ArgumentForm.Completion) -> String {
    switch completion {
    case .files: "_files"
    case .folders: "_files -/"
    case .nothing: " "
    case .words(let words): "(\(words.joined(separator: " ")))"
    }
  }

  /// Inside the brackets of `_arguments`.
  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("[", with: "\\[").replacing("]", with: "\\]").replacing(
      ":", with: "\\:")
  }

  // MARK: - fish

  private static func fish(_ program: Program) -> String {
    let name = program.name
    var lines = ["# fish completion for \(name): \(name) completions fish | source", "complete -c \(name) -f"]
    for command in program.commands {
      lines.append(
        "complete -c \(name) -n __fish_use_subcommand -a \(command.name) -d \(quotedForFish(command.summary))")
      let condition = "-n '__fish_seen_subcommand_from \(command.name)'"
      for form in command.options {
        let value = form.kind == .flag ? "" : fish(form.completion)
        lines.append("complete -c \(name) \(condition) -l \(form.name)\(value) -d \(quotedForFish(form.help))")
      }
      for form in command.positionals {
        lines.append("complete -c \(name) \(condition)\(fish(form.completion, isWord: true))")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func fish(_ completion: ArgumentForm.Completion, isWord: Bool = false) -> String {
    switch completion {
    case .files: isWord ? " -F" : " -r -F"
    case .folders: (isWord ? "" : " -x") + " -a '(__fish_complete_directories)'"
    case .nothing: isWord ? " -f" : " -x"
    case .words(let words): (isWord ? "" : " -x") + " -a '\(words.joined(separator: " "))'"
    }
  }

  // MARK: - Quotes

  private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }

  private static func quotedForFish(_ text: String) -> String {
    "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
  }
}
