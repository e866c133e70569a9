// Weights of F(4x4, 3x3) and F(6x6, 3x3), in double precision, and by F(4x4, 3x3) the gradient of a
// weight: dU = V^T (A dY A^T), dW = G^T dU G.

/// The six rows of G applied to three vectors, `stride` apart.
INLINE void NAME(kernel6)(const dvec *g, long stride, dvec *out, long step) {
  dvec a = g[0], b = g[stride], c = g[2 * stride];
  dvec even = (a + c) * (1.0 / 3.0), odd = b * (1.0 / 3.0);
  out[0] = a;
  out[step] = even + odd;
  out[2 * step] = odd - even;
  out[3 * step] = (-16.0 / 15.0) * (a + 0.5 * b + 0.25 * c);
  out[4 * step] = (1.0 / 15.0) * (a - 2.0 * b + 4.0 * c);
  out[5 * step] = c;
}

INLINE void NAME(kernel)(const int S, const dvec *g, long stride, dvec *out, long step) {
  if (S == 8) NAME(kernel8)(g, stride, out, step); else NAME(kernel6)(g, stride, out, step);
}

/// The weights of `cols` outputs from one input channel, one vector wide. `past` writes past the
/// caches.
INLINE void NAME(weight_tile)(const int S, const int past, const float *w, long o_stride,
                              int turned, long cols, float *u, long u_point) {
  double taps[9][LANES];
  for (long lane = 0; lane < LANES; lane++)
    for (int tap = 0; tap < 9; tap++)
      taps[tap][lane] = lane < cols ? w[lane * o_stride + (turned ? 8 - tap : tap)] : 0.0;
  dvec g[9], half[24], whole[8];
  __builtin_memcpy(g, taps, sizeof g);
  for (int column = 0; column < 3; column++)
    NAME(kernel)(S, g + column, 3, half + column, 3);
  for (int row = 0; row < S; row++) {
    NAME(kernel)(S, half + 3 * row, 1, whole, 1);
    for (int k = 0; k < S; k++) {
      float *to = u + (S * row + k) * u_point;
      vec value = __builtin_convertvector(whole[k], vec);
      if (past) __builtin_nontemporal_store(value, (vec *)to); else NAME(store)(to, value);
    }
  }
}

INLINE void NAME(transform_weights)(const int S, const float *w, long o_stride, long i_stride,
                                    int turned, long out, long in, float *u, long u_point) {
  // Larger than a cache it would only push others out; such stores need whole lines.
  int past = in * out > (1 << 15) && (uintptr_t)u % sizeof(vec) == 0 && u_point % LANES == 0;
  for (long j = 0; j < out; j += PANEL) {
    long cols = out - j < PANEL ? out - j : PANEL;
    long wide = cols > LANES ? PANEL : LANES;
    for (long i = 0; i < in; i++)
      for (long o = 0; o < wide; o += LANES) {
        const float *from = w + (j + o) * o_stride + i * i_stride;
        float *to = u + j * in + i * wide + o;
        if (past) NAME(weight_tile)(S, 1, from, o_stride, turned, cols - o, to, u_point);
        else NAME(weight_tile)(S, 0, from, o_stride, turned, cols - o, to, u_point);
      }
  }
}

static void NAME(winograd_weights)(long outputs, const float *w, long o_stride, long i_stride,
                                   int turned, long out, long in, float *u, long u_point) {
  if (outputs == 6)
    NAME(transform_weights)(8, w, o_stride, i_stride, turned, out, in, u, u_point);
  else NAME(transform_weights)(6, w, o_stride, i_stride, turned, out, in, u, u_point);
}

/// The rows of A applied to four vectors.
INLINE void NAME(spread4)(vec y0, vec y1, vec y2, vec y3, vec *out, long step) {
  vec even = y0 + y2, odd = y1 + y3;
  out[0] = y0;
  out[step] = even + odd;
  out[2 * step] = even - odd;
  out[3 * step] = y0 + 0.5f * y1 + 0.25f * y2 + 0.125f * y3;
  out[4 * step] = y0 - 2.0f * y1 + 4.0f * y2 - 8.0f * y3;
  out[5 * step] = y3;
}

/// The 16 pixels of the gradient of the output in a tile.
INLINE void NAME(gradient_sources)(const ck_winograd *w, long t, const float **from) {
  NAME(place) place = NAME(tile_place)(w, t);
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < 4; j++) {
      long row = place.row + i * w->dilation, column = place.column + j * w->dilation;
      int inside = row < w->out_height && column < w->out_width;
      long pixel = (place.image * w->out_height + row) * w->out_width + column;
      from[4 * i + j] = inside ? w->y + pixel * w->y_pitch : ck_zeros;
    }
}

static void NAME(winograd_gradient)(const ck_winograd *w, long t0, long t1, float *m) {
  const float *sources[2][16];
  NAME(gradient_sources)(w, t0, sources[0]);
  for (long t = t0; t < t1; t++) {
    const float **from = sources[(t - t0) & 1], **next = sources[(t - t0 + 1) & 1];
    NAME(gradient_sources)(w, t + 1 < t1 ? t + 1 : t, next);
    float *to = m + (t - t0) * w->m_pitch;
    for (long c = 0; c < w->out_channels; c += LANES) {
      long n = w->out_channels - c;
      vec half[24], whole[6];
      if (c % 16 == 0)
        for (int k = 0; k < 16; k++) __builtin_prefetch(next[k] + c, 0, 3);
      for (int j = 0; j < 4; j++)
        NAME(spread4)
        (NAME(load_to)(from[j] + c, n), NAME(load_to)(from[4 + j] + c, n),
         NAME(load_to)(from[8 + j] + c, n), NAME(load_to)(from[12 + j] + c, n), half + j, 4);
      for (int i = 0; i < 6; i++) {
        const vec *h = half + 4 * i;
        NAME(spread4)(h[0], h[1], h[2], h[3], whole, 1);
        for (int j = 0; j < 6; j++) NAME(store)(to + (6 * i + j) * w->m_point + c, whole[j]);
      }
    }
  }
}

/// The columns of G applied to six vectors.
INLINE void NAME(gather3)(vec u0, vec u1, vec u2, vec u3, vec u4, vec u5, vec *out, long step) {
  vec third = (u1 - u2) * (1.0f / 3.0f), sum = (u1 + u2) * (1.0f / 3.0f);
  vec half = u3 * (-16.0f / 15.0f), two = u4 * (1.0f / 15.0f);
  out[0] = u0 + third + (half + two);
  out[step] = sum + (0.5f * half - 2.0f * two);
  out[2 * step] = third + (0.25f * half + 4.0f * two) + u5;
}

static void NAME(winograd_weight_gradient)(const float *sums, long point, long pitch, long out,
                                           long in, long i0, long i1, float *dw) {
  for (long i = i0; i < i1; i++)
    for (long o = 0; o < out; o += LANES) {
      long n = out - o < LANES ? out - o : LANES;
      const float *from = sums + i * pitch + o;
      vec half[18], whole[3];
      for (int j = 0; j < 6; j++) {
        const float *f = from + j * point;
        NAME(gather3)
        (NAME(load_to)(f, n), NAME(load_to)(f + 6 * point, n), NAME(load_to)(f + 12 * point, n),
         NAME(load_to)(f + 18 * point, n), NAME(load_to)(f + 24 * point, n),
         NAME(load_to)(f + 30 * point, n), half + j, 6);
      }
      for (int row = 0; row < 3; row++) {
        const vec *h = half + 6 * row;
        NAME(gather3)(h[0], h[1], h[2], h[3], h[4], h[5], whole, 1);
        for (int k = 0; k < 3; k++)
          for (long lane = 0; lane < n; lane++)
            dw[((o + lane) * in + i) * 9 + 3 * row + k] = whole[k][lane];
      }
    }
}
