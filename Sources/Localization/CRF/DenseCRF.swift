import Foundation
import Imaging
import Tensors

/// A fully connected conditional random field over the pixels of a picture, solved by mean field:
/// snaps a map of labels to the edges of the picture.
///
/// Krähenbühl and Koltun 2011, "Efficient Inference in Fully Connected CRFs with Gaussian Edge
/// Potentials": energy sum_i U_i(x_i) + sum_{i<j} [x_i != x_j] sum_m w_m k_m(f_i, f_j) with Potts
/// compatibility; a Gaussian kernel of position and a bilateral one of position and intensity,
/// k(f, g) = exp(-|f - g|^2 / 2), symmetrically normalised: D^-1/2 K D^-1/2, D = K 1. As in
/// pydensecrf a pixel counts among its own neighbours. All pixels are updated at once:
/// Q = softmax(-U + sum_m w_m K_m Q), from Q = softmax(-U).
///
/// The lattices are built once a picture; `refine` then serves any number of label maps.
///
/// How near (Tests/LocalizationTests/CRF, largest and mean difference of a probability): to
/// pydensecrf, with `.replicated` and `.color`, 3e-6 after 10 iterations, on 512 x 512 too. The
/// lattice is an approximation of the energy (`BruteForceCRF`): 60 x 52, scaled settings,
/// after 1 iteration 0.025 and 0.0013 in five dimensions, 0.036 and 0.0011 in three (`.grey`);
/// after 10, where pixels between two labels have tipped over, 0.27 and 0.0009, 0.29 and 0.0016.
/// Nor is it symmetric: of the mirrored picture it gives the mirrored result up to 0.02 and 0.0014
/// after 1 iteration, 0.22 and 0.0012 after 10; less than 1 % of the labels differ.
package struct DenseCRF: Sendable {
  package let width: Int
  package let height: Int
  package let iterations: Int
  let kernels: [Kernel]
  /// sum_m w_m K_m 1: what all labels together send each pixel.
  let total: [Float]

  /// One normalised kernel.
  struct Kernel: Sendable {
    let lattice: PermutohedralLattice
    /// D^-1/2, and the weight times it.
    let norm: [Float]
    let weighted: [Float]
  }

  /// Throws `CRFError`: `.setting`, `.notFinite`, `.tooFine`, `.tooLarge`.
  package init(
    _ guide: CRFGuide, settings: Settings = Settings(), threads: Int
  ) throws(CRFError) {
    try settings.check()
    width = guide.width
    height = guide.height
    iterations = settings.iterations
    var kernels: [Kernel] = []
    if settings.gaussianWeight > 0 {
      let features = guide.features(position: settings.gaussianSigma)
      kernels.append(try Kernel(features, 2, weight: settings.gaussianWeight, threads: threads))
    }
    if settings.bilateralWeight > 0 {
      let features = guide.features(
        position: settings.bilateralSpatialSigma, intensity: settings.bilateralIntensitySigma)
      let dimensions = features.count / (guide.width * guide.height)
      kernels.append(
        try Kernel(features, dimensions, weight: settings.bilateralWeight, threads: threads))
    }
    self.kernels = kernels
    var total = [Float](repeating: 0, count: width * height)
    for kernel in kernels {
      let sums = try kernel.lattice.filter(kernel.norm, channels: 1, threads: threads)
      for pixel in total.indices { total[pixel] += kernel.weighted[pixel] * sums[pixel] }
    }
    self.total = total
  }

  /// The probability of each label at each pixel, `[labels, height, width]`.
  /// Throws `CRFError(.size)` where the energies are of another size than the picture.
  package func refine(_ energies: LabelEnergies, threads: Int) throws(CRFError) -> Tensor {
    guard energies.width == width, energies.height == height else { throw CRFError(.size) }
    let shape: Shape = [energies.labels, height, width]
    switch energies.labels - 1 {
    case 1: return Tensor(shape, run(Float.self, energies, threads))
    case 2: return Tensor(shape, run(SIMD2<Float>.self, energies, threads))
    case 3...4: return Tensor(shape, run(SIMD4<Float>.self, energies, threads))
    case 5...8: return Tensor(shape, run(SIMD8<Float>.self, energies, threads))
    default: return Tensor(shape, run(WideLane.self, energies, threads))
    }
  }

  private func run<Lane: LatticeLane>(
    _: Lane.Type, _ energies: LabelEnergies, _ threads: Int
  ) -> [Float] {
    MeanField<Lane>(
      labels: energies.labels, area: width * height, energies: energies.values, total: total,
      kernels: kernels, threads: threads
    ).run(iterations: iterations)
  }

  /// The most probable label of each pixel of `[labels, height, width]`, the first of equals.
  package static func labels(_ probabilities: Tensor) -> [UInt8] {
    precondition(probabilities.shape.rank == 3)
    let area = probabilities.shape[1] * probabilities.shape[2]
    var best = [UInt8](repeating: 0, count: area)
    var most = Array(probabilities.values.prefix(area))
    for label in 1..<max(1, probabilities.shape[0]) {
      for pixel in 0..<area where probabilities.values[label * area + pixel] > most[pixel] {
        most[pixel] = probabilities.values[label * area + pixel]
        best[pixel] = UInt8(label)
      }
    }
    return best
  }
}

extension DenseCRF.Kernel {
  init(_ features: [Float], _ dimensions: Int, weight: Float, threads: Int) throws(CRFError) {
    lattice = try PermutohedralLattice(
      features: features, dimensions: dimensions, threads: threads)
    let ones = [Float](repeating: 1, count: lattice.count)
    let sums = try lattice.filter(ones, channels: 1, threads: threads)
    norm = sums.map { 1 / ($0 + 1e-20).squareRoot() }
    weighted = norm.map { $0 * weight }
  }
}
