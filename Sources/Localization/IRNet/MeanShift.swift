import Graphs
import Networks
import Tensors

/// The mean displacement of the training images (Ahn 2019, section 4.3; card 0.5): the losses see
/// differences alone, so that the field is known up to a constant, which this takes off.
package struct MeanShift: Sendable {
  private var down = 0.0
  private var right = 0.0
  private var cells = 0

  package init() {}

  /// Adds the cells of fields [N, 2, H, W]. Traps on another shape.
  package mutating func add(_ field: Tensor) {
    let form = field.shape
    precondition(form.rank == 4 && form[1] == 2)
    let count = form[2] * form[3]
    for image in 0..<form[0] {
      let start = image * 2 * count
      down += field.values[start..<start + count].reduce(0) { $0 + Double($1) }
      right += field.values[start + count..<start + 2 * count].reduce(0) { $0 + Double($1) }
    }
    cells += form[0] * count
  }

  /// Cells down and right, [2]; zeros before the first field.
  package var value: Tensor {
    let count = Double(max(1, cells))
    return Tensor([2], [Float(down / count), Float(right / count)])
  }

  /// The parameters of an IRNet with the mean shift over `images`, each [1, C, H, W] of one size:
  /// the shift they had before does not count.
  ///
  /// Throws `ModelError` when network, weights and size do not fit, `LocalizationError(.task)` for
  /// a network that is no IRNet, and what `images` throws.
  package static func measured(
    _ network: NetworkSpec, parameters: Parameters, inputSize: (height: Int, width: Int),
    images: some Sequence<Int>, using workspace: Workspace, image: (Int) throws -> Tensor
  ) throws -> Parameters {
    guard case .irNet = network else { throw LocalizationError(.task) }
    var parameters = parameters
    parameters[IRNet.meanShiftName] = Tensor(zeros: [2])
    let planned = try PlannedNetwork(
      network, parameters: parameters, inputSize: inputSize
    ) { graph in Array(try EdgeReader.outputs(of: &graph).suffix(1)) }
    var shift = MeanShift()
    for number in images {
      shift.add(try planned.run(try image(number), using: workspace)[0])
    }
    parameters[IRNet.meanShiftName] = shift.value
    return parameters
  }
}
