import BobbinData
import BobbinFiles
import BobbinModels
import BobbinRecipes
import BobbinTraining

// A classifier's recipe names a run; what is read are that run's layers. So the recipe that its own run keeps needs no other.

/// The trained encoder that a classifier begins with.
struct PretrainedEncoder: Sendable {
  /// The folder of the run that trained it, or of the run that keeps it.
  let run: String
  /// The checkpoint that holds its tensors, perhaps beside others.
  let file: String
  /// What its images were scaled to; `nil` where the recipe that asks for it is the one that says so.
  let scaling: PixelScaling?
  /// Where the recipe asks for it.
  let mark: YAMLMark
}

extension Experiment {
  /// The tree with `model.encoder.from` replaced by the layers of that run's encoder, and `model.classes` by what is known of
  /// the data set; and where the weights of those layers are.
  ///
  /// - Parameters:
  ///   - file: where the recipe was read.
  ///   - run: the run that it belongs to, if any, which has such weights already.
  static func resolvingClassifier(
    _ tree: YAMLNode, in file: String, of run: RunDirectory?
  ) throws -> (tree: YAMLNode, pretrained: PretrainedEncoder?) {
    guard let model = tree["model"], model["kind"]?.scalar?.text == "classifier" else { return (tree, nil) }
    var tree = tree
    if model["classes"] == nil, let name = tree.node(at: "data.set")?.scalar?.text,
      let set = NamedSet.all.first(where: { $0.name == name })
    {
      tree = tree.setting(["model", "classes"], to: YAMLNode(set.classNames.count))
    }
    guard let encoder = model["encoder"] else { return (tree, nil) }
    guard let from = encoder["from"], !from.isNull else {
      guard let origin = encoder["origin"], let run else { return (tree, nil) }
      return (tree, PretrainedEncoder(run: run.path, file: run.pretrained, scaling: nil, mark: origin.mark))
    }
    guard encoder["layers"] == nil, encoder["origin"] == nil else {
      throw RecipeError(from.mark, "the run says what the encoder's layers are: leave layers and origin away")
    }
    guard let name = from.scalar?.text else { throw RecipeError(from.mark, "from must be the path of a run") }
    let directory = try directory(of: name, at: from.mark, besides: file)
    do {
      let source = try Experiment(reading: directory.path)
      let layers = try source.encoderLayers()
      let best = try directory.bestCheckpoint()
      let epoch = try Checkpoint(contentsOf: best).position.epoch
      // Without its folder, which another spelling or a move would change.
      let runName = directory.path.split(separator: "/").last.map(String.init) ?? name
      let origin = "run \(runName) of recipe \(source.recipe.name), its best weights, of epoch \(epoch)"
      let resolved = [
        YAMLEntry("layers", at: from.mark, YAMLNode(.sequence(layers), at: from.mark)),
        YAMLEntry("origin", at: from.mark, YAMLNode(origin)),
      ]
      let others = encoder.entries?.filter { $0.key != "from" } ?? []
      tree = tree.setting(["model", "encoder"], to: YAMLNode(.mapping(resolved + others), at: encoder.mark))
      return (
        tree,
        PretrainedEncoder(
          run: directory.path, file: best, scaling: source.recipe.data.scaling, mark: from.mark)
      )
    } catch {
      throw RecipeError(from.mark, "the encoder of \(name) cannot be used: \(error)")
    }
  }

  /// A path as the working directory means it, else as the recipe does.
  private static func directory(
    of name: String, at mark: YAMLMark, besides file: String
  ) throws(RecipeError) -> RunDirectory {
    let places = [name, RecipeFile.resolve(name, besides: file)]
    guard let place = places.first(where: { PathKind(of: $0) == .folder }) else {
      throw RecipeError(
        mark,
        "there is no run \(name), neither here nor beside the recipe: train it first, or name another with "
          + "--set model.encoder.from=RUN")
    }
    do { return try RunDirectory(opening: place) } catch { throw RecipeError(mark, "\(error)") }
  }

  /// This experiment's encoder as recipes write it.
  private func encoderLayers() throws -> [YAMLNode] {
    guard recipe.model.pretrainedEncoder != nil, let encoder = resolved.node(at: "model.encoder"),
      let layers = encoder.items ?? encoder["layers"]?.items
    else {
      let kind = resolved.node(at: "model.kind")?.scalar?.text ?? "this kind"
      throw Refusal("a model of kind \(kind) has no encoder; name a run of an autoencoder, a vae or a classifier")
    }
    // The layer that latent adds is not in the list. That of a VAE gives log σ² too.
    guard let latent = resolved.node(at: "model.latent") else { return layers }
    return layers + [["linear": ["features": latent, "bias": true]]]
  }

  /// An encoder that learnt other numbers for black and white would see nothing that it knows.
  func checkPretrainedScale() throws(RecipeError) {
    guard let pretrained, let scaling = pretrained.scaling, scaling != recipe.data.scaling else { return }
    let ends = "[\(scaling.low), \(scaling.high)]"
    throw RecipeError(pretrained.mark, "this encoder was trained on other pixels: write data.scale: \(ends)")
  }

  /// As people wrote it, but with the whole path of the run whose encoder is taken over: that is right wherever the recipe lies.
  func writtenToMove() throws(FileError) -> YAMLNode {
    guard let pretrained, let from = written.node(at: "model.encoder.from"), !from.isNull else { return written }
    return written.setting(["model", "encoder", "from"], to: YAMLNode(try wholePath(of: pretrained.run)))
  }

  static let pretrainedNetwork = "encoder"

  /// Begins with the weights of a file, which may hold others beside them.
  func adopt(_ file: String, into session: inout Session) throws(TrainingError) {
    try session.adopt(Self.pretrainedNetwork, of: Checkpoint(contentsOf: file), from: file)
  }

  /// Whether training begins with weights that were trained before.
  var beginsPretrained: Bool { resolved.node(at: "model.encoder.origin") != nil }
}

extension YAMLNode {
  /// The tree with another node at `path`, whose mappings exist but for the last key.
  fileprivate func setting(_ path: ArraySlice<String>, to node: YAMLNode) -> YAMLNode {
    guard let key = path.first, let entries else { return node }
    guard entries.contains(where: { $0.key == key }) else {
      return YAMLNode(.mapping(entries + [YAMLEntry(key, node)]), at: mark)
    }
    let replaced = entries.map { entry in
      entry.key == key ? YAMLEntry(key, at: entry.keyMark, entry.value.setting(path.dropFirst(), to: node)) : entry
    }
    return YAMLNode(.mapping(replaced), at: mark)
  }
}

extension RunDirectory {
  fileprivate func bestCheckpoint() throws(TrainingError) -> String {
    guard PathKind(of: checkpoint(.best)) == .file else {
      throw .run(path, "has no \(Which.best.rawValue) checkpoint yet: let it train for an epoch")
    }
    return checkpoint(.best)
  }
}
