import CPNG

/// Pictures of a palette, by palette index: class maps of public data sets.
extension PNG {
  /// `indices[row * width + column]`.
  package struct Indexed: Sendable, Equatable {
    package let width: Int
    package let height: Int
    package let indices: [UInt8]

    package init(width: Int, height: Int, indices: [UInt8]) {
      precondition(width > 0 && height > 0 && indices.count == width * height)
      self.width = width
      self.height = height
      self.indices = indices
    }
  }

  /// The palette indices of a palette PNG; the samples of an 8-bit grey one.
  ///
  /// Throws `ImagingError`: `undecodable` also for other colour types, `tooLarge`.
  package static func decodeIndices(_ bytes: [UInt8]) throws -> Indexed {
    guard bytes.count > 33, bytes[25] == 3 else {
      guard bytes.count > 33, bytes[24] == 8, bytes[25] == 0 else {
        throw ImagingError(.undecodable, "png-palette")
      }
      let grey = try decode(bytes)
      return Indexed(
        width: grey.width, height: grey.height, indices: grey.samples.map { UInt8($0) })
    }
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    return try bytes.withUnsafeBytes { raw in
      guard png_image_begin_read_from_memory(&image, raw.baseAddress, raw.count) != 0 else {
        throw ImagingError(.undecodable, "png-header")
      }
      let (width, height) = (Int(image.width), Int(image.height))
      guard width > 0, height > 0, width <= pixelLimit / height else {
        throw ImagingError(.tooLarge, "png-size")
      }
      // libpng hands the indices through only with a colour map of the palette's own kind.
      image.format = UInt32(PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_COLORMAP)
      var indices = [UInt8](repeating: 0, count: width * height)
      var palette = [UInt8](repeating: 0, count: 256 * 3)
      guard png_image_finish_read(&image, nil, &indices, 0, &palette) != 0 else {
        throw ImagingError(.undecodable, "png-data")
      }
      return Indexed(width: width, height: height, indices: indices)
    }
  }

  /// A palette PNG. `palette`: at most 256 colours, one for every index that occurs.
  ///
  /// Throws `ImagingError(.encoding)`.
  package static func encode(_ picture: Indexed, palette: [RGB]) throws -> [UInt8] {
    let top = Int(picture.indices.max() ?? 0)
    guard palette.count <= 256, top < palette.count else {
      throw ImagingError(.encoding, "png-palette")
    }
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    image.width = UInt32(picture.width)
    image.height = UInt32(picture.height)
    image.format = UInt32(PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_COLORMAP)
    image.colormap_entries = UInt32(palette.count)
    defer { png_image_free(&image) }
    let colors = palette.flatMap { [$0.red, $0.green, $0.blue] }
    var size = picture.indices.count + picture.height * 2 + 8192
    var file = [UInt8](repeating: 0, count: size)
    guard
      png_image_write_to_memory(&image, &file, &size, 0, picture.indices, 0, colors) != 0,
      size <= file.count
    else { throw ImagingError(.encoding, "png") }
    file.removeLast(file.count - size)
    return file
  }
}
