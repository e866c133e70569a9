// Rows of column matrices, and depthwise convolution.

/// Copies `n` floats; most runs are whole vectors.
INLINE void NAME(copy)(float *to, const float *from, long n) {
  long i = 0;
  for (; i + LANES <= n; i += LANES) NAME(store)(to + i, NAME(load)(from + i));
  for (; i < n; i++) to[i] = from[i];
}

INLINE void NAME(clear)(float *to, long n) {
  long i = 0;
  for (; i + LANES <= n; i += LANES) NAME(store)(to + i, (vec){0});
  for (; i < n; i++) to[i] = 0;
}

/// Copies with `relu(scale * x + shift)`.
INLINE void NAME(copy_affine)(float *to, const float *from, long n, const float *scale,
                              const float *shift) {
  long i = 0;
  for (; i + LANES <= n; i += LANES) {
    vec value = NAME(load)(scale + i) * NAME(load)(from + i) + NAME(load)(shift + i);
    NAME(store)(to + i, NAME(activate)(value, CK_RELU, 0));
  }
  if (i < n) {
    vec value = NAME(load_n)(scale + i, n - i) * NAME(load_n)(from + i, n - i) +
                NAME(load_n)(shift + i, n - i);
    NAME(store_n)(to + i, NAME(activate)(value, CK_RELU, 0), n - i);
  }
}

/// One run of taps at the source pixel (row, column).
INLINE void NAME(gather_run)(const ck_gather *g, const float *picture, long row, long column,
                             const ck_tap_run *run, float *to) {
  long n = g->channels;
  if (row < 0 || row >= g->height) {
    NAME(clear)(to, run->count * n);
    return;
  }
  const float *line = picture + row * g->width * g->pitch + g->channel;
  long last = column + (run->count - 1) * run->step;
  int inside = column >= 0 && column < g->width && last >= 0 && last < g->width;
  if (inside && !g->scale && g->pitch == n && run->step == 1) {
    NAME(copy)(to, line + column * n, run->count * n);
    return;
  }
  for (int k = 0; k < run->count; k++, to += n) {
    long at = column + k * run->step;
    if (at < 0 || at >= g->width) {
      NAME(clear)(to, n);
    } else if (g->scale) {
      NAME(copy_affine)(to, line + at * g->pitch, n, g->scale, g->shift);
    } else {
      NAME(copy)(to, line + at * g->pitch, n);
    }
  }
}

static void NAME(gather)(const ck_gather *g, long image, long p0, long p1, float *target,
                         long pitch) {
  const float *picture = g->x + image * g->height * g->width * g->pitch;
  long i = p0 / g->grid_width, j = p0 % g->grid_width;
  for (long p = p0; p < p1; p++) {
    float *to = target + (p - p0) * pitch;
    for (long r = 0; r < g->run_count; r++) {
      const ck_tap_run *run = g->runs + r;
      NAME(gather_run)
      (g, picture, i * g->row_step + run->row, j * g->column_step + run->column, run, to);
      to += run->count * g->channels;
    }
    if (++j == g->grid_width) {
      j = 0;
      i++;
    }
  }
}

static void NAME(depthwise_row)(const ck_window *w, long image, long row, const float *weights,
                                const ck_epilogue *e) {
  for (long column = 0; column < w->out_width; column++) {
    long pixel = (image * w->out_height + row) * w->out_width + column;
    float *to = w->y + pixel * w->y_pitch;
    const float *residual = e->residual ? e->residual + pixel * e->residual_pitch : 0;
    for (long c = 0; c < w->channels; c += LANES) {
      long n = w->channels - c;
      vec sum = {0};
      for (long i = 0; i < w->kernel; i++) {
        long y = row * w->stride + i * w->dilation - w->padding;
        if (y < 0 || y >= w->height) continue;
        for (long j = 0; j < w->kernel; j++) {
          long x = column * w->stride + j * w->dilation - w->padding;
          if (x < 0 || x >= w->width) continue;
          const float *from = w->x + ((image * w->height + y) * w->width + x) * w->x_pitch + c;
          const float *weight = weights + (i * w->kernel + j) * w->channels + c;
          sum += NAME(load_to)(from, n) * NAME(load_to)(weight, n);
        }
      }
      NAME(store_to)(to + c, NAME(finish)(sum, e, residual, c, n), n);
    }
  }
}
