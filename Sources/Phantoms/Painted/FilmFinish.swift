import Imaging

/// The way of every film out, with and without pneumothorax: a little noise, JPEG once more for
/// some, and the grey steps of its source.
struct FilmFinish {
  private var random: CounterRandom

  init(_ random: CounterRandom) { self.random = random }

  mutating func apply(to film: Image, options: PaintingOptions) throws -> Image {
    let noise = Float(random.uniform(0.2, 0.6) / 255 * options.noise)
    let again = random.chance(options.recompression)
    let quality = random.whole(80...96)
    var result = film
    if noise > 0 {
      for at in result.pixels.indices { result.pixels[at] += noise * random.fastNormal() }
    }
    let picture = GreyPicture(result, bits: options.bits)
    guard again, options.bits == 8 else { return picture.image }
    return try JPEG.decode(JPEG.encode(picture, quality: quality)).image
  }
}
