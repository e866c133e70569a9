import Foundation
import Graphs
import Tensors
import Testing

@Suite struct ONNXImportTests {
  @Test func theVectorsAreThere() {
    #expect(ONNXVector.all.count >= 40)
    #expect(Set(ONNXVector.index.values.map(\.opset)).isSuperset(of: [13, 17, 18, 21]))
  }

  @Test(arguments: ONNXVector.all)
  func valuesAreThoseOfTheRuntime(_ vector: ONNXVector) throws {
    let tensors = try vector.tensors
    let model = try ONNX.read(vector.path, inputShapes: vector.shapes)
    for (name, tensor) in try model.run(tensors) {
      #expect(distance(tensor, try #require(tensors[name])) < 1e-5, "\(name)")
    }
  }

  /// What is written again means the same, and is written the same the next time.
  @Test(arguments: ONNXVector.all)
  func importedModelsSurviveExport(_ vector: ONNXVector) throws {
    let tensors = try vector.tensors
    let first = try ONNX.read(vector.path, inputShapes: vector.shapes)
    let bytes = try ONNX.encode(
      first.graph, outputs: first.outputs.map { ($0.name, $0.value) },
      parameters: first.parameters)
    let second = try ONNX.decode(bytes)
    #expect(second.inputs.map(\.name) == first.inputs.map(\.name))
    #expect(second.outputs.map(\.name) == first.outputs.map(\.name))
    let results = try second.run(tensors)
    for (name, tensor) in try first.run(tensors) {
      #expect(distance(try #require(results[name]), tensor) < 1e-5, "\(name)")
    }
    let again = try ONNX.encode(
      second.graph, outputs: second.outputs.map { ($0.name, $0.value) },
      parameters: second.parameters)
    let third = try ONNX.decode(again)
    #expect(third.graph.description == second.graph.description)
    #expect(third.parameters == second.parameters)
  }

  /// An operator without a vector would be an operator without a test.
  @Test func everyOperatorHasAVector() {
    let covered = Set(ONNXVector.index.values.flatMap(\.operators))
    #expect(ONNX.operators.filter { !covered.contains($0) } == [])
  }

  @Test func openExtentsMustBeGiven() throws {
    let vector = ONNXVector(name: "resizes-script-17-dynamic")
    #expect(
      throws: ONNXError(.symbolicShape, at: .input(0), name: "x0", attribute: "batch", [0])
    ) { _ = try ONNX.read(vector.path) }
    for wrong in [[1, 3, 8, 12], [1, 2, 8]] as [[Int]] {
      #expect(throws: ONNXError(.inputShape, at: .input(0), name: "x0", wrong)) {
        _ = try ONNX.read(vector.path, inputShapes: ["x0": Shape(wrong)])
      }
    }
    let large = try ONNX.read(vector.path, inputShapes: ["x0": [3, 2, 10, 6]])
    #expect(large.outputs.map { large.graph.shape(of: $0.value) }.first == [3, 2, 10, 6])
  }

  @Test func weightsKeepTheirNames() throws {
    let model = try ONNX.read(ONNXVector(name: "classic-unet-script-13").path)
    #expect(model.parameters.names.contains("up.weight"))
    #expect(model.parameters.names.contains("down.1.running_var"))
    #expect(model.graph.parameters.map(\.name).sorted() == model.parameters.names)
  }

  /// Shape arithmetic leaves no node behind.
  @Test func shapesAreFolded() throws {
    let model = try ONNX.read(
      ONNXVector(name: "atrous-script-17-dynamic").path, inputShapes: ["x0": [1, 3, 16, 16]])
    let names = model.graph.nodes.compactMap { node -> String? in
      guard case .operation(let op, _) = node.source else { return nil }
      return type(of: op).name
    }
    #expect(
      Set(names) == ["conv2d", "relu", "sum", "scale", "reshape", "resize_bilinear", "concat"])
    #expect(names.filter { $0 == "resize_bilinear" }.count == 2)
  }
}
