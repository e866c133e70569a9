import CCrypto
import Glibc

/// SHA-256 (FIPS 180-4) by libcrypto.
package enum SHA256 {
  /// The digest as 64 lower-case hexadecimal digits.
  package static func hex(of bytes: [UInt8]) throws -> String {
    try bytes.withUnsafeBytes { try hex(of: $0) }
  }

  /// The digest as 64 lower-case hexadecimal digits.
  package static func hex(of bytes: UnsafeRawBufferPointer) throws -> String {
    hexadecimal(try digest(of: bytes))
  }

  package static func hex(ofText text: String) throws -> String { try hex(of: Array(text.utf8)) }

  /// The digest of a whole file, read in pieces of 1 MiB.
  package static func hex(ofFile path: String) throws -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw ImagingError(.unreadable, "open", systemError: errno)
    }
    defer { close(descriptor) }
    let hasher = try Hasher()
    let size = 1 << 20
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let got = Glibc.read(descriptor, buffer.baseAddress, size)
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw ImagingError(.unreadable, "read", systemError: errno) }
      if got == 0 { break }
      try hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
    }
    return hexadecimal(try hasher.finish())
  }

  /// The 32 bytes of the digest.
  package static func digest(of bytes: UnsafeRawBufferPointer) throws -> [UInt8] {
    let hasher = try Hasher()
    try hasher.update(bytes)
    return try hasher.finish()
  }

  /// The 32 bytes of the digest.
  package static func digest(of bytes: [UInt8]) throws -> [UInt8] {
    try bytes.withUnsafeBytes { try digest(of: $0) }
  }

  /// Takes bytes in pieces; `finish` may be called once.
  package final class Hasher {
    private let context: OpaquePointer

    package init() throws {
      guard let made = EVP_MD_CTX_new() else { throw ImagingError(.digest, "context") }
      context = made
      guard EVP_DigestInit_ex(made, EVP_sha256(), nil) == 1 else {
        throw ImagingError(.digest, "start")
      }
    }

    deinit { EVP_MD_CTX_free(context) }

    package func update(_ bytes: UnsafeRawBufferPointer) throws {
      guard EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else {
        throw ImagingError(.digest, "update")
      }
    }

    package func update(_ bytes: [UInt8]) throws {
      try bytes.withUnsafeBytes { try update($0) }
    }

    package func finish() throws -> [UInt8] {
      var result = [UInt8](repeating: 0, count: 32)
      var length: UInt32 = 32
      guard EVP_DigestFinal_ex(context, &result, &length) == 1, length == 32 else {
        throw ImagingError(.digest, "finish")
      }
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
