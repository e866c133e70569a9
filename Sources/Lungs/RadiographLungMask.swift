import Imaging

/// The lungs of a frontal radiograph at its full resolution. Sides are the patient's.
package struct LungMask: Sendable {
  package let left: Mask?
  package let right: Mask?
  package let combined: Mask
  package let quality: LungQuality

  package init(left: Mask?, right: Mask?, combined: Mask, quality: LungQuality) {
    self.left = left
    self.right = right
    self.combined = combined
    self.quality = quality
  }

  /// The combined mask where it can be trusted.
  package var trusted: Mask? { quality.usable ? combined : nil }
}

extension LungMask {
  /// From a raw network mask: keeps the two largest components, fills their holes and tells the
  /// sides apart by position.
  ///
  /// - Parameter mirrored: true when the picture's left is the patient's left (Patient
  ///   Orientation "R\..." or a stated laterality); a standard frontal film shows the patient's
  ///   right on the left.
  /// - Parameter frame: pixels of `raw` that lie on the film; nil for all.
  package init(cleaning raw: Mask, mirrored: Bool = false, frame: Int? = nil) {
    let parts = Components(raw, connectivity: .faces)
    let total = raw.count
    let kept = parts.largest(2).filter { parts.sizes[$0] * 50 >= total }
    let masks = kept.map { parts.mask(of: $0).fillingHoles() }
    let open = kept.reduce(0) { $0 + parts.sizes[$1] }
    let (onLeft, onRight) = Self.placed(masks)
    let combined = masks.dropFirst().reduce(
      masks.first ?? Mask(width: raw.width, height: raw.height)
    ) {
      $0.union($1)
    }
    let filled = combined.count
    let ragged = total > 0 && Double(total - open + filled - open) > 0.1 * Double(total)
    self.init(
      left: mirrored ? onLeft : onRight, right: mirrored ? onRight : onLeft, combined: combined,
      quality: Self.judge(onLeft, onRight, combined: combined, frame: frame, ragged: ragged))
  }

  /// Left and right in the picture. One body alone is cut at the middle column when it spans both
  /// halves, since then the lungs have run together.
  private static func placed(_ masks: [Mask]) -> (Mask?, Mask?) {
    guard let first = masks.first else { return (nil, nil) }
    let middle = first.width / 2
    let centres = masks.map(Self.centreColumn)
    if masks.count == 2, (centres[0] < Double(middle)) != (centres[1] < Double(middle)) {
      return centres[0] <= centres[1] ? (masks[0], masks[1]) : (masks[1], masks[0])
    }
    // Two bodies in one half are pieces of one lung.
    let only = masks.dropFirst().reduce(first) { $0.union($1) }
    var left = only
    var right = only
    for row in 0..<only.height {
      for column in 0..<only.width {
        if column < middle { right[row, column] = false } else { left[row, column] = false }
      }
    }
    let spansBoth = min(left.count, right.count) * 4 >= max(left.count, right.count)
    if spansBoth { return (left, right) }
    return left.count > right.count ? (only, nil) : (nil, only)
  }

  private static func centreColumn(_ mask: Mask) -> Double {
    var sum = 0
    var count = 0
    for row in 0..<mask.height {
      for column in 0..<mask.width where mask[row, column] {
        sum += column
        count += 1
      }
    }
    return count > 0 ? Double(sum) / Double(count) : 0
  }

  /// The limits are ours: lungs cover .08 to .65 of a frontal film in the corpora looked at.
  private static func judge(
    _ a: Mask?, _ b: Mask?, combined: Mask, frame: Int?, ragged: Bool
  ) -> LungQuality {
    let share = Double(combined.count) / Double(frame ?? combined.bits.count)
    let sizes = [Double(a?.count ?? 0), Double(b?.count ?? 0)].sorted()
    let symmetry = sizes[1] > 0 ? sizes[0] / sizes[1] : 0
    var flags: [LungFlag] = []
    if combined.isEmpty {
      flags.append(.noLung)
    } else {
      if a == nil || b == nil { flags.append(.oneSideMissing) }
      if share < 0.08 { flags.append(.tooSmall) }
      if share > 0.65 { flags.append(.tooLarge) }
      if symmetry > 0, symmetry < 1.0 / 3 { flags.append(.asymmetric) }
      if ragged { flags.append(.ragged) }
    }
    let harmless: Set<LungFlag> = [.asymmetric]
    return LungQuality(
      flags: flags, usable: flags.allSatisfy(harmless.contains), share: share, symmetry: symmetry)
  }
}
