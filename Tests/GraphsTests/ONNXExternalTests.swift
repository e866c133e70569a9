import Foundation
import Graphs
import Tensors
import Testing

/// Weights that lie in a file beside the model.
@Suite final class ONNXExternalTests {
  private let folder: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.path + "/pleura-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: folder + "/model", withIntermediateDirectories: true)
    let values = (0..<8).flatMap { value in
      withUnsafeBytes(of: Float(value).bitPattern.littleEndian) { Array($0) }
    }
    for name in ["/model/m.data", "/outside"] {
      #expect(FileManager.default.createFile(atPath: folder + name, contents: Data(values)))
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func read(_ entries: [String: String], count: Int = 4) throws -> Tensor? {
    let weight = Message.external("w", [count], entries)
    let bytes = Message.model([.node("Add", ["x", "w"], ["y"])], [weight], x: [count])
    let path = folder + "/model/m.onnx"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return try ONNX.read(path).parameters["w"]
  }

  @Test func partsOfTheFileAreRead() throws {
    #expect(
      try read(["location": "m.data", "offset": "8", "length": "16"])
        == Tensor([4], [2, 3, 4, 5]))
    #expect(try read(["location": "m.data", "offset": "16"]) == Tensor([4], [4, 5, 6, 7]))
    #expect(try read(["location": "m.data"], count: 8)?.values.last == 7)
  }

  @Test func nothingOutsideTheFolderIsRead() throws {
    let manager = FileManager.default
    try manager.createSymbolicLink(
      atPath: folder + "/model/link", withDestinationPath: folder + "/outside")
    try manager.createDirectory(atPath: folder + "/model/sub", withIntermediateDirectories: true)
    #expect(mkfifo(folder + "/model/pipe", 0o600) == 0)
    try manager.copyItem(atPath: folder + "/outside", toPath: folder + "/model/sub/in")
    let names = [
      "../outside", folder + "/outside", "link", "sub/in", "./m.data", "sub", ".", "..", "", "pipe",
      "missing", "sub\\in", "m.data\u{0}x", String(repeating: "a", count: 300),
    ]
    for name in names {
      #expect(throws: ONNXError(.externalData, at: .initializer(0)), "\(name)") {
        _ = try self.read(["location": name, "offset": "0", "length": "16"])
      }
    }
  }

  @Test func offsetsAndLengthsAreChecked() throws {
    let entries: [[String: String]] = [
      ["offset": "20", "length": "16"], ["offset": "33", "length": "16"],
      ["offset": "0", "length": "12"], ["offset": "0", "length": "20"], ["offset": "-4"],
      ["offset": "9223372036854775807", "length": "16"], ["offset": "99999999999999999999"],
      ["offset": "0x10"], ["length": "-16"], ["offset": "4"], ["length": "9223372036854775807"],
    ]
    for var entry in entries {
      #expect(throws: ONNXError(.externalData, at: .initializer(0)), "\(entry)") {
        entry["location"] = "m.data"
        _ = try self.read(entry)
      }
    }
    #expect(throws: ONNXError(.externalData, at: .initializer(0))) { _ = try self.read([:]) }
  }

  @Test func bytesWithoutAFolderHaveNoExternalData() throws {
    let weight = Message.external("w", [4], ["location": "m.data", "length": "16"])
    let bytes = Message.model([.node("Add", ["x", "w"], ["y"])], [weight], x: [4])
    #expect(try refusal(bytes) == ONNXError(.externalData, at: .initializer(0)))
  }
}
