// swift-tools-version: 6.1
import PackageDescription

// One table: every target, what it stands on, and what it is for. Arrows only point down the list.

/// A library of ours and its tests, which may use whatever the library uses.
func library(_ name: String, on dependencies: [Target.Dependency], tests: [Target.Dependency]? = []) -> [Target] {
  let test = tests.map {
    Target.testTarget(
      name: "\(name)Tests", dependencies: [.target(name: name)] + $0 + dependencies, swiftSettings: settings)
  }
  return [.target(name: name, dependencies: dependencies, swiftSettings: settings)] + (test.map { [$0] } ?? [])
}

/// A library that Debian provides: a module map over its headers.
func system(_ name: String, pkgConfig: String, package: String) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

let settings: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")]

let package = Package(
  name: "bobbin",
  products: [
    .library(name: "Bobbin", targets: ["Bobbin"]),
    .executable(name: "bobbin", targets: ["bobbin"]),
  ],
  targets: [
    // What Debian gives us
    [system("CZlib", pkgConfig: "zlib", package: "zlib1g-dev")],
    [system("CYAML", pkgConfig: "yaml-0.1", package: "libyaml-dev")],
    [system("CPNG", pkgConfig: "libpng", package: "libpng-dev")],
    [system("CGIF", pkgConfig: "libgif", package: "libgif-dev")],
    [system("CTurboJPEG", pkgConfig: "libturbojpeg", package: "libturbojpeg0-dev")],
    [system("CWebP", pkgConfig: "libwebp", package: "libwebp-dev")],
    [system("CCurl", pkgConfig: "libcurl", package: "libcurl4-openssl-dev")],
    [system("CMatio", pkgConfig: "matio", package: "libmatio-dev")],
    [system("CFreeType", pkgConfig: "freetype2", package: "libfreetype-dev")],
    [system("CSQLite", pkgConfig: "sqlite3", package: "libsqlite3-dev")],
    [system("CCairo", pkgConfig: "cairo", package: "libcairo2-dev")],
    [system("CLAPACKE", pkgConfig: "lapacke", package: "liblapacke-dev")],

    // The engine
    [.target(name: "CKernels")],
    library("BobbinFiles", on: ["CZlib"]),
    library("BobbinEngine", on: [], tests: ["BobbinTestSupport", "BobbinFiles"]),
    library(
      "BobbinCPU", on: ["BobbinEngine", "CKernels"], tests: ["BobbinTestSupport", "BobbinModels", "BobbinFiles"]),

    // One test body for every backend
    [
      .target(
        name: "BobbinTestSupport", dependencies: ["BobbinModels", "BobbinEngine"], path: "Tests/Support",
        swiftSettings: settings)
    ],

    // Run by a test: counts the heap allocations of training steps
    [
      .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
      .executableTarget(
        name: "AllocationProbe", dependencies: ["AllocationCounter", "BobbinTestSupport", "BobbinCPU"],
        path: "Tests/AllocationProbe", swiftSettings: settings),
    ],

    // Search for hyper-parameters: knows nothing of the others but files
    library("BobbinSearch", on: ["CSQLite", "BobbinFiles"], tests: ["SearchProbe"]),
    [
      // Run by tests, as a worker of its own; and a comparison with Optuna
      .executableTarget(
        name: "SearchProbe", dependencies: ["BobbinSearch"], path: "Tests/SearchProbe", swiftSettings: settings),
      .executableTarget(
        name: "SearchBenchmark", dependencies: ["BobbinSearch"], path: "Benchmarks/search",
        exclude: ["baseline.json", "make_baseline.py"], swiftSettings: settings),
    ],

    // What people train, and on what
    library("BobbinModels", on: ["BobbinEngine"]),
    library(
      "BobbinData", on: ["BobbinFiles", "BobbinEngine", "CPNG", "CCurl", "CTurboJPEG", "CWebP", "CMatio", "CFreeType"],
      tests: ["BobbinFigures", "BobbinTestSupport"]),
    library(
      "BobbinTraining", on: ["BobbinModels", "BobbinData", "BobbinFiles", "BobbinEngine"],
      tests: ["BobbinTestSupport", "BobbinCPU"]),
    library(
      "BobbinRecipes", on: ["CYAML", "BobbinTraining", "BobbinModels", "BobbinData", "BobbinSearch"],
      tests: ["BobbinTestSupport"]),
    library("BobbinFigures", on: ["CPNG", "CGIF", "CCairo", "BobbinFiles"]),

    // Maps, samples and measures of latent codes; of the engine only its worker threads
    [.target(name: "CAnalysis", dependencies: ["CKernels"])],
    library("BobbinAnalysis", on: ["CAnalysis", "CKernels", "CLAPACKE"]),

    // Run by Benchmarks/peers/tsne_compare.py: one map and what it cost
    [
      .executableTarget(
        name: "MapBench", dependencies: ["BobbinAnalysis"], path: "Benchmarks/MapBench", swiftSettings: settings)
    ],

    // What people use
    library(
      "Bobbin",
      on: [
        "BobbinTraining", "BobbinRecipes", "BobbinModels", "BobbinData", "BobbinSearch", "BobbinAnalysis",
        "BobbinFigures", "BobbinCPU", "BobbinEngine", "BobbinFiles",
      ], tests: ["BobbinTestSupport"]),
    // The reports that are reproduced: what they trained, show and say
    library("BobbinReproduction", on: ["Bobbin"], tests: ["BobbinTestSupport"]),
    [
      .executableTarget(
        name: "bobbin", dependencies: ["Bobbin", "BobbinReproduction", "CPNG", "CYAML", "CZlib"],
        swiftSettings: settings),
      .testTarget(
        name: "CommandTests", dependencies: ["bobbin", "Bobbin", "BobbinTestSupport", "CTurboJPEG", "CSQLite"],
        exclude: ["Snapshots"],
        swiftSettings: settings),
    ],
  ].flatMap { $0 },
  cxxLanguageStandard: .cxx17
)
