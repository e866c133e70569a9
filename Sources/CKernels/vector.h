// Vectors of one width: included once per instruction set, with LANES and NAME defined.

#define INLINE static inline __attribute__((always_inline))

typedef float NAME(vec) __attribute__((vector_size(LANES * 4)));
typedef float NAME(uvec) __attribute__((vector_size(LANES * 4), aligned(4)));
typedef int32_t NAME(ivec) __attribute__((vector_size(LANES * 4)));
/// As many lanes in double precision.
typedef double NAME(dvec) __attribute__((vector_size(LANES * 8)));
#define vec NAME(vec)
#define ivec NAME(ivec)
#define dvec NAME(dvec)

INLINE vec NAME(load)(const float *p) { return *(const NAME(uvec) *)p; }
INLINE void NAME(store)(float *p, vec v) { *(NAME(uvec) *)p = v; }
INLINE vec NAME(splat)(float a) { return (vec){0} + a; }

/// The first `n` lanes, zeros behind.
INLINE vec NAME(load_n)(const float *p, long n) {
  vec v = {0};
  __builtin_memcpy(&v, p, (unsigned long)n * 4);
  return v;
}
INLINE void NAME(store_n)(float *p, vec v, long n) {
  __builtin_memcpy(p, &v, (unsigned long)n * 4);
}

/// A whole vector where `n` allows, else its first lanes.
INLINE vec NAME(load_to)(const float *p, long n) {
  return n >= LANES ? NAME(load)(p) : NAME(load_n)(p, n);
}
INLINE void NAME(store_to)(float *p, vec v, long n) {
  if (n >= LANES) NAME(store)(p, v); else NAME(store_n)(p, v, n);
}

INLINE vec NAME(select)(ivec mask, vec a, vec b) {
  return (vec)((mask & (ivec)a) | (~mask & (ivec)b));
}

/// Written so that NaN stays NaN.
INLINE vec NAME(activate)(vec v, int activation, float slope) {
  if (activation == CK_NONE) return v;
  vec low = activation == CK_RELU ? (vec){0} : v * slope;
  return NAME(select)((ivec)(v <= 0), low, v);
}

/// Bias, residual and activation of the lanes that belong to columns j ... of a row.
INLINE vec NAME(finish)(vec v, const ck_epilogue *e, const float *residual, long j, long n) {
  if (e->bias) v += NAME(load_to)(e->bias + j, n);
  if (residual) v += NAME(load_to)(residual + j, n);
  return NAME(activate)(v, e->activation, e->slope);
}
