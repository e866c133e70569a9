/// How a square of taps moves over a plane: the attributes of convolution and pooling.
package struct Window: Sendable, Hashable {
  package let stride: Int
  package let padding: Int
  package let dilation: Int

  /// Traps on a stride or dilation below 1 or a negative padding.
  package init(stride: Int = 1, padding: Int = 0, dilation: Int = 1) {
    precondition(stride > 0 && dilation > 0 && padding >= 0)
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
  }

  /// Output extent for `kernel` taps over `input` cells; not positive when it does not fit.
  package func output(_ input: Int, kernel: Int) -> Int {
    let free = input + 2 * padding - dilation * (kernel - 1) - 1
    return free < 0 ? 0 : free / stride + 1
  }
}
