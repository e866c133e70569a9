// Winograd's F(4x4, 3x3) with the points 0, 1, -1, 1/2, -2 and infinity (Lavin & Gray 2016; these
// points have a third of the error of 0, 1, -1, 2, -2), and what it shares with F(6x6, 3x3): a tile
// reads S x S pixels and writes S - 2 a side.

/// Where a tile lies: its picture, and the first cell of its output.
typedef struct {
  long image, row, column;
} NAME(place);

INLINE NAME(place) NAME(tile_place)(const ck_winograd *w, long t) {
  long tx = t % w->tiles_wide, rest = t / w->tiles_wide;
  long ty = rest % w->tiles_high;
  rest /= w->tiles_high;
  long px = rest % w->dilation;
  rest /= w->dilation;
  long py = rest % w->dilation;
  long step = w->outputs * w->dilation;
  NAME(place) place = {rest / w->dilation, py + step * ty, px + step * tx};
  return place;
}

/// The rows of B^T applied to six vectors.
INLINE void NAME(forward6)(const vec *d, vec *out, long step) {
  vec p = d[3] - d[1], q = d[4] - d[2];
  out[0] = (d[0] - d[2]) + q + 1.5f * p;
  out[step] = (q + p) + 1.5f * (d[2] + d[3]);
  out[2 * step] = (q - p) + 1.5f * (d[3] - d[2]);
  out[3 * step] = q + 2.0f * p;
  out[4 * step] = q - 0.5f * p;
  out[5 * step] = (d[5] - d[3]) - p + 1.5f * q;
}

INLINE void NAME(forward)(const int S, const vec *d, vec *out, long step) {
  if (S == 8) NAME(forward8)(d, out, step); else NAME(forward6)(d, out, step);
}

/// The source pixels of a tile.
INLINE void NAME(tile_sources)(const int S, const ck_winograd *w, long t, const float **from) {
  NAME(place) place = NAME(tile_place)(w, t);
  for (int i = 0; i < S; i++) {
    long row = place.row + i * w->dilation - w->padding;
    for (int j = 0; j < S; j++) {
      long column = place.column + j * w->dilation - w->padding;
      int inside = row >= 0 && row < w->height && column >= 0 && column < w->width;
      from[S * i + j] =
          inside ? w->x + ((place.image * w->height + row) * w->width + column) * w->x_pitch
                 : ck_zeros;
    }
  }
}

/// One vector of channels of a tile; `n` of them count. On the way the pixels of the next tile are
/// asked for, where given: they are too far apart for the processor to foresee, and too many to be
/// asked for at once.
INLINE void NAME(input_tile)(const int S, const float *const *from, const float *const *next,
                             long c, long n, float *to, long point) {
  vec half[64], d[8], whole[8];
#pragma clang loop unroll(full)
  for (int j = 0; j < S; j++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < S; i++) d[i] = NAME(load_to)(from[S * i + j] + c, n);
    if (next)
      for (int k = 0; k < S / 2; k++) __builtin_prefetch(next[S / 2 * j + k] + c, 0, 3);
    NAME(forward)(S, d, half + j, S);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < S; i++) {
    NAME(forward)(S, half + S * i, whole, 1);
    if (next)
      for (int k = 0; k < S / 2; k++) __builtin_prefetch(next[S / 2 * (S + i) + k] + c, 0, 3);
    // The scratch rows are padded to whole vectors.
#pragma clang loop unroll(full)
    for (int j = 0; j < S; j++) NAME(store)(to + (S * i + j) * point + c, whole[j]);
  }
}

INLINE void NAME(transform_input)(const int S, const ck_winograd *w, long t0, long t1, float *v) {
  const float *sources[2][64];
  NAME(tile_sources)(S, w, t0, sources[0]);
  for (long t = t0; t < t1; t++) {
    const float **from = sources[(t - t0) & 1], **next = sources[(t - t0 + 1) & 1];
    NAME(tile_sources)(S, w, t + 1 < t1 ? t + 1 : t, next);
    float *to = v + (t - t0) * w->v_pitch;
    long c = 0;
    for (; c + LANES <= w->in_channels; c += LANES)
      NAME(input_tile)(S, from, c % 16 == 0 ? next : 0, c, LANES, to, w->v_point);
    if (c < w->in_channels) NAME(input_tile)(S, from, 0, c, w->in_channels - c, to, w->v_point);
  }
}

static void NAME(winograd_input)(const ck_winograd *w, long t0, long t1, float *v) {
  if (w->outputs == 6) NAME(transform_input)(8, w, t0, t1, v);
  else NAME(transform_input)(6, w, t0, t1, v);
}

/// The rows of A^T applied to six vectors.
INLINE void NAME(inverse6)(const vec *m, vec *out, long step) {
  vec sum = m[1] + m[2], difference = m[1] - m[2];
  out[0] = m[0] + sum + (m[3] + m[4]);
  out[step] = difference + 0.5f * m[3] - 2.0f * m[4];
  out[2 * step] = sum + 0.25f * m[3] + 4.0f * m[4];
  out[3 * step] = difference + 0.125f * m[3] - 8.0f * m[4] + m[5];
}

INLINE void NAME(inverse)(const int S, const vec *m, vec *out, long step) {
  if (S == 8) NAME(inverse8)(m, out, step); else NAME(inverse6)(m, out, step);
}

/// Asks for the pixels that a tile will write, and for those of the residual.
INLINE void NAME(prefetch_outputs)(const int S, const ck_winograd *w, NAME(place) place, long c) {
  for (int i = 0; i < S - 2; i++) {
    long row = place.row + i * w->dilation;
    if (row >= w->out_height) break;
    for (int j = 0; j < S - 2; j++) {
      long column = place.column + j * w->dilation;
      if (column >= w->out_width) break;
      long pixel = (place.image * w->out_height + row) * w->out_width + column;
      __builtin_prefetch(w->y + pixel * w->y_pitch + c, 1, 3);
      if (w->epilogue.residual)
        __builtin_prefetch(w->epilogue.residual + pixel * w->epilogue.residual_pitch + c, 0, 3);
    }
  }
}

/// One vector of channels of a tile.
INLINE void NAME(output_tile)(const int S, const ck_winograd *w, NAME(place) place,
                              const float *from, long c, long n) {
  const ck_epilogue *e = &w->epilogue;
  vec half[48], m[8], whole[6];
#pragma clang loop unroll(full)
  for (int j = 0; j < S; j++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < S; i++) m[i] = NAME(load)(from + (S * i + j) * w->m_point + c);
    NAME(inverse)(S, m, half + j, S);
  }
  vec bias = e->bias ? NAME(load_to)(e->bias + c, n) : (vec){0};
  for (int i = 0; i < S - 2; i++) {
    long row = place.row + i * w->dilation;
    if (row >= w->out_height) break;
    NAME(inverse)(S, half + S * i, whole, 1);
    for (int j = 0; j < S - 2; j++) {
      long column = place.column + j * w->dilation;
      if (column >= w->out_width) break;
      long pixel = (place.image * w->out_height + row) * w->out_width + column;
      vec value = whole[j] + bias;
      if (e->residual) value += NAME(load_to)(e->residual + pixel * e->residual_pitch + c, n);
      NAME(store_to)
      (w->y + pixel * w->y_pitch + c, NAME(activate)(value, e->activation, e->slope), n);
    }
  }
}

INLINE void NAME(transform_output)(const int S, const ck_winograd *w, long t0, long t1,
                                   const float *m) {
  for (long t = t0; t < t1; t++) {
    NAME(place) place = NAME(tile_place)(w, t);
    NAME(place) next = NAME(tile_place)(w, t + 1 < t1 ? t + 1 : t);
    const float *from = m + (t - t0) * w->m_pitch;
    long c = 0;
    for (; c + LANES <= w->out_channels; c += LANES) {
      if (c % 16 == 0) NAME(prefetch_outputs)(S, w, next, c);
      NAME(output_tile)(S, w, place, from, c, LANES);
    }
    if (c < w->out_channels) NAME(output_tile)(S, w, place, from, c, w->out_channels - c);
  }
}

static void NAME(winograd_block)(const ck_winograd *w, long t0, long t1, float *v, float *m) {
  NAME(winograd_input)(w, t0, t1, v);
  long side = w->outputs + 2;
  for (long point = 0; point < side * side; point++) {
    ck_gemm g = {0};
    g.a = v + point * w->v_point;
    g.a_pitch = w->v_pitch;
    g.b = w->u + point * w->u_point;
    g.c = m + point * w->m_point;
    g.c_pitch = w->m_pitch;
    g.m = t1 - t0;
    g.n = w->out_channels;
    g.k = w->in_channels;
    g.whole = 1;
    NAME(gemm)(&g);
  }
  if (w->outputs == 6) NAME(transform_output)(8, w, t0, t1, m);
  else NAME(transform_output)(6, w, t0, t1, m);
}
