// Element by element, and sums per channel, over pixels `pitch` floats apart.

static void NAME(affine)(const float *x, long x_pitch, long pixels, long channels,
                         const float *scale, const float *shift, const ck_epilogue *e, float *y,
                         long y_pitch) {
  for (long p = 0; p < pixels; p++) {
    const float *from = x + p * x_pitch;
    const float *residual = e->residual ? e->residual + p * e->residual_pitch : 0;
    float *to = y + p * y_pitch;
    for (long c = 0; c < channels; c += LANES) {
      long n = channels - c;
      vec value = NAME(load_to)(from + c, n);
      if (scale) value *= NAME(load_to)(scale + c, n);
      if (shift) value += NAME(load_to)(shift + c, n);
      if (residual) value += NAME(load_to)(residual + c, n);
      NAME(store_to)(to + c, NAME(activate)(value, e->activation, e->slope), n);
    }
  }
}

static void NAME(combine)(const float *u, long u_pitch, const float *x, long x_pitch, long pixels,
                          long channels, const float *form, float *y, long y_pitch) {
  for (long p = 0; p < pixels; p++)
    for (long c = 0; c < channels; c += LANES) {
      long n = channels - c;
      vec value = NAME(load_to)(form + c, n) * NAME(load_to)(u + p * u_pitch + c, n);
      value += NAME(load_to)(form + channels + c, n) * NAME(load_to)(x + p * x_pitch + c, n);
      value += NAME(load_to)(form + 2 * channels + c, n);
      NAME(store_to)(y + p * y_pitch + c, value, n);
    }
}

#define NAME_EACH(expression)                                                               \
  for (long p = 0; p < pixels; p++)                                                         \
    for (long k = 0; k < channels; k += LANES) {                                            \
      long n = channels - k;                                                                \
      vec l = NAME(load_to)(a + p * a_pitch + k, n), r = NAME(load_to)(b + p * b_pitch + k, n); \
      NAME(store_to)(y + p * y_pitch + k, expression, n);                                   \
    }                                                                                       \
  break

static void NAME(binary)(ck_binary op, float slope, const float *a, long a_pitch, const float *b,
                         long b_pitch, long pixels, long channels, float *y, long y_pitch) {
  if (a_pitch == channels && b_pitch == channels && y_pitch == channels) {
    channels *= pixels;
    pixels = 1;
  }
  switch (op) {
    case CK_ADD: NAME_EACH(l + r);
    case CK_SUBTRACT: NAME_EACH(l - r);
    case CK_MULTIPLY: NAME_EACH(l * r);
    case CK_RECTIFY_GRADIENT: NAME_EACH(NAME(select)((ivec)(l > 0), r, slope * r));
  }
}

static void NAME(sum)(const float *x, long pitch, long pixels, long channels, float *sum) {
  for (long c = 0; c < channels; c += LANES) {
    long n = channels - c;
    vec total = {0};
    for (long p = 0; p < pixels; p++) total += NAME(load_to)(x + p * pitch + c, n);
    NAME(store_to)(sum + c, total, n);
  }
}

static void NAME(moments)(const float *x, long pitch, long pixels, long channels, float *sum,
                          float *squares) {
  for (long c = 0; c < channels; c += LANES) {
    long n = channels - c;
    vec total = {0}, square = {0};
    for (long p = 0; p < pixels; p++) total += NAME(load_to)(x + p * pitch + c, n);
    vec mean = total / (float)pixels;
    for (long p = 0; p < pixels; p++) {
      vec d = NAME(load_to)(x + p * pitch + c, n) - mean;
      square += d * d;
    }
    NAME(store_to)(sum + c, total, n);
    NAME(store_to)(squares + c, square, n);
  }
}

static void NAME(products)(const float *u, long u_pitch, const float *x, long x_pitch,
                           const float *mean, long pixels, long channels, float *sum,
                           float *product) {
  for (long c = 0; c < channels; c += LANES) {
    long n = channels - c;
    vec total = {0}, both = {0}, center = NAME(load_to)(mean + c, n);
    for (long p = 0; p < pixels; p++) {
      vec upstream = NAME(load_to)(u + p * u_pitch + c, n);
      total += upstream;
      both += upstream * (NAME(load_to)(x + p * x_pitch + c, n) - center);
    }
    NAME(store_to)(sum + c, total, n);
    NAME(store_to)(product + c, both, n);
  }
}
