import Foundation
import Graphs
import Tensors
import Testing

/// Weights that are wrong, and files that ask for more than they may.
@Suite struct ONNXLimitTests {
  private static func add(_ weight: Message) -> [UInt8] {
    Message.model([.node("Add", ["x", "w"], ["y"])], [weight], x: [2])
  }

  @Test func weightsThatAreNotFiniteAreRefused() throws {
    #expect(try refusal(Self.add(.tensor("w", [2], [1, 2]))) == nil)
    for bad in [Float.nan, .infinity, -.infinity] {
      #expect(
        try refusal(Self.add(.tensor("w", [2], [1, bad])))
          == ONNXError(.notFinite, at: .initializer(0), [1]))
    }
    // Half precision infinity, and a double that is too large.
    let half = Message.tensor("w", [1], type: 10, raw: [0x00, 0x7c])
    #expect(try refusal(Self.add(half))?.code == .notFinite)
    let double = withUnsafeBytes(of: 1e300.bitPattern.littleEndian) { Array($0) }
    #expect(try refusal(Self.add(.tensor("w", [1], type: 11, raw: double)))?.code == .notFinite)
  }

  @Test func sizesMustAgree() throws {
    for (dims, count) in [([3], 2), ([2, 2], 3), ([], 2), ([0], 1), ([2], 0)] {
      let weight = Message.tensor("w", dims, [Float](repeating: 0, count: count))
      #expect(
        try refusal(Self.add(weight))
          == ONNXError(.tensorSize, at: .initializer(0), dims + [4 * count]))
    }
    for dims in [[-1], [Int.min], [1 << 32, 1 << 32], [Int.max, 2], [1 << 33]] {
      #expect(
        try refusal(Self.add(.tensor("w", dims)))
          == ONNXError(.tensorSize, at: .initializer(0), dims))
    }
    #expect(
      try refusal(Self.add(.tensor("w", [Int](repeating: 1, count: 9), [1])))?.code == .tensorSize)
    for type in [0, 8, 14, 17, 99, -1] {
      #expect(
        try refusal(Self.add(.tensor("w", [1], [1], type: type)))
          == ONNXError(.elementType, at: .initializer(0), [type]))
    }
  }

  @Test func weightsHaveALimitTogether() throws {
    let weights = (0..<4).map {
      Message.tensor("w\($0)", [1000], [Float](repeating: 1, count: 1000))
    }
    let bytes = Message.model([.node("Relu", ["x"], ["y"])], weights)
    #expect(try refusal(bytes, ONNXLimits(weightBytes: 16000)) == nil)
    #expect(
      try refusal(bytes, ONNXLimits(weightBytes: 15999))
        == ONNXError(.tooManyWeights, at: .initializer(3), [16000, 15999]))
    // Extents that claim much more than the file holds.
    let claim = Message.tensor("w", [1 << 30])
    #expect(try refusal(Message.model([.node("Relu", ["x"], ["y"])], [claim, claim]))?.code != nil)
  }

  @Test(arguments: [
    ("Expand", [Message.integers("s", [1 << 20, 1 << 20, 4, 4])]),
    ("Expand", [Message.integers("s", [Int.max, Int.max, Int.max, 4])]),
    ("Reshape", [Message.integers("s", [Int.max, Int.max])]),
    ("Pad", [Message.integers("s", [0, 60000, 60000, 60000, 0, 60000, 60000, 60000])]),
    ("Tile", [Message.integers("s", [1 << 20, 1 << 20, 1 << 20, 1 << 20])]),
  ])
  func valuesBeyondTheLimitAreRefused(_ op: String, _ operands: [Message]) throws {
    let error = try refusal(Message.model([.node(op, ["x", "s"], ["y"])], operands))
    #expect(error?.place == .node(0))
    #expect(error?.name == op)
  }

  @Test func everyValueIsHeldToTheLimit() throws {
    let limits = ONNXLimits(activationBytes: 4 * 1000)
    let large = Message.model([.node("Relu", ["x"], ["y"])], x: [1, 1, 10, 101])
    #expect(
      try refusal(large, limits)
        == ONNXError(.tooLarge, at: .input(0), name: "x", [1, 1, 10, 101]))
    for bad in [[0, 2], [-1], [1 << 40, 1 << 40]] {
      let input = Message.model([.node("Relu", ["x"], ["y"])], x: bad)
      #expect(try refusal(input) == ONNXError(.tooLarge, at: .input(0), name: "x", bad))
    }
    let up = Message.node(
      "Resize", ["x", "", "s"], ["y"],
      [
        "mode": .string("nearest"), "coordinate_transformation_mode": .string("asymmetric"),
        "nearest_mode": .string("floor"),
      ])
    let scales = Message.tensor("s", [4], [1, 1, 8, 8])
    #expect(try refusal(Message.model([up], [scales], x: [1, 1, 3, 5]), limits) == nil)
    #expect(
      try refusal(Message.model([up], [scales], x: [1, 1, 4, 5]), limits)
        == ONNXError(.tooLarge, at: .node(0), name: "Resize", [1, 1, 32, 40]))
    let weight = Message.tensor("w", [1, 900, 1, 1], [Float](repeating: 0, count: 900))
    let wide = Message.model(
      [.node("ConvTranspose", ["x", "w"], ["y"])], [weight], x: [1, 1, 2, 2])
    #expect(
      try refusal(wide, limits)
        == ONNXError(.tooLarge, at: .node(0), name: "ConvTranspose", [1, 900, 2, 2]))
  }

  /// Doubling a known tensor again and again ends at the limit, not at the end of memory.
  @Test func foldedTensorsAreBounded() throws {
    var nodes = [Message.node("Shape", ["x"], ["s0"])]
    for step in 0..<40 {
      nodes.append(.node("Concat", ["s\(step)", "s\(step)"], ["s\(step + 1)"], ["axis": .int(0)]))
    }
    #expect(try refusal(Message.model(nodes))?.code == .tooLarge)
    let ones = Message.model(
      [.node("ConstantOfShape", ["s"], ["y"])], [.integers("s", [1 << 30, 1 << 30])])
    #expect(try refusal(ones)?.code == .tooLarge)
    let many = Message.model(
      (0..<200).map { .node("ConstantOfShape", ["s"], ["y\($0)"]) }, [.integers("s", [60000])])
    #expect(try refusal(many)?.code == .tooLarge)
  }

  /// Two bytes a node: what they would become in memory is counted first.
  @Test func manySmallFieldsAreRefusedBeforeDecoding() throws {
    var graph = Message()
    graph.raw((0..<3_000_000).flatMap { _ in [0x0a, 0x00] as [UInt8] })
    var model = Message()
    model.message(7, graph)
    #expect(try refusal(model.bytes) == ONNXError(.tooManyFields))
    var dims = Message()
    dims.data(1, [UInt8](repeating: 1, count: 20_000_000))
    var holder = Message()
    holder.message(5, dims)
    var second = Message()
    second.message(7, holder)
    #expect(try refusal(second.bytes) == ONNXError(.tooManyFields))
    let nodes = Message.model((0..<11).map { .node("Relu", ["x"], ["y\($0)"]) })
    #expect(try refusal(nodes, ONNXLimits(nodes: 10)) == ONNXError(.tooLarge, [11, 10]))
  }

  @Test(arguments: [
    [], [0x00], [0xff], [0x3a, 0x05], [0x3b], [0x3c], [0x3f], [0x02, 0x00],
    [0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    [0x3a, 0x02, 0x0a, 0x7f], [0x09, 0x01], [0x0d, 0x01],
  ])
  func bytesThatAreNoMessageAreRefused(_ bytes: [UInt8]) throws {
    #expect(try refusal(bytes)?.code == .malformed)
  }

  @Test func wholeFilesAreChecked() throws {
    let vector = ONNXVector(name: "dense-dynamo-18")
    let size = try vector.bytes.count
    #expect(throws: ONNXError(.fileTooLarge, [size, 100])) {
      _ = try ONNX.read(vector.path, limits: ONNXLimits(fileBytes: 100))
    }
    for path in [ONNXVector.folder, "/nowhere/x.onnx", "/dev/zero", "/dev/stdin"] {
      #expect(throws: ONNXError(.fileUnreadable)) { _ = try ONNX.read(path) }
    }
  }
}
