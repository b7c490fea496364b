import Bobbin

/// Prints `docs/recipes.md`; a test holds the file to it.
enum RecipeCommand {
  static let command = Command(
    "recipe", .train, "Print every key that a recipe may have, as Markdown",
    details: "Made from what reads recipes: with each key go what it takes, its default and its meaning.",
    examples: [.init("bobbin recipe | less", "What can be said, and what is meant when nothing is said")]
  ) { context in
    try context.output.write(page)
  }

  private static var page: String {
    introduction + "\n\n" + Recipe.schema.grammar.reference(titled: "recipe")
  }

  private static let introduction = #"""
    # Recipes

    <!-- Made by `make docs` from the program; change Sources/bobbin/Commands/RecipeCommand.swift or the schema. -->

    A recipe is a YAML file that says everything about an experiment: the data, the model, the training.
    `Recipes/` holds complete ones. `bobbin show RECIPE` prints the network that a recipe makes without training it,
    and a run's `recipe.yaml` is its recipe with every default filled in.

    ## How to read this page

    * Titles are paths: `recipe.training.optimizer.adam` is about what stands at `training:`, `optimizer:`, `adam:`.
      Items of a list, such as the layers of an encoder, have no step of their own in a title. The kind of a model has one:
      `recipe.model.vae` is about what stands beside `kind: vae`.
    * Where a table says `required`, the key must be given; `none` means that nothing happens without it; all else is
      the value that a missing key has.
    * "One of adam, sgd" is a choice of kinds. A kind is its bare name where all its keys have defaults, or a mapping with
      that name as its one key: `relu`, `adam`, `{adam: {learningRate: 0.002}}`, `{linear: {features: 20, bias: false}}`.
    * "A bare value stands for `features`" means that `{linear: 20}` is short for `{linear: {features: 20}}`.
    * `unflatten` takes its list at once: `{unflatten: [32, 4, 4]}`.
    * Unknown keys are mistakes, reported with file, line, column and the nearest valid name.

    ## What keys do not say

    **`decoder: {mirrored: …}`** makes the decoder from the encoder, last layer first. `linear` becomes `linear`, `conv`
    becomes `convTranspose` with the output padding that gives back every height and width exactly, `convTranspose`
    becomes `conv`, `flatten` becomes `unflatten`. Behind a layer of the decoder stands the activation that followed
    the layer of the encoder with a value of that width. Batch norm is repeated only behind a layer of the same kind: a
    `linear` that leads back to an image has none. What follows the encoder's last `conv` or `linear` belongs to the code
    and has no counterpart. Behind the decoder's last layer stands `output`. Nothing but `flatten` may stand before the
    encoder's first `conv` or `linear`. Weights are not shared with the encoder. A decoder that should differ is a list of
    layers.

    **`kind: vae`**: the encoder's list ends in features. One `linear` of 2·`latent` is appended to it, whose first half is
    the code's mean and whose second half is the logarithm of its variance; do not write it. A mirrored decoder
    begins with the code of `latent` numbers. The loss is the likelihood's term plus `beta` times the KL divergence, in nats
    per image, that is, summed over pixels and code. `likelihood: bernoulli` applies the sigmoid itself, so its decoder ends
    without activation. `likelihood: {gaussian: 0.5}` makes the term ‖x − x̂‖²; its constant, ½·pixels·ln(2π·variance), is
    left out.

    **`kind: autoencoder`**: with `latent: 20`, one `linear` of 20 features is appended to the encoder's list, which then must not end
    in one of its own; a mirrored decoder begins with it. So the size of the code has a key of its own, as in a VAE, for
    `--sweep model.latent=2..6`. Both losses are means over pixels. `binaryCrossEntropy` needs a decoder that ends in a sigmoid
    and a `scale` of [0, 1].

    **`corruption:`** is a list of steps, taken in order on the pixels as `data.scale` makes them: what goes into the model is corrupted, what
    its output is compared with is not. So it makes a denoising model of any autoencoder or VAE. Draws depend on a seed, on the
    image's place in its data set and on the pixel, never on batch, order or threads. In training they depend on `training.seed` and the
    step too, unless `draws: fixed` is said; for validation and test images, `bobbin evaluate` and `bobbin denoise` they are always those
    of `corruption.seed`, so that models are compared on the same noisy images. Salt is the white of `data.scale`, pepper its black;
    masking makes 0. In a `oneOf`, a list stands for its steps one after the other. `--noise SPEC` of `bobbin denoise` and
    `bobbin evaluate` takes what may stand behind `corruption:`.

    ```yaml
    corruption:
      - oneOf:
          - gaussian: 0.3
          - [saltAndPepper: 0.1, masking: 0.05]
      - clamp: [0, 1]
    ```

    ```yaml
    corruption: {apply: [gaussian: {mean: 0, std: 0.3}], draws: fixed, seed: 3}
    ```

    **`schedule:`** gives one learning rate for each epoch, counted from the end of the warm-up. `plateau` judges by the loss that the
    history shows, so a run that resumes takes the same rates.

    **`betaWarmUp:`** weighs the KL divergence of update s with β·min(1, (s − 1)/length). The `loss` of training, validation and test
    is reckoned with all of β throughout, so that they can be compared with each other; in the warm-up it may therefore rise.

    **`monitor: test`** records the loss of the test images after every epoch, to be looked at: no choice of weights, no
    early stopping and nothing else depends on it.

    **`sweep:`** makes one run for every combination of values, in a folder of their own with a table of all; `bobbin train --sweep` does
    the same from the command line. Keys are paths as `--set` has them. Values are a list; `2..6`, every whole number from 2 to 6;
    `0..1+0.25`, in steps of 0.25; or `2..64*2`, each twice the one before. With `seeds: 3`, every combination is trained three times, with
    `training.seed` and the two numbers that follow; the images that are held out depend on `data.split.seed` and stay the same.

    ```yaml
    sweep: {model.latent: 2..6, training.batch: [64, 128], seeds: 3}
    ```

    **`search:`** is for `bobbin search`, which trains the recipe with other values at some keys. A parameter that is called like a
    key, dotted as behind `--set`, sets that key. All others are named under `set:`, where `"{n}"` stands for the value of `n`. In
    braces may stand numbers and parameters with `+`, `-`, `*` and parentheses. The choices of a parameter are bare values, or names
    for trees, which may have parameters too. `when` makes a parameter take part only where an earlier one has certain values; where it
    takes no part, keys that need it keep their defaults. All trials share the images, so of `data:` only `scale` and `split` can be varied.
    The value of a trial is that of its last epoch, or of the best one where early stopping goes back to it. Before the study begins both
    ends of every range and every choice are tried against the recipe.

    ```yaml
    extends: cae.yaml
    search:
      trials: 50
      sampler: random
      pruner: {median: {startup: 3, warmUp: 2}}
      parameters:
        n: {integer: {from: 4, to: 10}}
        rate: {float: {from: 5e-5, to: 5e-2, log: true}}
        training.batch: {choice: [64, 128, 256]}
        optimizer:
          choice:
            Adam: {adam: {learningRate: "{rate}"}}
            SGD: {sgd: {learningRate: "{rate}", momentum: 0.9}}
      set:
        model.encoder.0.conv.channels: "{n}"
        model.encoder.2.conv.channels: "{2*n}"
        training.optimizer: "{optimizer}"
    ```

    **`extends: PATH`**, beside the keys below, takes over another recipe, at a path relative to the file that says so.
    What the file says changes that recipe: mappings are merged key by key, lists and values are replaced, and `null` takes
    a key away. Where there was a list, a mapping with numbers as keys changes these items of it, counted from 0; `null` takes an item
    away, and the number behind the last adds one. A recipe that extends others is complete when all are merged, so the file
    itself need not have the required keys.

    ```yaml
    extends: cae.yaml
    name: cae-two-dimensions
    model:
      encoder: {9: {linear: 2}}
    training: {batch: 64}
    ```

    **`--set PATH=VALUE`**, with `train`, `search`, `show` and `bench`, changes a recipe for one call, any number of times. The path is dotted, a
    number picks an item of a list, from 0, the one behind the last adds an item, and the value is YAML: `--set training.batch=64`,
    `--set model.encoder.0.conv.channels=16`, `--set data.scale='[-1, 1]'`.
    """#
}
