import Graphs
import Tensors
import Testing

/// The golden texts of graph surgery: blocks of networks before and after all passes.
@Suite struct PassGoldenTests {
  private func expect(
    _ block: (graph: Graph, outputs: [Value]), before: String, after: String
  ) throws {
    let rewritten = try Passes.optimize(block.graph, outputs: block.outputs).graph
    #expect(block.graph.description == before)
    #expect(rewritten.description == after)
  }

  /// The later of the two convolutions, the shortcut, takes the sum and the ReLU.
  @Test func residualBlock() throws {
    try expect(
      PassBlocks.residualBlock(),
      before: """
        %0 = input x : 1x2x8x8
        %1 = parameter conv1.weight : 4x2x3x3
        %2 = parameter conv2.weight : 4x4x3x3
        %3 = parameter down.weight : 4x2x1x1
        %4 = conv2d(%0, %1) stride=2 padding=1 dilation=1 : 1x4x4x4
        %5 = parameter bn1.weight : 4
        %6 = parameter bn1.bias : 4
        %7 = parameter bn1.running_mean : 4
        %8 = parameter bn1.running_var : 4
        %9 = reshape(%7) : 1x4
        %10 = reshape(%8) : 1x4
        %11 = concat(%9, %10) axis=0 : 2x4
        %12 = batch_normalize(%4, %11, %5, %6) epsilon=1e-05 : 1x4x4x4
        %13 = relu(%12) : 1x4x4x4
        %14 = conv2d(%13, %2) stride=1 padding=1 dilation=1 : 1x4x4x4
        %15 = parameter bn2.weight : 4
        %16 = parameter bn2.bias : 4
        %17 = parameter bn2.running_mean : 4
        %18 = parameter bn2.running_var : 4
        %19 = reshape(%17) : 1x4
        %20 = reshape(%18) : 1x4
        %21 = concat(%19, %20) axis=0 : 2x4
        %22 = batch_normalize(%14, %21, %15, %16) epsilon=1e-05 : 1x4x4x4
        %23 = conv2d(%0, %3) stride=2 padding=0 dilation=1 : 1x4x4x4
        %24 = parameter down.bn.weight : 4
        %25 = parameter down.bn.bias : 4
        %26 = parameter down.bn.running_mean : 4
        %27 = parameter down.bn.running_var : 4
        %28 = reshape(%26) : 1x4
        %29 = reshape(%27) : 1x4
        %30 = concat(%28, %29) axis=0 : 2x4
        %31 = batch_normalize(%23, %30, %24, %25) epsilon=1e-05 : 1x4x4x4
        %32 = add(%22, %31) : 1x4x4x4
        %33 = relu(%32) : 1x4x4x4
        tap features = %33

        """,
      after: """
        %0 = input x : 1x2x8x8
        %1 = parameter conv1.weight : 4x2x3x3
        %2 = parameter conv2.weight : 4x4x3x3
        %3 = parameter down.weight : 4x2x1x1
        %4 = parameter bn1.weight : 4
        %5 = parameter bn1.bias : 4
        %6 = parameter bn1.running_mean : 4
        %7 = parameter bn1.running_var : 4
        %8 = offset(%7) amount=1e-05 : 4
        %9 = sqrt(%8) : 4
        %10 = divide(%4, %9) : 4
        %11 = multiply(%6, %10) : 4
        %12 = subtract(%5, %11) : 4
        %13 = reshape(%10) : 4x1x1x1
        %14 = multiply(%1, %13) : 4x2x3x3
        %15 = fused_conv2d(%0, %14, %12) stride=2 padding=1 dilation=1 with=bias activation=relu : \
        1x4x4x4
        %16 = parameter bn2.weight : 4
        %17 = parameter bn2.bias : 4
        %18 = parameter bn2.running_mean : 4
        %19 = parameter bn2.running_var : 4
        %20 = offset(%19) amount=1e-05 : 4
        %21 = sqrt(%20) : 4
        %22 = divide(%16, %21) : 4
        %23 = multiply(%18, %22) : 4
        %24 = subtract(%17, %23) : 4
        %25 = reshape(%22) : 4x1x1x1
        %26 = multiply(%2, %25) : 4x4x3x3
        %27 = fused_conv2d(%15, %26, %24) stride=1 padding=1 dilation=1 with=bias activation=none \
        : 1x4x4x4
        %28 = parameter down.bn.weight : 4
        %29 = parameter down.bn.bias : 4
        %30 = parameter down.bn.running_mean : 4
        %31 = parameter down.bn.running_var : 4
        %32 = offset(%31) amount=1e-05 : 4
        %33 = sqrt(%32) : 4
        %34 = divide(%28, %33) : 4
        %35 = multiply(%30, %34) : 4
        %36 = subtract(%29, %35) : 4
        %37 = reshape(%34) : 4x1x1x1
        %38 = multiply(%3, %37) : 4x2x1x1
        %39 = fused_conv2d(%0, %38, %36, %27) stride=2 padding=0 dilation=1 with=bias,residual \
        activation=relu : 1x4x4x4
        tap features = %39

        """)
  }

  /// The first normalisation goes into the input of the 1 x 1 convolution, the second into its
  /// weight.
  @Test func denseLayer() throws {
    try expect(
      PassBlocks.denseLayer(),
      before: """
        %0 = input x : 1x4x8x8
        %1 = parameter conv1.weight : 8x4x1x1
        %2 = parameter conv2.weight : 2x8x3x3
        %3 = parameter norm1.weight : 4
        %4 = parameter norm1.bias : 4
        %5 = parameter norm1.running_mean : 4
        %6 = parameter norm1.running_var : 4
        %7 = reshape(%5) : 1x4
        %8 = reshape(%6) : 1x4
        %9 = concat(%7, %8) axis=0 : 2x4
        %10 = batch_normalize(%0, %9, %3, %4) epsilon=1e-05 : 1x4x8x8
        %11 = relu(%10) : 1x4x8x8
        %12 = conv2d(%11, %1) stride=1 padding=0 dilation=1 : 1x8x8x8
        %13 = parameter norm2.weight : 8
        %14 = parameter norm2.bias : 8
        %15 = parameter norm2.running_mean : 8
        %16 = parameter norm2.running_var : 8
        %17 = reshape(%15) : 1x8
        %18 = reshape(%16) : 1x8
        %19 = concat(%17, %18) axis=0 : 2x8
        %20 = batch_normalize(%12, %19, %13, %14) epsilon=1e-05 : 1x8x8x8
        %21 = relu(%20) : 1x8x8x8
        %22 = conv2d(%21, %2) stride=1 padding=1 dilation=1 : 1x2x8x8
        %23 = concat(%0, %22) axis=1 : 1x6x8x8

        """,
      after: """
        %0 = input x : 1x4x8x8
        %1 = parameter conv1.weight : 8x4x1x1
        %2 = parameter conv2.weight : 2x8x3x3
        %3 = parameter norm1.weight : 4
        %4 = parameter norm1.bias : 4
        %5 = parameter norm1.running_mean : 4
        %6 = parameter norm1.running_var : 4
        %7 = offset(%6) amount=1e-05 : 4
        %8 = sqrt(%7) : 4
        %9 = divide(%3, %8) : 4
        %10 = multiply(%5, %9) : 4
        %11 = subtract(%4, %10) : 4
        %12 = parameter norm2.weight : 8
        %13 = parameter norm2.bias : 8
        %14 = parameter norm2.running_mean : 8
        %15 = parameter norm2.running_var : 8
        %16 = offset(%15) amount=1e-05 : 8
        %17 = sqrt(%16) : 8
        %18 = divide(%12, %17) : 8
        %19 = multiply(%14, %18) : 8
        %20 = subtract(%13, %19) : 8
        %21 = reshape(%18) : 8x1x1x1
        %22 = multiply(%1, %21) : 8x4x1x1
        %23 = fused_conv2d(%0, %22, %9, %11, %20) stride=1 padding=0 dilation=1 with=affine,bias \
        activation=relu : 1x8x8x8
        %24 = conv2d(%23, %2) stride=1 padding=1 dilation=1 : 1x2x8x8
        %25 = concat(%0, %24) axis=1 : 1x6x8x8

        """)
  }

  /// The product, the sum and the ReLU are one operator.
  @Test func squeezeBlock() throws {
    try expect(
      PassBlocks.squeezeBlock(),
      before: """
        %0 = input x : 1x4x8x8
        %1 = parameter conv.weight : 4x4x3x3
        %2 = conv2d(%0, %1) stride=1 padding=1 dilation=1 : 1x4x8x8
        %3 = parameter bn.weight : 4
        %4 = parameter bn.bias : 4
        %5 = parameter bn.running_mean : 4
        %6 = parameter bn.running_var : 4
        %7 = reshape(%5) : 1x4
        %8 = reshape(%6) : 1x4
        %9 = concat(%7, %8) axis=0 : 2x4
        %10 = batch_normalize(%2, %9, %3, %4) epsilon=1e-05 : 1x4x8x8
        %11 = sum(%10) axes=2,3 : 1x4
        %12 = scale(%11) factor=0.015625 : 1x4
        %13 = reshape(%12) : 1x4x1x1
        %14 = parameter fc1.weight : 2x4x1x1
        %15 = parameter fc1.bias : 2
        %16 = conv2d(%13, %14, %15) stride=1 padding=0 dilation=1 : 1x2x1x1
        %17 = relu(%16) : 1x2x1x1
        %18 = parameter fc2.weight : 4x2x1x1
        %19 = parameter fc2.bias : 4
        %20 = conv2d(%17, %18, %19) stride=1 padding=0 dilation=1 : 1x4x1x1
        %21 = sigmoid(%20) : 1x4x1x1
        %22 = multiply(%10, %21) : 1x4x8x8
        %23 = add(%22, %0) : 1x4x8x8
        %24 = relu(%23) : 1x4x8x8

        """,
      after: """
        %0 = input x : 1x4x8x8
        %1 = parameter conv.weight : 4x4x3x3
        %2 = parameter bn.weight : 4
        %3 = parameter bn.bias : 4
        %4 = parameter bn.running_mean : 4
        %5 = parameter bn.running_var : 4
        %6 = offset(%5) amount=1e-05 : 4
        %7 = sqrt(%6) : 4
        %8 = divide(%2, %7) : 4
        %9 = multiply(%4, %8) : 4
        %10 = subtract(%3, %9) : 4
        %11 = reshape(%8) : 4x1x1x1
        %12 = multiply(%1, %11) : 4x4x3x3
        %13 = fused_conv2d(%0, %12, %10) stride=1 padding=1 dilation=1 with=bias activation=none : \
        1x4x8x8
        %14 = sum(%13) axes=2,3 : 1x4
        %15 = scale(%14) factor=0.015625 : 1x4
        %16 = reshape(%15) : 1x4x1x1
        %17 = parameter fc1.weight : 2x4x1x1
        %18 = parameter fc1.bias : 2
        %19 = fused_conv2d(%16, %17, %18) stride=1 padding=0 dilation=1 with=bias activation=relu \
        : 1x2x1x1
        %20 = parameter fc2.weight : 4x2x1x1
        %21 = parameter fc2.bias : 4
        %22 = conv2d(%19, %20, %21) stride=1 padding=0 dilation=1 : 1x4x1x1
        %23 = sigmoid(%22) : 1x4x1x1
        %24 = fused_scale_add(%13, %23, %0) with=residual activation=relu : 1x4x8x8

        """)
  }

  /// In training the normalisation keeps the statistics of the batch; its gradient is
  /// untouched.
  @Test func trainedBlock() throws {
    try expect(
      PassBlocks.trainedBlock(),
      before: """
        %0 = input x : 2x2x4x4
        %1 = parameter conv.weight : 2x2x3x3
        %2 = conv2d(%0, %1) stride=1 padding=1 dilation=1 : 2x2x4x4
        %3 = parameter bn.weight : 2
        %4 = parameter bn.bias : 2
        %5 = batch_statistics(%2) : 2x2
        %6 = batch_normalize(%2, %5, %3, %4) epsilon=1e-05 : 2x2x4x4
        %7 = add(%6, %0) : 2x2x4x4
        %8 = relu(%7) : 2x2x4x4
        %9 = sum(%8) axes=0,1,2,3 : scalar
        %10 = scale(%9) factor=0.015625 : scalar
        %11 = constant 1.0 : scalar
        %12 = scale(%11) factor=0.015625 : scalar
        %13 = reshape(%12) : 1x1x1x1
        %14 = broadcast(%13) : 2x2x4x4
        %15 = rectifier_gradient(%8, %14) slope=0.0 : 2x2x4x4
        %16 = channel_moments(%2, %5, %15) : 2x2
        %17 = slice(%16) axis=0 start=0 count=1 : 1x2
        %18 = reshape(%17) : 2
        %19 = slice(%16) axis=0 start=1 count=1 : 1x2
        %20 = reshape(%19) : 2
        %21 = slice(%5) axis=0 start=1 count=1 : 1x2
        %22 = reshape(%21) : 2
        %23 = offset(%22) amount=1e-05 : 2
        %24 = sqrt(%23) : 2
        %25 = divide(%20, %24) : 2
        %26 = batch_normalize_gradient(%2, %5, %3, %15, %16) epsilon=1e-05 : 2x2x4x4
        %27 = conv2d_input_gradient(%26, %1) stride=1 padding=1 dilation=1 : 2x2x4x4
        %28 = conv2d_weight_gradient(%0, %26) stride=1 padding=1 dilation=1 : 2x2x3x3
        tap bn.bn.statistics = %5

        """,
      after: """
        %0 = input x : 2x2x4x4
        %1 = parameter conv.weight : 2x2x3x3
        %2 = conv2d(%0, %1) stride=1 padding=1 dilation=1 : 2x2x4x4
        %3 = parameter bn.weight : 2
        %4 = parameter bn.bias : 2
        %5 = batch_statistics(%2) : 2x2
        %6 = fused_batch_normalize(%2, %5, %3, %4, %0) epsilon=1e-05 with=residual activation=relu \
        : 2x2x4x4
        %7 = sum(%6) axes=0,1,2,3 : scalar
        %8 = scale(%7) factor=0.015625 : scalar
        %9 = constant 1.0 : scalar
        %10 = scale(%9) factor=0.015625 : scalar
        %11 = reshape(%10) : 1x1x1x1
        %12 = broadcast(%11) : 2x2x4x4
        %13 = rectifier_gradient(%6, %12) slope=0.0 : 2x2x4x4
        %14 = channel_moments(%2, %5, %13) : 2x2
        %15 = batch_normalize_gradient(%2, %5, %3, %13, %14) epsilon=1e-05 : 2x2x4x4
        %16 = conv2d_weight_gradient(%0, %15) stride=1 padding=1 dilation=1 : 2x2x3x3
        tap bn.bn.statistics = %5

        """)
  }
}
