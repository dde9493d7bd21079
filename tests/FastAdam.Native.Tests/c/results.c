/*
 * Steps over generated arrays, and a hash of what came out, one line for each case: for comparing bits between instruction sets,
 * machines and languages. Another implementation that follows this comment and that of generated.h prints the same lines.
 *
 *     cc -std=c99 -Wall -Wextra -Werror -pedantic -I PREFIX/include results.c -o results -L PREFIX/lib -lfastadam
 *
 * Cases, in this order, numbered from 0 (2,835 in all):
 *     for each dtype of p: for each dtype of g: for each of m: for each of v    (f32, f16, bf16, in this order)
 *         for each option set, 0 to 6
 *             for each length n of 1, 7, 16, 37, 1000
 *
 * Generator, elements and hash: generated.h, with x = 2463534242 + k (mod 2^32) at the start of case k, and bases p 0, g 1, m 2, v 6.
 *
 * Fills: p, element 0 to n - 1; then, where the option set does not start at zero moments, m, then v (else both are all zero
 * bits, and nothing is drawn). Then three steps, numbered t, t + 1, t + 2: before each, g is filled anew, then the step is made.
 *
 * Option sets (what is not said is PyTorch's default for Adam: lr 1e-3, betas 0.9 and 0.999, eps 1e-8, no decay, scale 1):
 *     0  moments zero   t = 1
 *     1  moments zero   t = 1           decoupled, weight_decay 1e-2
 *     2  moments drawn  t = 5           lr 0.01, beta1 0.5, weight_decay 0.1 (L2)
 *     3  moments drawn  t = 1000        decoupled, lr 3e-4, beta1 0.8, beta2 0.99, weight_decay 0.05, maximize
 *     4  moments drawn  t = 1000000007  beta1 0.25, eps 1e-6, weight_decay 0.01 (L2), grad_scale 3
 *     5  moments zero   t = 1           grad_scale 1e37: subnormal moments, flushed
 *     6  moments zero   t = 1           grad_scale 1e37, preserve subnormals
 *
 * Hash: over the bytes of p, then m, then v.
 *
 * Lines: dtype names of p, g, m, v; option set; n; hash as 16 lower-case hexadecimal digits:
 *     f32 bf16 f16 f32 set=3 n=37 0123456789abcdef
 *
 * No result is an infinity or NaN (whose bits may differ between instruction sets); the program says so and fails if one is.
 */
#include "fastadam.h"

#include "generated.h"

#include <stdio.h>

enum { SETS = 7, LENGTHS = 5 };

static fastadam_group option_set(int set, int *has_moments, int64_t *step)
{
    fastadam_group o;
    (void)fastadam_group_init(&o, sizeof o, FASTADAM_ADAM);
    *has_moments = set >= 2 && set <= 4;
    *step = 1;
    switch (set) {
    case 1:
        o.flags = FASTADAM_DECOUPLED_WEIGHT_DECAY;
        o.weight_decay = 1e-2;
        break;
    case 2:
        *step = 5;
        o.lr = 0.01;
        o.beta1 = 0.5;
        o.weight_decay = 0.1;
        break;
    case 3:
        *step = 1000;
        o.flags = FASTADAM_DECOUPLED_WEIGHT_DECAY | FASTADAM_MAXIMIZE;
        o.lr = 3e-4;
        o.beta1 = 0.8;
        o.beta2 = 0.99;
        o.weight_decay = 0.05;
        break;
    case 4:
        *step = 1000000007;
        o.beta1 = 0.25;
        o.eps = 1e-6;
        o.weight_decay = 0.01;
        o.grad_scale = 3;
        break;
    case 5:
        o.grad_scale = 1e37;
        break;
    case 6:
        o.flags = FASTADAM_PRESERVE_SUBNORMALS;
        o.grad_scale = 1e37;
        break;
    default:
        break;
    }
    return o;
}

int main(void)
{
    static const char *const names[] = {"f32", "f16", "bf16"};
    static const size_t lengths[LENGTHS] = {1, 7, 16, 37, LONGEST};
    static array p = {0, 0, 0, {0}};
    static array g = {0, 1, 0, {0}};
    static array m = {0, 2, 0, {0}};
    static array v = {0, 6, 1, {0}};
    uint32_t number = 0;
    int mix;
    int set;
    int l;
    for (mix = 0; mix < 81; mix++) {
        p.dtype = mix / 27;
        g.dtype = mix / 9 % 3;
        m.dtype = mix / 3 % 3;
        v.dtype = mix % 3;
        for (set = 0; set < SETS; set++) {
            for (l = 0; l < LENGTHS; l++) {
                size_t n = lengths[l];
                int has_moments;
                int is_finite = 1;
                int64_t first;
                int64_t step;
                uint64_t h = HASH_START;
                fastadam_group group = option_set(set, &has_moments, &first);
                fastadam_tensor tensor;
                memset(&tensor, 0, sizeof tensor);
                tensor.struct_size = sizeof tensor;
                tensor.param = p.bytes;
                tensor.grad = g.bytes;
                tensor.state[0] = m.bytes;
                tensor.state[1] = v.bytes;
                tensor.n = n;
                tensor.param_dtype = p.dtype;
                tensor.grad_dtype = g.dtype;
                tensor.state_dtype[0] = m.dtype;
                tensor.state_dtype[1] = v.dtype;

                state = 2463534242u + number++;
                fill(&p, n);
                memset(m.bytes, 0, sizeof m.bytes);
                memset(v.bytes, 0, sizeof v.bytes);
                if (has_moments) {
                    fill(&m, n);
                    fill(&v, n);
                }
                for (step = first; step < first + 3; step++) {
                    int32_t status;
                    fill(&g, n);
                    status = fastadam_step(&tensor, 1, &group, 1, NULL, step, NULL);
                    if (status != FASTADAM_OK) {
                        fprintf(stderr, "results: case %lu: %s\n", (unsigned long)(number - 1), fastadam_status_string(status));
                        return 1;
                    }
                }
                h = hash(h, &p, n, &is_finite);
                h = hash(h, &m, n, &is_finite);
                h = hash(h, &v, n, &is_finite);
                if (!is_finite) {
                    fprintf(stderr, "results: case %lu has a result that is not finite\n", (unsigned long)(number - 1));
                    return 1;
                }
                printf("%s %s %s %s set=%d n=%u %08lx%08lx\n", names[p.dtype], names[g.dtype], names[m.dtype], names[v.dtype],
                       set, (unsigned)n, (unsigned long)(h >> 32), (unsigned long)(h & 0xffffffffu));
            }
        }
    }
    return 0;
}
