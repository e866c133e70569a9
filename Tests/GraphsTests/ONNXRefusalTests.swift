import Foundation
import Graphs
import Tensors
import Testing

/// Why `ONNX.decode` refuses some bytes; nil when it does not.
func refusal(_ bytes: [UInt8], _ limits: ONNXLimits = ONNXLimits()) throws -> ONNXError? {
  do {
    _ = try ONNX.decode(bytes, limits: limits)
    return nil
  } catch let error as ONNXError { return error }
}

@Suite struct ONNXRefusalTests {
  private static func relu(_ from: String, _ to: String) -> Message { .node("Relu", [from], [to]) }

  @Test func aPlainModelIsRead() throws {
    let model = try ONNX.decode(Message.model([Self.relu("x", "y")]))
    #expect(model.inputs.map(\.name) == ["x"])
    #expect(model.graph.shape(of: model.outputs[0].value) == [1, 2, 4, 4])
  }

  @Test func everyTruncationIsRefused() throws {
    for name in ["dense-dynamo-18", "shapes-script-17-dynamic", "norms-dynamo-21-dynamic"] {
      let vector = ONNXVector(name: name)
      let bytes = try vector.bytes
      let shapes = try vector.shapes
      for count in 0..<bytes.count {
        #expect(throws: ONNXError.self) {
          _ = try ONNX.decode(Array(bytes.prefix(count)), inputShapes: shapes)
        }
      }
    }
  }

  @Test(arguments: [0, 1, 12, 22, 1 << 40, -1])
  func otherOperatorSetsAreRefusedByNumber(_ version: Int) throws {
    let bytes = Message.model([Self.relu("x", "y")], opset: version)
    #expect(try refusal(bytes) == ONNXError(.operatorSet, [version]))
  }

  @Test func operatorsAreRefusedByName() throws {
    let good = Self.relu("x", "a")
    let unknown = Message.model([good, .node("FancyOp", ["a"], ["y"])])
    #expect(try refusal(unknown) == ONNXError(.unknownOperator, at: .node(1), name: "FancyOp"))
    let foreign = Message.model([.node("Relu", ["x"], ["y"], domain: "com.microsoft")])
    #expect(try refusal(foreign) == ONNXError(.domain, at: .node(0), name: "Relu"))
    for text in ["Jane Doe 1970", "\u{e9}", "", String(repeating: "a", count: 65)] {
      let error = try refusal(Message.model([.node(text, ["x"], ["y"])]))
      #expect(error == ONNXError(.unknownOperator, at: .node(0)))
      #expect(error?.name == nil)
    }
  }

  @Test func attributesAreRefusedByName() throws {
    func code(_ attributes: [String: Message.Attribute], _ op: String = "MaxPool") throws -> String?
    {
      try refusal(Message.model([.node(op, ["x"], ["y"], attributes)]))?.description
    }
    let kernel = Message.Attribute.ints([2, 2])
    #expect(try code(["kernel_shape": kernel]) == nil)
    #expect(
      try code(["kernel_shape": kernel, "strides": .ints([1, 2])])
        == "onnx-attribute at node 0 MaxPool attribute strides 1, 2")
    #expect(
      try code(["kernel_shape": kernel, "pads": .ints([0, 0, 1, 1])])
        == "onnx-attribute at node 0 MaxPool attribute pads 0, 0, 1, 1")
    #expect(
      try code(["kernel_shape": .ints([2, 3])])
        == "onnx-attribute at node 0 MaxPool attribute kernel_shape 2, 3")
    #expect(
      try code(["kernel_shape": kernel, "auto_pad": .string("SAME")])
        == "onnx-attribute at node 0 MaxPool attribute auto_pad")
    #expect(
      try code(["kernel_shape": kernel, "colour": .int(1)])
        == "onnx-unknown-attribute at node 0 MaxPool attribute colour")
    #expect(
      try code(["kernel_shape": .int(2)])
        == "onnx-attribute at node 0 MaxPool attribute kernel_shape 2")
    #expect(
      try code(["a b": .int(2)], "Relu") == "onnx-unknown-attribute at node 0 Relu")
    for huge in [Int.max, Int.min, 1 << 17, 0, -1] {
      #expect(try code(["kernel_shape": .ints([huge, huge])]) != nil)
      #expect(try code(["kernel_shape": kernel, "strides": .ints([huge, huge])]) != nil)
      let pads = Message.Attribute.ints([huge, huge, huge, huge])
      #expect(try huge == 0 || code(["kernel_shape": kernel, "pads": pads]) != nil)
    }
  }

  @Test func namesAreDefinedOnceAndBeforeUse() throws {
    func refused(_ nodes: [Message], _ initializers: [Message] = []) throws -> ONNXError? {
      try refusal(Message.model(nodes, initializers))
    }
    // A cycle of two, of one, and a name that nothing defines.
    #expect(
      try refused([Self.relu("b", "y"), Self.relu("y", "b")])
        == ONNXError(.undefinedName, at: .node(0), name: "Relu", [0]))
    #expect(
      try refused([.node("Add", ["x", "y"], ["y"])])
        == ONNXError(.undefinedName, at: .node(0), name: "Add", [1]))
    #expect(try refused([Self.relu("nothing", "y")])?.code == .undefinedName)
    #expect(
      try refused([Self.relu("x", "a")])
        == ONNXError(.undefinedName, at: .output(0), name: "y"))
    #expect(
      try refused([Self.relu("x", "y"), Self.relu("x", "y")])
        == ONNXError(.duplicateName, at: .node(1), name: "Relu"))
    #expect(try refused([Self.relu("x", "x")])?.code == .duplicateName)
    let weight = Message.tensor("w", [1], [1])
    #expect(
      try refused([Self.relu("x", "y")], [weight, weight])
        == ONNXError(.duplicateName, at: .initializer(1)))
    #expect(try refused([.node("Relu", [], ["y"])])?.code == .inputCount)
    #expect(try refused([.node("Relu", ["x", "x"], ["y"])])?.code == .inputCount)
    #expect(try refused([.node("Relu", ["x"], ["y", "z"])])?.code == .outputCount)
    #expect(try refused([.node("Relu", ["x"], [])])?.code == .outputCount)
  }

  @Test func shapesThatDoNotFitAreRefusedWithTheirExtents() throws {
    let weight = Message.tensor("w", [3, 5, 1, 1], [Float](repeating: 0, count: 15))
    #expect(
      try refusal(Message.model([.node("Conv", ["x", "w"], ["y"])], [weight]))
        == ONNXError(.shape, at: .node(0), name: "Conv", [1, 2, 4, 4, 3, 5, 1, 1]))
    let vector = Message.tensor("w", [3], [0, 0, 0])
    #expect(
      try refusal(Message.model([.node("Add", ["x", "w"], ["y"])], [vector]))
        == ONNXError(.shape, at: .node(0), name: "Add", [1, 2, 4, 4, 3]))
    let to = Message.integers("s", [7, -1])
    #expect(
      try refusal(Message.model([.node("Reshape", ["x", "s"], ["y"])], [to]))
        == ONNXError(.shape, at: .node(0), name: "Reshape", [1, 2, 4, 4, 7, -1]))
    let output = [Message.info("y", [1, 2, 4, 5])]
    #expect(
      try refusal(Message.model([Self.relu("x", "y")], outputs: output))
        == ONNXError(.outputShape, at: .output(0), name: "y", [1, 2, 4, 4]))
    let integers = [Message.info("x", [1], type: 7)]
    #expect(
      try refusal(Message.model([Self.relu("x", "y")], inputs: integers))
        == ONNXError(.elementType, at: .input(0), name: "x", [7]))
  }

  @Test func operandsThatMustBeKnown() throws {
    let nodes = [Message.node("Reshape", ["x", "x"], ["y"])]
    #expect(
      try refusal(Message.model(nodes))
        == ONNXError(.notConstant, at: .node(0), name: "Reshape", attribute: "shape"))
  }
}
