// Matrix products on a register tile of ROWS x 2 vectors.

#define PANEL (2 * LANES)

/// `c[R][NV] = sum over k of a(r, k) * b(k, :)`; `tail` lanes count in the last vector, 0 for all.
INLINE void NAME(micro)(const int R, const int NV, const long tail, const float *a, long a_row,
                        long a_k, const float *b, long b_k, long k, vec c[ROWS][2]) {
#pragma clang loop unroll(full)
  for (int r = 0; r < R; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < NV; v++) c[r][v] = (vec){0};
  for (long p = 0; p < k; p++) {
    vec right[2];
#pragma clang loop unroll(full)
    for (int v = 0; v < NV; v++)
      right[v] = tail && v == NV - 1 ? NAME(load_n)(b + p * b_k + v * LANES, tail)
                                     : NAME(load)(b + p * b_k + v * LANES);
#pragma clang loop unroll(full)
    for (int r = 0; r < R; r++) {
      vec left = NAME(splat)(a[r * a_row + p * a_k]);
#pragma clang loop unroll(full)
      for (int v = 0; v < NV; v++) c[r][v] += left * right[v];
    }
  }
}

/// One register tile of `gemm`, `cols` columns from column j.
INLINE void NAME(tile)(const int R, const int NV, const ck_gemm *g, long i, long j, long cols,
                       const float *b) {
  vec c[ROWS][2];
  NAME(micro)(R, NV, 0, g->a + i * g->a_pitch, g->a_pitch, 1, b, NV * LANES, g->k, c);
  const ck_epilogue *e = &g->epilogue;
#pragma clang loop unroll(full)
  for (int r = 0; r < R; r++) {
    float *row = g->c + (i + r) * g->c_pitch + j;
    const float *residual = e->residual ? e->residual + (i + r) * e->residual_pitch : 0;
#pragma clang loop unroll(full)
    for (int v = 0; v < NV; v++) {
      long n = cols - v * LANES;
      vec value = c[r][v];
      if (e->accumulate) value += NAME(load_to)(row + v * LANES, n);
      value = NAME(finish)(value, e, residual, j + v * LANES, n);
      NAME(store_to)(row + v * LANES, value, n);
    }
  }
}

#define NAME_STRIP(NV, R)                                                                   \
  for (; i + R <= g->m; i += R) NAME(tile)(R, NV, g, i, j, cols, b);

static void NAME(gemm)(const ck_gemm *g) {
  for (long j = 0; j < g->n; j += PANEL) {
    long cols = g->n - j < PANEL ? g->n - j : PANEL;
    const float *b = g->b + j * g->k;
    long i = 0;
    if (cols > LANES) {
      NAME_STRIP(2, ROWS)
#if ROWS > 8
      NAME_STRIP(2, 8)
#endif
#if ROWS > 4
      NAME_STRIP(2, 4)
#endif
      NAME_STRIP(2, 2) NAME_STRIP(2, 1)
    } else {
      NAME_STRIP(1, ROWS)
#if ROWS > 8
      NAME_STRIP(1, 8)
#endif
#if ROWS > 4
      NAME_STRIP(1, 4)
#endif
      NAME_STRIP(1, 2) NAME_STRIP(1, 1)
    }
  }
}

static long NAME(packed_count)(long k, long n) {
  long full = n / PANEL, rest = n % PANEL;
  return k * (full * PANEL + (rest == 0 ? 0 : rest > LANES ? PANEL : LANES));
}

static void NAME(pack)(const float *source, long k_stride, long n_stride, long k, long n,
                       float *packed) {
  for (long j = 0; j < n; j += PANEL) {
    long cols = n - j < PANEL ? n - j : PANEL;
    long wide = cols > LANES ? PANEL : LANES;
    float *panel = packed + j * k;
    for (long p = 0; p < k; p++) {
      const float *from = source + p * k_stride + j * n_stride;
      float *to = panel + p * wide;
      for (long c = 0; c < cols; c++) to[c] = from[c * n_stride];
      for (long c = cols; c < wide; c++) to[c] = 0;
    }
  }
}

/// One register tile of `gemm_tn`: rows i ... of c are columns of a.
INLINE void NAME(tile_tn)(const int R, const int NV, const long tail, const ck_gemm_tn *g, long i,
                          long j) {
  vec c[ROWS][2];
  NAME(micro)(R, NV, tail, g->a + i, 1, g->a_pitch, g->b + j, g->b_pitch, g->m, c);
#pragma clang loop unroll(full)
  for (int r = 0; r < R; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < NV; v++) {
      float *at = g->c + (i + r) * g->c_pitch + j + v * LANES;
      long n = tail && v == NV - 1 ? tail : LANES;
      vec value = c[r][v];
      if (g->accumulate) value += NAME(load_to)(at, n);
      NAME(store_to)(at, value, n);
    }
}

#define NAME_STRIP_TN(NV, T, R)                                                             \
  for (; i + R <= g->k; i += R) NAME(tile_tn)(R, NV, T, g, i, j);

static void NAME(gemm_tn)(const ck_gemm_tn *g) {
  long j = 0;
  for (; j + PANEL <= g->n; j += PANEL) {
    long i = 0;
    NAME_STRIP_TN(2, 0, ROWS) NAME_STRIP_TN(2, 0, 2) NAME_STRIP_TN(2, 0, 1)
  }
  for (; j + LANES <= g->n; j += LANES) {
    long i = 0;
    NAME_STRIP_TN(1, 0, ROWS) NAME_STRIP_TN(1, 0, 2) NAME_STRIP_TN(1, 0, 1)
  }
  if (j < g->n) {
    long i = 0, tail = g->n - j;
    NAME_STRIP_TN(1, tail, ROWS) NAME_STRIP_TN(1, tail, 1)
  }
}
