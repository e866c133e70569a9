// Compiles the kernels once per instruction set and chooses among them by what the processor has.
#include "ckernels.h"

#include <string.h>

/// Read where a picture has no pixel.
static const float ck_zeros[CK_MAX_CHANNELS];

#define NAME(n) n##_generic
#define LANES 4
#define ROWS 4
#define SET "generic"
#include "set.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(n) n##_avx2
#define LANES 8
#define ROWS 6
#define SET "avx2"
#include "set.h"
#pragma clang attribute pop

#pragma clang attribute push(                                                               \
    __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"))), apply_to = function)
#define NAME(n) n##_avx512
#define LANES 16
#define ROWS 12
#define SET "avx512"
#include "set.h"
#pragma clang attribute pop

static int has_avx2(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static int has_avx512(void) {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}
#endif

const ck_kernels *ck_best(void) {
#if defined(__x86_64__)
  if (has_avx512()) return &table_avx512;
  if (has_avx2()) return &table_avx2;
#endif
  return &table_generic;
}

const ck_kernels *ck_named(const char *name) {
#if defined(__x86_64__)
  if (strcmp(name, "avx512") == 0) return has_avx512() ? &table_avx512 : 0;
  if (strcmp(name, "avx2") == 0) return has_avx2() ? &table_avx2 : 0;
#endif
  return strcmp(name, "generic") == 0 ? &table_generic : 0;
}
