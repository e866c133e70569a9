// Hot loops of the engine in C with GNU vectors: no allocation, no threads, no global state.
//
// Tensors are channels-last: a pixel is `channels` contiguous floats, neighbouring pixels lie
// `pitch` floats apart (so that a tensor may be a channel range of a wider one), rows of a picture
// and pictures of a batch follow without gaps. Every function computes each output element by one
// fixed sequence of operations, whatever the ranges it is called with: splitting the work among
// threads never changes a bit. Different instruction sets may round differently.
#ifndef PLEURA_CKERNELS_H
#define PLEURA_CKERNELS_H

#include <stdint.h>

typedef enum { CK_NONE = 0, CK_RELU = 1, CK_LEAKY_RELU = 2 } ck_activation;

/// What happens to `value` before it is stored: `act(value [+ c] [+ bias] [+ residual])`.
typedef struct {
  const float *bias;      ///< one a column, or null
  const float *residual;  ///< rows `residual_pitch` apart, or null
  long residual_pitch;
  int activation;    ///< ck_activation
  float slope;       ///< of CK_LEAKY_RELU
  int accumulate;    ///< adds to what `c` holds
} ck_epilogue;

/// `c[m, n] = epilogue(a[m, k] * b[k, n])`, `b` packed by `pack`.
typedef struct {
  const float *a;
  long a_pitch;
  const float *b;
  float *c;
  long c_pitch;
  long m, n, k;
  ck_epilogue epilogue;
  int whole;  ///< no epilogue, and rows of c may be written to whole vectors
} ck_gemm;

/// `c[k, n] (+)= transpose(a[m, k]) * b[m, n]`, nothing packed: the gradient of a weight.
typedef struct {
  const float *a;
  long a_pitch;
  const float *b;
  long b_pitch;
  float *c;
  long c_pitch;
  long m, n, k;
  int accumulate;
} ck_gemm_tn;

/// A 3x3 convolution of stride 1 by Winograd's F(4x4, 3x3), points 0, 1, -1, 1/2, -2, infinity, or
/// F(6x6, 3x3), points 0, 1, -1, 2, -2, 1/2, -1/2, infinity. Dilation runs as `dilation^2`
/// interleaved pictures. Tiles are numbered through all of them.
typedef struct {
  const float *x;
  long x_pitch, height, width, in_channels;
  float *y;
  long y_pitch, out_height, out_width, out_channels;
  long images, padding, dilation;
  long outputs;                 ///< cells that a tile writes along an axis: 4 or 6
  long tiles_high, tiles_wide;  ///< of one interleaved picture
  const float *u;               ///< (outputs + 2)^2 packed matrices, `u_point` floats apart
  long u_point;
  long v_pitch, v_point, m_pitch, m_point;  ///< layout of the scratch memory
  ck_epilogue epilogue;                     ///< residual_pitch in pixels of y
} ck_winograd;

/// One run of neighbouring taps of a row: `count` pixels from (row, column) relative to the
/// anchor of an output cell, `step` columns apart.
typedef struct {
  int row, column, count, step;
} ck_tap_run;

/// How the rows of a column matrix are read: cell (i, j) of a grid is anchored at source pixel
/// (i * row_step, j * column_step); pixels outside the source are zeros.
typedef struct {
  const float *x;
  long pitch, height, width;
  long channel, channels;  ///< the range of channels that is read
  long grid_height, grid_width;
  long row_step, column_step;
  const ck_tap_run *runs;
  long run_count;
  const float *scale;  ///< with `shift`: relu(scale * x + shift) is read, or null
  const float *shift;
} ck_gather;

/// A window that moves over a picture.
typedef struct {
  const float *x;
  long x_pitch, height, width;
  float *y;
  long y_pitch, out_height, out_width;
  long channels, kernel, stride, padding, dilation;
} ck_window;

typedef enum {
  CK_ADD, CK_SUBTRACT, CK_MULTIPLY,
  CK_RECTIFY_GRADIENT,  ///< `a > 0 ? b : slope * b`
} ck_binary;

/// One set of functions for one instruction set.
typedef struct {
  const char *name;  ///< "avx512", "avx2" or "generic"
  long lanes;        ///< floats of a vector
  long panel;        ///< columns of a full packed panel
  long rows;         ///< rows of the register tile

  /// Floats that `pack` writes for a k x n matrix.
  long (*packed_count)(long k, long n);
  /// Packs `b(k, n) = source[k * k_stride + n * n_stride]`.
  void (*pack)(const float *source, long k_stride, long n_stride, long k, long n, float *packed);
  void (*gemm)(const ck_gemm *g);
  void (*gemm_tn)(const ck_gemm_tn *g);

  /// Transforms weights `w[o * o_stride + i * i_stride + tap]` (taps reversed where `turned`) to
  /// (outputs + 2)^2 packed in x out matrices `u_point` floats apart; computed in double precision.
  void (*winograd_weights)(long outputs, const float *w, long o_stride, long i_stride, int turned,
                           long out, long in, float *u, long u_point);
  /// Tiles t0 ..< t1 end to end; `v` and `m` hold (outputs + 2)^2 points of t1 - t0 rows.
  void (*winograd_block)(const ck_winograd *w, long t0, long t1, float *v, float *m);
  /// The transformed input alone.
  void (*winograd_input)(const ck_winograd *w, long t0, long t1, float *v);
  /// The transformed gradient of the output (read from `y`), for the gradient of the weight; this
  /// and the next are of F(4x4, 3x3).
  void (*winograd_gradient)(const ck_winograd *w, long t0, long t1, float *m);
  /// From 36 sums in x out the gradient of input channels i0 ..< i1, `dw[o][i][9]`.
  void (*winograd_weight_gradient)(const float *sums, long point, long pitch, long out, long in,
                                   long i0, long i1, float *dw);

  /// Rows p0 ..< p1 of the column matrix of picture `image`, `pitch` floats apart in `target`.
  void (*gather)(const ck_gather *g, long image, long p0, long p1, float *target, long pitch);
  /// One output row of a depthwise convolution; weights [taps][channels].
  void (*depthwise_row)(const ck_window *w, long image, long row, const float *weights,
                        const ck_epilogue *e);
  /// One output row of few output channels; weights [outputs][taps][channels].
  void (*narrow_row)(const ck_window *w, long image, long row, const float *weights,
                     long outputs, const ck_epilogue *e);
  /// One output row of a convolution in groups of `size` channels, 4 or where vectors allow 8;
  /// channels are whole vectors; weights [vector of outputs][taps][size][lanes].
  void (*grouped_row)(const ck_window *w, long image, long row, long size, const float *weights,
                      const ck_epilogue *e);

  void (*max_pool_row)(const ck_window *w, long image, long row);
  /// `dx` (dense, zeroed) gains `dy` at the first largest cell; y holds dy.
  void (*max_pool_gradient)(const ck_window *w, long image, long c0, long c1, float *dx,
                            long dx_pitch);
  /// `scale` a padded cell count of 0 divides by the cells inside the picture.
  void (*average_pool_row)(const ck_window *w, long image, long row, int count_padding);
  void (*average_pool_gradient)(const ck_window *w, long image, long c0, long c1, float *dx,
                                long dx_pitch, int count_padding);

  /// `y = act(scale[c] * x + shift[c] + residual)`; scale, shift and residual may be null.
  void (*affine)(const float *x, long x_pitch, long pixels, long channels, const float *scale,
                 const float *shift, const ck_epilogue *e, float *y, long y_pitch);
  /// `y = a[c] * u + b[c] * x + c[c]`, the rows of `form` [3, C].
  void (*combine)(const float *u, long u_pitch, const float *x, long x_pitch, long pixels,
                  long channels, const float *form, float *y, long y_pitch);
  void (*binary)(ck_binary op, float slope, const float *a, long a_pitch, const float *b,
                 long b_pitch, long pixels, long channels, float *y, long y_pitch);
  /// Per channel the sum and the sum of squared differences from the mean of these pixels.
  void (*moments)(const float *x, long pitch, long pixels, long channels, float *sum,
                  float *squares);
  /// Per channel the sum of u and of u * (x - mean).
  void (*products)(const float *u, long u_pitch, const float *x, long x_pitch, const float *mean,
                   long pixels, long channels, float *sum, float *product);
  void (*sum)(const float *x, long pitch, long pixels, long channels, float *sum);
  /// `y = (1 - t) * a + t * b` per channel of four pixels: bilinear interpolation of one row.
  void (*bilinear_row)(const float *upper, const float *lower, long pitch, float t,
                       const int32_t *first, const int32_t *second, const float *share,
                       long columns, long channels, float *y, long y_pitch);
  /// The transpose, for channels c0 ..< c1.
  void (*bilinear_row_gradient)(float *upper, float *lower, long pitch, float t,
                                const int32_t *first, const int32_t *second, const float *share,
                                long columns, long c0, long c1, const float *dy, long dy_pitch);
} ck_kernels;

/// Tells the processor that a loop waits for another thread.
static inline void ck_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// The fastest set that this processor runs.
const ck_kernels *ck_best(void);

/// A set by name, or null where this processor does not run it.
const ck_kernels *ck_named(const char *name);

/// The longest pixel that the Winograd transforms read.
#define CK_MAX_CHANNELS 8192

#endif
