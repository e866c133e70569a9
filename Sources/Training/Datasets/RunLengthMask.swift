import Imaging

/// The run lengths of COCO (pycocotools "RLE"): runs of 0 and 1 in turn, 0 first, over the columns.
///
/// The compressed text holds each run, from the third on less the run two before it, as groups of
/// five bits, least significant first, bit 0x20 for more to come and bit 0x10 of the last one for the
/// sign, each plus 48 as an ASCII character.
enum RunLengthMask {
  /// nil for a text that is none, or runs that do not fill the picture.
  static func decode(_ text: String, width: Int, height: Int) -> Mask? {
    guard width > 0, height > 0, let runs = runs(text) else { return nil }
    return mask(runs, width: width, height: height)
  }

  static func mask(_ runs: [Int], width: Int, height: Int) -> Mask? {
    guard width > 0, height > 0 else { return nil }
    var mask = Mask(width: width, height: height)
    var (position, isSet) = (0, false)
    for run in runs {
      guard run >= 0, run <= width * height - position else { return nil }
      if isSet {
        for index in position..<position + run {
          mask.bits[index % height * width + index / height] = 1
        }
      }
      position += run
      isSet.toggle()
    }
    return position == width * height ? mask : nil
  }

  static func runs(_ text: String) -> [Int]? {
    var runs: [Int] = []
    var (value, shift) = (0, 0)
    for byte in text.utf8 {
      guard (48..<112).contains(byte), shift < 50 else { return nil }
      let group = Int(byte) - 48
      value |= (group & 0x1F) << shift
      shift += 5
      guard group & 0x20 == 0 else { continue }
      if group & 0x10 != 0 { value |= -1 << shift }
      if runs.count > 2 { value += runs[runs.count - 2] }
      runs.append(value)
      (value, shift) = (0, 0)
    }
    return shift == 0 ? runs : nil
  }
}
