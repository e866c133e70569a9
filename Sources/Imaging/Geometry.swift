/// A point or direction in the patient coordinate system: LPS, millimetres (PS3.3 C.7.6.2.1.1).
package struct Vector3: Sendable, Hashable, Codable {
  package var x: Double
  package var y: Double
  package var z: Double

  package init(_ x: Double, _ y: Double, _ z: Double) {
    self.x = x
    self.y = y
    self.z = z
  }

  package static func + (a: Vector3, b: Vector3) -> Vector3 {
    Vector3(a.x + b.x, a.y + b.y, a.z + b.z)
  }
  package static func - (a: Vector3, b: Vector3) -> Vector3 {
    Vector3(a.x - b.x, a.y - b.y, a.z - b.z)
  }
  package static func * (a: Vector3, s: Double) -> Vector3 { Vector3(a.x * s, a.y * s, a.z * s) }

  package func dot(_ b: Vector3) -> Double { x * b.x + y * b.y + z * b.z }
  package func cross(_ b: Vector3) -> Vector3 {
    Vector3(y * b.z - z * b.y, z * b.x - x * b.z, x * b.y - y * b.x)
  }
  package var length: Double { dot(self).squareRoot() }
}

/// Pixel Spacing (0028,0030): distance between row centres, then between column centres, in mm
/// (PS3.3 10.7.1.3).
package struct PixelSpacing: Sendable, Hashable, Codable {
  package let row: Double
  package let column: Double

  package init(row: Double, column: Double) {
    self.row = row
    self.column = column
  }
}

/// Where one image plane lies in the patient (PS3.3 C.7.6.2.1.1).
package struct PlaneGeometry: Sendable, Hashable, Codable {
  /// Image Position (Patient): centre of the first pixel, LPS mm.
  package let position: Vector3
  /// Direction of increasing column index: the first triplet of Image Orientation (Patient).
  package let rowDirection: Vector3
  /// Direction of increasing row index: the second triplet.
  package let columnDirection: Vector3
  package let spacing: PixelSpacing

  package init(
    position: Vector3, rowDirection: Vector3, columnDirection: Vector3, spacing: PixelSpacing
  ) {
    self.position = position
    self.rowDirection = rowDirection
    self.columnDirection = columnDirection
    self.spacing = spacing
  }

  package var normal: Vector3 { rowDirection.cross(columnDirection) }

  /// Patient coordinates of a pixel given by (fractional, zero-based) column and row.
  package func patientPoint(column: Double, row: Double) -> Vector3 {
    position + rowDirection * (column * spacing.column) + columnDirection * (row * spacing.row)
  }
}

/// A side of the patient, never of the picture.
package enum Side: String, Sendable, Hashable, Codable, CaseIterable {
  case left
  case right

  package var opposite: Side { self == .left ? .right : .left }
}
