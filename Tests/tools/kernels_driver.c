// Every kernel of every instruction set of this processor on awkward shapes, each tensor in a heap
// block that ends with its last float, so that AddressSanitizer sees a read or write one float too
// far. The sets must agree, and channels beside a view must stay as they were.
// Built and run by Tests/tools/sanitize.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ckernels.h"

static uint64_t state;
static long checks, calls;
static const char *what;

/// Uniform in -1 ... 1.
static float number(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (float)((double)(state >> 11) * 0x1p-52 - 1);
}

/// `n` random floats in a block of just that size.
static float *numbers(long n) {
  float *p = malloc((size_t)(n > 0 ? n : 1) * sizeof *p);
  if (!p) abort();
  for (long i = 0; i < n; i++) p[i] = number();
  return p;
}

/// A block that a kernel must fill before it is read: NaNs.
static float *blank(long n) {
  float *p = malloc((size_t)n * sizeof *p);
  if (!p) abort();
  for (long i = 0; i < n; i++) p[i] = NAN;
  return p;
}

/// Floats from the first of a view to its last.
static long reach(long pixels, long pitch, long channels) {
  return (pixels - 1) * pitch + channels;
}

/// Floats of a scratch row: whole vectors of the widest set.
static long padded(long n) { return (n + 15) / 16 * 16; }

// What the first set has computed, in order; the others are compared with it.
static float *known;
static long known_count, known_size, cursor;
static int is_first;

static void check(const float *p, long n) {
  for (long i = 0; i < n; i++, cursor++, checks++) {
    if (is_first) {
      if (known_count == known_size) {
        known_size = known_size ? 2 * known_size : 1 << 20;
        known = realloc(known, (size_t)known_size * sizeof *known);
        if (!known) abort();
      }
      known[known_count++] = p[i];
    } else if (!(fabsf(p[i] - known[cursor]) <= 1e-3f * (1 + fabsf(known[cursor])))) {
      fprintf(stderr, "%s: %g differs from %g\n", what, p[i], known[cursor]);
      exit(1);
    }
  }
}

/// All pixels of a view, with what lies between them, and frees it.
static void finish_view(float *p, long pixels, long pitch, long channels) {
  check(p, reach(pixels, pitch, channels));
  free(p);
  calls++;
}

/// An epilogue with everything, or with nothing.
static ck_epilogue epilogue(int rich, long rows, long columns) {
  ck_epilogue e = {0};
  if (!rich) return e;
  e.bias = numbers(columns);
  e.residual_pitch = columns + 1;
  e.residual = numbers(reach(rows, e.residual_pitch, columns));
  e.activation = rich == 1 ? CK_RELU : CK_LEAKY_RELU;
  e.slope = 0.25f;
  return e;
}

static void free_epilogue(ck_epilogue e) {
  free((void *)e.bias);
  free((void *)e.residual);
}

static void products(const ck_kernels *t, long m, long n, long k, int rich) {
  what = "pack, gemm";
  float *b = numbers(k * n), *packed = blank(t->packed_count(k, n));
  t->pack(b, n, 1, k, n, packed);
  ck_gemm g = {.a_pitch = k + rich, .b = packed, .c_pitch = n + rich, .m = m, .n = n, .k = k};
  g.a = numbers(reach(m, g.a_pitch, k));
  g.c = numbers(reach(m, g.c_pitch, n));
  g.epilogue = epilogue(rich, m, n);
  g.epilogue.accumulate = rich == 2;
  t->gemm(&g);
  finish_view(g.c, m, g.c_pitch, n);
  free_epilogue(g.epilogue);
  // Rows of whole vectors.
  what = "gemm whole";
  g.epilogue = (ck_epilogue){0};
  g.whole = 1;
  g.c_pitch = padded(n);
  g.c = numbers(m * g.c_pitch);
  t->gemm(&g);
  for (long i = 0; i < m; i++) check(g.c + i * g.c_pitch, n);
  free(g.c);
  free((void *)g.a);
  free(packed);
  what = "gemm_tn";
  ck_gemm_tn s = {.a_pitch = k + 2, .b_pitch = n + rich, .c_pitch = n + 1, .m = m, .n = n, .k = k};
  s.a = numbers(reach(m, s.a_pitch, k));
  s.b = numbers(reach(m, s.b_pitch, n));
  s.c = numbers(reach(k, s.c_pitch, n));
  s.accumulate = rich != 0;
  t->gemm_tn(&s);
  finish_view(s.c, k, s.c_pitch, n);
  free((void *)s.a);
  free((void *)s.b);
  free(b);
  calls += 3;
}

typedef struct {
  long images, height, width, in, out, kernel, stride, padding, dilation;
} shape;

static long extent(const shape *s, long source) {
  return (source + 2 * s->padding - s->dilation * (s->kernel - 1) - 1) / s->stride + 1;
}

static ck_window window(const shape *s, long beside) {
  ck_window w = {.height = s->height, .width = s->width, .channels = s->in};
  w.out_height = extent(s, s->height);
  w.out_width = extent(s, s->width);
  w.kernel = s->kernel;
  w.stride = s->stride;
  w.padding = s->padding;
  w.dilation = s->dilation;
  w.x_pitch = s->in + beside;
  w.y_pitch = s->out + beside;
  w.x = numbers(reach(s->images * s->height * s->width, w.x_pitch, s->in));
  w.y = numbers(reach(s->images * w.out_height * w.out_width, w.y_pitch, s->out));
  return w;
}

static long outputs(const shape *s, const ck_window *w) {
  return s->images * w->out_height * w->out_width;
}

static void finish_window(const shape *s, ck_window *w) {
  finish_view(w->y, outputs(s, w), w->y_pitch, s->out);
  free((void *)w->x);
}

#define EACH_ROW(s, w, call)                                       \
  for (long image = 0; image < (s)->images; image++)               \
    for (long row = 0; row < (w)->out_height; row++) call

static void winograd(const ck_kernels *t, const shape *s, long cells, int turned, int rich) {
  long in = s->in, out = s->out, d = s->dilation, points = (cells + 2) * (cells + 2);
  long taps = 9 * in * out, matrix = t->packed_count(in, out);
  ck_window k = window(s, rich ? 3 : 0);
  ck_winograd w = {.x = k.x, .x_pitch = k.x_pitch, .height = k.height, .width = k.width};
  w.in_channels = in, w.out_channels = out, w.images = s->images;
  w.y = k.y, w.y_pitch = k.y_pitch, w.out_height = k.out_height, w.out_width = k.out_width;
  w.padding = s->padding, w.dilation = d, w.outputs = cells;
  w.tiles_high = ((k.out_height + d - 1) / d + cells - 1) / cells;
  w.tiles_wide = ((k.out_width + d - 1) / d + cells - 1) / cells;
  long tiles = s->images * d * d * w.tiles_high * w.tiles_wide;
  what = "winograd_weights";
  float *weight = numbers(taps), *u = blank(points * matrix);
  t->winograd_weights(cells, weight, turned ? 9 : 9 * in, turned ? 9 * out : 9, turned, out, in, u,
                      matrix);
  w.u = u, w.u_point = matrix;
  w.v_pitch = padded(in), w.m_pitch = padded(out);
  // Two pieces, the second of a smaller number of tiles.
  long rows = (tiles + 1) / 2;
  w.v_point = rows * w.v_pitch, w.m_point = rows * w.m_pitch;
  float *v = blank(points * w.v_point), *m = blank(points * w.m_point);
  what = "winograd_block";
  w.epilogue = epilogue(rich, outputs(s, &k), out);
  for (long first = 0; first < tiles; first += rows)
    t->winograd_block(&w, first, first + rows < tiles ? first + rows : tiles, v, m);
  check(k.y, reach(outputs(s, &k), k.y_pitch, out));
  what = "winograd_input, winograd_gradient";
  t->winograd_input(&w, 0, rows, v);
  if (cells == 4) t->winograd_gradient(&w, 0, rows, m);
  for (long point = 0; point < points; point++)
    for (long row = 0; row < rows; row++) {
      check(v + point * w.v_point + row * w.v_pitch, in);
      if (cells == 4) check(m + point * w.m_point + row * w.m_pitch, out);
    }
  what = "winograd_weight_gradient";
  float *sums = numbers(36 * in * out), *dw = numbers(taps);
  t->winograd_weight_gradient(sums, in * out, out, out, in, 0, in / 2, dw);
  t->winograd_weight_gradient(sums, in * out, out, out, in, in / 2, in, dw);
  check(dw, taps);
  finish_window(s, &k);
  free_epilogue(w.epilogue);
  free(weight), free(u), free(v), free(m), free(sums), free(dw);
  calls += 6;
}

static void gathers(const ck_kernels *t, const shape *s, int affine) {
  what = "gather";
  ck_window k = window(s, 2);
  long all = s->in, part = all > 2 ? all - 2 : all, skipped = all - part;
  ck_gather g = {.x = k.x, .pitch = k.x_pitch, .height = k.height, .width = k.width};
  g.channel = skipped, g.channels = part;
  g.grid_height = k.out_height, g.grid_width = k.out_width;
  g.row_step = g.column_step = s->stride;
  ck_tap_run *runs = malloc((size_t)s->kernel * sizeof *runs);
  if (!runs) abort();
  for (long i = 0; i < s->kernel; i++)
    runs[i] = (ck_tap_run){(int)(i * s->dilation - s->padding), (int)-s->padding, (int)s->kernel,
                           (int)s->dilation};
  g.runs = runs, g.run_count = s->kernel;
  float *scale = numbers(part), *shift = numbers(part);
  if (affine) g.scale = scale, g.shift = shift;
  long cells = k.out_height * k.out_width, depth = s->kernel * s->kernel * part;
  for (long image = 0; image < s->images; image++)
    for (long first = 0; first < cells; first += 7) {
      long last = first + 7 < cells ? first + 7 : cells, pitch = depth + 1;
      float *target = numbers(reach(last - first, pitch, depth));
      t->gather(&g, image, first, last, target, pitch);
      finish_view(target, last - first, pitch, depth);
    }
  free(runs), free(scale), free(shift), free((void *)k.x), free(k.y);
}

/// A dense picture, whose runs of neighbouring taps are copied at once.
static void dense_gather(const ck_kernels *t, long channels) {
  what = "gather of dense pixels";
  ck_tap_run runs[2] = {{-1, -1, 3, 1}, {0, -1, 3, 1}};
  ck_gather g = {.pitch = channels, .height = 4, .width = 5, .channels = channels};
  g.x = numbers(20 * channels);
  g.grid_height = 4, g.grid_width = 5, g.row_step = g.column_step = 1;
  g.runs = runs, g.run_count = 2;
  float *target = numbers(20 * 6 * channels);
  t->gather(&g, 0, 0, 20, target, 6 * channels);
  finish_view(target, 20, 6 * channels, 6 * channels);
  free((void *)g.x);
}

static void direct(const ck_kernels *t, shape s, int rich) {
  long taps = s.kernel * s.kernel;
  {
    what = "narrow_row";
    s.out = 3;
    ck_window w = window(&s, rich);
    ck_epilogue e = epilogue(rich, outputs(&s, &w), s.out);
    float *weight = numbers(s.out * taps * s.in);
    EACH_ROW(&s, &w, t->narrow_row(&w, image, row, weight, s.out, &e));
    finish_window(&s, &w), free_epilogue(e), free(weight);
  }
  s.out = s.in;
  {
    what = "depthwise_row";
    ck_window w = window(&s, rich);
    ck_epilogue e = epilogue(rich, outputs(&s, &w), s.out);
    float *weight = numbers(taps * s.in);
    EACH_ROW(&s, &w, t->depthwise_row(&w, image, row, weight, &e));
    finish_window(&s, &w), free_epilogue(e), free(weight);
  }
  // The layout of these weights differs with the vectors, so that they are put together here;
  // groups of 8 are for vectors that hold them.
  uint64_t before = state;
  for (long size = 4; size <= 8 && size <= t->lanes; size += 4) {
    what = "grouped_row";
    s.in = s.out = 32;
    ck_window w = window(&s, rich);
    ck_epilogue e = epilogue(rich, outputs(&s, &w), s.out);
    float *weight = numbers(taps * s.in * size), *packed = blank(taps * s.in * size);
    for (long o = 0; o < s.out; o++)
      for (long tap = 0; tap < taps; tap++)
        for (long i = 0; i < size; i++)
          packed[((o / t->lanes * taps + tap) * size + i) * t->lanes + o % t->lanes] =
              weight[(o * size + i) * taps + tap];
    EACH_ROW(&s, &w, t->grouped_row(&w, image, row, size, packed, &e));
    if (size == 4) check(w.y, reach(outputs(&s, &w), w.y_pitch, s.out));
    free(w.y), free((void *)w.x), free_epilogue(e), free(weight), free(packed);
    calls++;
  }
  state = before;
}

static void pools(const ck_kernels *t, shape s, int counted) {
  s.out = s.in;
  long cells = s.images * s.height * s.width;
  for (int kind = 0; kind < 4; kind++) {
    ck_window w = window(&s, counted ? 2 : 0);
    float *dx = numbers(reach(cells, w.x_pitch, s.in));
    long half = s.in / 2;
    what = (const char *[]){"max_pool_row", "average_pool_row", "max_pool_gradient",
                            "average_pool_gradient"}[kind];
    if (kind == 0) EACH_ROW(&s, &w, t->max_pool_row(&w, image, row));
    if (kind == 1) EACH_ROW(&s, &w, t->average_pool_row(&w, image, row, counted));
    for (long image = 0; image < s.images; image++)
      for (long part = 0; part < 2; part++) {
        long c0 = part ? half : 0, c1 = part ? s.in : half;
        if (kind == 2) t->max_pool_gradient(&w, image, c0, c1, dx, w.x_pitch);
        if (kind == 3) t->average_pool_gradient(&w, image, c0, c1, dx, w.x_pitch, counted);
      }
    finish_view(dx, cells, w.x_pitch, s.in);
    finish_window(&s, &w);
  }
}

static void pointwise(const ck_kernels *t, long pixels, long channels, long beside) {
  long pitch = channels + beside, size = reach(pixels, pitch, channels);
  float *a = numbers(size), *b = numbers(size), *c = numbers(channels), *d = numbers(channels);
  float *form = numbers(3 * channels);
  what = "affine";
  for (int rich = 0; rich < 3; rich++) {
    ck_epilogue e = epilogue(rich, pixels, channels);
    float *y = numbers(size);
    t->affine(a, pitch, pixels, channels, rich ? c : 0, rich ? d : 0, &e, y, pitch);
    finish_view(y, pixels, pitch, channels), free_epilogue(e);
  }
  what = "combine";
  float *y = numbers(size);
  t->combine(a, pitch, b, pitch, pixels, channels, form, y, pitch);
  what = "binary";
  for (int op = CK_ADD; op <= CK_RECTIFY_GRADIENT; op++) {
    check(y, size);
    t->binary((ck_binary)op, 0.5f, a, pitch, b, pitch, pixels, channels, y, pitch);
  }
  finish_view(y, pixels, pitch, channels);
  what = "moments, products, sum";
  float *first = numbers(channels), *second = numbers(channels);
  t->moments(a, pitch, pixels, channels, first, second);
  check(first, channels), check(second, channels);
  t->products(a, pitch, b, pitch, c, pixels, channels, first, second);
  check(first, channels), check(second, channels);
  t->sum(a, pitch, pixels, channels, first);
  finish_view(first, 1, channels, channels), free(second);
  free(a), free(b), free(c), free(d), free(form);
  calls += 8;
}

static void bilinear(const ck_kernels *t, long from, long to, long channels, long beside) {
  long pitch = channels + beside;
  int32_t *first = malloc((size_t)to * 4), *second = malloc((size_t)to * 4);
  if (!first || !second) abort();
  float *share = numbers(to);
  for (long i = 0; i < to; i++) {
    first[i] = (int32_t)(i * from / to);
    second[i] = first[i] + 1 < from ? first[i] + 1 : (int32_t)from - 1;
  }
  float *upper = numbers(reach(from, pitch, channels));
  float *lower = numbers(reach(from, pitch, channels));
  float *y = numbers(reach(to, pitch, channels));
  what = "bilinear_row_gradient";
  t->bilinear_row_gradient(upper, lower, pitch, 0.3f, first, second, share, to, 0, channels / 2, y,
                           pitch);
  t->bilinear_row_gradient(upper, upper, pitch, 0.3f, first, second, share, to, channels / 2,
                           channels, y, pitch);
  what = "bilinear_row";
  t->bilinear_row(upper, lower, pitch, 0.3f, first, second, share, to, channels, y, pitch);
  finish_view(y, to, pitch, channels);
  finish_view(upper, from, pitch, channels);
  finish_view(lower, from, pitch, channels);
  free(first), free(second), free(share);
}

static void all(const ck_kernels *t) {
  static const long sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 19, 31, 32, 33, 35, 64, 67};
  const int count = sizeof sizes / sizeof *sizes;
  for (int i = 0; i < count; i++)
    for (int j = 0; j < count; j++)
      for (int rich = 0; rich < 3; rich++) products(t, 1 + (i + j) % 29, sizes[i], sizes[j], rich);
  products(t, 30, 70, 3001, 1);  // more than one block of packed columns
  static const shape shapes[] = {
      {1, 1, 1, 0, 0, 3, 1, 1, 1},  {2, 5, 7, 0, 0, 3, 1, 1, 1}, {1, 9, 6, 0, 0, 3, 1, 0, 1},
      {1, 7, 8, 0, 0, 3, 1, 2, 2},  {2, 4, 5, 0, 0, 3, 1, 3, 3}, {1, 13, 3, 0, 0, 3, 1, 4, 1},
      {1, 8, 19, 0, 0, 3, 2, 1, 1}, {1, 6, 9, 0, 0, 5, 3, 2, 1}, {1, 9, 9, 0, 0, 2, 2, 0, 3},
      {1, 5, 9, 0, 0, 1, 1, 0, 1},
  };
  for (unsigned i = 0; i < sizeof shapes / sizeof *shapes; i++)
    for (int j = 0; j < count; j++) {
      shape s = shapes[i];
      s.in = sizes[j];
      for (int rich = 0; rich < 3; rich++) {
        s.out = sizes[(j + 5 * rich) % count];
        if (s.kernel == 3 && s.stride == 1) {
          winograd(t, &s, 4, rich == 1, rich);
          winograd(t, &s, 6, rich == 1, rich);
        }
        gathers(t, &s, rich == 1);
        direct(t, s, rich);
      }
      if (s.dilation == 1 && s.padding < s.kernel) pools(t, s, j % 2);
    }
  for (int j = 0; j < count; j++) {
    dense_gather(t, sizes[j]);
    for (long beside = 0; beside < 4; beside += 3) {
      pointwise(t, 1 + j % 6, sizes[j], beside);
      bilinear(t, 1 + j % 5, 9, sizes[j], beside);
      bilinear(t, 9, 1 + j % 5, sizes[j], beside);
    }
  }
}

int main(void) {
  const char *names[] = {"generic", "avx2", "avx512"};
  for (int i = 0; i < 3; i++) {
    const ck_kernels *t = ck_named(names[i]);
    if (!t) {
      printf("%s: not on this processor\n", names[i]);
      continue;
    }
    state = 20, checks = calls = cursor = 0, is_first = known_count == 0;
    all(t);
    printf("%s: %ld calls, %ld floats compared\n", t->name, calls, checks);
  }
  free(known);
  return 0;
}
