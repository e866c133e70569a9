// The transforms of Winograd's F(6x6, 3x3) with the points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity.
//
// y = A^T [(G g) (B^T d)] along each axis by Cook-Toom: with the finite points a_j, column j of A^T
// holds the powers a_j^i, row j of G is (1, a_j, a_j^2) / product over k != j of (a_j - a_k), row j
// of B^T the coefficients of the product over k != j of (x - a_k); infinity adds the column
// (0 ... 0, 1) to A^T, (0, 0, 1) to G and the product of all (x - a_k) to B^T. Checked in exact
// fractions; row 0 of B^T and G is negated here:
//
//   B^T   1     0    -21/4   0     21/4   0    -1   0      G   1      0      0
//         0     1     1    -17/4  -17/4   1     1   0         -2/9   -2/9   -2/9
//         0    -1     1     17/4  -17/4  -1     1   0         -2/9    2/9   -2/9
//         0    1/2   1/4   -5/2   -5/4    2     1   0         1/90   1/45   2/45
//         0   -1/2   1/4    5/2   -5/4   -2     1   0         1/90  -1/45   2/45
//         0     2     4    -5/2    -5    1/2    1   0        32/45  16/45   8/45
//         0    -2     4     5/2    -5   -1/2    1   0        32/45 -16/45   8/45
//         0    -1     0    21/4    0   -21/4    0   1          0      0      1
//
// Of 2024 sets 0, +-p, +-q, +-r (1/4 to 4) and 8008 of any six of eight such pairs, these points
// amplify the rounding errors of the products least (the mean over the outputs of the sum over j of
// (A_ij |G_j| |B_j|)^2): three times as much as our F(4x4, 3x3). Transforms add hardly any error.
// Opposite points share their even and odd parts, and no coefficient of A and B is rounded.

/// The rows of B^T applied to eight vectors.
INLINE void NAME(forward8)(const vec *d, vec *out, long step) {
  out[0] = (d[0] - d[6]) + 5.25f * (d[4] - d[2]);
  out[7 * step] = (d[7] - d[1]) + 5.25f * (d[3] - d[5]);
  vec even = (d[2] + d[6]) - 4.25f * d[4], odd = (d[1] + d[5]) - 4.25f * d[3];
  out[step] = even + odd;
  out[2 * step] = even - odd;
  even = (d[6] + 0.25f * d[2]) - 1.25f * d[4];
  odd = (d[5] + 0.25f * d[1]) - 1.25f * d[3];
  out[3 * step] = even + 2.0f * odd;
  out[4 * step] = even - 2.0f * odd;
  even = (d[6] + 4.0f * d[2]) - 5.0f * d[4];
  odd = (d[5] + 4.0f * d[1]) - 5.0f * d[3];
  out[5 * step] = even + 0.5f * odd;
  out[6 * step] = even - 0.5f * odd;
}

/// The rows of A^T applied to eight vectors.
INLINE void NAME(inverse8)(const vec *m, vec *out, long step) {
  vec sum1 = m[1] + m[2], sum2 = m[3] + m[4], sum3 = m[5] + m[6];
  out[0] = (m[0] + sum1) + (sum2 + sum3);
  out[2 * step] = sum1 + 4.0f * sum2 + 0.25f * sum3;
  out[4 * step] = sum1 + 16.0f * sum2 + 0.0625f * sum3;
  vec odd1 = m[1] - m[2], odd2 = m[3] - m[4], odd3 = m[5] - m[6];
  out[step] = odd1 + 2.0f * odd2 + 0.5f * odd3;
  out[3 * step] = odd1 + 8.0f * odd2 + 0.125f * odd3;
  out[5 * step] = (m[7] + odd1) + 32.0f * odd2 + 0.03125f * odd3;
}

/// The eight rows of G applied to three vectors, `stride` apart.
INLINE void NAME(kernel8)(const dvec *g, long stride, dvec *out, long step) {
  dvec a = g[0], b = g[stride], c = g[2 * stride];
  dvec even = (a + c) * (-2.0 / 9.0), odd = b * (-2.0 / 9.0);
  out[0] = a;
  out[step] = even + odd;
  out[2 * step] = even - odd;
  even = (a + 4.0 * c) * (1.0 / 90.0), odd = b * (1.0 / 45.0);
  out[3 * step] = even + odd;
  out[4 * step] = even - odd;
  even = (4.0 * a + c) * (8.0 / 45.0), odd = b * (16.0 / 45.0);
  out[5 * step] = even + odd;
  out[6 * step] = even - odd;
  out[7 * step] = c;
}
