/// Pictures for people: grey base, heat map, outlines and short labels.
package enum Overlay {
  package static func grey(_ image: Image, range: ClosedRange<Float>) -> ColorImage {
    let base = GreyPicture(image, range: range)
    var result = ColorImage(width: image.width, height: image.height)
    for (i, sample) in base.samples.enumerated() {
      let value = UInt8(truncatingIfNeeded: sample)
      result.bytes[i * 3] = value
      result.bytes[i * 3 + 1] = value
      result.bytes[i * 3 + 2] = value
    }
    return result
  }

  /// Lays a heat map over the picture: values up to `from` are clear, 1 has `opacity`.
  ///
  /// `heat` must have the picture's size and values in `0...1`.
  package static func lay(
    _ heat: Image, over picture: inout ColorImage, from start: Float = 0.2, opacity: Float = 0.55
  ) {
    precondition(heat.width == picture.width && heat.height == picture.height)
    for (i, value) in heat.pixels.enumerated() where value > start {
      let share = min((value - start) / max(1 - start, 1e-6), 1)
      let alpha = opacity * min(1, 0.35 + share)
      let color = ColorMap.inferno.color(min(max(value, 0), 1))
      for (k, channel) in [color.red, color.green, color.blue].enumerated() {
        let old = Float(picture.bytes[i * 3 + k])
        picture.bytes[i * 3 + k] = UInt8(old + (Float(channel) - old) * alpha)
      }
    }
  }

  /// Draws the border of a mask: its set pixels within `thickness` of an unset one.
  package static func outline(
    _ mask: Mask, on picture: inout ColorImage, color: RGB, thickness: Double = 1
  ) {
    precondition(mask.width == picture.width && mask.height == picture.height)
    let border = mask.subtracting(mask.eroded(radius: max(thickness, 1)))
    for (i, bit) in border.bits.enumerated() where bit != 0 {
      picture.set(row: i / mask.width, column: i % mask.width, color)
    }
  }

  /// Writes capital letters, digits and a few signs, upper left corner at (column, row); letters
  /// are 5 x 7 dots of `scale` pixels. Unknown characters leave a gap.
  package static func text(
    _ text: String, on picture: inout ColorImage, column: Int, row: Int, color: RGB, scale: Int = 1
  ) {
    for (index, character) in text.uppercased().enumerated() {
      guard let glyph = BitmapFont.glyphs[character] else { continue }
      for (y, line) in glyph.enumerated() {
        for x in 0..<5 where line >> (4 - x) & 1 == 1 {
          for dy in 0..<scale {
            for dx in 0..<scale {
              picture.set(
                row: row + y * scale + dy, column: column + (index * 6 + x) * scale + dx, color)
            }
          }
        }
      }
    }
  }
}

/// A sequence of colours of even perceptual steps and rising lightness.
package struct ColorMap: Sendable {
  private let anchors: [(Float, Float, Float)]

  /// Nine samples of matplotlib's "inferno" (CC0, Smith and van der Walt 2015), joined linearly.
  package static let inferno = ColorMap(anchors: [
    (0, 0, 4), (31, 12, 72), (85, 15, 109), (136, 34, 106), (186, 54, 85), (227, 89, 51),
    (249, 140, 10), (249, 201, 50), (252, 255, 164),
  ])

  /// The colour of a value in `0...1`.
  package func color(_ value: Float) -> RGB {
    let at = min(max(value, 0), 1) * Float(anchors.count - 1)
    let low = min(Int(at), anchors.count - 2)
    let share = at - Float(low)
    let (a, b) = (anchors[low], anchors[low + 1])
    func mix(_ x: Float, _ y: Float) -> UInt8 { UInt8((x + (y - x) * share).rounded()) }
    return RGB(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
  }
}
