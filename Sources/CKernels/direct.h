// Convolutions of few channels a group or few outputs, straight from the picture.

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

/// The sum of all lanes, by halves.
INLINE float NAME(across)(vec v) {
  typedef float four __attribute__((vector_size(16)));
  four part[LANES / 4], sum;
  __builtin_memcpy(part, &v, sizeof v);
  sum = part[0];
  for (int i = 1; i < LANES / 4; i++) sum += part[i];
  return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

static void NAME(narrow_row)(const ck_window *w, long image, long row, const float *weights,
                             long outputs, const ck_epilogue *e) {
  long taps = w->kernel * w->kernel;
  for (long column = 0; column < w->out_width; column++) {
    long pixel = (image * w->out_height + row) * w->out_width + column;
    for (long o = 0; o < outputs; o++) {
      vec sum = {0};
      const float *own = weights + o * taps * w->channels;
      for (long i = 0; i < w->kernel; i++) {
        long y = row * w->stride + i * w->dilation - w->padding;
        if (y < 0 || y >= w->height) continue;
        for (long j = 0; j < w->kernel; j++) {
          long x = column * w->stride + j * w->dilation - w->padding;
          if (x < 0 || x >= w->width) continue;
          const float *from = w->x + ((image * w->height + y) * w->width + x) * w->x_pitch;
          const float *weight = own + (i * w->kernel + j) * w->channels;
          for (long c = 0; c < w->channels; c += LANES) {
            long n = w->channels - c;
            sum += NAME(load_to)(from + c, n) * NAME(load_to)(weight + c, n);
          }
        }
      }
      float value = NAME(across)(sum);
      if (e->bias) value += e->bias[o];
      if (e->residual) value += e->residual[pixel * e->residual_pitch + o];
      vec wide = NAME(activate)(NAME(splat)(value), e->activation, e->slope);
      w->y[pixel * w->y_pitch + o] = wide[0];
    }
  }
}

// Lane l gets channel i of its group of 4 or 8.
#if LANES == 16
#define OF_4(v, i)                                                                          \
  __builtin_shufflevector(v, v, i, i, i, i, 4 + i, 4 + i, 4 + i, 4 + i, 8 + i, 8 + i, 8 + i, \
                          8 + i, 12 + i, 12 + i, 12 + i, 12 + i)
#define OF_8(v, i)                                                                          \
  __builtin_shufflevector(v, v, i, i, i, i, i, i, i, i, 8 + i, 8 + i, 8 + i, 8 + i, 8 + i,   \
                          8 + i, 8 + i, 8 + i)
#elif LANES == 8
#define OF_4(v, i) __builtin_shufflevector(v, v, i, i, i, i, 4 + i, 4 + i, 4 + i, 4 + i)
#define OF_8(v, i) __builtin_shufflevector(v, v, i, i, i, i, i, i, i, i)
#else
#define OF_4(v, i) __builtin_shufflevector(v, v, i, i, i, i)
#endif

/// Pixels of a row that are computed together.
#define PIXELS (LANES == 16 ? 8 : 4)

#define GROUP_TERM(of, i)                                                                   \
  do {                                                                                      \
    vec weight = NAME(load)(own + (i) * LANES);                                             \
    _Pragma("clang loop unroll(full)") for (int p = 0; p < PIXELS; p++) {                   \
      vec x = in[p];                                                                        \
      sum[p] += weight * of(x, i);                                                          \
    }                                                                                       \
  } while (0)

/// `PIXELS` output pixels from column `c0` of one vector of channels, groups of `size`.
INLINE void NAME(grouped_tile)(const int size, const ck_window *w, long image, long row, long c0,
                               long channel, const float *weights, const ck_epilogue *e) {
  vec sum[PIXELS];
#pragma clang loop unroll(full)
  for (int p = 0; p < PIXELS; p++) sum[p] = (vec){0};
  for (long i = 0; i < w->kernel; i++) {
    long y = row * w->stride + i * w->dilation - w->padding;
    if (y < 0 || y >= w->height) continue;
    const float *line = w->x + (image * w->height + y) * w->width * w->x_pitch + channel;
    for (long j = 0; j < w->kernel; j++) {
      const float *own = weights + (i * w->kernel + j) * size * LANES;
      vec in[PIXELS];
#pragma clang loop unroll(full)
      for (int p = 0; p < PIXELS; p++) {
        long x = (c0 + p) * w->stride + j * w->dilation - w->padding;
        in[p] = NAME(load)(x >= 0 && x < w->width ? line + x * w->x_pitch : ck_zeros);
      }
      if (size == 4) {
        GROUP_TERM(OF_4, 0);
        GROUP_TERM(OF_4, 1);
        GROUP_TERM(OF_4, 2);
        GROUP_TERM(OF_4, 3);
      }
#if LANES >= 8
      if (size == 8) {
        GROUP_TERM(OF_8, 0);
        GROUP_TERM(OF_8, 1);
        GROUP_TERM(OF_8, 2);
        GROUP_TERM(OF_8, 3);
        GROUP_TERM(OF_8, 4);
        GROUP_TERM(OF_8, 5);
        GROUP_TERM(OF_8, 6);
        GROUP_TERM(OF_8, 7);
      }
#endif
    }
  }
  for (int p = 0; p < PIXELS && c0 + p < w->out_width; p++) {
    long pixel = (image * w->out_height + row) * w->out_width + c0 + p;
    const float *residual = e->residual ? e->residual + pixel * e->residual_pitch : 0;
    NAME(store)
    (w->y + pixel * w->y_pitch + channel, NAME(finish)(sum[p], e, residual, channel, LANES));
  }
}

static void NAME(grouped_row)(const ck_window *w, long image, long row, long size,
                              const float *weights, const ck_epilogue *e) {
  for (long channel = 0; channel < w->channels; channel += LANES) {
    const float *own = weights + channel * w->kernel * w->kernel * size;
    for (long c0 = 0; c0 < w->out_width; c0 += PIXELS) {
      if (size == 4) NAME(grouped_tile)(4, w, image, row, c0, channel, own, e);
#if LANES >= 8
      if (size == 8) NAME(grouped_tile)(8, w, image, row, c0, channel, own, e);
#endif
    }
  }
}
