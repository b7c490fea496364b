import Bobbin
import Glibc

extension Program {
  /// Every command, in the order of the help.
  package static let bobbin = Program(
    name: "bobbin", version: Machine.version,
    summary: "train, search, measure and explore autoencoders, VAEs and GANs on images",
    commands: [
      InitCommand.command,
      TrainCommand.command,
      SearchCommand.command,
      ReproduceCommand.command,
      EvaluateCommand.command,
      CompareCommand.command,
      ReconstructCommand.command,
      EmbedCommand.command,
      ReportCommand.command,
      DenoiseCommand.command,
      RobustnessCommand.command,
      EncodeCommand.command,
      DecodeCommand.command,
      GenerateCommand.command,
      TraverseCommand.command,
      InterpolateCommand.command,
      AnomaliesCommand.command,
      ClassifyCommand.command,
      ExportCommand.command,
      DataCommand.command,
      ShowCommand.command,
      RecipeCommand.command,
      BenchCommand.command,
      DoctorCommand.command,
      CompletionsCommand.command,
      HelpCommand.command,
    ])
}

@main
enum Main {
  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    exit(Program.bobbin.main(arguments, output: .standard, terminal: .standardError()))
  }
}
