import BobbinCPU
import BobbinEngine
import BobbinFiles
import BobbinTraining
import FoundationEssentials

/// What trained some epochs of a run: a line of `machines.jsonl`.
public struct TrainingMachine: Hashable, Sendable, Codable {
  /// Epochs that were complete when it began.
  public let after: Int
  /// The version of Bobbin.
  public let version: String
  public let backend: String
  public let threads: Int?
  public let instructionSet: String?
  public let processor: String
  public let system: String

  /// This machine.
  public init(_ backend: any Backend, after epochs: Int) {
    let cpu = backend as? CPUBackend
    (after, version, self.backend) = (epochs, Machine.version, backend.name)
    (threads, instructionSet) = (cpu?.threads, cpu?.instructionSet)
    (processor, system) = (Machine.processor, Machine.system)
  }

  /// Whether the other is the same machine with the same settings.
  func isLike(_ other: TrainingMachine) -> Bool {
    (version, backend, threads, instructionSet) == (other.version, other.backend, other.threads, other.instructionSet)
      && (processor, system) == (other.processor, other.system)
  }

  /// `2 threads of avx2`
  public var computing: String {
    guard let threads, let instructionSet else { return backend }
    return "\(threads) thread\(threads == 1 ? "" : "s") of \(instructionSet)"
  }
}

extension RunDirectory {
  /// What trained the run, in order; empty for a run of a version that did not record it. Lines that cannot be read are passed over.
  public func trainingMachines() throws(FileError) -> [TrainingMachine] {
    guard PathKind(of: machines) == .file else { return [] }
    return try LineFile.read(machines).lines.compactMap { line in
      try? JSONDecoder().decode(TrainingMachine.self, from: Data(line.utf8))
    }
  }
}

/// Writes down what trains a run when it begins, and when it goes on with something else.
struct MachineRecorder: Callback {
  let run: RunDirectory
  let backend: any Backend

  mutating func trainingBegins(_ snapshot: TrainingSnapshot) throws(TrainingError) {
    let epoch = snapshot.position.epoch
    guard epoch < snapshot.epochs else { return }
    let machine = TrainingMachine(backend, after: epoch)
    do {
      if let last = try run.trainingMachines().last, last.isLike(machine) { return }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      try LineFile.append(String(decoding: try encoder.encode(machine), as: UTF8.self), to: run.machines)
    } catch let error as FileError {
      throw .file(error)
    } catch {
      throw .run(run.machines, "cannot be written: \(error)")
    }
  }
}
