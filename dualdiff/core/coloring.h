/* coloring.h: greedy colourings of the graphs of sparse matrices, and what takes a compressed matrix apart.
 *
 * Graphs are compressed: the neighbours of v are idx[ptr[v]] up to idx[ptr[v + 1]].  A colouring takes the
 * vertices in a given order and gives each the smallest colour that nothing forbids; forbid[c] == v says
 * that c is forbidden for v, so it is never cleared.  Colours count from 0, -1 is none yet.
 *
 * Invariant: callers have checked all shapes and indices; scratch arrays are the caller's.  No Python in
 * here.  Included by _sparse.pyx after sets.h.
 *
 * Gebremedhin, Manne, Pothen: What color is your Jacobian? SIAM Review 47 (2005).
 * Gebremedhin, Tarafdar, Manne, Pothen: New acyclic and star coloring algorithms with application to
 *     computing Hessians. SIAM J. Sci. Comput. 29 (2007).
 */
#ifndef DUALDIFF_COLORING_H
#define DUALDIFF_COLORING_H

#include "sets.h"

static inline int32_t dd_smallest(const dd_int *forbid, dd_int v)
{
    int32_t c = 0;
    while (forbid[c] == v) c++;
    return c;
}

/* ---- partial distance-2 colouring (2005, algorithm 3.2) ------------------------------------------
 *
 * Columns v that meet in a row u get different colours (or rows that meet in a column).  A wide row is
 * not walked for each of its columns: it keeps the colours in use as bits, wide[u] is its place in
 * `taken`, `words` words each.
 */
static int32_t dd_color_distance2(dd_int n, const dd_int *vptr, const int32_t *vidx, const dd_int *uptr,
                                  const int32_t *uidx, const dd_int *order, int32_t *color, dd_int *forbid,
                                  const dd_int *wide, uint64_t *taken, dd_int words, uint64_t *all)
{
    dd_int i, j, k, w;
    int32_t colors = 0;
    for (i = 0; i < n; i++) color[i] = -1;
    for (i = 0; i <= n; i++) forbid[i] = -1;
    for (i = 0; i < n; i++) {
        dd_int v = order[i], used = colors / 64 + 1;
        int any = 0;
        int32_t c = 0;
        for (j = vptr[v]; j < vptr[v + 1]; j++) {
            dd_int u = vidx[j];
            if (wide[u] >= 0) {
                const uint64_t *bits = taken + wide[u] * words;
                if (!any) memset(all, 0, (size_t) used * sizeof *all);
                any = 1;
                for (w = 0; w < used; w++) all[w] |= bits[w];
            } else {
                for (k = uptr[u]; k < uptr[u + 1]; k++)
                    if (color[uidx[k]] >= 0) forbid[color[uidx[k]]] = v;
            }
        }
        for (;; c++) {
            if (any && c < 64 * used) {
                uint64_t word = ~all[c >> 6] >> (c & 63);
                if (word == 0) { c |= 63; continue; }
                c += dd_lowest_bit(word);
            }
            if (forbid[c] != v) break;
        }
        color[v] = c;
        if (c >= colors) colors = c + 1;
        for (j = vptr[v]; any && j < vptr[v + 1]; j++)
            if (wide[vidx[j]] >= 0) taken[wide[vidx[j]] * words + (c >> 6)] |= (uint64_t) 1 << (c & 63);
    }
    return colors;
}

/* ---- the order of smallest last ------------------------------------------------------------------
 *
 * Matula and Beck 1983: again and again the vertex of least degree among those left is taken away; the
 * last one taken is coloured first.  Vertices are neighbours once for each u in which they meet (a row,
 * or an edge).  Those that meet in more than `most` stay neighbours throughout.
 * degree: on entry that of each vertex; place, list: scratch of n; bins: of the largest degree + 2.
 */
static void dd_order_smallest_last(dd_int n, const dd_int *vptr, const int32_t *vidx, const dd_int *uptr,
                                   const int32_t *uidx, dd_int most, dd_int *degree, dd_int largest,
                                   dd_int *place, dd_int *list, dd_int *bins, dd_int *order)
{
    dd_int i, j, k, d;
    for (d = 0; d <= largest + 1; d++) bins[d] = 0;
    for (i = 0; i < n; i++) bins[degree[i] + 1]++;
    for (d = 1; d <= largest + 1; d++) bins[d] += bins[d - 1];
    /* list holds the vertices by degree, bins[d] says where degree d begins */
    for (i = 0; i < n; i++) {
        place[i] = bins[degree[i]]++;
        list[place[i]] = i;
    }
    for (d = largest + 1; d > 0; d--) bins[d] = bins[d - 1];
    bins[0] = 0;
    for (i = 0; i < n; i++) {
        dd_int v = list[i];
        order[n - 1 - i] = v;
        for (j = vptr[v]; j < vptr[v + 1]; j++) {
            dd_int u = vidx[j];
            if (uptr[u + 1] - uptr[u] > most) continue;
            for (k = uptr[u]; k < uptr[u + 1]; k++) {
                dd_int w = uidx[k];
                if (place[w] > i && degree[w] > degree[v]) {     /* one down: it changes places with the first */
                    dd_int at = place[w], front = bins[degree[w]], other;
                    if (front <= i) front = i + 1;
                    other = list[front];
                    list[front] = w;
                    list[at] = other;
                    place[w] = front;
                    place[other] = at;
                    bins[degree[w]] = front + 1;
                    degree[w]--;
                }
            }
        }
    }
}

/* ---- star colouring (2007, algorithm 4.1) --------------------------------------------------------
 *
 * A distance-1 colouring in which every path of four vertices has three colours: the edges of two
 * colours form stars.  star: the star of each edge; hub: the centre of each star, -1 while it has one
 * edge only.  met[c] == v: v has a neighbour of colour c, the first one is met_at[c], by edge met_by[c].
 */
static void dd_treat(const dd_int *ptr, const int32_t *idx, const int32_t *color, dd_int v, dd_int w,
                     dd_int *forbid, dd_int *treated)
{
    dd_int j;
    if (treated[w] == v) return;
    treated[w] = v;
    for (j = ptr[w]; j < ptr[w + 1]; j++)
        if (color[idx[j]] >= 0) forbid[color[idx[j]]] = v;
}

static int32_t dd_color_star(dd_int n, const dd_int *ptr, const int32_t *idx, const int32_t *edge,
                             const dd_int *order, int32_t *color, dd_int *forbid, dd_int *met, dd_int *met_at,
                             dd_int *met_by, dd_int *treated, dd_int *star, dd_int *hub)
{
    dd_int i, j, k, stars = 0;
    int32_t colors = 0;
    for (i = 0; i < n; i++) { color[i] = -1; treated[i] = -1; }
    for (i = 0; i <= n; i++) { forbid[i] = -1; met[i] = -1; }
    for (i = 0; i < n; i++) {
        dd_int v = order[i];
        for (j = ptr[v]; j < ptr[v + 1]; j++) {
            dd_int w = idx[j];
            int32_t c = color[w];
            if (c < 0) continue;
            forbid[c] = v;
            if (met[c] == v) {          /* v is the hub of two of one colour: their neighbours differ from v */
                dd_treat(ptr, idx, color, v, met_at[c], forbid, treated);
                dd_treat(ptr, idx, color, v, w, forbid, treated);
                continue;
            }
            met[c] = v;
            met_at[c] = w;
            met_by[c] = edge[j];
            for (k = ptr[w]; k < ptr[w + 1]; k++) {     /* w is in a star of hub x: v cannot be as x is */
                dd_int x = idx[k];
                if (x != v && color[x] >= 0 && hub[star[edge[k]]] == x) forbid[color[x]] = v;
            }
        }
        color[v] = dd_smallest(forbid, v);
        if (color[v] >= colors) colors = color[v] + 1;
        for (j = ptr[v]; j < ptr[v + 1]; j++) {         /* v's edges enter their stars */
            dd_int w = idx[j], found = -1;
            int32_t c = color[w];
            if (c < 0) continue;
            for (k = ptr[w]; k < ptr[w + 1]; k++)
                if (idx[k] != v && color[idx[k]] == color[v]) { found = star[edge[k]]; break; }
            if (found >= 0) hub[found] = w;
            else if (met_at[c] != w) { found = star[met_by[c]]; hub[found] = v; }
            else { found = stars++; hub[found] = -1; }
            star[edge[j]] = found;
        }
    }
    return colors;
}

/* ---- acyclic colouring (2007, algorithm 3.1) -----------------------------------------------------
 *
 * A distance-1 colouring in which every cycle has three colours: the edges of two colours form trees.
 * tree: a forest of disjoint sets over the edges; tree[e] leads to the tree of e.
 */
static dd_int dd_find(dd_int *tree, dd_int e)
{
    while (tree[e] != e) {
        tree[e] = tree[tree[e]];
        e = tree[e];
    }
    return e;
}

static void dd_merge(dd_int *tree, dd_int *rank, dd_int a, dd_int b)
{
    a = dd_find(tree, a);
    b = dd_find(tree, b);
    if (a == b) return;
    if (rank[a] < rank[b]) { dd_int c = a; a = b; b = c; }
    tree[b] = a;
    if (rank[a] == rank[b]) rank[a]++;
}

static int32_t dd_color_acyclic(dd_int n, dd_int edges, const dd_int *ptr, const int32_t *idx,
                                const int32_t *edge, const dd_int *order, int32_t *color, dd_int *forbid,
                                dd_int *met, dd_int *met_by, dd_int *tree, dd_int *rank, dd_int *visit,
                                dd_int *visit_by)
{
    dd_int i, j, k;
    int32_t colors = 0;
    for (i = 0; i < n; i++) color[i] = -1;
    for (i = 0; i <= n; i++) { forbid[i] = -1; met[i] = -1; }
    for (i = 0; i < edges; i++) { tree[i] = i; rank[i] = 0; visit[i] = -1; }
    for (i = 0; i < n; i++) {
        dd_int v = order[i];
        for (j = ptr[v]; j < ptr[v + 1]; j++)
            if (color[idx[j]] >= 0) forbid[color[idx[j]]] = v;
        for (j = ptr[v]; j < ptr[v + 1]; j++) {
            dd_int w = idx[j];
            if (color[w] < 0) continue;
            for (k = ptr[w]; k < ptr[w + 1]; k++) {
                dd_int x = idx[k], t;
                if (x == v || color[x] < 0 || forbid[color[x]] == v) continue;
                t = dd_find(tree, edge[k]);
                if (visit[t] != v) { visit[t] = v; visit_by[t] = w; }
                else if (visit_by[t] != w) forbid[color[x]] = v;        /* v would close a cycle */
            }
        }
        color[v] = dd_smallest(forbid, v);
        if (color[v] >= colors) colors = color[v] + 1;
        for (j = ptr[v]; j < ptr[v + 1]; j++) {
            dd_int w = idx[j];
            int32_t c = color[w];
            if (c < 0) continue;
            if (met[c] != v) { met[c] = v; met_by[c] = edge[j]; }
            else dd_merge(tree, rank, edge[j], met_by[c]);
            for (k = ptr[w]; k < ptr[w + 1]; k++)
                if (idx[k] != v && color[idx[k]] == color[v]) dd_merge(tree, rank, edge[j], edge[k]);
        }
    }
    for (i = 0; i < edges; i++) tree[i] = dd_find(tree, i);
    return colors;
}

/* ---- substitution --------------------------------------------------------------------------------
 *
 * The steps that find the entries of a symmetric matrix from the trees of an acyclic colouring, leaves
 * first (2007, section 5): step s finds edge which[s] = (leaf[s], parent[s]).  Edges come grouped by
 * tree: group t is listed[ptr[t]] up to listed[ptr[t + 1]].  Parents of the last step of a tree are
 * stored as -1 - parent.  A leaf's one edge is what is left of the exclusive or of its edges.
 * Returns the number of steps, which is that of the edges if the groups are trees.
 */
static dd_int dd_plan_substitution(dd_int trees, const dd_int *ptr, const dd_int *listed, const int32_t *one,
                                   const int32_t *two, dd_int *degree, dd_int *left, dd_int *stack,
                                   int32_t *which, int32_t *leaf, int32_t *parent)
{
    dd_int t, j, steps = 0;
    for (t = 0; t < trees; t++) {
        dd_int high = 0, before = steps;
        for (j = ptr[t]; j < ptr[t + 1]; j++) {
            dd_int e = listed[j];
            degree[one[e]]++; left[one[e]] ^= e;
            degree[two[e]]++; left[two[e]] ^= e;
        }
        for (j = ptr[t]; j < ptr[t + 1]; j++) {
            dd_int e = listed[j];
            if (degree[one[e]] == 1) stack[high++] = one[e];
            if (degree[two[e]] == 1) stack[high++] = two[e];
        }
        while (high) {
            dd_int v = stack[--high], e = left[v], p;
            if (degree[v] != 1) continue;
            p = one[e] == v ? two[e] : one[e];
            which[steps] = (int32_t) e;
            leaf[steps] = (int32_t) v;
            parent[steps++] = (int32_t) p;
            degree[v] = 0; left[v] = 0;
            degree[p]--; left[p] ^= e;
            if (degree[p] == 1) stack[high++] = p;
        }
        if (steps > before) parent[steps - 1] = -1 - parent[steps - 1];
        for (j = ptr[t]; j < ptr[t + 1]; j++) {     /* clean also where it was no tree */
            dd_int e = listed[j];
            degree[one[e]] = degree[two[e]] = 0;
            left[one[e]] = left[two[e]] = 0;
        }
    }
    return steps;
}

/* found[which[s]] for all steps; from[s] is the place of (leaf, colour of the parent) in the products;
 * sum: n zeros, and zeros again on return. */
static void dd_substitute(dd_int steps, const double *products, const dd_int *from, const int32_t *which,
                          const int32_t *leaf, const int32_t *parent, double *sum, double *found)
{
    dd_int s;
    for (s = 0; s < steps; s++) {
        double x = products[from[s]] - sum[leaf[s]];
        found[which[s]] = x;
        sum[leaf[s]] = 0.0;
        if (parent[s] < 0) sum[-1 - parent[s]] = 0.0;
        else sum[parent[s]] += x;
    }
}

#endif
