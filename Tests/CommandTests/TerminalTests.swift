import Bobbin
import Testing
import bobbin

@Suite("Numbers for people")
struct FormatTests {
  @Test(
    "Durations",
    arguments: [
      (0, "0 µs"), (0.000_048, "48 µs"), (0.0048, "4.8 ms"), (0.048, "48 ms"), (0.999_4, "999 ms"), (0.9996, "1.0 s"),
      (12.34, "12.3 s"), (59.96, "1:00"), (83, "1:23"), (3_723, "1:02:03"), (183_723, "51:02:03"), (.nan, "–"),
      (.infinity, "–"), (-1, "–"),
    ] as [(Double, String)])
  func durations(seconds: Double, text: String) { #expect(Format.duration(seconds) == text) }

  @Test(
    "Counts",
    arguments: [
      (0, "0"), (999, "999"), (1_000, "1,000"), (12_345, "12,345"), (1_234_567, "1,234,567"), (-1_000, "-1,000"),
      (-999, "-999"), (.min, "-9,223,372,036,854,775,808"),
    ] as [(Int, String)])
  func counts(number: Int, text: String) { #expect(Format.count(number) == text) }

  @Test(
    "Bytes",
    arguments: [
      (0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (1_234_567, "1.2 MB"), (9_960_000, "10 MB"), (999_600, "1.0 MB"),
      (47_000_000_000, "47 GB"), (.max, "9.2 EB"),
    ] as [(Int, String)])
  func bytes(number: Int, text: String) { #expect(Format.bytes(number) == text) }

  @Test(
    "Losses keep four digits",
    arguments: [
      (0.015234, "0.01523"), (1, "1.000"), (12.5, "12.50"), (0.000_015_234, "1.523e-05"), (123_456, "1.235e+05"),
      (0, "0.000"),
      (9999, "9999"), (.nan, "nan"),
    ] as [(Double, String)])
  func losses(value: Double, text: String) { #expect(Format.significant(value, digits: 4) == text) }

  @Test(
    "Rates",
    arguments: [(45_678.4, "45,678"), (99.94, "99.9"), (0.012, "0.0120"), (.infinity, "–")] as [(Double, String)])
  func rates(rate: Double, text: String) { #expect(Format.rate(rate) == text) }
}

@Suite("What the environment says of a terminal")
struct TerminalEnvironmentTests {
  func terminal(_ environment: [String: String], isTerminal: Bool = true) -> Terminal {
    Terminal(isTerminal: isTerminal, environment: { environment[$0] }, width: { 80 }, write: { _ in })
  }

  @Test("LC_ALL goes before LC_CTYPE before LANG, and empty means unset")
  func locale() {
    #expect(terminal(["LANG": "de_DE.UTF-8"]).style.isUnicode)
    #expect(terminal(["LANG": "C.utf8"]).style.isUnicode)
    #expect(!terminal(["LANG": "C"]).style.isUnicode)
    #expect(!terminal([:]).style.isUnicode)
    #expect(!terminal(["LC_ALL": "C", "LC_CTYPE": "C.UTF-8", "LANG": "C.UTF-8"]).style.isUnicode)
    #expect(terminal(["LC_ALL": "", "LC_CTYPE": "C.UTF-8", "LANG": "C"]).style.isUnicode)
  }

  @Test("NO_COLOR takes colours, TERM=dumb takes drawing, a file takes both")
  func interaction() {
    #expect(terminal(["TERM": "xterm"]).isInteractive)
    #expect(terminal(["TERM": "xterm"]).style.isColored)
    #expect(!terminal(["NO_COLOR": "1"]).style.isColored)
    #expect(terminal(["NO_COLOR": ""]).style.isColored)
    #expect(!terminal(["TERM": "dumb"]).isInteractive)
    #expect(!terminal(["TERM": "dumb"]).style.isColored)
    #expect(!terminal([:], isTerminal: false).isInteractive)
    #expect(!terminal([:], isTerminal: false).style.isColored)
  }
}

@Suite("Progress")
struct ProgressTests {
  let ascii = Terminal.Style(isUnicode: false, isColored: false)
  let unicode = Terminal.Style(isUnicode: true, isColored: false)
  let progress = Progress(
    label: "epoch 3/100", completed: 12_345, total: 48_000, unit: "images", rate: 45_678, detail: "loss 0.0152")

  @Test(
    "leaves out what does not fit, the least useful first",
    arguments: [
      (
        130,
        "epoch 3/100 [##########..............................]  25%  12,345/48,000  45,678 images/s  ETA 0:01  loss 0.0152"
      ),
      (100, "epoch 3/100 [######...................]  25%  12,345/48,000  45,678 images/s  ETA 0:01  loss 0.0152"),
      (80, "epoch 3/100 [#####...............]  25%  45,678 images/s  ETA 0:01  loss 0.0152"),
      (60, "epoch 3/100 [###..........]  25%  45,678 images/s  ETA 0:01"),
      (45, "epoch 3/100 [###............]  25%  ETA 0:01"),
      (32, "epoch 3/100 [###.........]  25%"), (17, "epoch 3/100  25%"), (10, "epoch ..."), (2, "e"), (0, ""),
    ] as [(Int, String)])
  func widths(width: Int, line: String) {
    #expect(render(progress, width: width, style: ascii) == line)
    #expect(line.count <= max(0, width - 1))
  }

  @Test("is drawn in eighths of a cell where the locale has them")
  func blocks() {
    #expect(
      render(progress, width: 60, style: unicode) == "epoch 3/100 │███▎         │  25%  45,678 images/s  ETA 0:01")
    func bar(_ completed: Int) -> String {
      render(Progress(label: "x", completed: completed, total: 80, unit: "y"), width: 20, style: unicode)
    }
    #expect(bar(0) == "x │          │   0%")
    #expect(bar(1) == "x │▏         │   1%")
    #expect(bar(7) == "x │▉         │   8%")
    #expect(bar(8) == "x │█         │  10%")
    #expect(bar(80) == "x │██████████│ 100%")
    #expect(bar(99) == "x │██████████│ 100%")
    #expect(bar(-1) == "x │          │   0%")
  }

  @Test("is coloured where colours are wanted, and then takes the same room")
  func colours() {
    let colored = Terminal.Style(isUnicode: false, isColored: true)
    #expect(
      render(progress, width: 32, style: colored) == "epoch 3/100 [\u{1B}[36m###\u{1B}[0m.........]  25%")
  }

  @Test("of nothing is done") func empty() {
    #expect(
      render(Progress(label: "x", completed: 0, total: 0, unit: "y"), width: 20, style: ascii) == "x [##########] 100%")
  }

  // MARK: - Drawing

  func bar(isInteractive: Bool = true, width: @escaping @Sendable () -> Int = { 40 }) -> (ProgressBar, Sink, Clock) {
    let (sink, clock) = (Sink(), Clock())
    let terminal = Terminal(
      isInteractive: isInteractive, style: ascii, width: width, write: sink.write,
      willHideCursor: { sink.write("<guard>") })
    return (ProgressBar("work", total: 100, unit: "images", on: terminal, now: { clock.now }), sink, clock)
  }

  @Test("hides the cursor, draws over itself, and leaves nothing behind")
  func drawing() {
    let (bar, sink, clock) = bar()
    clock.advance(1)
    bar.update(completed: 10)
    #expect(sink.text == "<guard>\u{1B}[?25l\rwork [#................]  10%  ETA 0:09\u{1B}[K")
    sink.clear()
    clock.advance(1)
    bar.update(completed: 20)
    #expect(sink.text == "\rwork [###..............]  20%  ETA 0:08\u{1B}[K")
    sink.clear()
    bar.print("a line")
    #expect(sink.text == "\r\u{1B}[Ka line\n")
    clock.advance(1)
    bar.update(completed: 30)
    sink.clear()
    bar.finish()
    bar.finish()
    #expect(sink.text == "\r\u{1B}[K\u{1B}[?25h")
  }

  @Test("draws at most ten times a second")
  func redraws() {
    let (bar, sink, clock) = bar()
    for step in 1...1_000 {
      clock.advance(0.001)
      bar.update(completed: step / 10)
    }
    #expect((9...10).contains(sink.text.count { $0 == "\r" }))
  }

  @Test("follows the width of the window")
  func resizing() {
    let window = Clock()
    window.advance(40)
    let (bar, sink, clock) = bar(width: { Int(window.now) })
    clock.advance(1)
    bar.update(completed: 10)
    window.advance(-30)
    sink.clear()
    clock.advance(1)
    bar.update(completed: 20)
    #expect(sink.text == "\rwork  20%\u{1B}[K")
  }

  @Test("estimates by the last seconds, and by none before a resume")
  func rates() {
    let (bar, sink, clock) = bar(width: { 200 })
    bar.skip(to: 50)
    clock.advance(1)
    bar.update(completed: 60)
    #expect(sink.text.contains("10.0 images/s  ETA 0:04"))
    for step in 1...20 {
      clock.advance(1)
      sink.clear()
      bar.update(completed: 60 + step)
    }
    #expect(sink.text.contains("1.16 images/s"))
  }

  @Test("draws nothing where there is no terminal; lines are plain")
  func plain() {
    let (bar, sink, clock) = bar(isInteractive: false)
    clock.advance(1)
    bar.update(completed: 10)
    bar.print("epoch 1")
    bar.finish()
    #expect(sink.text == "epoch 1\n")
  }

  @Test("gives the cursor back when it is forgotten")
  func forgotten() {
    let sink: Sink
    do {
      let (bar, written, clock) = bar()
      sink = written
      clock.advance(1)
      bar.update(completed: 10)
    }
    #expect(sink.text.hasSuffix("\u{1B}[?25h"))
  }

  @Test("leaves a line for each epoch")
  func epochLines() {
    let line = EpochLine(
      epoch: 3, of: 100, losses: [.init("train", 0.015234), .init("validation", 0.0161)], isBest: true,
      imagesPerSecond: 45_678, remaining: 154)
    #expect("\(line)" == "epoch   3/100  train 0.01523  validation 0.01610 *  45,678 images/s  ETA 2:34")
    let last = EpochLine(epoch: 100, of: 100, losses: [.init("train", 0.01)], isBest: false, imagesPerSecond: 12.34)
    #expect("\(last)" == "epoch 100/100  train 0.01000    12.3 images/s")
  }
}

@Suite("A table of results")
struct TextTableTests {
  func table() -> TextTable {
    var table = TextTable([.init("noise"), .init("images"), .init("psnr", titled: "PSNR (dB)"), .init("note")])
    table.append([.text("gaussian"), .integer(12_000), .number(24.118, decimals: 2), .text("best")])
    table.append([.text("größe \"x\"\n\u{1}"), .integer(8), .number(.infinity, decimals: 2)])
    return table
  }

  @Test("aligns words to the left and numbers to the right")
  func text() {
    var table = TextTable([.init("noise"), .init("images"), .init("psnr", titled: "PSNR (dB)"), .init("note")])
    table.append([.text("gaussian"), .integer(12_000), .number(24.118, decimals: 2), .text("best")])
    table.append([.text("größe"), .integer(8), .number(9, decimals: 2)])
    #expect(
      table.text(isUnicode: false) == """
        noise     images  PSNR (dB)  note
        --------  ------  ---------  ----
        gaussian  12,000      24.12  best
        größe          8       9.00  -

        """)
    #expect(table.text(isUnicode: true).contains("────────  ──────"))
  }

  @Test("is one JSON object per row, numbers in full")
  func json() {
    #expect(
      table().json == #"""
        {"noise":"gaussian","images":12000,"psnr":24.118,"note":"best"}
        {"noise":"größe \"x\"\n\u0001","images":8,"psnr":null,"note":null}

        """#)
  }

  @Test("without rows is its titles")
  func empty() {
    #expect(TextTable([.init("a"), .init("bc")]).text(isUnicode: false) == "a  bc\n-  --\n")
    #expect(TextTable([.init("a")]).json == "")
  }
}
