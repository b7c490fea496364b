import BobbinRecipes

package enum CompletionsCommand {
  static let shell = Argument.positional("SHELL", .word(of: Shell.self), "The shell")

  package static let command = Command(
    "completions", .program, "Print a script that teaches a shell to complete commands and options",
    arguments: [shell],
    examples: [
      .init("eval \"$(bobbin completions bash)\"", "For this session of bash, or in ~/.bashrc for all"),
      .init("bobbin completions fish > ~/.config/fish/completions/bobbin.fish", "For fish"),
    ]
  ) { context in
    try context.output.write(context[shell].completions(for: context.program))
  }
}
