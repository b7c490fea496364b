import Bobbin

// Each action with what it takes, and a help of its own.

extension DataCommand {
  static let actions: [Command] = [
    action(
      .info, "Print counts, shape, files and classes of images", reading + [Common.json],
      [.init("bobbin data info fashion-mnist", "What there is, and where it was found")]),
    action(
      .fetch, "Download a set known by name",
      details: """
        From its official address or a mirror of it, into DESTINATION or the cache; every file is checked, and those that are there \
        stay as they are.
        """, [destination, mirror, Common.data],
      [.init("bobbin data fetch mnist", "Download MNIST into the cache")]),
    action(
      .preview, "Draw the first twelve images of every class",
      details: "Without labels, the first 144 images. DESTINATION is a picture (.png).", [destination] + reading,
      [.init("bobbin data preview MNIST.mat digits.png --transpose", "A sheet with every class")]),
    action(
      .export, "Write image files",
      details: """
        PNG files in DESTINATION, a new folder, and in it a folder for each class; with --planted all in one folder, where images of other \
        classes hide, and DESTINATION-planted.csv says which they are.
        """, [destination] + reading + writing,
      [
        .init(
          "bobbin data export fashion-mnist bags --class bag --limit 500 --planted 10",
          "500 bags in a folder, and ten other things among them")
      ]),
    action(
      .convert, "Write images in another form",
      details: """
        For a DESTINATION that ends in .npz a NumPy file; for one that ends in / a folder of images, as export does; else a pair of IDX \
        files, DESTINATION-images-idx3-ubyte and DESTINATION-labels-idx1-ubyte.
        """, [destination] + reading + writing,
      [.init("bobbin data convert photos photos.npz --size 32 --channels rgb", "A folder of images as a NumPy file")]),
  ]

  /// What says which images are read.
  private static let reading: [any CommandArgument] = [
    part, labels, transpose, size, channels, strict, Common.data,
  ]
  /// What says which of them become files.
  private static let writing: [any CommandArgument] = [classes, limit, planted, seed]

  private static func action(
    _ action: Action, _ summary: String, details: String = "", _ arguments: [any CommandArgument],
    _ examples: [Command.Example]
  ) -> Command {
    Command(
      "data \(action.rawValue)", .data, summary, details: details, arguments: [source] + arguments, examples: examples
    ) { context in try context.perform(action) }
  }
}
