import Glibc
import Imaging

extension Image {
  /// The largest, over the angles, of the grey openings along a straight piece: keeps what is
  /// bright along a line of that length at one of the angles, ribs for one, and levels the rest.
  ///
  /// The pieces are built by doubling, so that the cost grows with the logarithm of the length.
  /// - Parameters:
  ///   - length: in pixels.
  ///   - angles: degrees from the row direction.
  func openedAlongLines(length: Int, angles: [Double]) -> Image {
    guard length > 1, let first = angles.first else { return self }
    var best = openedAlongLine(length: length, angle: first)
    for angle in angles.dropFirst() {
      let next = openedAlongLine(length: length, angle: angle)
      for at in best.pixels.indices where next.pixels[at] > best.pixels[at] {
        best.pixels[at] = next.pixels[at]
      }
    }
    return best
  }

  private func openedAlongLine(length: Int, angle: Double) -> Image {
    let direction = (x: cos(angle * .pi / 180), y: sin(angle * .pi / 180))
    var shifts: [(x: Int, y: Int)] = []
    var covered = 1
    while covered < length {
      let step = min(covered, length - covered)
      shifts.append(
        (
          Int((Double(step) * direction.x).rounded()), Int((Double(step) * direction.y).rounded())
        ))
      covered += step
    }
    var current = pixels
    var next = current
    for shift in shifts {
      combine(current, shift, into: &next) { $1 < $0 ? $1 : $0 }
      swap(&current, &next)
    }
    // The dilation walks back over the same piece.
    for shift in shifts {
      combine(current, (-shift.x, -shift.y), into: &next) { $1 > $0 ? $1 : $0 }
      swap(&current, &next)
    }
    return Image(width: width, height: height, pixels: current)
  }

  /// `next[p] = pick(current[p], current[p + shift])`; places outside do not count.
  @inline(__always)
  private func combine(
    _ current: [Float], _ shift: (x: Int, y: Int), into next: inout [Float],
    _ pick: (Float, Float) -> Float
  ) {
    let (left, right) = (max(0, -shift.x), min(width, width - shift.x))
    current.withUnsafeBufferPointer { source in
      next.withUnsafeMutableBufferPointer { target in
        for y in 0..<height {
          let line = y * width
          let there = y + shift.y
          guard there >= 0, there < height, left < right else {
            for x in 0..<width { target[line + x] = source[line + x] }
            continue
          }
          let other = there * width + shift.x
          for x in 0..<left { target[line + x] = source[line + x] }
          for x in left..<right { target[line + x] = pick(source[line + x], source[other + x]) }
          for x in right..<width { target[line + x] = source[line + x] }
        }
      }
    }
  }
}
