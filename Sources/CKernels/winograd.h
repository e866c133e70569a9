// Winograd's F(4x4, 3x3) with the points 0, 1, -1, 1/2, -2 and infinity (Lavin & Gray 2016; these
// points have a third of the error of 0, 1, -1, 2, -2).

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
  NAME(place) place = {rest / w->dilation, py + 4 * w->dilation * ty, px + 4 * w->dilation * tx};
  return place;
}

/// The rows of B^T applied to six vectors.
INLINE void NAME(forward6)(vec d0, vec d1, vec d2, vec d3, vec d4, vec d5, vec *out, long step) {
  vec p = d3 - d1, q = d4 - d2;
  out[0] = (d0 - d2) + q + 1.5f * p;
  out[step] = (q + p) + 1.5f * (d2 + d3);
  out[2 * step] = (q - p) + 1.5f * (d3 - d2);
  out[3 * step] = q + 2.0f * p;
  out[4 * step] = q - 0.5f * p;
  out[5 * step] = (d5 - d3) - p + 1.5f * q;
}

/// The 36 source pixels of a tile.
INLINE void NAME(tile_sources)(const ck_winograd *w, long t, const float **from) {
  NAME(place) place = NAME(tile_place)(w, t);
  for (int i = 0; i < 6; i++) {
    long row = place.row + i * w->dilation - w->padding;
    for (int j = 0; j < 6; j++) {
      long column = place.column + j * w->dilation - w->padding;
      int inside = row >= 0 && row < w->height && column >= 0 && column < w->width;
      from[6 * i + j] =
          inside ? w->x + ((place.image * w->height + row) * w->width + column) * w->x_pitch
                 : ck_zeros;
    }
  }
}

/// One vector of channels of a tile; `n` of them count.
INLINE void NAME(input_tile)(const float *const *from, long c, long n, float *to, long point) {
  vec half[36], whole[6];
#pragma clang loop unroll(full)
  for (int j = 0; j < 6; j++)
    NAME(forward6)
    (NAME(load_to)(from[j] + c, n), NAME(load_to)(from[6 + j] + c, n),
     NAME(load_to)(from[12 + j] + c, n), NAME(load_to)(from[18 + j] + c, n),
     NAME(load_to)(from[24 + j] + c, n), NAME(load_to)(from[30 + j] + c, n), half + j, 6);
#pragma clang loop unroll(full)
  for (int i = 0; i < 6; i++) {
    const vec *h = half + 6 * i;
    NAME(forward6)(h[0], h[1], h[2], h[3], h[4], h[5], whole, 1);
    // The scratch rows are padded to whole vectors.
#pragma clang loop unroll(full)
    for (int j = 0; j < 6; j++) NAME(store)(to + (6 * i + j) * point + c, whole[j]);
  }
}

static void NAME(winograd_input)(const ck_winograd *w, long t0, long t1, float *v) {
  const float *sources[2][36];
  NAME(tile_sources)(w, t0, sources[0]);
  for (long t = t0; t < t1; t++) {
    const float **from = sources[(t - t0) & 1], **next = sources[(t - t0 + 1) & 1];
    NAME(tile_sources)(w, t + 1 < t1 ? t + 1 : t, next);
    float *to = v + (t - t0) * w->v_pitch;
    long c = 0;
    for (; c + LANES <= w->in_channels; c += LANES) {
      // The next tile's pixels are too far apart for the processor to foresee.
      if (c % 16 == 0)
        for (int k = 0; k < 36; k++) __builtin_prefetch(next[k] + c, 0, 3);
      NAME(input_tile)(from, c, LANES, to, w->v_point);
    }
    if (c < w->in_channels) NAME(input_tile)(from, c, w->in_channels - c, to, w->v_point);
  }
}

/// The rows of A^T applied to six vectors.
INLINE void NAME(inverse6)(vec m0, vec m1, vec m2, vec m3, vec m4, vec m5, vec *out, long step) {
  vec sum = m1 + m2, difference = m1 - m2;
  out[0] = m0 + sum + (m3 + m4);
  out[step] = difference + 0.5f * m3 - 2.0f * m4;
  out[2 * step] = sum + 0.25f * m3 + 4.0f * m4;
  out[3 * step] = difference + 0.125f * m3 - 8.0f * m4 + m5;
}

/// Asks for the pixels that a tile will write, and for those of the residual.
INLINE void NAME(prefetch_outputs)(const ck_winograd *w, NAME(place) place, long c) {
  for (int i = 0; i < 4; i++) {
    long row = place.row + i * w->dilation;
    if (row >= w->out_height) break;
    for (int j = 0; j < 4; j++) {
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
INLINE void NAME(output_tile)(const ck_winograd *w, NAME(place) place, const float *from, long c,
                              long n) {
  const ck_epilogue *e = &w->epilogue;
  vec half[24], whole[4];
  long row_step = 6 * w->m_point;
#pragma clang loop unroll(full)
  for (int j = 0; j < 6; j++) {
    const float *f = from + j * w->m_point + c;
    NAME(inverse6)
    (NAME(load)(f), NAME(load)(f + row_step), NAME(load)(f + 2 * row_step),
     NAME(load)(f + 3 * row_step), NAME(load)(f + 4 * row_step), NAME(load)(f + 5 * row_step),
     half + j, 6);
  }
  vec bias = e->bias ? NAME(load_to)(e->bias + c, n) : (vec){0};
  for (int i = 0; i < 4; i++) {
    long row = place.row + i * w->dilation;
    if (row >= w->out_height) break;
    const vec *h = half + 6 * i;
    NAME(inverse6)(h[0], h[1], h[2], h[3], h[4], h[5], whole, 1);
    for (int j = 0; j < 4; j++) {
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

static void NAME(winograd_output)(const ck_winograd *w, long t0, long t1, const float *m) {
  for (long t = t0; t < t1; t++) {
    NAME(place) place = NAME(tile_place)(w, t);
    NAME(place) next = NAME(tile_place)(w, t + 1 < t1 ? t + 1 : t);
    const float *from = m + (t - t0) * w->m_pitch;
    long c = 0;
    for (; c + LANES <= w->out_channels; c += LANES) {
      if (c % 16 == 0) NAME(prefetch_outputs)(w, next, c);
      NAME(output_tile)(w, place, from, c, LANES);
    }
    if (c < w->out_channels) NAME(output_tile)(w, place, from, c, w->out_channels - c);
  }
}

static void NAME(winograd_block)(const ck_winograd *w, long t0, long t1, float *v, float *m) {
  NAME(winograd_input)(w, t0, t1, v);
  for (long point = 0; point < 36; point++) {
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
  NAME(winograd_output)(w, t0, t1, m);
}
