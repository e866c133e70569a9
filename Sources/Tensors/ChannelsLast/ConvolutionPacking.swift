import CKernels

extension PlannedConvolution {
  /// Packs a weight [O, C / groups, KH, KW] into `packed`, which holds `packedCount` floats.
  package func pack(_ weight: Cells, into packed: Cells) {
    switch algorithm {
    case .pointwise:
      kernels.table.pointee.pack(
        weight.base, form.sourceStride, form.targetStride, form.sourceChannels,
        form.targetChannels, packed.base)
    case .winograd, .winograd6:
      kernels.table.pointee.winograd_weights(
        tiles.outputs, weight.base, form.targetStride, form.sourceStride,
        form.pass == .forward ? 0 : 1, form.target[1], form.source[1], packed.base, winogradPoint)
    case .depthwise: packDepthwise(weight, packed)
    case .narrow: packNarrow(weight, packed)
    case .grouped: packGrouped(weight, packed)
    case .gathered: packPhases(weight, packed)
    }
  }

  /// The tap of the weight that is read at tap `index` of the picture.
  private func turned(_ index: Int) -> Int {
    form.pass == .forward ? index : form.taps - 1 - index
  }

  private func packDepthwise(_ weight: Cells, _ packed: Cells) {
    for channel in 0..<form.target[1] {
      for tap in 0..<form.taps {
        packed[tap * form.target[1] + channel] = weight[channel * form.taps + turned(tap)]
      }
    }
  }

  /// [target][tap][source].
  private func packNarrow(_ weight: Cells, _ packed: Cells) {
    var at = 0
    for target in 0..<form.target[1] {
      for tap in 0..<form.taps {
        let from = weight + target * form.targetStride + turned(tap)
        for source in 0..<form.source[1] {
          packed[at] = from[source * form.sourceStride]
          at += 1
        }
      }
    }
  }

  /// [vector of targets][tap][source of the group][lane].
  private func packGrouped(_ weight: Cells, _ packed: Cells) {
    let (lanes, size) = (kernels.lanes, form.sourceChannels)
    var at = 0
    for first in stride(from: 0, to: form.target[1], by: lanes) {
      for tap in 0..<form.taps {
        for source in 0..<size {
          for target in first..<first + lanes {
            let group = weight + target / size * form.groupStride + turned(tap)
            packed[at] = group[target % size * form.targetStride + source * form.sourceStride]
            at += 1
          }
        }
      }
    }
  }

  /// Per phase and block the matrix [tap, source channel] x target channel, block-diagonal over
  /// merged groups.
  private func packPhases(_ weight: Cells, _ packed: Cells) {
    var offset = 0
    for phase in phases {
      let (k, n) = (depth(phase), form.targetChannels * merged)
      var matrix = [Float](repeating: 0, count: k * n)
      for block in 0..<blocks {
        matrix.withUnsafeMutableBufferPointer { buffer in
          guard let base = buffer.baseAddress else { return }
          for part in 0..<merged {
            let group = weight + (block * merged + part) * form.groupStride
            fill(Cells(base), phase, part, group.base)
          }
        }
        kernels.table.pointee.pack(matrix, n, 1, k, n, (packed + offset).base)
        offset += phaseCount(phase)
      }
    }
  }

  /// The rows and columns of one group; sixteen targets at once, so that both sides are read and
  /// written in runs.
  private func fill(
    _ matrix: Cells, _ phase: ConvolutionForm.Phase, _ part: Int,
    _ group: UnsafeMutablePointer<Float>
  ) {
    let (sources, targets) = (form.sourceChannels, form.targetChannels)
    let (from, step) = (form.sourceStride, form.targetStride)
    let n = targets * merged
    for first in stride(from: 0, to: targets, by: 16) {
      let count = min(16, targets - first)
      for source in 0..<sources {
        for (position, tap) in phase.taps.enumerated() {
          let row = (position * merged + part) * sources + source
          let to = matrix.base + row * n + part * targets + first
          let read = group + source * from + tap + first * step
          for lane in 0..<count { to[lane] = read[lane * step] }
        }
      }
    }
  }
}
