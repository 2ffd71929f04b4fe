/* pull_typed.h: the loops of the walk back, of one floating-point type.  No guard: pull.h includes it once with
 * REAL = double and once with REAL = float (BITS: an unsigned integer of its size).
 */

/* c * w, in which a zero of either stays zero; bad takes the bits of what was replaced. */
static inline REAL TYPED(dd_both)(REAL c, REAL w, BITS *bad)
{
    REAL p = c * w;
    BITS bits, zero = w == 0 || c == 0 ? ~(BITS) 0 : 0;
    memcpy(&bits, &p, sizeof(p));
    *bad |= bits & zero;
    bits &= ~zero;
    memcpy(&p, &bits, sizeof(p));
    return p;
}

/* o may be w itself, element by element */
#define PULL_LOOP(name, params, expr)                                                        \
DD_CLONES static void TYPED(name)(npy_intp n, REAL *o, params)                               \
{                                                                                            \
    npy_intp i;                                                                              \
    DD_IVDEP                                                                                 \
    for (i = 0; i < n; i++) o[i] = (REAL) (expr);                                            \
}
#define PULL_GUARDED(name, params, expr)                                                     \
DD_CLONES static void TYPED(name)(npy_intp n, REAL *o, params)                               \
{                                                                                            \
    npy_intp i;                                                                              \
    BITS bad = 0;                                                                            \
    DD_IVDEP                                                                                 \
    for (i = 0; i < n; i++) o[i] = (REAL) (expr);                                            \
    dd_meet(TYPED(dd_bad)(bad));                                                             \
}
#define COMMA ,
PULL_LOOP(pull_set_number, REAL c COMMA const REAL *w, c * w[i])
PULL_LOOP(pull_add_number, REAL c COMMA const REAL *w, o[i] + c * w[i])
PULL_LOOP(pull_add_one, const REAL *w, o[i] + w[i])
PULL_GUARDED(pull_set_array, const REAL *c COMMA const REAL *w, TYPED(dd_both)(c[i], w[i], &bad))
PULL_GUARDED(pull_add_array, const REAL *c COMMA const REAL *w, o[i] + TYPED(dd_both)(c[i], w[i], &bad))
PULL_GUARDED(pull_set_both, const REAL *c COMMA REAL d COMMA const REAL *w, TYPED(dd_both)(c[i], d * w[i], &bad))
PULL_GUARDED(pull_add_both, const REAL *c COMMA REAL d COMMA const REAL *w, o[i] + TYPED(dd_both)(c[i], d * w[i], &bad))
#undef COMMA
#undef PULL_LOOP
#undef PULL_GUARDED

DD_CLONES static void TYPED(pull_constant)(npy_intp n, int add, REAL *o, REAL u)
{
    npy_intp i;
    if (add) for (i = 0; i < n; i++) o[i] += u;
    else for (i = 0; i < n; i++) o[i] = u;
}

/* one row of the last dimension: c * (number * w), or number * w with a null c */
static void TYPED(pull_row)(npy_intp n, int add, char *o, npy_intp os, const char *c, npy_intp cs, REAL number,
                            const char *w, npy_intp ws)
{
    npy_intp i, one = sizeof(REAL);
    BITS bad = 0;
    int finite = number != 0 && number - number == 0;
    if (os == one && ws == one && finite && (c == NULL || cs == one)) {
        if (c != NULL && number == 1) {
            if (add) TYPED(pull_add_array)(n, (REAL *) o, (const REAL *) c, (const REAL *) w);
            else     TYPED(pull_set_array)(n, (REAL *) o, (const REAL *) c, (const REAL *) w);
        }
        else if (c != NULL) {
            if (add) TYPED(pull_add_both)(n, (REAL *) o, (const REAL *) c, number, (const REAL *) w);
            else     TYPED(pull_set_both)(n, (REAL *) o, (const REAL *) c, number, (const REAL *) w);
        }
        else if (number == 1) {
            if (add) TYPED(pull_add_one)(n, (REAL *) o, (const REAL *) w);
            else if (o != w) dd_copy(o, w, n * sizeof(REAL));
        }
        else if (add) TYPED(pull_add_number)(n, (REAL *) o, number, (const REAL *) w);
        else          TYPED(pull_set_number)(n, (REAL *) o, number, (const REAL *) w);
        return;
    }
    if (ws == 0 && os == one && n > 4) {        /* the cotangent of a sum: one number */
        REAL u = *(const REAL *) w * number;
        if (u - u == 0 && u != 0 && c != NULL && cs == one) {
            if (add) TYPED(pull_add_number)(n, (REAL *) o, u, (const REAL *) c);
            else     TYPED(pull_set_number)(n, (REAL *) o, u, (const REAL *) c);
            return;
        }
        if (finite && c == NULL && u - u == 0) {
            TYPED(pull_constant)(n, add, (REAL *) o, u);
            return;
        }
    }
    for (i = 0; i < n; i++) {
        REAL p = TYPED(dd_both)(number, *(const REAL *) (w + i * ws), &bad);
        if (c != NULL) p = TYPED(dd_both)(*(const REAL *) (c + i * cs), p, &bad);
        if (add) *(REAL *) (o + i * os) += p;
        else     *(REAL *) (o + i * os) = p;
    }
    dd_meet(TYPED(dd_bad)(bad));
}

/* C += A B for matrices (m, p) and (p, n) with any strides, in bytes */
static void TYPED(pull_product)(npy_intp m, npy_intp n, npy_intp p, const char *a, const npy_intp *as,
                                const char *b, const npy_intp *bs, char *c, const npy_intp *cs)
{
    npy_intp i, j, l, one = sizeof(REAL);
    for (i = 0; i < m; i++) {
        if (bs[1] == one && cs[1] == one && n > 1) {
            for (l = 0; l < p; l++)
                TYPED(pull_add_number)(n, (REAL *) (c + i * cs[0]), *(const REAL *) (a + i * as[0] + l * as[1]),
                                       (const REAL *) (b + l * bs[0]));
            continue;
        }
        for (j = 0; j < n; j++) {
            REAL sum = 0;
            for (l = 0; l < p; l++)
                sum += *(const REAL *) (a + i * as[0] + l * as[1]) * *(const REAL *) (b + l * bs[0] + j * bs[1]);
            *(REAL *) (c + i * cs[0] + j * cs[1]) += sum;
        }
    }
}

/* o (k, n, inner) += w (k, m, inner) at the places, both in C order; 0: one lies outside, and nothing was added. */
static int TYPED(pull_places)(npy_intp k, npy_intp n, npy_intp m, npy_intp inner, const npy_intp *places, const REAL *w,
                              REAL *o)
{
    npy_intp d, i, j;
    for (i = 0; i < m; i++) if (places[i] < -n || places[i] >= n) return 0;
    for (d = 0; d < k; d++, o += n * inner)
        for (i = 0; i < m; i++, w += inner) {
            REAL *to = o + (places[i] < 0 ? places[i] + n : places[i]) * inner;
            for (j = 0; j < inner; j++) to[j] += w[j];
        }
    return 1;
}
