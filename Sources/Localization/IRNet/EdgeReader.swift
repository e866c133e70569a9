import Foundation
import Graphs
import Imaging
import Networks
import Tensors

/// What IRNet says of one image, at a quarter of its size.
package struct EdgeReading: Sendable {
  /// The probability of a class boundary.
  package let edge: Image
  package let displacement: DisplacementField
}

/// Per cell, the way to the centre of its object, in cells.
package struct DisplacementField: Sendable, Equatable {
  package let down: Image
  package let right: Image

  /// Traps when the sizes differ.
  package init(down: Image, right: Image) {
    precondition(down.width == right.width && down.height == right.height)
    self.down = down
    self.right = right
  }
}

/// IRNet ready to run: each image goes in with its mirror image (card 0.5, inference).
///
/// `edge = sigmoid((e + flip(e of the mirror image)) / 2)`; the displacement is that of the image,
/// less the mean shift of the parameters.
package struct EdgeReader: Sendable {
  private let network: PlannedNetwork
  private let inputShape: Shape

  /// - Parameter inputSize: what images are padded to.
  /// Throws `ModelError` when network, weights and size do not fit, and
  /// `LocalizationError(.task)` for a network that is no IRNet.
  package init(
    network: NetworkSpec, parameters: Parameters, inputSize: (height: Int, width: Int)
  ) throws {
    guard case .irNet = network else { throw LocalizationError(.task) }
    self.network = try PlannedNetwork(
      network, parameters: parameters, batch: 2, inputSize: inputSize, outputs: Self.outputs)
    inputShape = self.network.inputShape
  }

  static func outputs(of graph: inout Graph) throws -> [Value] {
    guard let edge = graph.taps["edge"], let field = graph.taps["displacement"] else {
      throw LocalizationError(.noTap)
    }
    return [edge, field]
  }

  /// Reads one image [1, C, H, W], as large as the input or smaller: zeros are put to its right
  /// and below. The maps have a quarter of its size, rounded up.
  ///
  /// Throws `LocalizationError(.inputSize)` for another shape.
  package func read(_ image: Tensor, using workspace: Workspace) throws -> EdgeReading {
    let form = image.shape
    guard form.rank == 4, form[0] == 1, form[1] == inputShape[1], form[2] > 0, form[3] > 0,
      form[2] <= inputShape[2], form[3] <= inputShape[3]
    else { throw LocalizationError(.inputSize) }
    let mirror = Blocks.flip(image, axis: 3, workspace)
    let pair = padded(Blocks.concat([image, mirror], axis: 0, workspace), workspace)
    let results = try network.run(pair, using: workspace)
    let (rows, columns) = (
      (form[2] - 1) / IRNet.stride + 1, (form[3] - 1) / IRNet.stride + 1
    )
    let logits = cropped(results[0], rows, columns, workspace)
    let field = cropped(results[1], rows, columns, workspace)
    let count = rows * columns
    var edge = Image(width: columns, height: rows)
    for row in 0..<rows {
      for column in 0..<columns {
        let mirrored = logits.values[count + row * columns + columns - 1 - column]
        edge[row, column] = Self.sigmoid((logits.values[row * columns + column] + mirrored) / 2)
      }
    }
    func plane(_ number: Int) -> Image {
      let values = field.values[number * count..<(number + 1) * count]
      return Image(width: columns, height: rows, pixels: Array(values))
    }
    return EdgeReading(
      edge: edge, displacement: DisplacementField(down: plane(0), right: plane(1)))
  }

  private func padded(_ x: Tensor, _ workspace: Workspace) -> Tensor {
    var x = x
    for axis in [2, 3] where x.shape[axis] < inputShape[axis] {
      x = Blocks.embed(x, axis: axis, start: 0, total: inputShape[axis], workspace)
    }
    return x
  }

  private func cropped(
    _ x: Tensor, _ rows: Int, _ columns: Int, _ workspace: Workspace
  ) -> Tensor {
    var x = x
    for (axis, count) in [(2, rows), (3, columns)] where x.shape[axis] > count {
      x = Blocks.slice(x, axis: axis, start: 0, count: count, workspace)
    }
    return x
  }

  /// The logistic function, exact at both ends.
  private static func sigmoid(_ x: Float) -> Float {
    let e = exp(-abs(x))
    return x >= 0 ? 1 / (1 + e) : e / (1 + e)
  }
}
