import CCrypto
import Glibc

/// SHA-256 (FIPS 180-4) by libcrypto.
///
/// Nothing here throws for the digest itself: libcrypto fails only without memory, and then there
/// is nothing to go on with.
package enum SHA256 {
  /// The digest as 64 lower-case hexadecimal digits.
  package static func hex(of bytes: [UInt8]) -> String {
    hexadecimal(digest(of: bytes))
  }

  package static func hex(ofText text: String) -> String { hex(of: Array(text.utf8)) }

  /// The digest of a whole file and its size, read in pieces of 1 MiB; nil when it cannot be read.
  package static func ofFile(_ path: String) -> (sha256: String, byteCount: Int64)? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    let hasher = Hasher()
    let size = 1 << 20
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
    defer { buffer.deallocate() }
    var total: Int64 = 0
    while true {
      let got = Glibc.read(descriptor, buffer.baseAddress, size)
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { return nil }
      if got == 0 { return (hexadecimal(hasher.finish()), total) }
      hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
      total += Int64(got)
    }
  }

  /// The 32 bytes of the digest.
  package static func digest(of bytes: [UInt8]) -> [UInt8] {
    let hasher = Hasher()
    bytes.withUnsafeBytes { hasher.update($0) }
    return hasher.finish()
  }

  /// Takes bytes in pieces; `finish` may be called once.
  package final class Hasher {
    private let context: OpaquePointer

    package init() {
      guard let made = EVP_MD_CTX_new(), EVP_DigestInit_ex(made, EVP_sha256(), nil) == 1 else {
        preconditionFailure("libcrypto has no SHA-256")
      }
      context = made
    }

    deinit { EVP_MD_CTX_free(context) }

    package func update(_ bytes: UnsafeRawBufferPointer) {
      let done = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
      precondition(done == 1)
    }

    package func finish() -> [UInt8] {
      var result = [UInt8](repeating: 0, count: 32)
      var length: UInt32 = 32
      let done = EVP_DigestFinal_ex(context, &result, &length)
      precondition(done == 1 && length == 32)
      return result
    }
  }

  package static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
