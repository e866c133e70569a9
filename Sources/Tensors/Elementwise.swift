/// Element-by-element kernels; the loops live in this module so that they are specialised here.
package enum Elementwise {
  /// A function of one element.
  package enum Unary: Sendable, Hashable {
    case scale(Float)
    case offset(Float)
    /// `x` where positive, else `slope * x`; slope 0 is ReLU.
    case rectify(slope: Float)
    case sigmoid
    case tanh
    /// `log(1 + exp x)` without overflow.
    case softplus
    case exp
    case log
    case squareRoot
    case square
    case absolute
    /// -1, 0 or 1; NaN of NaN.
    case sign
    case power(Float)
    /// NaN stays NaN.
    case clip(min: Float, max: Float)
  }

  /// A function of two elements.
  package enum Binary: Sendable, Hashable {
    case add
    case subtract
    case multiply
    case divide
    /// `b` where `a > 0`, else `slope * b`: the gradient of `rectify` from its input or, when
    /// `slope >= 0`, from its output.
    case rectifyGradient(slope: Float)
    /// NaN where either is.
    case maximum
    case minimum
    /// 1 where `a < b`, else 0.
    case less
    /// `b` where `a` lies in the closed interval, else 0: the gradient of `clip` from its input.
    case clipGradient(min: Float, max: Float)
  }

  /// Elements per piece of parallel work.
  static let grain = 1 << 15
}
