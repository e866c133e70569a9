/// A batch of channels-last pictures in memory: pixel (n, y, x) starts at
/// `((n * height + y) * width + x) * pitch` floats and holds `channels` of them.
///
/// A pitch above the channels makes it a range of the channels of a wider picture.
package struct PixelView: Sendable {
  package let cells: Cells
  package let images: Int
  package let height: Int
  package let width: Int
  package let channels: Int
  package let pitch: Int

  /// A view of a tensor of `shape` [N, C, H, W].
  package init(_ cells: Cells, _ shape: Shape, pitch: Int? = nil) {
    precondition(shape.rank == 4)
    self.cells = cells
    images = shape[0]
    channels = shape[1]
    height = shape[2]
    width = shape[3]
    self.pitch = pitch ?? shape[1]
  }

  /// Pixels of all pictures.
  package var pixels: Int { images * height * width }

  var base: UnsafeMutablePointer<Float> { cells.base }

  func pixel(_ index: Int) -> UnsafeMutablePointer<Float> { cells.base + index * pitch }
}

/// What a kernel does with a value before it stores it: `activation(value + residual)`.
package struct Finish: Sendable {
  package var activation: Activation
  /// Of the extents of the output.
  package var residual: PixelView?

  package init(_ activation: Activation = .none, residual: PixelView? = nil) {
    self.activation = activation
    self.residual = residual
  }
}
