// Matrix products on a register tile of ROWS x 2 vectors.

#define PANEL (2 * LANES)

/// `c[R][NV] = sum over k of a(r, k) * b(k, :)`; `tail` lanes count in the last vector, 0 for all.
/// `ahead` asks for the rows of b that follow in so many steps, 0 for none.
INLINE void NAME(micro)(const int R, const int NV, const long tail, const int ahead,
                        const float *a, long a_row,
                        long a_k, const float *b, long b_k, long k, vec c[ROWS][2]) {
#pragma clang loop unroll(full)
  for (int r = 0; r < R; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < NV; v++) c[r][v] = (vec){0};
  for (long p = 0; p < k; p++) {
    vec right[2];
    if (ahead) {
      __builtin_prefetch(b + (p + ahead) * b_k, 0, 3);
      if (NV * LANES > 16) __builtin_prefetch(b + (p + ahead) * b_k + 16, 0, 3);
    }
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
INLINE void NAME(tile)(const int R, const int NV, const int ahead, const ck_gemm *g, long i,
                       long j, long cols, const float *b) {
  vec c[ROWS][2];
  NAME(micro)(R, NV, 0, ahead, g->a + i * g->a_pitch, g->a_pitch, 1, b, NV * LANES, g->k, c);
  const ck_epilogue *e = &g->epilogue;
#pragma clang loop unroll(full)
  for (int r = 0; r < R; r++) {
    float *row = g->c + (i + r) * g->c_pitch + j;
    const float *residual = e->residual ? e->residual + (i + r) * e->residual_pitch : 0;
#pragma clang loop unroll(full)
    for (int v = 0; v < NV; v++) {
      if (g->whole) {
        NAME(store)(row + v * LANES, c[r][v]);
        continue;
      }
      long n = cols - v * LANES;
      vec value = c[r][v];
      if (e->accumulate) value += NAME(load_to)(row + v * LANES, n);
      value = NAME(finish)(value, e, residual, j + v * LANES, n);
      NAME(store_to)(row + v * LANES, value, n);
    }
  }
}

/// Asks for the lines that a tile will write and add to, before it is computed: they lie in rows
/// too far apart for the processor to foresee.
INLINE void NAME(prefetch)(const int R, const ck_gemm *g, long i, long j) {
#pragma clang loop unroll(full)
  for (int r = 0; r < R; r++) {
    const float *row = g->c + (i + r) * g->c_pitch + j;
    __builtin_prefetch(row, 1, 3);
    if (PANEL * 4 > 64) __builtin_prefetch(row + 16, 1, 3);
  }
  const float *residual = g->epilogue.residual;
  if (!residual) return;
#pragma clang loop unroll(full)
  for (int r = 0; r < R; r++) {
    const float *row = residual + (i + r) * g->epilogue.residual_pitch + j;
    __builtin_prefetch(row, 0, 3);
    if (PANEL * 4 > 64) __builtin_prefetch(row + 16, 0, 3);
  }
}

/// `R` rows from row i, columns j0 ..< j1, panel by panel: the rows stay in the first-level cache.
INLINE void NAME(strip)(const int R, const int ahead, const ck_gemm *g, long i, long j0,
                        long j1) {
  for (long j = j0; j < j1; j += PANEL) {
    long cols = g->n - j < PANEL ? g->n - j : PANEL;
    const float *b = g->b + j * g->k;
    NAME(prefetch)(R, g, i, j);
    if (cols > LANES) NAME(tile)(R, 2, ahead, g, i, j, cols, b);
    else NAME(tile)(R, 1, ahead, g, i, j, cols, b);
  }
}

/// Floats of packed columns that are worked on at once, so that they stay in the second-level
/// cache while all rows pass (384 KiB).
#define RIGHT_BLOCK (96 * 1024)

/// Steps ahead that packed columns are asked for when they come from further away.
#define AHEAD 24

static void NAME(gemm)(const ck_gemm *g) {
  long block = RIGHT_BLOCK / (g->k > 0 ? g->k : 1) / PANEL * PANEL;
  if (block < 2 * PANEL) block = 2 * PANEL;
  for (long j0 = 0; j0 < g->n; j0 += block) {
    long j1 = g->n - j0 < block ? g->n : j0 + block;
    long i = 0;
    // The first rows bring the columns in.
    if (ROWS <= g->m) NAME(strip)(ROWS, AHEAD, g, 0, j0, j1), i = ROWS;
    for (; i + ROWS <= g->m; i += ROWS) NAME(strip)(ROWS, 0, g, i, j0, j1);
#if ROWS > 8
    for (; i + 8 <= g->m; i += 8) NAME(strip)(8, 0, g, i, j0, j1);
#endif
#if ROWS > 4
    for (; i + 4 <= g->m; i += 4) NAME(strip)(4, 0, g, i, j0, j1);
#endif
    for (; i + 2 <= g->m; i += 2) NAME(strip)(2, 0, g, i, j0, j1);
    for (; i < g->m; i++) NAME(strip)(1, 0, g, i, j0, j1);
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
  NAME(micro)(R, NV, tail, 0, g->a + i, 1, g->a_pitch, g->b + j, g->b_pitch, g->m, c);
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
