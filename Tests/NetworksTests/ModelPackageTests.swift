import Foundation
import Graphs
import Imaging
import Networks
import Tensors
import Testing

@Suite struct ModelPackageTests {
  private let folder = FileManager.default.temporaryDirectory.path + "/pleura-\(UUID().uuidString)"

  private static func package() throws -> ModelPackage {
    let spec = NetworkTests.plain
    var description = ModelDescription(
      name: "sample", version: "1.0.0", task: .classification, modalities: ["DX", "CR"],
      labels: [
        .init(
          name: "pneumothorax", display: "Pneumothorax",
          code: .init(value: "36118008", scheme: "SCT", meaning: "Pneumothorax"))
      ],
      network: spec, preparation: ImagePreparation(width: 16, height: 12))
    description.calibration = .init(a: -2, b: 0.5)
    description.operatingPoint = .init(threshold: 0.4, targetSensitivity: 0.9)
    description.map = .init(method: "cam", threshold: 0.3)
    let package = try ModelPackage(description, parameters: NetworkTests.parameters(spec))
    let image = NetworkTests.image([2, 1, 12, 16], seed: 1)
    return try package.recordingGolden(image, workspace: Workspace(threads: 1))
  }

  private func refusal(_ folder: String) -> ModelError.Code? {
    do {
      _ = try ModelPackage.load(folder)
      return nil
    } catch { return (error as? ModelError)?.code }
  }

  private func edit(_ name: String, _ change: (inout [UInt8]) -> Void) throws {
    let path = folder + "/" + name
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    change(&bytes)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  @Test func savedAndLoadedIsTheSame() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let package = try Self.package()
    try package.save(to: folder)
    let loaded = try ModelPackage.load(folder)
    #expect(loaded.description == package.description)
    #expect(loaded.parameters == package.parameters)
    #expect(loaded.golden == package.golden)
    #expect(loaded.digest == package.digest)
    let bytes = try ["model.json", "weights.safetensors"].flatMap {
      [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/" + $0)))
    }
    #expect(loaded.digest == SHA256.hex(of: bytes))
    try loaded.verify(workspace: Workspace(threads: 2))
  }

  /// What is not stated is not written either: packages that exist keep their digests.
  @Test(arguments: [nil, false, true] as [Bool?])
  func experimentalIsKeptAsStated(_ stated: Bool?) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let package = try Self.package()
    var description = package.description
    description.experimental = stated
    let marked = try package.describing(description)
    #expect((marked.digest == package.digest) == (stated == nil))
    try marked.save(to: folder)
    #expect(try ModelPackage.load(folder).description.experimental == stated)
    let text = try String(contentsOfFile: folder + "/model.json", encoding: .utf8)
    #expect(text.contains("experimental") == (stated != nil))
  }

  @Test func changedFilesAreRefusedOrSeen() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let package = try Self.package()
    try package.save(to: folder)
    try edit("weights.safetensors") { $0[$0.count - 1] ^= 0x40 }
    // The last weight is changed but finite: the digest and the golden vectors tell.
    let changed = try ModelPackage.load(folder)
    #expect(changed.digest != package.digest)
    #expect(throws: ModelError.self) { try changed.verify(workspace: Workspace(threads: 1)) }
    try edit("weights.safetensors") { $0.removeLast(4) }
    #expect(refusal(folder) == .weights)
    try package.save(to: folder)
    try edit("weights.safetensors") { bytes in
      let end = bytes.count
      bytes.replaceSubrange(end - 4..<end, with: [0, 0, 0xc0, 0x7f])
    }
    #expect(refusal(folder) == .weights)
    try package.save(to: folder)
    try edit("model.json") { $0.removeLast(3) }
    #expect(refusal(folder) == .document)
    try FileManager.default.removeItem(atPath: folder + "/model.json")
    #expect(refusal(folder) == .unreadable)
  }

  @Test func partsThatDoNotBelongTogetherAreRefused() throws {
    let package = try Self.package()
    var description = package.description
    description.format = 2
    #expect(throws: ModelError(.version)) {
      _ = try ModelPackage(description, parameters: package.parameters)
    }
    description = package.description
    description.labels = []
    #expect(throws: ModelError(.document)) {
      _ = try ModelPackage(description, parameters: package.parameters)
    }
    var parameters = package.parameters
    parameters["extra"] = Tensor(scalar: 1)
    #expect(throws: ModelError(.weights)) {
      _ = try ModelPackage(package.description, parameters: parameters)
    }
    let bare = try ModelPackage(package.description, parameters: package.parameters)
    #expect(throws: ModelError(.golden)) { try bare.verify(workspace: Workspace(threads: 1)) }
  }

  @Test func probabilitiesAreCalibrated() throws {
    let description = try Self.package().description
    #expect(abs(description.probability(of: 1) - 1 / (1 + exp(-1.5))) < 1e-12)
    #expect(description.probability(of: -1e6) == 0)
    #expect(description.probability(of: 1e6) == 1)
    #expect(description.isPositive(0.4) == true)
    #expect(description.isPositive(0.39) == false)
  }
}
