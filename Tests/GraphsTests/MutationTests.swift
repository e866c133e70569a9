import Foundation
import Graphs
import Tensors
import Testing

/// Files that are nearly right: changed bytes, cuts, splices and repeats of good ones.
///
/// `PLEURA_MUTATIONS` sets how many, `PLEURA_SEED` the seed.
@Suite struct MutationTests {
  private static func setting(_ name: String, _ value: Int) -> Int {
    ProcessInfo.processInfo.environment[name].flatMap(Int.init) ?? value
  }

  private static let count = setting("PLEURA_MUTATIONS", 2000)
  private static let seed = setting("PLEURA_SEED", 20)

  /// SplitMix64.
  private struct Mutator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
      return z ^ z >> 31
    }

    mutating func below(_ bound: Int) -> Int { bound < 1 ? 0 : Int(next() % UInt64(bound)) }

    mutating func range(_ count: Int) -> Range<Int> {
      let start = below(count)
      return start..<min(count, start + 1 + below(64))
    }

    /// A changed copy of `file`; `files` lend parts.
    mutating func mutant(_ file: [UInt8], _ files: [[UInt8]]) -> [UInt8] {
      var bytes = file
      for _ in 0...(below(2) * below(4)) {
        switch below(8) {
        case 0: if !bytes.isEmpty { bytes[below(bytes.count)] = UInt8(below(256)) }
        case 1: if !bytes.isEmpty { bytes[below(bytes.count)] &+= UInt8(1 + 254 * below(2)) }
        case 2:
          for _ in 0...below(8) where !bytes.isEmpty {
            bytes[below(bytes.count)] = UInt8(below(256))
          }
        case 3: if !bytes.isEmpty { bytes[below(bytes.count)] ^= 1 << UInt8(below(8)) }
        case 4: bytes = Array(bytes.prefix(below(bytes.count + 1)))
        case 5:
          let other = files[below(files.count)]
          bytes =
            Array(bytes.prefix(below(bytes.count + 1))) + other.dropFirst(below(other.count + 1))
        case 6: bytes.removeSubrange(range(bytes.count))
        default: bytes.insert(contentsOf: bytes[range(bytes.count)], at: below(bytes.count + 1))
        }
      }
      return bytes
    }
  }

  /// Most bytes of memory this process has held.
  private static var peak: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
  }

  /// Each mutant is refused with an `ONNXError` or read; what is read, and small, also runs.
  @Test func mutatedModelsDoNoHarm() throws {
    let files = try ONNXVector.all.map { try $0.bytes }
    let shapes = try ONNXVector.all.map { try $0.shapes }
    var mutator = Mutator(state: UInt64(Self.seed))
    let limits = ONNXLimits(weightBytes: 1 << 24, activationBytes: 1 << 24)
    var (read, run) = (0, 0)
    for index in 0..<Self.count {
      let which = mutator.below(files.count)
      let bytes = mutator.mutant(files[which], files)
      do {
        let model = try ONNX.decode(bytes, limits: limits, inputShapes: shapes[which])
        read += 1
        run += try Self.runIfSmall(model) ? 1 : 0
      } catch is ONNXError {} catch { Issue.record("seed \(Self.seed), mutant \(index): \(error)") }
    }
    print(
      "seed \(Self.seed): \(Self.count) models, \(read) read, \(run) run, peak \(Self.peak >> 20) MiB"
    )
    #expect(read < Self.count)
    #expect(Self.peak < 2 << 30)
  }

  private static func runIfSmall(_ model: ImportedModel) throws -> Bool {
    let count = model.graph.nodes.reduce(0) { $0 + $1.shape.count }
    guard count < 100_000 else { return false }
    let inputs = model.inputs.map { ($0.name, Tensor(zeros: model.graph.shape(of: $0.value))) }
    let outputs = try Plan(model.graph, outputs: model.outputs.map(\.value)).run(
      inputs: Dictionary(inputs) { first, _ in first }, parameters: model.parameters,
      workspace: Workspace(threads: 1))
    #expect(outputs.map(\.shape) == model.outputs.map { model.graph.shape(of: $0.value) })
    return true
  }

  @Test func mutatedTensorFilesDoNoHarm() throws {
    var files = try ONNXVector.all.prefix(12).map {
      [UInt8](
        try #require(
          FileManager.default.contents(atPath: String($0.path.dropLast(4)) + "safetensors")))
    }
    let small = Parameters(["a": Tensor([2], [1, 2]), "b": Tensor([], [3])])
    files += try (0..<24).map { try Safetensors.encode(small, metadata: ["k": "\($0)"]) }
    var mutator = Mutator(state: UInt64(Self.seed))
    var read = 0
    for index in 0..<Self.count {
      do {
        let file = files[mutator.below(files.count)]
        let contents = try Safetensors.decode(mutator.mutant(file, files))
        for name in contents.parameters.names {
          #expect(contents.parameters[name].map { $0.values.count == $0.shape.count } == true)
        }
        read += 1
      } catch is GraphError {} catch {
        Issue.record("seed \(Self.seed), mutant \(index): \(error)")
      }
    }
    print(
      "seed \(Self.seed): \(Self.count) tensor files, \(read) read, peak \(Self.peak >> 20) MiB")
    #expect(read < Self.count)
    #expect(Self.peak < 2 << 30)
  }
}
