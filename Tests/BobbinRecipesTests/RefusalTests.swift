import BobbinRecipes
import BobbinTestSupport
import Foundation
import Testing

/// What recipes cannot say is refused at its place.
@Suite struct RefusalTests {
  private func read(_ yaml: String) throws -> Recipe { try Recipe.schema.read(tree(yaml)) }

  /// A key of a recipe with its place, counted from 1.
  private struct Written {
    let key: String
    let line: Int
    let column: Int
  }

  private func keys(_ yaml: String) -> [Written] {
    yaml.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { number, line in
      guard let match = line.firstMatch(of: /^ *(- )?([A-Za-z0-9]+):/) else { return nil }
      let column = line.distance(from: line.startIndex, to: match.2.startIndex)
      return Written(key: String(match.2), line: number + 1, column: column + 1)
    }
  }

  /// `yaml` with the last two characters of a key swapped.
  private func misspelling(_ written: Written, in yaml: String) -> (yaml: String, key: String) {
    var wrong = written.key
    let last = wrong.removeLast()
    if wrong.last != last { wrong.insert(last, at: wrong.index(before: wrong.endIndex)) }
    var lines = yaml.components(separatedBy: "\n")
    let line = lines[written.line - 1]
    let start = line.index(line.startIndex, offsetBy: written.column - 1)
    lines[written.line - 1].replaceSubrange(
      start..<line.index(start, offsetBy: written.key.count), with: wrong)
    return (lines.joined(separator: "\n"), wrong)
  }

  @Test(arguments: FullRecipe.all)
  func `Every key that is misspelt is refused at its place with the right spelling`(_ text: FullRecipe.Text) throws {
    let yaml = text.yaml
    _ = try read(yaml)
    let keys = keys(yaml)
    #expect(keys.count > 10)
    for written in keys {
      let (wrong, key) = misspelling(written, in: yaml)
      let text = complaint { _ = try read(wrong) }
      #expect(text.hasPrefix("recipe.yaml:\(written.line):\(written.column): unknown "), "\(text)")
      #expect(text.hasSuffix(" \"\(key)\", did you mean \"\(written.key)\"?"), "\(text)")
    }
  }

  @Test func `The recipes above have every key that there is`() {
    let written = Set(FullRecipe.all.flatMap { keys($0.yaml).map(\.key) })
    let bare: Set = [
      "relu", "selu", "gelu", "silu", "softplus", "sigmoid", "tanh", "flatten", "bernoulli", "meanSquaredError",
      "pytorch", "xavierUniform", "xavierNormal", "kaimingUniform", "kaimingNormal", "lecunNormal", "dcgan",
      "steps", "tensorboard",
    ]
    // A run that is named is read where runs are; searches and sweeps have tests of their own.
    let elsewhere = SearchRecipe.schema.grammar.names.union(["from", "search", "sweep"])
    let kinds: Set = ["autoencoder", "vae", "gan", "classifier"]
    #expect(
      Recipe.schema.grammar.names.subtracting(elsewhere)
        == written.union(bare).union(kinds).subtracting(elsewhere))
  }

  @Test(arguments: [
    ("training.epochs=0", "epochs must be from 1 to 1000000, found 0"),
    ("training.epochs=many", "epochs must be a whole number, found \"many\""),
    ("training.batch=1.5", "batch must be a whole number, found 1.5"),
    ("training.optimizer.adam.learningRate=0", "learningRate must be above 0, found 0"),
    ("training.optimizer.adam.learningRate=.nan", "learningRate must be a number, found .nan"),
    ("training.optimizer.adam.beta1=1", "beta1 must be at least 0 and below 1, found 1"),
    ("training.optimizer=adagrad", "unknown optimizer \"adagrad\"; choices are adam, adamW, sgd, rmsProp"),
    ("training.seed=-1", "seed must be at least 0, found -1"),
    ("training.schedule={cosine: {}}", "missing key \"epochs\""),
    ("training.schedule={step: {every: 0}}", "every must be from 1 to 1000000, found 0"),
    (
      "training.schedule=linear",
      "unknown schedule \"linear\"; choices are constant, step, exponential, cosine, plateau"
    ),
    ("training.clip={norm: 0}", "norm must be above 0, found 0"),
    ("training.monitor=tset", "unknown monitor \"tset\", did you mean \"test\"?"),
    ("data.set=cifar", "unknown set \"cifar\"; choices are fashion-mnist, mnist, kmnist, digits-synthetic"),
    ("data.set=fashion-mnits", "unknown set \"fashion-mnits\", did you mean \"fashion-mnist\"?"),
    ("data.scale=[1, 0]", "scale must go from a smaller to a larger number"),
    ("data.scale=[1]", "scale must have exactly 2 items, found 1"),
    ("data.split.validation=-3", "validation must be from 0 to 1000000000, or a fraction below 1, found -3"),
    ("data.split.validation=1.5", "validation must be a whole number of images, or a fraction from 0 to less than 1"),
    ("data.split.test=some", "test must be a number of images, or a fraction below 1, found \"some\""),
    ("data.split.folds=1", "folds must be from 2 to 1000, found 1"),
    ("data.split={fold: 2}", "fold says which of the folds is held out: say folds too"),
    ("data.split={folds: 3, fold: 4}", "there is no fold 4 of 3"),
    ("data.split={folds: 3, validation: 4}", "folds decide which images are held out: leave validation away"),
    ("data={}", "data needs one of set, idx, mat, npz or images (a folder); found none"),
    ("data={set: mnist, mat: x.mat}", "data needs one of set, idx, mat, npz or images (a folder); found set and mat"),
    ("data={set: mnist, count: 600}", "count goes with the set digits-synthetic"),
    ("data={set: mnist, transpose: true}", "transpose goes with mat, npz, not with set"),
    ("data={images: photos, labels: y}", "labels goes with mat, npz, not with images"),
    ("data={images: photos, fit: crop}", "fit says how images come to their size: say size too"),
    ("data={images: photos, channels: gray}", "unknown channels \"gray\", did you mean \"grey\"?"),
    ("data={npz: x.npz, test: {images: y}}", "test must be the path of a file or folder here"),
    ("data.resize=0", "resize must be from 1 to 16384, found 0"),
    ("data.resize=[28]", "resize must have exactly 2 items, found 1"),
    ("name=a/b", "name must be letters, digits"),
    ("name=.hidden", "name must be letters, digits"),
    ("name=null", "name must be text, found nothing"),
    ("model.kind=autoencodr", "unknown kind \"autoencodr\", did you mean \"autoencoder\"?"),
    ("model.loss=mse", "unknown loss \"mse\"; choices are meanSquaredError, binaryCrossEntropy"),
    ("model.encoder=[]", "encoder must have at least 1 items, found 0"),
    ("model.encoder=relu", "encoder must be a list, found \"relu\""),
    ("model.encoder.0.conv.kernel=0", "kernel must be from 1 to 1024, found 0"),
    (
      "model.encoder.0.conv.channels=9000000000000000000",
      "channels must be from 1 to 1000000, found 9000000000000000000"
    ),
    ("model.encoder.0.conv.padding=9000000000000000000", "padding must be from 0 to 1024, found 9000000000000000000"),
    ("training.batch=9000000000000000000", "batch must be from 1 to 1000000, found 9000000000000000000"),
    ("model.encoder.0.conv.bias=perhaps", "bias must be true or false, found \"perhaps\""),
    ("model.encoder.1.batchNorm.momentum=2", "momentum must be from 0 to 1, found 2"),
    ("model.encoder.1.batchNorm.epsilon=0", "epsilon must be above 0, found 0"),
    ("model.encoder.3=rleu", "unknown layer \"rleu\", did you mean \"relu\"?"),
    ("model.encoder.9=relu", "encoder is a list and has no \"9\"; its items are 0 to 4"),
    ("model.decoder.1.unflatten=[4, 14]", "unflatten must have exactly 3 items, found 2"),
    ("model.decoder={mirrored: {output: softmax}}", "unknown output \"softmax\"; choices are none, sigmoid, tanh"),
    ("callbacks.0.earlyStopping.patience=0", "patience must be from 1 to 1000000, found 0"),
    ("callbacks.0.earlyStopping.watch=loss", "unknown watch \"loss\"; choices are validation.loss, training.loss"),
  ])
  func `A value that cannot be is refused with what can be`(_ override: String, _ problem: String) throws {
    let text = complaint {
      _ = try Recipe.schema.read(tree(["recipe.yaml": FullRecipe.autoencoder], set: [override]))
    }
    #expect(text.hasPrefix("--set \(override): \(problem)"), "\(text)")
  }

  @Test(arguments: [
    ("  kind: vae\n", "", "recipe.yaml:5:3: missing key \"kind\" of model: one of autoencoder, vae, gan"),
    ("  kind: vae\n", "  kind: vae\n  knd: vae\n", "recipe.yaml:6:3: unknown key \"knd\", did you mean \"kind\"?"),
    ("  latent: 2\n", "", "recipe.yaml:5:3: missing key \"latent\": Dimensions of the code"),
    ("variance: 0.5", "variance: 0", "recipe.yaml:16:17: variance must be above 0, found 0"),
    ("beta: 4", "beta: -1", "recipe.yaml:17:9: beta must be at least 0, found -1"),
    ("latent: 2", "loss: 2", "recipe.yaml:13:3: unknown key \"loss\""),
    (
      "  set: mnist\n", "  {}\n",
      "recipe.yaml:3:3: data needs one of set, idx, mat, npz or images (a folder); found none"
    ),
  ])
  func `A variational autoencoder's recipe is refused at the place`(
    _ old: String, _ new: String, _ problem: String
  ) throws {
    let yaml = FullRecipe.vae.replacingOccurrences(of: old, with: new)
    #expect(yaml != FullRecipe.vae)
    let text = complaint { _ = try read(yaml) }
    #expect(text.hasPrefix(problem), "\(text)")
  }
}
