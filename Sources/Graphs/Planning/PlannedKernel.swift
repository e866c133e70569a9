import Tensors

/// How the elements of a tensor lie in memory.
package enum TensorLayout: String, Sendable, Hashable {
  /// Row-major in the order of the axes.
  case dense
  /// N, C, H, W stored as N, H, W, C; pixels may lie further apart than their channels.
  case channelsLast = "channels-last"
}

/// A tensor as a kernel sees it.
package struct Operand: Sendable {
  package let cells: Cells
  package let shape: Shape
  /// Floats between neighbouring pixels; nil for a dense tensor.
  package let pitch: Int?

  package init(_ cells: Cells, _ shape: Shape, pitch: Int? = nil) {
    self.cells = cells
    self.shape = shape
    self.pitch = pitch
  }

  /// A channels-last tensor as pictures.
  package var view: PixelView { PixelView(cells, shape, pitch: pitch) }
}

/// One operator compiled for fixed shapes and layouts: what a planned step runs.
package protocol PlannedKernel: Sendable {
  /// As printed: algorithm and attributes.
  var text: String { get }
  /// The layout that each input must have.
  var inputLayouts: [TensorLayout] { get }
  var outputLayout: TensorLayout { get }
  /// The input that is a weight to be packed, and the floats of the packed form.
  var packing: (input: Int, count: Int)? { get }
  /// An input whose memory the output may take over, where nobody else reads it.
  var replaceable: [Int] { get }

  func pack(_ weight: Cells, into packed: Cells)

  /// Floats of scratch memory: for each worker, and shared by all.
  func scratch(threads: Int) -> (perWorker: Int, shared: Int)

  /// Writes every element of `output`. `packed` is there exactly where `packing` is.
  func run(_ inputs: [Operand], packed: Cells?, into output: Operand, _ workspace: Workspace)
}

extension PlannedKernel {
  package var packing: (input: Int, count: Int)? { nil }
  package var replaceable: [Int] { [] }
  package func pack(_ weight: Cells, into packed: Cells) {}
  package func scratch(threads: Int) -> (perWorker: Int, shared: Int) { (0, 0) }
}

/// An operator that has kernels over channels-last pictures.
package protocol PlannableOperator: Operator {
  /// The kernel for these shapes, or nil where only `forward` serves. `layouts` are those in
  /// which the inputs come; an operator that treats all elements alike follows them.
  func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)?
}

/// How a plan is made.
package struct PlanOptions: Sendable {
  /// How convolutions may round.
  package var convolutions = ConvolutionChoice.standard
  /// Every operator by its plain `forward` over OpenBLAS: no rewriting, no C kernels.
  package var portable = false
  /// Each step's output is searched for NaN and infinity.
  package var checkNumerics = false
  /// A plan that needs more bytes is refused before anything runs.
  package var memoryLimit: Int?
  package var kernels = KernelSet.best

  package init(
    convolutions: ConvolutionChoice = .standard, portable: Bool = false,
    checkNumerics: Bool = false, memoryLimit: Int? = nil
  ) {
    self.convolutions = convolutions
    self.portable = portable
    self.checkNumerics = checkNumerics
    self.memoryLimit = memoryLimit
  }
}
