import Tensors

/// Mean-field inference: all pixels at once, `Q = softmax(-U + sum_m w_m K_m Q)`.
///
/// What all labels send together, sum_m w_m K_m 1, does not change: label 0's message is the rest
/// of it, so that only the other `labels - 1` are filtered, in one lane a pixel. A sweep goes over
/// blocks of pixels that stay in the cache: reads the messages, makes Q, spreads it for the next.
struct MeanField<Lane: LatticeLane>: Sendable {
  let labels: Int
  let area: Int
  /// `[labels][area]`.
  let energies: [Float]
  /// sum_m w_m K_m 1 at each pixel.
  let total: [Float]
  let kernels: [DenseCRF.Kernel]
  let threads: Int

  private static var block: Int { 512 }

  private struct Sweep: Sendable {
    let fields: [LatticeField]
    /// The blurred values of each kernel; empty in the first sweep.
    var values: [Cells] = []
    /// Where Q goes; only in the last sweep.
    var result: Cells?

    /// What `total` counts: nothing before the first messages.
    var share: Float { values.isEmpty ? 0 : 1 }
  }

  /// Q after `iterations` updates, `[labels][area]`.
  func run(iterations: Int) -> [Float] {
    let bandCount = kernels.reduce(8) {
      min($0, PermutohedralLattice.bandCount(points: area, vertices: $1.lattice.vertexCount))
    }
    let fields = kernels.map {
      LatticeField($0.lattice, floats: Lane.floats, bandCount: bandCount)
    }
    return [Float](unsafeUninitializedCapacity: labels * area) { q, filled in
      filled = labels * area
      guard let base = q.baseAddress else { return }
      var sweep = Sweep(fields: fields)
      for iteration in 0...iterations {
        if iteration > 0 {
          sweep.values = zip(kernels, fields).map { $0.lattice.blur(Lane.self, $1, threads) }
        }
        if iteration == iterations { sweep.result = Cells(base) }
        let pass = sweep
        Parallel.forEach(count: bandCount, width: threads) { band in
          let range = (band * area / bandCount)..<((band + 1) * area / bandCount)
          go(through: range, band, pass)
        }
      }
    }
  }

  private func go(through range: Range<Int>, _ band: Int, _ sweep: Sweep) {
    let block = MeanField.block
    withUnsafeTemporaryAllocation(of: Lane.self, capacity: block * 3) { scratch in
      guard let messages = scratch.baseAddress else { return }
      messages.initialize(repeating: .zero, count: block * 3)
      let (part, rest) = (messages + block, messages + 2 * block)
      for start in stride(from: range.lowerBound, to: range.upperBound, by: block) {
        let own = start..<min(start + block, range.upperBound)
        gather(own, sweep, part, into: messages)
        let q = UnsafeMutableRawPointer(messages).assumingMemoryBound(to: Float.self)
        let spare = UnsafeMutableRawPointer(rest).assumingMemoryBound(to: Float.self)
        if labels == 2 {
          decideTwo(own, q, spare, sweep)
        } else {
          decide(own, q, spare, sweep)
        }
        guard sweep.result == nil else { continue }
        for (kernel, field) in zip(kernels, sweep.fields) {
          weigh(messages, kernel.norm, own, into: part)
          kernel.lattice.spread(own, part, into: lanes(field.band(band).base, Lane.self))
        }
      }
    }
  }

  /// sum_m w_m K_m Q of the labels from 1 on; zero in the first sweep.
  @inline(__always)
  private func gather(
    _ range: Range<Int>, _ sweep: Sweep, _ part: UnsafeMutablePointer<Lane>,
    into messages: UnsafeMutablePointer<Lane>
  ) {
    for point in 0..<range.count { messages[point] = .zero }
    for (kernel, values) in zip(kernels, sweep.values) {
      kernel.lattice.collect(range, lanes(values.base, Lane.self), into: part)
      kernel.weighted.withUnsafeBufferPointer { weights in
        for point in 0..<range.count {
          let weight = weights[range.lowerBound &+ point]
          messages[point] = messages[point].plus(part[point].times(weight))
        }
      }
    }
  }

  @inline(__always)
  private func weigh(
    _ from: UnsafePointer<Lane>, _ weights: [Float], _ range: Range<Int>,
    into: UnsafeMutablePointer<Lane>
  ) {
    weights.withUnsafeBufferPointer { weights in
      for point in 0..<range.count {
        into[point] = from[point].times(weights[range.lowerBound &+ point])
      }
    }
  }

  /// Two labels: from the messages to the probability of label 1, in place.
  private func decideTwo(
    _ range: Range<Int>, _ q: UnsafeMutablePointer<Float>, _ gaps: UnsafeMutablePointer<Float>,
    _ sweep: Sweep
  ) {
    let (start, share) = (range.lowerBound, sweep.share)
    energies.withUnsafeBufferPointer { energies in
      total.withUnsafeBufferPointer { total in
        for point in 0..<range.count {
          let bias = energies[start &+ point] - energies[area &+ start &+ point]
          let other = share * total[start &+ point] - q[point]
          gaps[point] = (q[point] - other) + bias
        }
      }
    }
    Exponential.sigmoid(gaps, into: q, count: range.count)
    guard let result = sweep.result else { return }
    (result + area + start).base.update(from: q, count: range.count)
    Exponential.sigmoid(gaps, into: q, count: range.count, negated: true)
    (result + start).base.update(from: q, count: range.count)
  }

  /// Any number of labels: from the messages to the probabilities of labels 1..., in place.
  private func decide(
    _ range: Range<Int>, _ q: UnsafeMutablePointer<Float>, _ first: UnsafeMutablePointer<Float>,
    _ sweep: Sweep
  ) {
    let (start, width, others) = (range.lowerBound, Lane.floats, labels - 1)
    energies.withUnsafeBufferPointer { energies in
      for point in 0..<range.count {
        let own = q + point * width
        let pixel = start + point
        var (score, top) = (sweep.share * total[pixel], -Float.infinity)
        for label in 0..<others {
          score -= own[label]
          own[label] -= energies[(label + 1) * area + pixel]
          top = max(top, own[label])
        }
        score -= energies[pixel]
        top = max(top, score)
        for label in 0..<others { own[label] -= top }
        first[point] = score - top
      }
    }
    Exponential.apply(q, count: range.count * width)
    Exponential.apply(first, count: range.count)
    for point in 0..<range.count {
      let own = q + point * width
      var sum = first[point]
      for label in 0..<others { sum += own[label] }
      let scale = 1 / sum
      for label in 0..<width { own[label] = label < others ? own[label] * scale : 0 }
      guard let result = sweep.result else { continue }
      result.base[start + point] = first[point] * scale
      for label in 0..<others { result.base[(label + 1) * area + start + point] = own[label] }
    }
  }
}
