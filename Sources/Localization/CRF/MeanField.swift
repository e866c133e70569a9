import Foundation
import Tensors

/// The steps of mean-field inference on planes of `area` pixels.
///
/// What all labels send together does not change: label 0's message is the rest of that sum, so
/// that only the other `labels - 1` are filtered.
struct MeanField: Sendable {
  let labels: Int
  let area: Int
  /// `[labels][area]`.
  let energies: [Float]
  let threads: Int

  private static let grain = 16384

  /// sum_m w_m K_m 1 at each pixel.
  func messageOfAll(_ kernels: [DenseCRF.Kernel], _ scratch: LatticeScratch) -> FloatMemory {
    let total = FloatMemory(count: area)
    let plane = FloatMemory(count: area)
    let (totals, values) = (total.cells.base, plane.cells.base)
    plane.cells.fill(0, area)
    total.cells.fill(0, area)
    for kernel in kernels {
      for pixel in 0..<area { values[pixel] = kernel.norm[pixel] }
      kernel.lattice.filter(plane.cells, channels: 1, scratch, threads: threads)
      for pixel in 0..<area { totals[pixel] += kernel.weighted[pixel] * values[pixel] }
    }
    return total
  }

  /// Q = softmax(-U).
  func start(_ q: Cells) {
    let (energies, labels, area) = (energies, labels, area)
    Parallel.forRanges(count: area, grain: MeanField.grain, width: threads) { range in
      let q = q.base
      energies.withUnsafeBufferPointer { energies in
        for label in 0..<labels {
          for pixel in range { q[label * area + pixel] = -energies[label * area + pixel] }
        }
      }
      MeanField.softmax(q, labels: labels, area: area, range)
    }
  }

  /// Makes w K Q of the labels from 1 on, `[labels - 1][area]`, in `plane`; adds it to `messages`,
  /// or starts them with it.
  func send(
    _ q: Cells, _ kernel: DenseCRF.Kernel, _ plane: Cells, _ scratch: LatticeScratch,
    into messages: (cells: Cells, isFirst: Bool)
  ) {
    weigh(q + area, by: kernel.norm, into: plane)
    kernel.lattice.filter(plane, channels: labels - 1, scratch, threads: threads)
    weigh(plane, by: kernel.weighted, into: messages.cells, adding: !messages.isFirst)
  }

  /// Multiplies each of `labels - 1` planes by one plane.
  private func weigh(_ from: Cells, by weights: [Float], into: Cells, adding: Bool = false) {
    let (area, planes) = (area, labels - 1)
    Parallel.forRanges(count: area, grain: MeanField.grain, width: threads) { range in
      weights.withUnsafeBufferPointer { weights in
        for plane in 0..<planes {
          let (source, target) = (from.base + plane * area, into.base + plane * area)
          if adding {
            for pixel in range { target[pixel] += source[pixel] * weights[pixel] }
          } else {
            for pixel in range { target[pixel] = source[pixel] * weights[pixel] }
          }
        }
      }
    }
  }

  /// Q = softmax(-U + messages).
  func update(_ q: Cells, messages: Cells, total: Cells) {
    let (energies, labels, area) = (energies, labels, area)
    Parallel.forRanges(count: area, grain: MeanField.grain, width: threads) { range in
      let (q, total) = (q.base, total.base)
      energies.withUnsafeBufferPointer { energies in
        for pixel in range { q[pixel] = total[pixel] - energies[pixel] }
        for label in 1..<labels {
          let (message, target) = (messages.base + (label - 1) * area, q + label * area)
          let own = UnsafeBufferPointer(rebasing: energies[(label * area)...])
          for pixel in range {
            q[pixel] -= message[pixel]
            target[pixel] = message[pixel] - own[pixel]
          }
        }
      }
      MeanField.softmax(q, labels: labels, area: area, range)
    }
  }

  @inline(__always)
  private static func softmax(
    _ q: UnsafeMutablePointer<Float>, labels: Int, area: Int, _ range: Range<Int>
  ) {
    guard labels > 2 else {
      let other = q + area
      for pixel in range {
        let gap = other[pixel] - q[pixel]
        let less = Foundation.exp(-abs(gap))
        let more = 1 / (1 + less)
        q[pixel] = gap > 0 ? less * more : more
        other[pixel] = gap > 0 ? more : less * more
      }
      return
    }
    for pixel in range {
      var top = -Float.infinity
      for label in 0..<labels { top = max(top, q[label * area + pixel]) }
      var sum = Float(0)
      for label in 0..<labels {
        let value = Foundation.exp(q[label * area + pixel] - top)
        q[label * area + pixel] = value
        sum += value
      }
      let scale = 1 / sum
      for label in 0..<labels { q[label * area + pixel] *= scale }
    }
  }
}
