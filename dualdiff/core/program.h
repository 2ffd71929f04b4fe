/* program.h: runs a program: fused regions in blocks, scalars by dispatch, and calls of NumPy's inner loops.
 *
 * A program is data that _program.pyx has built and checked: buffers by number, offsets in bytes.  A run has a workspace
 * of its own, whose memory is buffer 0.  Nothing here calls Python, so regions may run without the interpreter lock.
 */
#ifndef DUALDIFF_PROGRAM_H
#define DUALDIFF_PROGRAM_H

#include "program_kernels.h"

/* ---- fused regions ---- */
typedef struct {
    npy_intp off;                       /* in the buffer */
    int32_t buf;
    int32_t linear;                     /* one step fits the whole region */
} pg_view;

struct pg_region {
    int nd, nviews, nregs, nops, flat;
    npy_intp total, inner;              /* elements; of the last axis */
    npy_intp block, regsize;            /* elements a block at most; bytes of a register */
    npy_intp regs;                      /* where in the workspace the registers are */
    npy_intp *dims;
    pg_view *views;
    npy_intp *strides;                  /* [view][axis], in bytes */
    int *walk_nd;                       /* of each view, where a region is flat: its axes, merged where one step fits it alone */
    npy_intp *walk_dims, *walk_strides; /* [view][axis] */
    npy_intp *steps;                    /* of each slot: first the views, then the registers */
    pg_op *ops;
};

/* moves n elements between a block and a window that no single step describes, beginning at element c->start */
#define PG_WALK(name, T, BODY)                                                               \
PG_CLONES PG_KERNEL(name)                                                                              \
{                                                                                            \
    const pg_region *r = c->region;                                                          \
    int view = q->extra ? q->o : q->a, nd = r->walk_nd[view], i;                             \
    const npy_intp *st = r->walk_strides + (npy_intp) view * r->nd, *dims = r->walk_dims + (npy_intp) view * r->nd; \
    char *w = p[view], *y = p[q->extra ? q->a : q->o];                                       \
    npy_intp ys = s[q->extra ? q->a : q->o], at[32], last = st[nd - 1], m, j;                \
    npy_intp from = c->start;                                                                \
    for (i = nd - 1; i > 0; i--) { at[i] = from % dims[i]; from /= dims[i]; }                \
    at[0] = from;                                                                            \
    while (n > 0) {                                                                          \
        m = dims[nd - 1] - at[nd - 1];                                                       \
        if (m > n) m = n;                                                                    \
        if (last == sizeof(T) && ys == sizeof(T)) {                                          \
            T *restrict e = (T *) w, *restrict g = (T *) y;                                  \
            for (j = 0; j < m; j++, e++, g++) { BODY; }                                      \
        } else for (j = 0; j < m; j++) { T *e = (T *) (w + j * last), *g = (T *) (y + j * ys); BODY; } \
        n -= m; y += m * ys;                                                                 \
        if (n == 0) break;                                                                   \
        w -= at[nd - 1] * last; at[nd - 1] = 0;                                              \
        for (i = nd - 2; i >= 0; i--) {                                                      \
            w += st[i];                                                                      \
            if (++at[i] < dims[i]) break;                                                    \
            w -= dims[i] * st[i]; at[i] = 0;                                                 \
        }                                                                                    \
    }                                                                                        \
}
#define PG_WALKS(T, w) PG_WALK(pg_load_##w, T, *g = *e) PG_WALK(pg_store_##w, T, *e = *g)
PG_WALKS(uint8_t, 1)
PG_WALKS(uint16_t, 2)
PG_WALKS(uint32_t, 4)
PG_WALK(pg_walk_8, uint64_t, *g = *e)
PG_WALK(pg_store_8, uint64_t, *e = *g)
PG_WALKS(pg_16, 16)

/* Loads of rows of up to LANES elements, as x[:, None] - y of points in space has them: a whole vector is read and stored
 * for each row, of which the next row overwrites what is too much.  w: the element that at[] says; end: of the window. */
#define PG_LOAD_SHORT(name, LANES)                                                           \
PG_CLONES static void name(npy_intp n, const char *w, uint64_t *restrict y, int nd, const npy_intp *dims, \
                           const npy_intp *st, npy_intp *at)                                 \
{                                                                                            \
    npy_intp m = dims[nd - 1], last = st[nd - 1], step = st[nd - 2], j, k, rows, wide;       \
    const char *end = w + 8;                                                                 \
    uint64_t lane[LANES];                                                                    \
    int i;                                                                                   \
    for (i = 0; i < nd; i++) end += (st[i] > 0 ? dims[i] - 1 - at[i] : -at[i]) * st[i];      \
    while (n > 0) {                                                                          \
        if (at[nd - 1] || n < m) {          /* a part of a row */                            \
            j = m - at[nd - 1] < n ? m - at[nd - 1] : n;                                     \
            for (k = 0; k < j; k++) y[k] = *(const uint64_t *) (w + k * last);               \
            n -= j; y += j;                                                                  \
            if (n == 0) return;                                                              \
            w -= at[nd - 1] * last;                                                          \
            at[nd - 1] = 0;                                                                  \
            rows = 1;                                                                        \
        } else {                                                                             \
            wide = rows = dims[nd - 2] - at[nd - 2];                                         \
            if (n < rows * m + LANES) {      /* else there is no need to divide */           \
                rows = n / m < rows ? n / m : rows;                                          \
                wide = n < LANES ? 0 : (n - LANES) / m + 1 < rows ? (n - LANES) / m + 1 : rows; \
            }                                                                                \
            if (last == 0) for (k = 0; k < wide; k++) {                                      \
                uint64_t x = *(const uint64_t *) (w + k * step);                             \
                for (j = 0; j < LANES; j++) y[k * m + j] = x;                                \
            } else if (last != 8 || end - w < (npy_intp) sizeof lane) wide = 0;              \
            else if (step == 0) {                                                            \
                memcpy(lane, w, sizeof lane);                                                \
                for (k = 0; k < wide; k++) memcpy(y + k * m, lane, sizeof lane);             \
            } else {                                                                         \
                for (k = 0; k < wide && end - (w + k * step) >= (npy_intp) sizeof lane; k++) { \
                    memcpy(lane, w + k * step, sizeof lane);                                 \
                    memcpy(y + k * m, lane, sizeof lane);                                    \
                }                                                                            \
                wide = k;                                                                    \
            }                                                                                \
            for (k = wide; k < rows; k++) for (j = 0; j < m; j++) y[k * m + j] = *(const uint64_t *) (w + k * step + j * last); \
            n -= rows * m; y += rows * m;                                                    \
        }                                                                                    \
        w += rows * step;                                                                    \
        at[nd - 2] += rows;                                                                  \
        for (i = nd - 2; i > 0 && at[i] == dims[i]; i--) { w += st[i - 1] - dims[i] * st[i]; at[i] = 0; at[i - 1]++; } \
    }                                                                                        \
}
PG_LOAD_SHORT(pg_load_short, 8)
PG_LOAD_SHORT(pg_load_medium, 16)

PG_KERNEL(pg_load_8)
{
    const pg_region *r = c->region;
    int view = q->a, nd = r->walk_nd[view], i;
    const npy_intp *st = r->walk_strides + (npy_intp) view * r->nd, *dims = r->walk_dims + (npy_intp) view * r->nd;
    npy_intp at[32], from = c->start, period = 1;
    char *y = p[q->o];
    if (nd >= 2 && s[q->o] == 8) {
        for (i = 1; i < nd; i++) period *= dims[i];
        if (st[0] == 0 && 2 * period <= n) {        /* the same again and again */
            pg_walk_8(period, p, s, q, c);
            for (; period < n; period *= 2) memcpy(y + 8 * period, y, 8 * (size_t) (period < n - period ? period : n - period));
            return;
        }
        if (dims[nd - 1] <= 16) {
            for (i = nd - 1; i > 0; i--) { at[i] = from % dims[i]; from /= dims[i]; }
            at[0] = from;
            if (dims[nd - 1] <= 8) pg_load_short(n, p[view], (uint64_t *) y, nd, dims, st, at);
            else                   pg_load_medium(n, p[view], (uint64_t *) y, nd, dims, st, at);
            return;
        }
    }
    pg_walk_8(n, p, s, q, c);
}
PG_WALK(pg_walk_add_d, double, *e = *e + *g)
PG_WALK(pg_walk_add_f, float, *e = *e + *g)

static void pg_block(pg_ctx *c, const pg_region *r, npy_intp n)
{
    int i;
    for (i = 0; i < r->nops; i++) r->ops[i].fn(n, c->p, r->steps, &r->ops[i], c);
}

static void pg_run_region(pg_ctx *c, const pg_region *r)
{
    char **p = c->p;
    int v, i, nd = r->nd;
    npy_intp done, n;
    c->region = r;
    for (i = 0; i < r->nregs; i++) p[r->nviews + i] = c->base[2] + r->regs + i * r->regsize;
    for (v = 0; v < r->nviews; v++) p[v] = c->base[r->views[v].buf] + r->views[v].off;
    for (i = 0; i < nd; i++) c->idx[i] = 0;
    c->start = 0;
    if (r->total <= r->block && (nd <= 1 || r->flat)) { pg_block(c, r, r->total); return; }
    if (nd <= 1) {
        for (done = 0; done < r->total && c->error == PG_FINE; done += n) {
            n = r->total - done < r->block ? r->total - done : r->block;
            pg_block(c, r, n);
            for (v = 0; v < r->nviews; v++) p[v] += n * r->steps[v];
        }
        return;
    }
    for (done = 0; done < r->total && c->error == PG_FINE; done += n) {
        npy_intp left = r->flat ? r->total - done : r->inner - c->idx[nd - 1];
        n = left < r->block ? left : r->block;
        pg_block(c, r, n);
        /* the next block's place */
        if (r->flat) {
            npy_intp at = c->start = done + n;
            for (i = nd - 1; i >= 0; i--) { c->idx[i] = at % r->dims[i]; at /= r->dims[i]; }
        } else {
            c->idx[nd - 1] += n;
            if (n == r->inner && c->idx[nd - 2] + 1 < r->dims[nd - 2]) {        /* the next row of the same axis */
                c->idx[nd - 1] = 0;
                c->idx[nd - 2]++;
                for (v = 0; v < r->nviews; v++) p[v] += r->strides[(npy_intp) v * nd + nd - 2];
                continue;
            }
            for (i = nd - 1; i > 0 && c->idx[i] == r->dims[i]; i--) { c->idx[i] = 0; c->idx[i - 1]++; }
        }
        for (v = 0; v < r->nviews; v++) {
            const npy_intp *st = r->strides + (npy_intp) v * nd;
            npy_intp off = r->views[v].off;
            for (i = 0; i < nd; i++) off += c->idx[i] * st[i];
            p[v] = c->base[r->views[v].buf] + off;
        }
    }
}

/* ---- scalars ---- */
enum {
    PG_S_LOAD1, PG_S_LOAD2, PG_S_LOAD4, PG_S_LOAD8, PG_S_LOAD16,      /* o <- buffer a, offset off */
    PG_S_STORE1, PG_S_STORE2, PG_S_STORE4, PG_S_STORE8, PG_S_STORE16,  /* buffer o, offset off <- a */
    PG_S_ADD_TO_D,                                                     /* buffer o, offset off <- itself + a */
    PG_S_MOVE,                                                         /* a slot of 8 bytes */
    PG_S_ADD, PG_S_SUB, PG_S_MUL, PG_S_DIV, PG_S_NEG, PG_S_ABS, PG_S_SQUARE, PG_S_RECIP, PG_S_SQRT,
    PG_S_LT, PG_S_LE, PG_S_GT, PG_S_GE, PG_S_EQ, PG_S_NE, PG_S_AND, PG_S_OR, PG_S_NOT, PG_S_WHERE,
    PG_S_PY_DIV, PG_S_PY_POW, PG_S_PY_CALL1,                           /* Python's: of floats */
    PG_S_LOOP1, PG_S_LOOP2, PG_S_LOOP3, PG_S_KERNEL
};

typedef double (*pg_math)(double);
typedef struct {
    int32_t op, o, a, b, c, more;       /* more: which of the program's pg_more a loop gets */
    union { PyUFuncGenericFunction loop; pg_fn fn; pg_math math; npy_intp off; } u;     /* off: of loads and stores */
} pg_scalar;                            /* short, as long programs are read from memory in each run */

/* Comparisons by the bits: those of floating-point units may raise "invalid" for nan, of which NumPy says nothing. */
static inline int64_t pg_order(double x)
{
    int64_t b;
    memcpy(&b, &x, 8);
    if (b < 0) b = INT64_MIN - b;
    return b;
}
#define PG_INF ((int64_t) 0x7ff0000000000000)
static inline int pg_ordered(int64_t a, int64_t b) { return a <= PG_INF && a >= -PG_INF && b <= PG_INF && b >= -PG_INF; }
#define PG_S_COMPARE(R) { int64_t a = pg_order(PG_D(q->a)), b = pg_order(PG_D(q->b)); PG_B(q->o) = pg_ordered(a, b) && a R b; break; }

#define PG_D(k) (*(double *) (ws + (k)))
#define PG_B(k) (*(uint8_t *) (ws + (k)))
static void pg_run_scalars(pg_ctx *c, const pg_scalar *q, npy_intp n)
{
    char *ws = c->base[0];
    const pg_scalar *end = q + n;
    const npy_intp one = 1;
    for (; q < end; q++) {
        switch (q->op) {
        case PG_S_LOAD1: PG_B(q->o) = *(uint8_t *) (c->base[q->a] + q->u.off); break;
        case PG_S_LOAD2: memcpy(ws + q->o, c->base[q->a] + q->u.off, 2); break;
        case PG_S_LOAD4: memcpy(ws + q->o, c->base[q->a] + q->u.off, 4); break;
        case PG_S_LOAD8: memcpy(ws + q->o, c->base[q->a] + q->u.off, 8); break;
        case PG_S_LOAD16: memcpy(ws + q->o, c->base[q->a] + q->u.off, 16); break;
        case PG_S_STORE1: *(uint8_t *) (c->base[q->o] + q->u.off) = PG_B(q->a); break;
        case PG_S_STORE2: memcpy(c->base[q->o] + q->u.off, ws + q->a, 2); break;
        case PG_S_STORE4: memcpy(c->base[q->o] + q->u.off, ws + q->a, 4); break;
        case PG_S_STORE8: memcpy(c->base[q->o] + q->u.off, ws + q->a, 8); break;
        case PG_S_STORE16: memcpy(c->base[q->o] + q->u.off, ws + q->a, 16); break;
        case PG_S_ADD_TO_D: *(double *) (c->base[q->o] + q->u.off) += PG_D(q->a); break;
        case PG_S_MOVE: memcpy(ws + q->o, ws + q->a, 8); break;
        case PG_S_ADD: PG_D(q->o) = PG_D(q->a) + PG_D(q->b); break;
        case PG_S_SUB: PG_D(q->o) = PG_D(q->a) - PG_D(q->b); break;
        case PG_S_MUL: PG_D(q->o) = PG_D(q->a) * PG_D(q->b); break;
        case PG_S_DIV: PG_D(q->o) = PG_D(q->a) / PG_D(q->b); break;
        case PG_S_NEG: PG_D(q->o) = -PG_D(q->a); break;
        case PG_S_ABS: PG_D(q->o) = fabs(PG_D(q->a)); break;
        case PG_S_SQUARE: { double x = PG_D(q->a); PG_D(q->o) = x * x; break; }
        case PG_S_RECIP: PG_D(q->o) = 1.0 / PG_D(q->a); break;
        case PG_S_SQRT: PG_D(q->o) = sqrt(PG_D(q->a)); break;
        case PG_S_LT: PG_S_COMPARE(<)
        case PG_S_LE: PG_S_COMPARE(<=)
        case PG_S_GT: PG_S_COMPARE(>)
        case PG_S_GE: PG_S_COMPARE(>=)
        case PG_S_EQ: PG_S_COMPARE(==)
        case PG_S_NE: { int64_t a = pg_order(PG_D(q->a)), b = pg_order(PG_D(q->b)); PG_B(q->o) = !pg_ordered(a, b) || a != b; break; }
        case PG_S_AND: PG_B(q->o) = PG_B(q->a) && PG_B(q->b); break;
        case PG_S_OR: PG_B(q->o) = PG_B(q->a) || PG_B(q->b); break;
        case PG_S_NOT: PG_B(q->o) = !PG_B(q->a); break;
        case PG_S_WHERE: memcpy(ws + q->o, ws + (PG_B(q->a) ? q->b : q->c), 8); break;
        case PG_S_PY_DIV:                       /* Python raises where the divisor is 0 */
            if (PG_D(q->b) == 0) { c->error = PG_ANOMALY; return; }
            PG_D(q->o) = PG_D(q->a) / PG_D(q->b);
            break;
        case PG_S_PY_POW: {                     /* float.__pow__, but for what it answers with an error or a complex number */
            double x = PG_D(q->a), y = PG_D(q->b), z;
            if (!isfinite(x) || !isfinite(y) || (x == 0 && y < 0) || (x < 0 && y != floor(y))) { c->error = PG_ANOMALY; return; }
            z = pow(x, y);
            if (!isfinite(z)) { c->error = PG_ANOMALY; return; }
            PG_D(q->o) = z;
            break;
        }
        case PG_S_PY_CALL1: {                   /* a function of the math module that is libm's, but for errors */
            double x = PG_D(q->a), z = q->u.math(x);
            if ((isnan(z) && !isnan(x)) || (isinf(z) && isfinite(x))) { c->error = PG_ANOMALY; return; }
            PG_D(q->o) = z;
            break;
        }
        case PG_S_LOOP1: {
            char *at[2] = {ws + q->a, ws + q->o};
            c->flags |= dd_get_flags();
            q->u.loop(at, &one, c->more[q->more].steps, c->more[q->more].data);
            break;
        }
        case PG_S_LOOP2: {
            char *at[3] = {ws + q->a, ws + q->b, ws + q->o};
            c->flags |= dd_get_flags();
            q->u.loop(at, &one, c->more[q->more].steps, c->more[q->more].data);
            break;
        }
        case PG_S_LOOP3: {
            char *at[4] = {ws + q->a, ws + q->b, ws + q->c, ws + q->o};
            c->flags |= dd_get_flags();
            q->u.loop(at, &one, c->more[q->more].steps, c->more[q->more].data);
            break;
        }
        default: {                              /* PG_S_KERNEL: an instruction of regions on a single element */
            char *at[4] = {ws + q->a, ws + q->b, ws + q->c, ws + q->o};
            pg_op op = {NULL, 0, 1, 2, 3, NULL, NULL, 0};
            q->u.fn(1, at, c->more[q->more].steps, &op, c);
        }
        }
    }
}
#undef PG_D
#undef PG_B

/* ---- calls of an inner loop that NumPy would make for these operands: reductions and products ---- */
typedef struct {
    PyUFuncGenericFunction loop;
    void *data;
    int nargs, ncalls, ndims, nsteps, fill, ninit;
    int32_t buf[3];
    npy_intp off[3];
    npy_intp width;                     /* bytes of an element of the result */
    npy_intp nout;                      /* elements to be filled with the initial value */
    double initial;
    float initial_f;
    npy_intp *init;                     /* ninit times: offset in the operand, offset in the result */
    npy_intp *calls;                    /* ncalls times: offsets of each argument, dims, steps */
} pg_calls;

static void pg_run_calls(pg_ctx *c, const pg_calls *r)
{
    int i, k, size = r->nargs + r->ndims + r->nsteps;
    char *at[3], *base[3];
    npy_intp j;
    for (k = 0; k < r->nargs; k++) base[k] = c->base[r->buf[k]] + r->off[k];
    if (r->fill) {
        if (r->width == 8) for (j = 0; j < r->nout; j++) ((double *) base[0])[j] = r->initial;
        else for (j = 0; j < r->nout; j++) ((float *) base[0])[j] = r->initial_f;
    }
    for (i = 0; i < r->ninit; i++)
        memcpy(base[0] + r->init[2 * i + 1], base[1] + r->init[2 * i], (size_t) r->width);
    for (i = 0; i < r->ncalls; i++) {
        const npy_intp *call = r->calls + (npy_intp) i * size;
        for (k = 0; k < r->nargs; k++) at[k] = base[k] + call[k];
        c->flags |= dd_get_flags();
        r->loop(at, call + r->nargs, call + r->nargs + r->ndims, r->data);
    }
}

/* ---- a reduction along the middle axis of (outer, m, inner) in C order ----
 * NumPy's loop gets each lane at once where it lies without gaps (inner 1), else the lanes side by side, one row after
 * another: then sums are the same bits in any code.  short_sums: lanes of fewer than 8 are added one after another. */
typedef struct {
    PyUFuncGenericFunction loop;
    void *data;
    int32_t x, o, width, fill, adding, short_sums;
    npy_intp off_x, off_o, outer, m, inner;
    double initial;
    float initial_f;
} pg_reduce;

PG_CLONES static void pg_add_rows(double *restrict o, const double *restrict x, npy_intp m, npy_intp n)
{
    npy_intp i, j;
    if (n < 8) for (i = 0; i < m; i++, x += n) for (j = 0; j < 8; j++) { if (j < n) o[j] = o[j] + x[j]; }
    else for (i = 0; i < m; i++, x += n) for (j = 0; j < n; j++) o[j] = o[j] + x[j];
}

static void pg_run_reduce(pg_ctx *c, const pg_reduce *r)
{
    char *x = c->base[r->x] + r->off_x, *o = c->base[r->o] + r->off_o;
    npy_intp w = r->width, i, j, m = r->m, inner = r->inner, n;
    npy_intp steps[3] = {inner == 1 ? 0 : w, w, inner == 1 ? 0 : w};
    c->flags |= dd_get_flags();
    if (inner == 1 && r->adding && w == 8 && m < 8 && r->short_sums) {
        const double *a = (const double *) x; double *b = (double *) o;
        for (i = 0; i < r->outer; i++, a += m) {
            double s = -0.0;
            for (j = 0; j < m; j++) s += a[j];
            b[i] = r->initial + s;
        }
        return;
    }
    for (i = 0; i < r->outer; i++, x += m * inner * w, o += inner * w) {
        npy_intp first = 0;
        if (r->fill) {
            if (w == 8) for (j = 0; j < inner; j++) ((double *) o)[j] = r->initial;
            else for (j = 0; j < inner; j++) ((float *) o)[j] = r->initial_f;
        } else {
            dd_copy(o, x, (size_t) (inner * w));
            first = 1;
        }
        if (inner == 1) {
            char *at[3] = {o, x + first * w, o};
            n = m - first;
            if (n) r->loop(at, &n, steps, r->data);
        } else if (r->adding && w == 8) {
            pg_add_rows((double *) o, (const double *) x, m, inner);
        } else for (j = first; j < m; j++) {
            char *at[3] = {o, x + j * inner * w, o};
            n = inner;
            r->loop(at, &n, steps, r->data);
        }
    }
}

/* ---- what NumPy does for operands of some layout, learned by ufuncs whose loops only take notes ---- */
#define PG_NOTES 256
#define PG_NOTE_SIZE 16                 /* pointers, dims, steps */
static struct {
    int n, uniform;
    int nargs, ndims, nsteps;
    npy_intp total;
    npy_intp note[PG_NOTES][PG_NOTE_SIZE];
} pg_noted;

static void pg_note(char **args, npy_intp const *dims, npy_intp const *steps, void *data)
{
    int code = (int) (npy_intp) data, nargs = code & 15, ndims = code >> 4 & 15, nsteps = code >> 8, i;
    npy_intp *note;
    pg_noted.nargs = nargs; pg_noted.ndims = ndims; pg_noted.nsteps = nsteps;
    pg_noted.total += dims[0];
    if (pg_noted.n && memcmp(steps, pg_noted.note[0] + nargs + ndims, sizeof(npy_intp) * (size_t) nsteps)) pg_noted.uniform = 0;
    if (pg_noted.n < PG_NOTES) {
        note = pg_noted.note[pg_noted.n];
        for (i = 0; i < nargs; i++) note[i] = (npy_intp) args[i];
        for (i = 0; i < ndims; i++) note[nargs + i] = dims[i];
        for (i = 0; i < nsteps; i++) note[nargs + ndims + i] = steps[i];
    }
    pg_noted.n++;
}

/* ---- zeros around a window that is written as a whole: rows without gaps, one behind the other ---- */
typedef struct {
    int nd;                             /* axes of rows */
    npy_intp off, width, total;         /* of the first row, of a row, of the array; in bytes */
    npy_intp *dims, *strides;
} pg_frame;

static void pg_clear_around(char *at, const pg_frame *f)
{
    npy_intp idx[64], from = 0, row = f->off;
    int i;
    for (i = 0; i < f->nd; i++) idx[i] = 0;
    for (;;) {
        if (row - from == 16) memset(at + from, 0, 16);         /* the ends of two rows: no call */
        else memset(at + from, 0, (size_t) (row - from));
        from = row + f->width;
        for (i = f->nd - 1; i >= 0; i--) {
            row += f->strides[i];
            if (++idx[i] < f->dims[i]) break;
            row -= f->dims[i] * f->strides[i];
            idx[i] = 0;
        }
        if (i < 0) break;
    }
    memset(at + from, 0, (size_t) (f->total - from));
}

/* ---- the program ---- */
enum { PG_SCALARS, PG_REGION, PG_ZERO, PG_AROUND, PG_COPY, PG_CALLS, PG_LANES, PG_ACCUMULATE, PG_GUARD, PG_PYTHON };
typedef struct {
    int32_t op, a, b;                   /* buffers, or a number */
    npy_intp off_a, off_b, n;
    void *ptr;
} pg_instr;

enum { PG_IS_BOOL, PG_IS_INT, PG_IS_FLOAT, PG_IS_BYTES, PG_IS_FINITE };
typedef struct {
    int32_t kind, type, buf;
    npy_intp off, n;
    long long seen_int;
    double seen;
    void *bytes;
} pg_guard;

static int pg_holds(pg_ctx *c, const pg_guard *g)
{
    char *at = c->base[g->buf] + g->off;
    double d = 0;
    long long l = 0;
    if (g->kind == PG_IS_BYTES) return memcmp(at, g->bytes, (size_t) g->n) == 0;
    switch (g->type) {
    case NPY_BOOL: l = *(uint8_t *) at != 0; d = (double) l; break;
    case NPY_INT8: l = *(int8_t *) at; d = (double) l; break;
    case NPY_UINT8: l = *(uint8_t *) at; d = (double) l; break;
    case NPY_INT16: l = *(int16_t *) at; d = (double) l; break;
    case NPY_UINT16: l = *(uint16_t *) at; d = (double) l; break;
    case NPY_INT32: l = *(int32_t *) at; d = (double) l; break;
    case NPY_UINT32: l = *(uint32_t *) at; d = (double) l; break;
    case NPY_FLOAT: d = *(float *) at; break;
    case NPY_DOUBLE: d = *(double *) at; break;
    default: l = (long long) *(int64_t *) at; d = (double) l;
    }
    if (g->kind == PG_IS_FINITE) return isfinite(d);
    if (g->kind == PG_IS_FLOAT) return memcmp(&d, &g->seen, 8) == 0 || (d != d && g->seen != g->seen);
    if (g->type != NPY_FLOAT && g->type != NPY_DOUBLE) return g->kind == PG_IS_BOOL ? (l != 0) == g->seen_int : l == g->seen_int;
    if (g->kind == PG_IS_BOOL) return (d != 0) == g->seen_int;
    return d > -9e18 && d < 9e18 && (long long) d == g->seen_int;
}

/* x accumulated along an axis: n lanes of length m with a step; sums and products are the same bits in any order of lanes */
typedef struct {
    int32_t a, o, product;
    npy_intp off_a, off_o, outer, m, inner;
} pg_scan;

static void pg_run_scan(pg_ctx *c, const pg_scan *r)
{
    const double *x = (const double *) (c->base[r->a] + r->off_a);
    double *o = (double *) (c->base[r->o] + r->off_o);
    npy_intp i, j, k;
    for (i = 0; i < r->outer; i++) {
        memcpy(o, x, sizeof(double) * (size_t) r->inner);
        for (j = 1; j < r->m; j++) {
            const double *before = o + (j - 1) * r->inner, *y = x + j * r->inner;
            double *z = o + j * r->inner;
            if (r->product) for (k = 0; k < r->inner; k++) z[k] = before[k] * y[k];
            else for (k = 0; k < r->inner; k++) z[k] = before[k] + y[k];
        }
        x += r->m * r->inner;
        o += r->m * r->inner;
    }
}

#define PG_LONG 50000

/* One instruction that calls nothing of Python's. */
static void pg_run_one(pg_ctx *c, const pg_instr *q)
{
    switch (q->op) {
    case PG_SCALARS: pg_run_scalars(c, (const pg_scalar *) q->ptr, q->n); break;
    case PG_REGION: pg_run_region(c, (const pg_region *) q->ptr); break;
    case PG_ZERO: memset(c->base[q->a] + q->off_a, 0, (size_t) q->n); break;
    case PG_AROUND: pg_clear_around(c->base[q->a] + q->off_a, (const pg_frame *) q->ptr); break;
    case PG_COPY: dd_copy(c->base[q->a] + q->off_a, c->base[q->b] + q->off_b, (size_t) q->n); break;
    case PG_CALLS: pg_run_calls(c, (const pg_calls *) q->ptr); break;
    case PG_LANES: pg_run_reduce(c, (const pg_reduce *) q->ptr); break;
    case PG_ACCUMULATE: pg_run_scan(c, (const pg_scan *) q->ptr); break;
    case PG_GUARD:
        if (!pg_holds(c, (const pg_guard *) q->ptr)) { c->error = PG_GUARD_FAILED; c->guard = q->a; }
        break;
    }
}

/* Runs from instruction i on, up to one that is for Python (its number is returned) or the end.  Long ones run without the
 * interpreter lock; n is about how many steps an instruction takes. */
static npy_intp pg_run(pg_ctx *c, const pg_instr *code, npy_intp i, npy_intp n)
{
    for (; i < n; i++) {
        const pg_instr *q = &code[i];
        if (q->op == PG_PYTHON) return i;
        if (q->n > PG_LONG) {
            Py_BEGIN_ALLOW_THREADS
            pg_run_one(c, q);
            Py_END_ALLOW_THREADS
            if (c->error == PG_FINE && PyErr_CheckSignals() < 0) c->error = PG_RAISED;
        } else pg_run_one(c, q);
        if (c->error != PG_FINE) return n;
    }
    return n;
}

#endif
