package enum HelpCommand {
  static let topic = Argument.optional("COMMAND", .text, completion: .nothing, "The command to explain")

  static let action = Argument.optional("ACTION", .text, completion: .nothing, "One of its actions")

  package static let command = Command(
    "help", .program, "Explain a command", arguments: [topic, action],
    examples: [
      .init("bobbin help completions", "What completions are and how to install them"),
      .init("bobbin help data export", "How images become files"),
    ]
  ) { context in
    let program = context.program
    let (topic, action) = (try context[topic], try context[action])
    let command = try topic.map { name in
      try action.map { try program.action(named: $0, of: name) } ?? program.command(named: name)
    }
    try context.output.write(program.help(command))
  }
}
