/* rules_scipy.h: the part of the rule table that belongs to scipy.special.
 *
 * A line is as in rules.h.  The value is scipy(name), SciPy's own: its inner loop, which is taken when the
 * first of SciPy's ufuncs meets a dual (so that importing dualdiff does not import SciPy).  The rule's name
 * is SciPy's, with special_ in front where NumPy, or a helper, has that name already.  erf, erfc, gamma and
 * gammaln are in rules.h, as the math module has them too; their values become SciPy's in the same way.
 *
 * A partial may be written in other functions of SciPy's (names.h lists those that are used); it is then as
 * accurate as they are.  An argument by which there is no derivative has a reason in the place of its
 * partial: by_order, by_parameter, by_argument; table.py has what they say.
 *
 * Included by rules.h, at its end.
 */

/* ---- the error functions and the normal distribution ---- */
UNARY (erfinv,                  scipy(erfinv),             erfinv_slope(x, f))
UNARY (erfcinv,                 scipy(erfcinv),            erfcinv_slope(x, f))
UNARY (erfcx,                   scipy(erfcx),              sel(x > 1.1, -SQRT2 * f * mills_excess(-SQRT2 * x), 2 * x * f - TWO_SQRTPI))
UNARY (erfi,                    scipy(erfi),               TWO_SQRTPI * antigauss(x))
UNARY (dawsn,                   scipy(dawsn),              dawsn_n(1, x))
UNARY (ndtr,                    scipy(ndtr),               normal(x))
UNARY (log_ndtr,                scipy(log_ndtr),           mills(x))
UNARY (ndtri,                   scipy(ndtri),              ndtri_slope(x, f))
UNARY (ndtri_exp,               scipy(ndtri_exp),          1 / mills(f))
BINARY(owens_t,                 scipy(owens_t),            -0.5 * normal(x) * erf(SQRT1_2 * x * y),
                                normal(x) * normal(x * y) / (1 + y * y))

/* ---- exponential, logarithm, trigonometry ---- */
UNARY (expit,                   scipy(expit),              f * expit2(0, x))
UNARY (log_expit,               scipy(log_expit),          expit2(0, x))
UNARY (logit,                   scipy(logit),              1 / (x * (1 - x)))
UNARY (exprel,                  scipy(exprel),             expmoment(1, x))
UNARY (special_exp2,            scipy(special_exp2),       LN2 * f)
UNARY (exp10,                   scipy(exp10),              LN10 * f)
UNARY (special_expm1,           scipy(special_expm1),      exp(x))
UNARY (special_log1p,           scipy(special_log1p),      1 / (1 + x))
UNARY (special_cbrt,            scipy(special_cbrt),       1 / (3 * f * f))
UNARY (cosm1,                   scipy(cosm1),              -sin(x))
UNARY (sindg,                   scipy(sindg),              DEGREE * cosdg(x))
UNARY (cosdg,                   scipy(cosdg),              -DEGREE * sindg(x))
UNARY (tandg,                   scipy(tandg),              DEGREE / (cosdg(x) * cosdg(x)))
UNARY (cotdg,                   scipy(cotdg),              -DEGREE / (sindg(x) * sindg(x)))
BINARY(special_powm1,           scipy(special_powm1),
                                sel(absolute(x) <= 6e-309, sel(y == 0, 0, y * powm1(x, y)), y * powm1(x, y)), powlog(x, y))
BINARY(xlogy,                   scipy(xlogy),              log(y),                    sel(x == 0, 0, x / y))
BINARY(xlog1py,                 scipy(xlog1py),            log1p(y),                  sel(x == 0, 0, x / (1 + y)))
BINARY(boxcox,                  scipy(boxcox),             powm1(x, y),
                                sel(x == 0, 1 / (y * y), log(x) * log(x) * expmoment(1, y * log(x))))
BINARY(boxcox1p,                scipy(boxcox1p),           powm1(1 + x, y),
                                sel(x == -1, 1 / (y * y), log1p(x) * log1p(x) * expmoment(1, y * log1p(x))))
BINARY(inv_boxcox,              scipy(inv_boxcox),         f / (1 + x * y),           -f * x * x * log1p_moment(1, x * y))
BINARY(inv_boxcox1p,            scipy(inv_boxcox1p),       inv_boxcox(x, y) / (1 + x * y),
                                -inv_boxcox(x, y) * x * x * log1p_moment(1, x * y))

/* ---- entropy and losses ---- */
UNARY (entr,                    scipy(entr),               -1 - log(x))
BINARY(rel_entr,                scipy(rel_entr),           1 + logratio(x, y),        sel(x == 0, 0, -x / y))
BINARY(kl_div,                  scipy(kl_div),             logratio(x, y),            sel(x == 0, 1, (y - x) / y))
BINARY(huber,                   scipy(huber),              maximum(absolute(y) - x, 0), maximum(minimum(y, x), -x))
BINARY(pseudo_huber,            scipy(pseudo_huber),
                                sel(y == 0, 0, y / hypot(x, y) * (y / (hypot(x, y) + x)) * (y / (hypot(x, y) + x)) * y),
                                sel(y == 0, 0, x / hypot(x, y) * y))

/* ---- the gamma function and its kin ---- */
UNARY (loggamma,                scipy(loggamma),           polygamma(0, x))
UNARY (rgamma,                  scipy(rgamma),             drgamma(x))
UNARY (gammasgn,                scipy(gammasgn),           0)
UNARY (psi,                     scipy(psi),                polygamma(1, x))
BINARY(beta,                    scipy(beta),               f * psidiff(x, y),         f * psidiff(y, x))
BINARY(betaln,                  scipy(betaln),             psidiff(x, y),             psidiff(y, x))
BINARY(poch,                    scipy(poch),               sel(f == 0, gamma(x + y) * (drgamma(x) + polygamma(0, x + y) * rgamma(x)), -f * psidiff(x, y)),
                                f * polygamma(0, x + y))
BINARY(binom,                   scipy(binom),
                                sel(f == 0, gamma(x + 1) * rgamma(y + 1) * (polygamma(0, x + 1) * rgamma(x - y + 1) + drgamma(x - y + 1)),
                                    -f * psidiff(x - y + 1, y)),
                                sel(f == 0, gamma(x + 1) * (rgamma(x - y + 1) * drgamma(y + 1) - rgamma(y + 1) * drgamma(x - y + 1)),
                                    f * (polygamma(0, x - y + 1) - polygamma(0, y + 1))))
BINARY(gammainc,                scipy(gammainc),           by_parameter,              gammapdf(x, y))
BINARY(gammaincc,               scipy(gammaincc),          by_parameter,              -gammapdf(x, y))
BINARY(gammaincinv,             scipy(gammaincinv),        by_parameter,              1 / gammapdf(x, f))
BINARY(gammainccinv,            scipy(gammainccinv),       by_parameter,              -1 / gammapdf(x, f))
BINARY(chdtr,                   scipy(chdtr),              by_parameter,              0.5 * gammapdf(0.5 * x, 0.5 * y))
BINARY(chdtrc,                  scipy(chdtrc),             by_parameter,              -0.5 * gammapdf(0.5 * x, 0.5 * y))
BINARY(chdtri,                  scipy(chdtri),             by_parameter,              -2 / gammapdf(0.5 * x, 0.5 * f))
BINARY(pdtr,                    scipy(pdtr),               0,                         -gammapdf(floor(x) + 1, y))
BINARY(pdtrc,                   scipy(pdtrc),              0,                         gammapdf(floor(x) + 1, y))
BINARY(stdtr,                   scipy(stdtr),              by_parameter,              tpdf(x, y))
BINARY(stdtrit,                 scipy(stdtrit),            by_parameter,              1 / tpdf(x, f))
BINARY(_zeta,                   scipy(_zeta),              by_parameter,              -x * _zeta(x + 1, y))
UNARY (_riemann_zeta,           scipy(_riemann_zeta),      by_argument)
UNARY (zetac,                   scipy(zetac),              by_argument)

/* SciPy reads the order of expn, yn and kn as an integer, towards 0: so do their derivatives. */

/* ---- integrals ---- */
UNARY (expi,                    scipy(expi),               exp(x) / x)
UNARY (exp1,                    scipy(exp1),               -exp(-x) / x)
BINARY(expn,                    scipy(expn),               by_order,
                                sel(trunc(x) == 0, -exp(-y) / y * (1 + 1 / y), -expn(trunc(x) - 1, y)))
UNARY (spence,                  scipy(spence),             sel(x < 0.5, log(x) / (1 - x), -log1p_moment(0, x - 1)))
UNARY (wrightomega,             scipy(wrightomega),        f / (1 + f))
UNARY (ellipk,                  scipy(ellipk),             -ellipk_n(1, 1 - x))
UNARY (ellipkm1,                scipy(ellipkm1),           ellipk_n(1, x))
UNARY (ellipe,                  scipy(ellipe),             -ellipe_n(1, 1 - x))
BINARY(ellipkinc,               scipy(ellipkinc),          1 / sqrt(cos(x) * cos(x) + (1 - y) * sin(x) * sin(x)), by_parameter)
BINARY(ellipeinc,               scipy(ellipeinc),          sqrt(cos(x) * cos(x) + (1 - y) * sin(x) * sin(x)), by_parameter)

/* ---- Bessel functions: recurrences (DLMF 10.6.1, 10.29.1); at 0, where f / x is 0/0, the next order ---- */
UNARY (j0,                      scipy(j0),                 -j1(x))
UNARY (j1,                      scipy(j1),                 sel(absolute(x) < 0.1, 0.5 * (j0(x) - jv(2, x)), j0(x) - f / x))
UNARY (y0,                      scipy(y0),                 -y1(x))
UNARY (y1,                      scipy(y1),                 y0(x) - f / x)
UNARY (i0,                      scipy(i0),                 i1(x))
UNARY (i1,                      scipy(i1),                 sel(absolute(x) < 0.1, 0.5 * (i0(x) + iv(2, x)), i0(x) - f / x))
UNARY (k0,                      scipy(k0),                 -k1(x))
UNARY (k1,                      scipy(k1),                 -k0(x) - f / x)
UNARY (i0e,                     scipy(i0e),                ive_slope(0, x))
UNARY (i1e,                     scipy(i1e),                ive_slope(1, x))
UNARY (k0e,                     scipy(k0e),                kve_slope(0, x))
UNARY (k1e,                     scipy(k1e),                kve_slope(1, x))
BINARY(jv,                      scipy(jv),                 by_order,                  0.5 * (jv(x - 1, y) - jv(x + 1, y)))
BINARY(jve,                     scipy(jve),                by_order,                  0.5 * (jve(x - 1, y) - jve(x + 1, y)))
BINARY(yn,                      scipy(yn),                 by_order,                  0.5 * (yn(trunc(x) - 1, y) - yn(trunc(x) + 1, y)))
BINARY(yv,                      scipy(yv),                 by_order,                  0.5 * (yv(x - 1, y) - yv(x + 1, y)))
BINARY(yve,                     scipy(yve),                by_order,                  0.5 * (yve(x - 1, y) - yve(x + 1, y)))
BINARY(iv,                      scipy(iv),                 by_order,                  0.5 * (iv(x - 1, y) + iv(x + 1, y)))
BINARY(ive,                     scipy(ive),                by_order,                  ive_slope(x, y))
BINARY(kn,                      scipy(kn),                 by_order,                  -0.5 * (kn(absolute(trunc(x) - 1), y) + kn(trunc(x) + 1, y)))
BINARY(kv,                      scipy(kv),                 by_order,                  -0.5 * (kv(x - 1, y) + kv(x + 1, y)))
BINARY(kve,                     scipy(kve),                by_order,                  kve_slope(x, y))
BINARY(hyp0f1,                  scipy(hyp0f1),             by_parameter,              hyp0f1(x + 1, y) / x)
UNARY (ber,                     scipy(ber),                berp(x))
UNARY (bei,                     scipy(bei),                beip(x))
UNARY (ker,                     scipy(ker),                kerp(x))
UNARY (kei,                     scipy(kei),                keip(x))
UNARY (berp,                    scipy(berp),               sel(x == 0, 0, -bei(x) - f / x))
UNARY (beip,                    scipy(beip),               sel(x == 0, 0.5, ber(x) - f / x))
UNARY (kerp,                    scipy(kerp),               -kei(x) - f / x)
UNARY (keip,                    scipy(keip),               ker(x) - f / x)

/* ---- helpers ----
 * Where a helper has y = the value of an inverse function at x, that is only a hint: its derivative by x is whole. */
BINARY(erfinv_slope,            erfinv_slope(x, y),        2 * y * f * f,             0)
BINARY(erfcinv_slope,           erfcinv_slope(x, y),       2 * y * f * f,             0)
BINARY(ndtri_slope,             ndtri_slope(x, y),         y * f * f,                 0)
/* exp(x^2), the square exact */
UNARY (antigauss,               antigauss(x),              2 * x * f)
/* exp(-x^2/2)/sqrt(2 pi) */
UNARY (normal,                  normal(x),                 -x * f)
/* normal(x)/ndtr(x), and x + mills(x) left of -1.5 */
UNARY (mills,                   mills(x),                  sel(x < -1.5, -f * mills_excess(x), -f * (x + f)))
UNARY (mills_excess,            mills_excess(x),           1 - f * (f - x))
/* the x-th derivative of Dawson's integral, at y */
BINARY(dawsn_n,                 dawsn_n(x, y),             NAN,                       dawsn_n(x + 1, y))
/* the integral of t^x exp(t y), and of t^x/(1 + t y)^(x + 1), over 0 < t < 1 */
BINARY(expmoment,               expmoment(x, y),           NAN,                       expmoment(x + 1, y))
BINARY(log1p_moment,            log1p_moment(x, y),        NAN,                       -(x + 1) * log1p_moment(x + 1, y))
/* log(x/y) */
BINARY(logratio,                logratio(x, y),            1 / x,                     -1 / y)
UNARY (sinpi,                   sinpi(x),                  PI * cospi(x))
UNARY (cospi,                   cospi(x),                  -PI * sinpi(x))
/* polygamma(0, x) - polygamma(0, x + y) */
BINARY(psidiff,                 psidiff(x, y),             polygamma(1, x) - polygamma(1, x + y), -polygamma(1, x + y))
/* the derivative of 1/gamma */
UNARY (drgamma,                 drgamma(x),
                                sel(x < 0.5, gamma(1 - x) * ((polygamma(0, 1 - x) * polygamma(0, 1 - x) + polygamma(1, 1 - x) - PI2)
                                    * sinpi(x) / PI - 2 * polygamma(0, 1 - x) * cospi(x)),
                                    (polygamma(0, x) * polygamma(0, x) - polygamma(1, x)) / gamma(x)))
/* the densities at y of the gamma distribution of shape x and of Student's t distribution with x degrees */
BINARY(gammapdf,                gammapdf(x, y),            f * (log(y) - polygamma(0, x)),
                                sel(y == 0, gammapdf(x - 1, y) - f, f * (x - 1 - y) / y))
BINARY(tpdf,                    tpdf(x, y),                NAN,                       -f * (x + 1) * y / (x + y * y))
/* the x-th derivatives of K and E by the complementary parameter y = 1 - m */
BINARY(ellipk_n,                ellipk_n(x, y),            NAN,                       ellipk_n(x + 1, y))
BINARY(ellipe_n,                ellipe_n(x, y),            NAN,                       ellipe_n(x + 1, y))
/* the derivatives of ive and kve of order x, at y */
BINARY(ive_slope,               or_else(dd_bessel_slope(x, y, -1), 0.5 * (ive(x - 1, y) + ive(x + 1, y)) - sign(y) * ive(x, y)), NAN,
                                0.5 * (ive_slope(x - 1, y) + ive_slope(x + 1, y)) - sign(y) * f)
BINARY(kve_slope,               or_else(dd_bessel_slope(x, y, 1), kve(x, y) - 0.5 * (kve(x - 1, y) + kve(x + 1, y))), NAN,
                                f - 0.5 * (kve_slope(x - 1, y) + kve_slope(x + 1, y)))
