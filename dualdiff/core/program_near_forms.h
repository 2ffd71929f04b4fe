/* program_near_forms.h: the functions of program_near.h for one kind of processor.
 *
 * Included once for each: NEAR(name) gives names of their own, NEAR_TARGET is what the compiler may use, and a * b + c is
 * rounded once where NEAR_FMA is 1.
 */
#define F(name) NEAR(pg_##name)
#if NEAR_FMA
#define MA(a, b, c) __builtin_fma(a, b, c)
#else
#define MA(a, b, c) ((a) * (b) + (c))
#endif
#if defined(__GNUC__)
#define FORM static inline __attribute__((always_inline)) double
#else
#define FORM static inline double
#endif
/* Polynomials of t, in pieces of four coefficients that do not wait for each other; u = t * t, v = u * u. */
#define P2(t, c0, c1) MA(t, c1, c0)
#define P4(t, u, c0, c1, c2, c3) MA(u, P2(t, c2, c3), P2(t, c0, c1))

/* ---- exp ---- */

/* exp(x) - 1 = 2**k (1 + e) - 1, |x| < 708: e, and k in the lowest bits of *whole */
FORM F(reduced_exp)(double x, double *whole)
{
    double m = MA(x, 1.44269504088896338700, PG_ROUNDER), f = m - PG_ROUNDER;
    double hi = MA(-f, PG_LN2_HIGH, x), r = MA(-f, PG_LN2_LOW, hi), z = r * r, w = z * z, p;
    p = P4(r, z, 0.0013888888917213717, 0.00019841269863053618, 2.4801521295954376e-05, 2.7557268459997064e-06);
    p = MA(w, P2(r, 2.7620088445409746e-07, 2.510038549551032e-08), p);
    p = MA(w, p, P4(r, z, 0.5000000000000001, 0.16666666666666669, 0.04166666666662413, 0.008333333333330062));
    *whole = m;
    return r + MA(z, p, MA(-f, PG_LN2_LOW, hi - r));
}

FORM F(scaled)(double x, double whole) { return pg_of_bits(pg_bits(x) + (pg_bits(whole) << 52)); }

FORM F(exp_of)(double x)
{
    double m, e = F(reduced_exp)(x, &m);
    return F(scaled)(1.0 + e, m);
}

/* ---- sin and cos ----
 * Reduction to [-pi/4, pi/4]: x - k pi/2 = r + e.  All but the last product with a part of pi/2 are exact, and so is r
 * where much cancels.  Polynomials of fdlibm (k_sin.c, k_cos.c). */
FORM F(quarter)(double x, double *e, uint64_t *k)
{
    double m = MA(x, 6.36619772367581382433e-01, PG_ROUNDER), f = m - PG_ROUNDER, t, r, w;
    *k = pg_bits(m);
#if NEAR_FMA
    t = MA(-f, 1.5707963267948966, x);
    w = f * 6.12323399538461e-17;
    r = t - w;
    *e = MA(-f, 3.5215598651832e-27, (t - r) - w);
#else
    double y;
    t = x - f * 1.57079632673412561417e+00;
    w = f * 6.07710050630396597660e-11;
    y = t - w;
    w = f * 2.02226624879595063154e-21 - ((t - y) - w);
    r = y - w;
    *e = (y - r) - w;
#endif
    return r;
}

FORM F(sin_small)(double y, double e)
{
    double z = y * y, v = z * y, w = z * z, p;
    p = MA(w, 1.58969099521155010221e-10, P2(z, 2.75573137070700676789e-06, -2.50507602534068634195e-08));
    p = MA(w, p, P2(z, 8.33333333332248946124e-03, -1.98412698298579493134e-04));
    return y - MA(v, 1.66666666666666324348e-01, MA(z, MA(-v, p, 0.5 * e), -e));
}

FORM F(cos_small)(double y, double e)
{
    double z = y * y, u = 0.5 * z, w = 1.0 - u, v = z * z, p;
    p = P4(z, v, 2.48015872894767294178e-05, -2.75573143513906633035e-07, 2.08757232129817482790e-09,
           -1.13596475577881948265e-11);
    p = MA(v, p, P2(z, 4.16666666666666019037e-02, -1.38888888888741095749e-03));
    return w + (((1.0 - w) - u) + MA(v, p, -(y * e)));
}

/* sin for phase 0, cos for 1; s and c: of what is left by the reduction */
FORM F(turned)(double s, double c, uint64_t k, uint64_t phase)
{
    uint64_t odd = (uint64_t) 0 - ((k + phase) & 1);
    return pg_of_bits(((pg_bits(s) & ~odd) | (pg_bits(c) & odd)) ^ (((k + phase) & 2) << 62));
}

FORM F(sin_of)(double x)
{
    double e, r;
    uint64_t k;
    r = F(quarter)(x, &e, &k);
    return F(turned)(F(sin_small)(r, e), F(cos_small)(r, e), k, 0);
}

FORM F(cos_of)(double x)
{
    double e, r;
    uint64_t k;
    r = F(quarter)(x, &e, &k);
    return F(turned)(F(sin_small)(r, e), F(cos_small)(r, e), k, 1);
}

FORM F(sincos_of)(double x, double *other)
{
    double e, r, s, c;
    uint64_t k;
    r = F(quarter)(x, &e, &k);
    s = F(sin_small)(r, e);
    c = F(cos_small)(r, e);
    *other = F(turned)(s, c, k, 1);
    return F(turned)(s, c, k, 0);
}

/* ---- tanh, and its derivative 1 / cosh(x)**2 = 4 e / (1 + e)**2 with e = exp(-2 |x|) ---- */

/* with t = exp(-2 |x|) - 1: tanh |x| = -t / (2 + t) where it is small, else 1 - 2 (1 + t) / (2 + t); |x| < 352 */
FORM F(tanh_sech2_of)(double x, double *sech2)
{
    double m, e = F(reduced_exp)(-2.0 * fabs(x), &m), s = pg_of_bits((pg_bits(m) << 52) + UINT64_C(0x3ff0000000000000));
    double se = s * e, sm = s - 1.0, t = se + sm, both = s + se, large = 2.0 * both, d = 2.0 + t, rest = t - (d - 2.0), r, q;
    uint64_t small = (uint64_t) 0 - (uint64_t) ((pg_bits(x) & UINT64_C(0x7fffffffffffffff)) < UINT64_C(0x3fe2000000000000));
    q = pg_of_bits((pg_bits(-t) & small) | (pg_bits(large) & ~small)) / d;
    r = MA(-0.378, d, 1.256);                           /* about 1 / d, for what rounding took from d and from t */
    q = q - MA(q, rest, 2.0 * r * pg_of_bits(pg_bits(se - (t - sm)) & small)) * r;
    q = pg_of_bits(pg_bits(q) ^ (UINT64_C(0x8000000000000000) & ~small)) + pg_of_bits(pg_bits(1.0) & ~small);
    d = 1.0 + both;
    *sech2 = 2.0 * large / (d * d);
    return copysign(q, x);
}

FORM F(tanh_of)(double x)
{
    double unused;
    return F(tanh_sech2_of)(x, &unused);
}

FORM F(sech2_of)(double x)
{
    double found;
    F(tanh_sech2_of)(x, &found);
    return found;
}

/* ---- exp(-f x x): the square exact, |x| < 26 for f = 1 ---- */
FORM F(bell)(double x, double f, double scale)
{
    double m, h = x * x, rest, e;
#if NEAR_FMA
    rest = MA(x, x, -h);
#else
    double a = pg_cut(x), b = x - a;
    rest = ((a * a - h) + 2.0 * a * b) + b * b;
#endif
    e = F(reduced_exp)(-f * h, &m);
    return scale * F(scaled)(1.0 + MA(-f * rest, 1.0 + e, e), m);
}
FORM F(gauss_of)(double x) { return F(bell)(x, 1.0, 1.0); }
FORM F(normal_of)(double x) { return F(bell)(x, 0.5, 0.39894228040143267794); }

/* ---- log ---- */

/* log(2**k m) + c */
FORM F(log_sum)(uint64_t bits, double m, double c)
{
    double k = pg_of_bits(UINT64_C(0x4330000000000000) | (bits >> 52)) - (4503599627370496.0 + 1023.0);
    double f = m - 1.0, s = f / (2.0 + f), z, w, h, r;
    z = s * s;
    w = z * z;
    r = MA(w, 1.479819860511658591e-01, P2(z, 1.818357216161805012e-01, 1.531383769920937332e-01));
    r = MA(w, r, P2(z, 2.857142874366239149e-01, 2.222219843214978396e-01));
    r = z * MA(w, r, P2(z, 6.666666666666735130e-01, 3.999999999940941908e-01));
    h = 0.5 * f * f;
    return k * PG_LN2_HIGH - ((h - MA(s, h + r, MA(k, PG_LN2_LOW, c))) - f);
}

FORM F(log_of)(double x)
{
    uint64_t b;
    double m = pg_near_one(x, &b);
    return F(log_sum)(b, m, 0.0);
}

/* 1 + x = u + c with the rounded u; -1 < x < 2**52 */
FORM F(log1p_of)(double x)
{
    double u = 1.0 + x, v = u - 1.0, c = (1.0 - (u - v)) + (x - v), m;
    uint64_t b;
    m = pg_near_one(u, &b);
    c = c * pg_of_bits((UINT64_C(2046) << 52) - (b & UINT64_C(0x7ff0000000000000))) * MA(m, m - 3.0, 3.0);  /* c / u, nearly */
    return copysign(F(log_sum)(b, m, c), x);
}

/* ---- erf: below 1 x + x p(x x), else 1 - exp(q(x - 1)); |x| < 6.  Both are computed. ---- */
FORM F(erf_of)(double x)
{
    double a = fabs(x), t = a * a, u = t * t, v = u * u, r, low, m, e;
    uint64_t small = (uint64_t) 0 - (uint64_t) (pg_bits(a) < UINT64_C(0x3ff0000000000000));
    r = MA(v, 5.957176147748911e-11,
           P4(t, u, 1.6461000484121368e-06, -1.6350312701054695e-07, 1.4659775274047436e-08, -1.1372848856791674e-09));
    r = MA(v, r, P4(t, u, 0.0052239776248180145, -0.000854832698083379, 0.0001205533111164271, -1.4925595266831182e-05));
    r = MA(v, r, P4(t, u, 0.1283791670955126, -0.3761263890318375, 0.11283791670954879, -0.026866170645076792));
    low = MA(a, r, a);
    t = a - 1.0;
    u = t * t;
    v = u * u;
    r = MA(v, P2(t, 1.1756291244225365e-10, -4.7841387941070134e-12),
           P4(t, u, 5.7010203325599016e-08, -3.3013941449174867e-08, 8.419664887250823e-09, -1.3019201033622317e-09));
    r = MA(v, r, P4(t, u, -2.720095113932413e-05, 9.67405896444351e-06, -2.134585285128484e-06, 2.0671940943277644e-07));
    r = MA(v, r, P4(t, u, 0.010033825163216803, -0.001977901117529822, 0.00023731604488850123, 2.6297375124214334e-05));
    r = MA(v, r, P4(t, u, -1.8496055099332482, -2.6389675142347744, -0.8431072563594868, -0.04156109802356125));
    e = F(reduced_exp)(r, &m);
    e = 1.0 - F(scaled)(1.0 + e, m);
    return copysign(pg_of_bits((pg_bits(low) & small) | (pg_bits(e) & ~small)), x);
}

/* ---- tails: exp(-f a a) g(a) / (1 + a), a >= 0, as 2**k times what is returned, k in the lowest bits of *whole ----
 * g is nearly constant and a polynomial in u = (a - shift) / (a + shift).  What rounding takes from 1 / (1 + a), from g, from
 * their product and from a a is carried along, so that the last sum makes most of the error. */
#define PG_TAIL(name, SCALE, SHIFT, FIRST, FIRST_LOW, REST)                                  \
FORM name(double a, double *whole)                                                           \
{                                                                                            \
    double d = 1.0 + a, v = d - 1.0, dl = (1.0 - (d - v)) + (a - v), g = a + SHIFT, w = g * (1.0 / (d * g));    \
    double u = 2.0 * a * (1.0 / g) - 1.0, wh = pg_cut(w), dh = pg_cut(d), r, q, ql, qh, h, l, c, p, y, e, v2 = u * u, v4 = v2 * v2; \
    double left = ((1.0 - wh * dh) - wh * (d - dh)) - (w - wh) * d - w * dl;                 \
    REST                                                                                     \
    r = u * r;                                                                               \
    q = FIRST + r;                                                                           \
    ql = ((FIRST - q) + r) + FIRST_LOW;                                                      \
    h = pg_cut(a);                                                                           \
    l = a - h;                                                                               \
    c = SCALE * l * (h + h + l);                                                             \
    e = F(reduced_exp)(-SCALE * h * h, whole);                                               \
    p = q * w;                                                                               \
    qh = pg_cut(q);                                                                          \
    y = (ql * w + (((qh * wh - p) + qh * (w - wh)) + (q - qh) * w)) + p * (left - c * (1.0 - c * (0.5 - c * (1.0 / 6)))); \
    return p + (p * e + (y + y * e));                                                        \
}
PG_TAIL(F(erfc_tail), 1.0, 3.375, 0.7027609230536318, -3.320570061254798e-17,
    r = P2(u, 2.707086639885603e-09, 1.4273472172308862e-09);
    r = MA(v4, r, P4(u, v2, 2.0294531460195987e-07, 7.31928387711682e-08, -2.9520107774551656e-08, -1.279485245185284e-08));
    r = MA(v4, r, P4(u, v2, 6.344157388781359e-06, 2.9668005220817655e-06, -1.20824647760374e-06, -4.2176034757026025e-07));
    r = MA(v4, r, P4(u, v2, -0.0002692440623981766, 0.00021185039316691168, -1.778651381753549e-05, -2.493785366485052e-05));
    r = MA(v4, r, P4(u, v2, 0.022068857548821555, -0.014802961145738458, 0.005971634728494077, -0.0010965526258814237));
    r = MA(v4, r, P4(u, v2, -0.21864301180408366, 0.10895614649136226, -0.027020970168117567, -0.0139122834062809));)
PG_TAIL(F(ndtr_tail), 0.5, 4.75, 0.46388354524215886, -2.50647945348012e-17,
    r = P2(u, 1.2287434682203389e-09, 9.554139634700427e-10);
    r = MA(v4, r, P4(u, v2, 1.2302044873972042e-07, 6.473191677638153e-08, -1.6572604351079363e-08, -1.0352116028668597e-08));
    r = MA(v4, r, P4(u, v2, 3.521546777882026e-06, 2.570619445389965e-06, -7.334461354797745e-07, -3.803067907858334e-07));
    r = MA(v4, r, P4(u, v2, -0.000270652172391015, 0.00015576851906182448, -3.550841242486312e-06, -2.0078070717599003e-05));
    r = MA(v4, r, P4(u, v2, 0.02388848788737718, -0.013054544630570103, 0.004580379578642261, -0.0006466630975892597));
    r = MA(v4, r, P4(u, v2, -0.09306079573662401, 0.027726764670044795, 0.014334375703045542, -0.02857589808422007));)
#undef PG_TAIL

FORM F(erfc_of)(double x)
{
    double m, r = F(erfc_tail)(fabs(x), &m);
    return pg_side(x, F(scaled)(r, m), 2.0);
}

FORM F(ndtr_of)(double x)
{
    double m, r = F(ndtr_tail)(fabs(x), &m);
    return pg_side(-x, F(scaled)(r, m), 1.0);
}

/* where the tail is below the normal numbers, or nothing */
static double F(ndtr_far)(double x)
{
    double m, r;
    uint64_t b = pg_bits(x);
    if ((b & UINT64_C(0x7fffffffffffffff)) > UINT64_C(0x7ff0000000000000)) return x;     /* nan, whose comparisons raise a flag */
    if (!(b >> 63)) return 1.0;
    if (b > UINT64_C(0xc043800000000000)) return 0.0;                                      /* -39 */
    r = F(ndtr_tail)(-x, &m);
    return ldexp(r, (int) (m - PG_ROUNDER));
}

/* ---- the loops ----
 * The elements whose bits are out of range are done one by one afterwards; 0 stands for them in the SIMD loop. */
#define PG_SLOT(as) pg_bits(*(const double *) (a + i * (as)))
#define PG_NEAR(name, OF, FAR, INSIDE)                                                       \
NEAR_TARGET PG_KERNEL(F(name))                                                               \
{                                                                                            \
    const char *a = p[q->a];                                                                 \
    double *restrict o = (double *) p[q->o];                                                 \
    npy_intp i, as = s[q->a];                                                                \
    uint64_t inside = ~(uint64_t) 0;                                                                    \
    (void) c;                                                                                \
    if (as == 8) { PG_IVDEP for (i = 0; i < n; i++) {                                        \
        uint64_t b = PG_SLOT(8), in = (uint64_t) 0 - (uint64_t) (INSIDE);                    \
        inside &= in;                                                                        \
        o[i] = F(OF)(pg_of_bits(b & in));                                                    \
    } } else for (i = 0; i < n; i++) {                                                       \
        uint64_t b = PG_SLOT(as), in = (uint64_t) 0 - (uint64_t) (INSIDE);                   \
        inside &= in;                                                                        \
        o[i] = F(OF)(pg_of_bits(b & in));                                                    \
    }                                                                                        \
    if (!inside) for (i = 0; i < n; i++) {                                                   \
        uint64_t b = PG_SLOT(as);                                                            \
        if (!(INSIDE)) o[i] = FAR(pg_of_bits(b));                                            \
    }                                                                                        \
}
/* two functions of the same numbers, the second into the slot c */
#define PG_NEAR_BOTH(name, OF, FAR, OTHER_FAR, INSIDE)                                       \
NEAR_TARGET PG_KERNEL(F(name))                                                               \
{                                                                                            \
    const char *a = p[q->a];                                                                 \
    double *restrict o = (double *) p[q->o], *restrict w = (double *) p[q->c];               \
    npy_intp i, as = s[q->a];                                                                \
    uint64_t inside = ~(uint64_t) 0;                                                                    \
    (void) c;                                                                                \
    if (as == 8) { PG_IVDEP for (i = 0; i < n; i++) {                                        \
        uint64_t b = PG_SLOT(8), in = (uint64_t) 0 - (uint64_t) (INSIDE);                    \
        double y;                                                                            \
        inside &= in;                                                                        \
        o[i] = F(OF)(pg_of_bits(b & in), &y);                                                \
        w[i] = y;                                                                            \
    } } else for (i = 0; i < n; i++) {                                                       \
        uint64_t b = PG_SLOT(as), in = (uint64_t) 0 - (uint64_t) (INSIDE);                   \
        double y;                                                                            \
        inside &= in;                                                                        \
        o[i] = F(OF)(pg_of_bits(b & in), &y);                                                \
        w[i] = y;                                                                            \
    }                                                                                        \
    if (!inside) for (i = 0; i < n; i++) {                                                   \
        uint64_t b = PG_SLOT(as);                                                            \
        if (!(INSIDE)) { o[i] = FAR(pg_of_bits(b)); w[i] = OTHER_FAR(pg_of_bits(b)); }       \
    }                                                                                        \
}
#define PG_SIZE ((int64_t) (b & UINT64_C(0x7fffffffffffffff)))        /* without the sign */
PG_NEAR(near_exp, exp_of, exp, PG_SIZE < INT64_C(0x4086000000000000))                          /* 704 */
PG_NEAR(near_sin, sin_of, sin, PG_SIZE < INT64_C(0x41286a0000000000))                          /* 8e5 */
PG_NEAR(near_cos, cos_of, cos, PG_SIZE < INT64_C(0x41286a0000000000))
PG_NEAR_BOTH(near_sincos, sincos_of, sin, cos, PG_SIZE < INT64_C(0x41286a0000000000))
PG_NEAR(near_tanh, tanh_of, tanh, PG_SIZE < INT64_C(0x4076000000000000))                       /* 352 */
PG_NEAR(near_sech2, sech2_of, pg_sech2_far, PG_SIZE < INT64_C(0x4076000000000000))             /* 352 */
PG_NEAR_BOTH(near_tanh_sech2, tanh_sech2_of, tanh, pg_sech2_far, PG_SIZE < INT64_C(0x4076000000000000))
PG_NEAR(near_gauss, gauss_of, pg_gauss_far, PG_SIZE < INT64_C(0x403a000000000000))             /* 26 */
PG_NEAR(near_normal, normal_of, pg_normal_far, PG_SIZE < INT64_C(0x4042c00000000000))          /* 37.5 */
PG_NEAR(near_log, log_of, log, b - UINT64_C(0x0010000000000000) < UINT64_C(0x7fe0000000000000))  /* 0 < normal < inf */
PG_NEAR(near_log1p, log1p_of, log1p, PG_SIZE < (b >> 63 ? INT64_C(0x3ff0000000000000) : INT64_C(0x4330000000000000)))  /* -1, 2**52 */
PG_NEAR(near_erf, erf_of, erf, PG_SIZE < INT64_C(0x4018000000000000))                          /* 6 */
PG_NEAR(near_erfc, erfc_of, erfc, PG_SIZE < INT64_C(0x403a800000000000))                       /* 26.5 */
PG_NEAR(near_ndtr, ndtr_of, F(ndtr_far), PG_SIZE < INT64_C(0x4042c00000000000))                /* 37.5 */

#undef PG_SLOT
#undef PG_NEAR
#undef PG_NEAR_BOTH
#undef PG_SIZE
#undef F
#undef MA
#undef FORM
#undef P2
#undef P4
