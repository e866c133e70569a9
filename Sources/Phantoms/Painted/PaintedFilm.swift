import Imaging

/// A real film without pneumothorax, with one painted in: exact truth on real anatomy.
///
/// The collapsed lung is the lung scaled about its hilum, by a share that varies smoothly with
/// the direction. Vessels and texture move with the lung; shading and ribs stay; in the air the
/// rest of the detail is nearly taken out, the film is darkened and the pleural line drawn.
/// Everything depends on (seed, index), the pixels, the masks and the options alone.
package struct PaintedFilm: Sendable {
  /// Density 0...1, quantised to the bits of the options.
  package let image: Image
  /// The air between chest wall and visceral pleura.
  package let truth: Mask
  package let side: Side
  /// Area of the air as a share of the lung field of its side.
  package let sizeShare: Double
  package let pattern: PaintedPattern
  package let hasTube: Bool

  /// - Parameters:
  ///   - film: density 0...1, 1 is bright; both sides at least 64 pixels.
  ///   - leftLung: the patient's left lung at the film's size; holes and crumbs are cleaned.
  ///   - rightLung: the patient's right lung.
  /// Throws `PaintingError` where film or masks cannot be used, `ImagingError` of recompression.
  package init(
    film: Image, leftLung: Mask, rightLung: Mask, seed: UInt64, index: Int,
    options: PaintingOptions = PaintingOptions()
  ) throws {
    let draw = PaintingDraw(seed: seed, index: index, options: options)
    let place = try PaintingPlace(
      film: film, leftLung: leftLung, rightLung: rightLung, draw: draw, options: options)
    var made = film
    place.field.put(FieldPainter(film, place, draw).collapsed(), into: &made)
    var edits = FalseEdits(draw.edits, left: leftLung, right: rightLung)
    hasTube = edits.apply(
      to: &made, amount: options.edits, tube: options.tube.withPneumothorax)
    var finish = FilmFinish(draw.finish)
    image = try finish.apply(to: made, options: options)
    truth = place.field.onFilm(place.lung.gap, width: film.width, height: film.height)
    side = draw.side
    sizeShare = place.sizeShare
    pattern = draw.pattern
  }
}

/// The same film with changes of the same strength and no pneumothorax: what a detector of
/// painting must not tell from `PaintedFilm`.
package struct ControlFilm: Sendable {
  /// Density 0...1, quantised to the bits of the options.
  package let image: Image
  /// Where `PaintedFilm` of the same seed and index would have its air; no truth.
  package let sham: Mask
  package let hasTube: Bool

  /// Empty: there is no pneumothorax.
  package var truth: Mask { Mask(width: image.width, height: image.height) }

  /// As `PaintedFilm.init`.
  package init(
    film: Image, leftLung: Mask, rightLung: Mask, seed: UInt64, index: Int,
    options: PaintingOptions = PaintingOptions()
  ) throws {
    let draw = PaintingDraw(seed: seed, index: index, options: options)
    let place = try PaintingPlace(
      film: film, leftLung: leftLung, rightLung: rightLung, draw: draw, options: options)
    var made = film
    if options.edits > 0 {
      place.field.put(FieldPainter(film, place, draw).control(), into: &made)
    }
    var edits = FalseEdits(draw.edits, left: leftLung, right: rightLung)
    hasTube = edits.apply(to: &made, amount: options.edits, tube: options.tube.without)
    var finish = FilmFinish(draw.finish)
    image = try finish.apply(to: made, options: options)
    sham = place.field.onFilm(place.lung.gap, width: film.width, height: film.height)
  }
}
