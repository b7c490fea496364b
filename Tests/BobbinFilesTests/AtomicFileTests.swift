import BobbinFiles
import Foundation
import Testing

struct AtomicFileTests {
  @Test func `A file that was not there is created with the bytes and nothing else lies in the folder`() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write([1, 2, 3], to: folder + "/new")
      #expect(try contents(of: folder + "/new") == [1, 2, 3])
      #expect(try names(in: folder) == ["new"])
    }
  }

  @Test func `A longer file is replaced whole and keeps its permissions`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      try put(noise(1000), at: path)
      chmod(path, 0o640)
      try AtomicFile.write("short".utf8, to: path)
      #expect(try contents(of: path) == Array("short".utf8))
      #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o640)
    }
  }

  @Test func `A reader that has the old file open goes on reading the old bytes`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      try put(Array("old".utf8), at: path)
      let reader = try #require(FileHandle(forReadingAtPath: path))
      try AtomicFile.write("new".utf8, to: path)
      #expect(try reader.readToEnd() == Data("old".utf8))
    }
  }

  @Test func `Pieces are written in order`() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write(to: folder + "/file") { (file) throws(FileError) in
        try file.write([1, 2])
        try file.write([])
        try file.write([3])
      }
      #expect(try contents(of: folder + "/file") == [1, 2, 3])
    }
  }

  @Test func `A symbolic link stays one and the file behind it is replaced`() throws {
    try withTemporaryFolder { folder in
      try put([1], at: folder + "/behind")
      try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: "behind")
      try AtomicFile.write([2], to: folder + "/link")
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/link") == "behind")
      #expect(try contents(of: folder + "/behind") == [2])
    }
  }

  @Test func `A name as long as the file system allows is no obstacle`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/" + String(repeating: "n", count: 255)
      try AtomicFile.write([1], to: path)
      #expect(try contents(of: path) == [1])
    }
  }

  @Test func `What fails halfway leaves the old file and no temporary one`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      try put([1, 2, 3], at: path)
      let failure = FileError(.write, path, code: EIO)
      #expect(throws: failure) {
        try AtomicFile.write(to: path) { (file) throws(FileError) in
          try file.write([9])
          throw failure
        }
      }
      #expect(try contents(of: path) == [1, 2, 3])
      #expect(try names(in: folder) == ["file"])
    }
  }

  @Test(.enabled(if: canMount, "needs permission to mount a file system"))
  func `A full disk is named, the old file stays and no temporary one does`() throws {
    try withTinyDisk { disk in
      let path = disk + "/file"
      try put([1, 2, 3], at: path)
      let error = #expect(throws: FileError(.write, path, code: ENOSPC)) {
        try AtomicFile.write(noise(100_000), to: path)
      }
      #expect(
        error?.description == "cannot write \(path): No space left on device. "
          + "Free some space there and run it again; what the file held before is untouched.")
      #expect(try contents(of: path) == [1, 2, 3])
      #expect(try names(in: disk) == ["file"])
      // The space that the attempt took is free again.
      try AtomicFile.write(noise(30_000), to: path)
    }
  }

  @Test func `A folder that may not be written to is named`() throws {
    try withTemporaryFolder { folder in
      chmod(folder, 0o555)
      let error = #expect(throws: FileError(.write, folder + "/file", code: EACCES)) {
        try asNobody { try AtomicFile.write([1], to: folder + "/file") }
      }
      #expect(error?.description.contains("Permission denied. Choose a folder that you may write to.") == true)
      let left = try names(in: folder)
      #expect(left == [])
    }
  }

  @Test func `A missing folder is named`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/nowhere/file"
      let error = #expect(throws: FileError(.write, path, code: ENOENT)) { try AtomicFile.write([1], to: path) }
      #expect(error?.description.contains("Create its folder first") == true)
    }
  }

  @Test func `Folders and devices are refused rather than replaced`() throws {
    try withTemporaryFolder { folder in
      #expect(throws: FileError(.write, folder, code: EISDIR)) { try AtomicFile.write([1], to: folder) }
      let pipe = folder + "/pipe"
      mkfifo(pipe, 0o600)
      #expect(throws: FileError(.write, pipe, code: EINVAL)) { try AtomicFile.write([1], to: pipe) }
      let left = try names(in: folder)
      #expect(left == ["pipe"])
    }
  }
}

struct LineFileTests {
  @Test func `Lines come back in the order in which they were appended`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/history.jsonl"
      for line in ["{\"epoch\":1}", "", "{\"epoch\":2}"] { try LineFile.append(line, to: path) }
      #expect(try contents(of: path) == Array("{\"epoch\":1}\n\n{\"epoch\":2}\n".utf8))
      #expect(try LineFile.read(path) == .init(lines: ["{\"epoch\":1}", "", "{\"epoch\":2}"]))
    }
  }

  @Test func `A line that a crash cut off is told apart and does not swallow the next one`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/history.jsonl"
      try put(Array("one\ntw".utf8), at: path)
      #expect(try LineFile.read(path) == .init(lines: ["one"], unfinished: "tw"))
      try LineFile.append("three", to: path)
      #expect(try LineFile.read(path) == .init(lines: ["one", "tw", "three"]))
    }
  }

  @Test(.enabled(if: canMount, "needs permission to mount a file system"))
  func `A full disk leaves the file as long as it was`() throws {
    try withTinyDisk { disk in
      let path = disk + "/history.jsonl"
      try LineFile.append("one", to: path)
      #expect(throws: FileError(.append, path, code: ENOSPC)) {
        try LineFile.append(String(repeating: "x", count: 100_000), to: path)
      }
      #expect(try LineFile.read(path) == .init(lines: ["one"]))
    }
  }

  @Test func `A device that is always full is named`() {
    #expect(throws: FileError(.append, "/dev/full", code: ENOSPC)) { try LineFile.append("one", to: "/dev/full") }
  }

  @Test func `A line with a newline in it is refused`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      #expect(throws: FileError(.append, path, code: EINVAL)) { try LineFile.append("a\nb", to: path) }
      let left = try names(in: folder)
      #expect(left == [])
    }
  }
}

struct InputFileTests {
  @Test func `All bytes are read, also of a file longer than a piece`() throws {
    try withTemporaryFolder { folder in
      for count in [0, 1, 131_072, 300_001] {
        try put(noise(count), at: folder + "/file")
        #expect(try InputFile.bytes(of: folder + "/file") == noise(count))
      }
    }
  }

  @Test func `Bytes are read from where they lie, and fewer at the end`() throws {
    try withTemporaryFolder { folder in
      try put([0, 1, 2, 3, 4], at: folder + "/file")
      let file = try InputFile(folder + "/file")
      var buffer: [UInt8] = [9, 9, 9]
      #expect(try buffer.withUnsafeMutableBytes { try file.read(at: 1, into: $0) } == 3)
      #expect(buffer == [1, 2, 3])
      #expect(try buffer.withUnsafeMutableBytes { try file.read(at: 4, into: $0) } == 1)
      #expect(buffer == [4, 2, 3])
    }
  }

  @Test func `A missing file, a folder and a secret file are named`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      #expect(throws: FileError(.read, path, code: ENOENT)) { try InputFile.bytes(of: path) }
      #expect(throws: FileError(.read, folder, code: EISDIR)) { try InputFile.bytes(of: folder) }
      try put([1], at: path)
      chmod(path, 0)
      #expect(throws: FileError(.read, path, code: EACCES)) { try asNobody { try InputFile.bytes(of: path) } }
    }
  }
}
