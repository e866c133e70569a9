import CCrypto
import DICOM

/// First 16 hexadecimal digits of the SHA-1 of the pixel array, little endian, as the manifest of
/// the corpus has it.
func pixelHash(_ frames: [StoredFrame], _ pixels: PixelDescription) -> String {
  var bytes: [UInt8] = []
  let size = max(pixels.bitsAllocated / 8, 1)
  for frame in frames {
    for value in frame.values {
      for index in 0..<size {
        bytes.append(UInt8(truncatingIfNeeded: value >> Int32(index * 8)))
      }
    }
  }
  var digest = [UInt8](repeating: 0, count: 20)
  _ = EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha1(), nil)
  return digest.prefix(8).map { byte in
    let text = String(byte, radix: 16)
    return text.count == 1 ? "0" + text : text
  }.joined()
}
