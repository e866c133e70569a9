extension Image {
  /// Left and right exchanged.
  package var mirrored: Image {
    var result = self
    for row in 0..<height {
      let line = row * width
      for x in 0..<width { result.pixels[line + x] = pixels[line + width - 1 - x] }
    }
    return result
  }
}

extension Mask {
  /// Left and right exchanged.
  package var mirrored: Mask {
    var result = self
    for row in 0..<height {
      let line = row * width
      for x in 0..<width { result.bits[line + x] = bits[line + width - 1 - x] }
    }
    return result
  }
}
