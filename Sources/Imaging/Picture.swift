/// Integer grey samples as a picture file holds them: `samples[row * width + column]`.
package struct GreyPicture: Sendable, Equatable {
  package let width: Int
  package let height: Int
  /// 8 or 16: the samples use `0...(1 << bits) - 1`.
  package let bits: Int
  package var samples: [UInt16]

  package init(width: Int, height: Int, bits: Int, samples: [UInt16]) {
    precondition(samples.count == width * height && (bits == 8 || bits == 16))
    self.width = width
    self.height = height
    self.bits = bits
    self.samples = samples
  }

  /// Quantises an image: `range.lowerBound` becomes 0 and `range.upperBound` the largest sample;
  /// values outside the range, and NaN, are clamped.
  package init(_ image: Image, range: ClosedRange<Float> = 0...1, bits: Int = 8) {
    let top = Float((1 << bits) - 1)
    let scale = top / max(range.upperBound - range.lowerBound, .leastNormalMagnitude)
    let samples = image.pixels.map { value -> UInt16 in
      let scaled = ((value - range.lowerBound) * scale).rounded()
      return scaled > 0 ? UInt16(min(scaled, top)) : 0
    }
    self.init(width: image.width, height: image.height, bits: bits, samples: samples)
  }

  /// 255 where the mask is set.
  package init(_ mask: Mask) {
    self.init(
      width: mask.width, height: mask.height, bits: 8, samples: mask.bits.map { $0 == 0 ? 0 : 255 })
  }

  /// Samples divided by the largest sample: `0...1`.
  package var image: Image {
    let scale = 1 / Float((1 << bits) - 1)
    return Image(width: width, height: height, pixels: samples.map { Float($0) * scale })
  }

  /// Set where a sample is at least half of the largest one.
  package var mask: Mask {
    let half = UInt16(1 << (bits - 1))
    return Mask(width: width, height: height, bits: samples.map { $0 >= half ? 1 : 0 })
  }
}

/// RGB, 8 bits a channel, interleaved: `bytes[(row * width + column) * 3 + channel]`.
package struct ColorImage: Sendable, Equatable {
  package let width: Int
  package let height: Int
  package var bytes: [UInt8]

  package init(width: Int, height: Int, bytes: [UInt8]) {
    precondition(bytes.count == width * height * 3)
    self.width = width
    self.height = height
    self.bytes = bytes
  }

  package init(width: Int, height: Int) {
    self.init(width: width, height: height, bytes: Array(repeating: 0, count: width * height * 3))
  }

  /// Sets one pixel; a place outside the picture is ignored.
  package mutating func set(row: Int, column: Int, _ color: RGB) {
    guard row >= 0, column >= 0, row < height, column < width else { return }
    let at = (row * width + column) * 3
    bytes[at] = color.red
    bytes[at + 1] = color.green
    bytes[at + 2] = color.blue
  }
}

/// One colour, 8 bits a channel.
package struct RGB: Sendable, Hashable {
  package let red: UInt8
  package let green: UInt8
  package let blue: UInt8

  package init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }
}
