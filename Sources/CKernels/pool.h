// Pooling of channels-last pictures, and bilinear interpolation of rows.

/// The cells of a window that lie inside the picture, along one axis.
INLINE void NAME(inside)(long start, long kernel, long extent, long *first, long *last) {
  *first = start < 0 ? -start : 0;
  *last = start + kernel > extent ? extent - start : kernel;
}

static void NAME(max_pool_row)(const ck_window *w, long image, long row) {
  long y0 = row * w->stride - w->padding, i0, i1;
  NAME(inside)(y0, w->kernel, w->height, &i0, &i1);
  for (long column = 0; column < w->out_width; column++) {
    long x0 = column * w->stride - w->padding, j0, j1;
    NAME(inside)(x0, w->kernel, w->width, &j0, &j1);
    float *to = w->y + ((image * w->out_height + row) * w->out_width + column) * w->y_pitch;
    const float *from = w->x + ((image * w->height + y0) * w->width + x0) * w->x_pitch;
    for (long c = 0; c < w->channels; c += LANES) {
      long n = w->channels - c;
      vec best = NAME(splat)(-__builtin_inff());
      for (long i = i0; i < i1; i++)
        for (long j = j0; j < j1; j++) {
          vec v = NAME(load_to)(from + (i * w->width + j) * w->x_pitch + c, n);
          // A NaN wins and stays.
          best = NAME(select)((ivec)(v > best) | (ivec)(v != v), v, best);
        }
      NAME(store_to)(to + c, best, n);
    }
  }
}

static void NAME(max_pool_gradient)(const ck_window *w, long image, long c0, long c1, float *dx,
                                    long dx_pitch) {
  for (long row = 0; row < w->out_height; row++) {
    long y0 = row * w->stride - w->padding, i0, i1;
    NAME(inside)(y0, w->kernel, w->height, &i0, &i1);
    for (long column = 0; column < w->out_width; column++) {
      long x0 = column * w->stride - w->padding, j0, j1;
      NAME(inside)(x0, w->kernel, w->width, &j0, &j1);
      long corner = (image * w->height + y0) * w->width + x0;
      const float *dy = w->y + ((image * w->out_height + row) * w->out_width + column) * w->y_pitch;
      for (long c = c0; c < c1; c += LANES) {
        long n = c1 - c;
        const float *from = w->x + corner * w->x_pitch + c;
        vec best = NAME(splat)(-__builtin_inff());
        for (long i = i0; i < i1; i++)
          for (long j = j0; j < j1; j++) {
            vec v = NAME(load_to)(from + (i * w->width + j) * w->x_pitch, n);
            best = NAME(select)((ivec)(v > best), v, best);
          }
        vec upstream = NAME(load_to)(dy + c, n);
        ivec open = (ivec)(best == best);
        for (long i = i0; i < i1; i++)
          for (long j = j0; j < j1; j++) {
            long cell = i * w->width + j;
            ivec hit = (ivec)(NAME(load_to)(from + cell * w->x_pitch, n) == best) & open;
            open &= ~hit;
            float *to = dx + (corner + cell) * dx_pitch + c;
            vec sum = NAME(load_to)(to, n) + NAME(select)(hit, upstream, (vec){0});
            NAME(store_to)(to, sum, n);
          }
      }
    }
  }
}

/// The divisor of a window: its cells inside the padded or the bare picture.
INLINE float NAME(share)(const ck_window *w, long y0, long x0, long cells, int count_padding) {
  if (!count_padding) return 1.0f / (float)cells;
  long y1 = y0 + w->kernel, x1 = x0 + w->kernel;
  if (y1 > w->height + w->padding) y1 = w->height + w->padding;
  if (x1 > w->width + w->padding) x1 = w->width + w->padding;
  return 1.0f / (float)((y1 - y0) * (x1 - x0));
}

static void NAME(average_pool_row)(const ck_window *w, long image, long row, int count_padding) {
  long y0 = row * w->stride - w->padding, i0, i1;
  NAME(inside)(y0, w->kernel, w->height, &i0, &i1);
  for (long column = 0; column < w->out_width; column++) {
    long x0 = column * w->stride - w->padding, j0, j1;
    NAME(inside)(x0, w->kernel, w->width, &j0, &j1);
    float share = NAME(share)(w, y0, x0, (i1 - i0) * (j1 - j0), count_padding);
    float *to = w->y + ((image * w->out_height + row) * w->out_width + column) * w->y_pitch;
    const float *from = w->x + ((image * w->height + y0) * w->width + x0) * w->x_pitch;
    for (long c = 0; c < w->channels; c += LANES) {
      long n = w->channels - c;
      vec sum = {0};
      for (long i = i0; i < i1; i++)
        for (long j = j0; j < j1; j++)
          sum += NAME(load_to)(from + (i * w->width + j) * w->x_pitch + c, n);
      NAME(store_to)(to + c, sum * share, n);
    }
  }
}

static void NAME(average_pool_gradient)(const ck_window *w, long image, long c0, long c1,
                                        float *dx, long dx_pitch, int count_padding) {
  for (long row = 0; row < w->out_height; row++) {
    long y0 = row * w->stride - w->padding, i0, i1;
    NAME(inside)(y0, w->kernel, w->height, &i0, &i1);
    for (long column = 0; column < w->out_width; column++) {
      long x0 = column * w->stride - w->padding, j0, j1;
      NAME(inside)(x0, w->kernel, w->width, &j0, &j1);
      float share = NAME(share)(w, y0, x0, (i1 - i0) * (j1 - j0), count_padding);
      const float *dy = w->y + ((image * w->out_height + row) * w->out_width + column) * w->y_pitch;
      for (long c = c0; c < c1; c += LANES) {
        long n = c1 - c;
        vec part = NAME(load_to)(dy + c, n) * share;
        for (long i = i0; i < i1; i++)
          for (long j = j0; j < j1; j++) {
            long cell = (image * w->height + y0 + i) * w->width + x0 + j;
            float *to = dx + cell * dx_pitch + c;
            NAME(store_to)(to, NAME(load_to)(to, n) + part, n);
          }
      }
    }
  }
}

static void NAME(bilinear_row)(const float *upper, const float *lower, long pitch, float t,
                               const int32_t *first, const int32_t *second, const float *share,
                               long columns, long channels, float *y, long y_pitch) {
  for (long column = 0; column < columns; column++) {
    long a = first[column] * pitch, b = second[column] * pitch;
    float s = share[column];
    for (long c = 0; c < channels; c += LANES) {
      long n = channels - c;
      vec left = NAME(load_to)(upper + a + c, n), under = NAME(load_to)(lower + a + c, n);
      vec top = left + s * (NAME(load_to)(upper + b + c, n) - left);
      vec bottom = under + s * (NAME(load_to)(lower + b + c, n) - under);
      NAME(store_to)(y + column * y_pitch + c, top + t * (bottom - top), n);
    }
  }
}

static void NAME(bilinear_row_gradient)(float *upper, float *lower, long pitch, float t,
                                        const int32_t *first, const int32_t *second,
                                        const float *share, long columns, long c0, long c1,
                                        const float *dy, long dy_pitch) {
  for (long column = 0; column < columns; column++) {
    long a = first[column] * pitch, b = second[column] * pitch;
    float s = share[column];
    for (long c = c0; c < c1; c += LANES) {
      long n = c1 - c;
      vec value = NAME(load_to)(dy + column * dy_pitch + c, n);
      vec right = value * s, left = value - right;
      float *to[4] = {upper + a + c, upper + b + c, lower + a + c, lower + b + c};
      vec part[4] = {(1 - t) * left, (1 - t) * right, t * left, t * right};
      // The four cells may be one: one after the other.
      for (int k = 0; k < 4; k++) NAME(store_to)(to[k], NAME(load_to)(to[k], n) + part[k], n);
    }
  }
}
