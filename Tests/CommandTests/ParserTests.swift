import Testing
import bobbin

@Suite("The command line")
struct ParserTests {
  @Test("gives every argument its value, in any order")
  func values() {
    let defaults = Toy.run("train", "cae.yaml")
    #expect(defaults == Outcome(status: 0, output: "cae.yaml [] 2 cpu false runs\n", errors: ""))
    let all = Toy.run(
      "train", "--set", "a.b=1", "--threads=8", "cae.yaml", "--resume", "--set=c=d", "--device", "cuda", "--out", "x")
    #expect(all.output == "cae.yaml [\"a.b=1\", \"c=d\"] 8 cuda true x\n")
  }

  @Test("takes negative numbers for values, and everything after -- for words")
  func dashes() {
    #expect(Toy.run("decode", "-1.5", "2", "--mean", "-3e-1").output == "[-1.5, 2.0] -0.3\n")
    #expect(Toy.run("decode", "--", "-1").output == "[-1.0] none\n")
    #expect(Toy.run("train", "--", "--resume").output == "--resume [] 2 cpu false runs\n")
    #expect(Toy.run("train", "-").output == "- [] 2 cpu false runs\n")
    #expect(Toy.run("train", "null", "--out", "12").output == "null [] 2 cpu false 12\n")
    #expect(Toy.run("train", "x", "--out=--odd").output == "x [] 2 cpu false --odd\n")
  }

  @Test(
    "says what is wrong in one line and what to do in another",
    arguments: [
      ([], "expected a command", ""),
      (["trian"], "unknown command \"trian\", did you mean \"train\"?", ""),
      (["swim"], "unknown command \"swim\"; commands are train, decode, fail, forget, completions, help", ""),
      (["--verbose"], "unknown option \"--verbose\"; options are --help, --version", ""),
      (["--verion"], "unknown option \"--verion\", did you mean \"--version\"?", ""),
      (["train"], "train: missing RECIPE: The experiment to train", " train"),
      (["train", "x", "y"], "train: unexpected argument \"y\"", " train"),
      (["train", "x", "--thread", "2"], "train: unknown option \"--thread\", did you mean \"--threads\"?", " train"),
      (["train", "x", "--thr", "2"], "train: unknown option \"--thr\", did you mean \"--threads\"?", " train"),
      (
        ["train", "x", "-t", "2"],
        "train: unknown option \"-t\"; options are --set, --threads, --device, --resume, --out, --help", " train"
      ),
      (["train", "x", "--threads"], "train: --threads needs a value: --threads N", " train"),
      (
        ["train", "x", "--threads", "--resume"],
        "train: --threads needs a value, found \"--resume\"; if that is the value, write --threads=--resume", " train"
      ),
      (["train", "x", "--threads", "two"], "train: --threads must be a whole number, found \"two\"", " train"),
      (["train", "x", "--threads", "0"], "train: --threads must be from 1 to 256, found 0", " train"),
      (["train", "x", "--threads=1", "--threads=1"], "train: --threads is given twice", " train"),
      (["train", "x", "--threads="], "train: --threads must be a whole number, found nothing", " train"),
      (["train", "x", "--resume=yes"], "train: --resume takes no value, found \"yes\"", " train"),
      (["train", "x", "--device", "cdua"], "train: unknown --device \"cdua\", did you mean \"cuda\"?", " train"),
      (["train", "x", "--out="], "train: --out must be text, found \"\"", " train"),
      (["decode"], "decode: missing NUMBER: The code to decode", " decode"),
      (["decode", "1", "x"], "decode: NUMBER must be a number, found \"x\"", " decode"),
      (["completions", "csh"], "completions: unknown SHELL \"csh\", did you mean \"zsh\"?", " completions"),
    ])
  func usage(arguments: [String], problem: String, command: String) {
    let outcome = Toy.run(arguments)
    #expect(
      outcome
        == Outcome(
          status: 2, output: "", errors: "toy: \(problem)\nRun \"toy\(command) --help\" to see what it takes.\n"))
  }

  @Test("ends with 1 when a command fails, and says why")
  func failure() {
    #expect(Toy.run("fail") == Outcome(status: 1, output: "", errors: "toy: the disk is full\n"))
    #expect(Toy.run("forget").errors == "toy: the command does not declare its argument \"threads\"\n")
  }

  @Test("ends with 1 when the results cannot be written")
  func brokenOutput() {
    let errors = Sink()
    let terminal = Terminal(
      isInteractive: false, style: .init(isUnicode: false, isColored: false), width: { 80 }, write: errors.write)
    #expect(Toy.program.main(["--version"], output: Output { _ in throw Broken() }, terminal: terminal) == 1)
    #expect(errors.text == "toy: the disk is full\n")
  }

  @Test("knows its version and its commands")
  func program() {
    #expect(Toy.run("--version") == Outcome(status: 0, output: "toy 1.2.3\n", errors: ""))
    #expect(
      Toy.run("--help").output == """
        toy: does next to nothing

        Usage: toy COMMAND …

        Train:
          train        Train a model from a recipe

        Look at what was trained:
          decode       Decode a point
          fail         Fail
          forget       Ask for what is not declared

        The program itself:
          completions  Print a script that teaches a shell to complete commands and options
          help         Explain a command

        Options:
          --help       Show this help
          --version    Show the version

        "toy help COMMAND" says more about a command, with examples.

        """)
    #expect(Toy.run("help") == Toy.run("--help"))
    #expect(Toy.run("-h") == Toy.run("--help"))
  }

  @Test("explains a command with its options, defaults and examples")
  func help() {
    #expect(
      Toy.run("train", "--help").output == """
        Train a model from a recipe.

        Usage: toy train RECIPE [--set PATH=VALUE]… [--threads N] [--device NAME] [--resume]
                   [--out DIR]

        The run goes to runs/NAME-N, which is never written over, and runs/latest points to it
        from then on.

        Arguments:
          RECIPE            The experiment to train

        Options:
          --set PATH=VALUE  Change a value of the recipe (may be repeated)
          --threads N       Worker threads (default: 2)
          --device NAME     Where the work is done (cpu, cuda; default: cpu)
          --resume          Go on where the last run of this recipe stopped, as if it never had
                            stopped at all
          --out DIR         Where the run goes
          --help            Show this help

        Examples:
          # Train with two threads
          toy train cae.yaml --threads 2

          # A quick look
          toy train cae.yaml --set training.epochs=3

        """)
    #expect(Toy.run("help", "train") == Toy.run("train", "--help"))
    #expect(Toy.run("train", "x", "-h") == Toy.run("train", "--help"))
    #expect(Toy.run("help", "trian").errors.hasPrefix("toy: unknown command \"trian\", did you mean \"train\"?\n"))
  }

  @Test(
    "Every command of the program explains itself within 100 columns", arguments: Program.bobbin.commands.map(\.name))
  func commands(name: String) throws {
    let help = try Program.bobbin.help(Program.bobbin.command(named: name))
    #expect(help.contains("Usage: bobbin \(name)"))
    #expect(help.contains("Examples:\n"))
    #expect(help.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  @Test("Arguments have names of their own", arguments: Program.bobbin.commands.map(\.name))
  func argumentNames(name: String) throws {
    let names = try Program.bobbin.command(named: name).arguments.map(\.form.name)
    #expect(Set(names).count == names.count && !names.contains("help"))
  }
}

@Suite("Shell completion")
struct ShellTests {
  @Test("for bash offers commands, options, words and files")
  func bash() {
    let script = Toy.run("completions", "bash").output
    #expect(script.contains("compgen -W 'train decode fail forget completions help --help --version'"))
    #expect(script.contains("compgen -W '--set --threads --device --resume --out --help'"))
    #expect(script.contains("--device) mapfile -t COMPREPLY < <(compgen -W 'cpu cuda' -- \"$current\"); return ;;"))
    #expect(script.contains("--out) mapfile -t COMPREPLY < <(compgen -d -- \"$current\"); return ;;"))
    #expect(script.hasSuffix("complete -o filenames -F _toy toy\n"))
  }

  @Test("for zsh describes every option")
  func zsh() {
    let script = Toy.run("completions", "zsh").output
    #expect(script.hasPrefix("#compdef toy\n"))
    #expect(script.contains("    'train:Train a model from a recipe'\n"))
    #expect(script.contains("'--threads=[Worker threads]:N: '"))
    #expect(script.contains("'*--set=[Change a value of the recipe]:PATH=VALUE: '"))
    #expect(script.contains("'--device=[Where the work is done]:NAME:(cpu cuda)'"))
    #expect(script.contains("'--resume["))
    #expect(script.contains("':RECIPE:_files'"))
  }

  @Test("for fish describes every option")
  func fish() {
    let script = Toy.run("completions", "fish").output
    #expect(script.contains("complete -c toy -n __fish_use_subcommand -a train -d 'Train a model from a recipe'\n"))
    #expect(
      script.contains(
        "complete -c toy -n '__fish_seen_subcommand_from train' -l device -x -a 'cpu cuda' -d 'Where the work is done'\n"
      ))
    #expect(script.contains("complete -c toy -n '__fish_seen_subcommand_from completions' -a 'bash zsh fish'\n"))
  }
}
