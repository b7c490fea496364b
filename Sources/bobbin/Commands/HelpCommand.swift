package enum HelpCommand {
  static let topic = Argument.optional("COMMAND", .text, completion: .nothing, "The command to explain")

  package static let command = Command(
    "help", .program, "Explain a command", arguments: [topic],
    examples: [.init("bobbin help completions", "What completions are and how to install them")]
  ) { context in
    let program = context.program
    let topic = try context[topic]
    try context.output.write(program.help(topic.map { name in try program.command(named: name) }))
  }
}
