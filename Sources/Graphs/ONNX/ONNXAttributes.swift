import Foundation
import Tensors

extension Tensor {
  /// The elements as the bytes of a file.
  var littleEndianBytes: Data {
    values.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) }
  }
}

/// Attributes of nodes that are written.
extension Onnx_AttributeProto {
  private init(_ name: String, type: Int32) {
    self.init()
    self.name = name
    self.type = type
  }

  static func float(_ name: String, _ value: Float) -> Self {
    var attribute = Self(name, type: 1)
    attribute.f = value
    return attribute
  }

  static func int(_ name: String, _ value: Int) -> Self {
    var attribute = Self(name, type: 2)
    attribute.i = Int64(value)
    return attribute
  }

  static func string(_ name: String, _ value: String) -> Self {
    var attribute = Self(name, type: 3)
    attribute.s = Data(value.utf8)
    return attribute
  }

  static func tensor(_ name: String, _ value: Onnx_TensorProto) -> Self {
    var attribute = Self(name, type: 4)
    attribute.t = value
    return attribute
  }

  static func ints(_ name: String, _ value: [Int]) -> Self {
    var attribute = Self(name, type: 7)
    attribute.ints = value.map(Int64.init)
    return attribute
  }
}
