/// What an ONNX file may ask for; everything is checked before memory is taken.
package struct ONNXLimits: Sendable {
  /// Bytes of the model file itself; the format cannot exceed 2 GiB.
  package var fileBytes: Int
  /// Bytes of all initializers together, as 32-bit floats.
  package var weightBytes: Int
  /// Bytes of any one value between nodes, as 32-bit floats.
  package var activationBytes: Int
  /// Nodes of the file, and of the graph built from it.
  package var nodes: Int
  /// Elements of any one tensor of integers or folded constant.
  package var folded = 1 << 16
  /// Elements of all folded constants together.
  package var foldedTotal = 1 << 22
  /// Fields of the protobuf messages together.
  package var fields = 1 << 21
  /// Largest attribute that counts cells: kernels, strides, paddings, dilations.
  package var cells = 1 << 16

  package init(
    fileBytes: Int = (1 << 31) - 1, weightBytes: Int = 4 << 30, activationBytes: Int = 8 << 30,
    nodes: Int = 100_000
  ) {
    self.fileBytes = min(fileBytes, (1 << 31) - 1)
    // Products of two shapes within the limit must not overflow.
    self.weightBytes = min(weightBytes, 8 << 30)
    self.activationBytes = min(activationBytes, 8 << 30)
    self.nodes = nodes
  }

  /// The number of elements, or nil when an extent is not positive or the product exceeds `most`.
  static func count(_ dims: [Int], most: Int) -> Int? {
    guard dims.count <= 8 else { return nil }
    var count = 1
    for extent in dims {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent > 0, !overflow, product <= most else { return nil }
      count = product
    }
    return count
  }

  /// The number of elements where extents of 0 are allowed: then the others obey `most` too, so
  /// that no product of some of them overflows.
  static func elements(_ dims: [Int], most: Int) -> Int? {
    let others = dims.filter { $0 != 0 }
    guard dims.count <= 8, let count = count(others, most: most) else { return nil }
    return others.count == dims.count ? count : 0
  }

  /// Elements of a value between nodes.
  var activationElements: Int { activationBytes / 4 }
}
