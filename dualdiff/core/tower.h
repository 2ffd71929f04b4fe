/* tower.h: derivatives of derivatives by single numbers: the rules on all orders at once.
 *
 * m derivative calls, one direction each, nested in one another, are the scheme 6 (second.h): for every non-empty
 * set S of the calls a row, the derivative along all of S; the outermost call is bit 0 of S, and row S - 1 holds
 * it.  With the value in front an element is 2^m coefficients c_S, and products add up over all ways to part S.
 *
 * A rule is extended call by call: with x = a + b e, where e is the next call's direction and a, b are of the calls
 * before it, f(x) = f(a) + f'(a) b e, and the partial f'(a) is of the calls before, too: its own text in the table,
 * evaluated on their coefficients (rules_code.h has it as code); up to two calls by the compiled partials.
 *
 * Invariant: a coefficient that is not finite counts as 0 times infinity, so that the call is done anew by nesting.
 * Included by second.h, behind the second partials.
 */
#ifndef DUALDIFF_TOWER_H
#define DUALDIFF_TOWER_H

#define DD_TOWER 6                      /* the scheme */
#define DD_TOWER_SIZE (1 << DD_TOWER_MOST)

/* the number of calls of K rows; -1 where K is not one less than a power of two */
int dd_tower_calls(npy_intp rows)
{
    int m;
    for (m = 1; m <= DD_TOWER_MOST; m++) if (rows == (1 << m) - 1) return m;
    return -1;
}

/* out = a b of m calls; out may be neither */
static void dd_tower_product(int m, const double *a, const double *b, double *out)
{
    int n = 1 << m, s, part;
    for (s = 0; s < n; s++) {
        double sum = 0;
        for (part = s; ; part = (part - 1) & s) {
            sum += a[part] * b[s ^ part];
            if (part == 0) break;
        }
        out[s] = sum;
    }
}

/* out = a / b of m calls, whose value is there already; out may be neither */
static void dd_tower_quotient(int m, const double *a, const double *b, double *out)
{
    int n = 1 << m, s, part;
    for (s = 1; s < n; s++) {
        double sum = a[s];
        for (part = (s - 1) & s; ; part = (part - 1) & s) {
            sum -= out[part] * b[s ^ part];
            if (part == 0) break;
        }
        out[s] = sum / b[0];
    }
}

static void dd_tower_extend(int r, int m, const double *x, const double *y, int live, double *f);

/* The code of a partial on coefficients of m calls. */
static void dd_tower_code(const dd_code *c, int m, const double *x, const double *y, const double *f, double *out)
{
    double stack[DD_CODE_DEPTH][DD_TOWER_SIZE / 2], t[DD_TOWER_SIZE / 2];
    int n = 1 << m, top = -1, i;
    size_t size = (size_t) n * sizeof(double);
    for (; c->op != DD_CODE_END; c++) {
        double *a = stack[top > 0 ? top - 1 : 0], *b = stack[top >= 0 ? top : 0];
        int yes = 0;
        switch (c->op) {
        case DD_CODE_NUMBER: memset(stack[++top], 0, size); stack[top][0] = c->number; break;
        case DD_CODE_X: memcpy(stack[++top], x, size); break;
        case DD_CODE_Y: memcpy(stack[++top], y, size); break;
        case DD_CODE_F: memcpy(stack[++top], f, size); break;
        case DD_CODE_MINUS: for (i = 0; i < n; i++) b[i] = -b[i]; break;
        case DD_CODE_ADD: for (i = 0; i < n; i++) a[i] += b[i]; top--; break;
        case DD_CODE_SUBTRACT: for (i = 0; i < n; i++) a[i] -= b[i]; top--; break;
        case DD_CODE_MULTIPLY: dd_tower_product(m, a, b, t); memcpy(a, t, size); top--; break;
        case DD_CODE_DIVIDE: t[0] = a[0] / b[0]; dd_tower_quotient(m, a, b, t); memcpy(a, t, size); top--; break;
        case DD_CODE_CALL:
            if (dd_rules[c->arg].nin == 1) a = b;
            t[0] = dd_rules[c->arg].value(a[0], b[0]);
            dd_tower_extend(c->arg, m, a, b, dd_rules[c->arg].nin == 1 ? 1 : 3, t);
            memcpy(a, t, size);
            top -= dd_rules[c->arg].nin - 1;
            break;
        case DD_CODE_JUMP: c += c->arg; break;
        default:        /* unless a relation of the two topmost values holds, a jump */
            switch (c->op) {
            case DD_CODE_EQ: yes = a[0] == b[0]; break;
            case DD_CODE_LT: yes = a[0] < b[0]; break;
            case DD_CODE_GT: yes = a[0] > b[0]; break;
            case DD_CODE_LE: yes = a[0] <= b[0]; break;
            case DD_CODE_GE: yes = a[0] >= b[0]; break;
            }
            top -= 2;
            if (!yes) c += c->arg;
        }
    }
    memcpy(out, stack[0], size);
}

/* Partial i of a rule, on coefficients of m calls. */
static void dd_tower_partial(int r, int i, int m, const double *x, const double *y, int live, const double *f, double *p)
{
    const dd_partial *partial = &dd_rules[r].partial[i];
    size_t size = (size_t) (1 << m) * sizeof(double);
    switch (partial->kind) {
    case DD_X: memcpy(p, x, size); return;
    case DD_Y: memcpy(p, y, size); return;
    case DD_F: memcpy(p, f, size); return;
    case DD_ONE: case DD_MINUS: memset(p, 0, size); p[0] = partial->kind == DD_ONE ? 1 : -1; return;
    default: break;
    }
    /* The second partials take an argument of partial 0 for one that does not vary; the slopes of inverses have the
     * function's value as one that does. */
    if (m > 1 || (m == 1 && live == 3 && dd_rules[r].partial[1 - i].kind == DD_ZERO)) {
        dd_tower_code(dd_codes[r][i], m, x, y, f, p);
        return;
    }
    p[0] = partial->scalar(x[0], y[0], f[0]);
    if (m == 1) {
        double d[3];
        int second = dd_second_live[r];
        p[1] = 0;
        if (!second) return;
        dd_second[r].eval(x[0], y[0], f[0], d);
        if (live & 1 && x[1] != 0 && second >> i & 1) p[1] += d[i] * x[1];
        if (live & 2 && y[1] != 0 && second >> (i + 1) & 1) p[1] += d[i + 1] * y[1];
    }
}

/* The coefficients of m calls of a rule at x and y, behind its value, which is there already.  live: bit 0: x varies,
 * bit 1: y. */
static void dd_tower_extend(int r, int m, const double *x, const double *y, int live, double *f)
{
    double p[DD_TOWER_SIZE / 2], t[DD_TOWER_SIZE / 2];
    int call, i, s;
    if (r == DD_RULE_multiply || r == DD_RULE_divide) {
        double value = f[0], g[DD_TOWER_SIZE];
        g[0] = value;
        if (r == DD_RULE_multiply) dd_tower_product(m, x, y, g);
        else dd_tower_quotient(m, x, y, g);
        memcpy(f, g, (size_t) (1 << m) * sizeof(double));
        f[0] = value;
        return;
    }
    for (call = 0; call < m; call++) {
        int n = 1 << call;
        memset(f + n, 0, (size_t) n * sizeof(double));
        for (i = 0; i < dd_rules[r].nin; i++) {
            const double *b = (i ? y : x) + n;
            int any = 0;
            if (!(live >> i & 1) || dd_rules[r].partial[i].kind == DD_ZERO) continue;
            for (s = 0; s < n; s++) any |= b[s] != 0;
            if (!any) {     /* computed, perhaps: beside an infinite partial that is for duals in duals to say */
                if (call == 0) dd_meet(dd_infinite(dd_rules[r].partial[i].scalar(x[0], y[0], f[0])));
                continue;
            }
            dd_tower_partial(r, i, call, x, y, live, f, p);
            dd_tower_product(call, p, b, t);
            for (s = 0; s < n; s++) f[n + s] += t[s];
        }
    }
}

/* Rows of a result from those of x and y (null: a number that does not vary), its value being f. */
void dd_tower_rows(int r, int m, double x, const double *tx, double y, const double *ty, double f, double *out)
{
    double a[DD_TOWER_SIZE], b[DD_TOWER_SIZE], c[DD_TOWER_SIZE];
    size_t size = (size_t) ((1 << m) - 1) * sizeof(double);
    int s, finite = 1;
    a[0] = x;
    b[0] = y;
    c[0] = f;
    if (tx) memcpy(a + 1, tx, size);
    else memset(a + 1, 0, size);
    if (ty) memcpy(b + 1, ty, size);
    else memset(b + 1, 0, size);
    dd_tower_extend(r, m, a, b, (tx != NULL) | (ty != NULL) << 1, c);
    for (s = 1; s < 1 << m; s++) finite &= isfinite(c[s]) != 0;
    dd_meet(!finite);
    memcpy(out, c + 1, size);
    if (dd_may_kink(r) && dd_kinked(r, x, y, f)
            && dd_moved(r, (1 << m) - 1, (const char *) tx, 8, (const char *) ty, 8)) dd_note_kink(r);
}

#endif
