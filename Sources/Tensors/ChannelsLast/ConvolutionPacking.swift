import CKernels

extension PlannedConvolution {
  /// Packs a weight [O, C / groups, KH, KW] into `packed`, which holds `packedCount` floats.
  package func pack(_ weight: Cells, into packed: Cells) {
    switch algorithm {
    case .pointwise:
      kernels.table.pointee.pack(
        weight.base, form.sourceStride, form.targetStride, form.sourceChannels,
        form.targetChannels, packed.base)
    case .winograd:
      kernels.table.pointee.winograd_weights(
        weight.base, form.targetStride, form.sourceStride, form.pass == .forward ? 0 : 1,
        form.target[1], form.source[1], packed.base, winogradPoint)
    case .depthwise: packDepthwise(weight, packed)
    case .gathered: packPhases(weight, packed)
    }
  }

  private func packDepthwise(_ weight: Cells, _ packed: Cells) {
    let taps = form.taps
    for channel in 0..<form.target[1] {
      for tap in 0..<taps {
        let from = form.pass == .forward ? tap : taps - 1 - tap
        packed[tap * form.target[1] + channel] = weight[channel * taps + from]
      }
    }
  }

  /// Per phase and block the matrix [tap, source channel] x target channel, block-diagonal over
  /// merged groups.
  private func packPhases(_ weight: Cells, _ packed: Cells) {
    let (sources, targets) = (form.sourceChannels, form.targetChannels)
    var offset = 0
    for phase in phases {
      let (k, n) = (depth(phase), targets * merged)
      var matrix = [Float](repeating: 0, count: k * n)
      for block in 0..<blocks {
        for part in 0..<merged {
          let group = weight + (block * merged + part) * form.groupStride
          for (position, tap) in phase.taps.enumerated() {
            for source in 0..<sources {
              let row = (position * merged + part) * sources + source
              let from = group.base + source * form.sourceStride + tap
              let to = row * n + part * targets
              for target in 0..<targets { matrix[to + target] = from[target * form.targetStride] }
            }
          }
        }
        kernels.table.pointee.pack(matrix, n, 1, k, n, (packed + offset).base)
        offset += phaseCount(phase)
      }
    }
  }
}
