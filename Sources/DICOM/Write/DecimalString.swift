/// Decimal String (DS, PS3.5 6.2): at most 16 characters.
enum DecimalString {
  /// The closest text of at most 16 characters; not-a-number and infinities give 0.
  static func text(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    if value == value.rounded() && abs(value) < 1e15 { return String(Int64(value)) }
    let exact = String(value)
    if exact.utf8.count <= 16 { return exact }
    for digits in stride(from: 15, through: 0, by: -1) {
      let rounded = fixed(value, digits: digits)
      if rounded.utf8.count <= 16 && Double(rounded) != 0 { return rounded }
    }
    return scientific(value)
  }

  /// Fixed notation, rounded half away from zero.
  private static func fixed(_ value: Double, digits: Int) -> String {
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 9e15 else { return String(repeating: "9", count: 17) }
    let whole = String(Int64(scaled))
    let padded = String(repeating: "0", count: max(0, digits + 1 - whole.count)) + whole
    let cut = padded.index(padded.endIndex, offsetBy: -digits)
    let sign = value < 0 ? "-" : ""
    return digits == 0 ? sign + padded : sign + padded[..<cut] + "." + padded[cut...]
  }

  /// Nine significant digits with an exponent.
  private static func scientific(_ value: Double) -> String {
    var mantissa = abs(value)
    var exponent = 0
    while mantissa >= 10 {
      mantissa /= 10
      exponent += 1
    }
    while mantissa < 1 && mantissa > 0 {
      mantissa *= 10
      exponent -= 1
    }
    return (value < 0 ? "-" : "") + fixed(mantissa, digits: 8) + "E" + String(exponent)
  }
}
