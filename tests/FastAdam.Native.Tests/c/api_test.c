/*
 * Every function and every error of fastadam.h, from C.
 *
 *     cc -std=c99 -Wall -Wextra -Werror -pedantic -I PREFIX/include api_test.c -o api_test -L PREFIX/lib -lfastadam -lm
 */
#include "fastadam.h"

#include "arena.h"
#include "check.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

/* ---- Layout: what compiled programs rely on, checked by the compiler ------------------------------------------------------- */

STATIC_ASSERT(group_size, sizeof(fastadam_group) >= 168 && sizeof(fastadam_group) % 8 == 0);
STATIC_ASSERT(group_struct_size, offsetof(fastadam_group, struct_size) == 0);
STATIC_ASSERT(group_rule, offsetof(fastadam_group, rule) == 4);
STATIC_ASSERT(group_flags, offsetof(fastadam_group, flags) == 8);
STATIC_ASSERT(group_lr, offsetof(fastadam_group, lr) == 16);
STATIC_ASSERT(group_beta1, offsetof(fastadam_group, beta1) == 24);
STATIC_ASSERT(group_beta2, offsetof(fastadam_group, beta2) == 32);
STATIC_ASSERT(group_eps, offsetof(fastadam_group, eps) == 40);
STATIC_ASSERT(group_weight_decay, offsetof(fastadam_group, weight_decay) == 48);
STATIC_ASSERT(group_grad_scale, offsetof(fastadam_group, grad_scale) == 56);
STATIC_ASSERT(group_max_grad_value, offsetof(fastadam_group, max_grad_value) == 64);
STATIC_ASSERT(group_momentum, offsetof(fastadam_group, momentum) == 72);
STATIC_ASSERT(group_dampening, offsetof(fastadam_group, dampening) == 80);
STATIC_ASSERT(group_lr_decay, offsetof(fastadam_group, lr_decay) == 88);
STATIC_ASSERT(group_momentum_decay, offsetof(fastadam_group, momentum_decay) == 96);
STATIC_ASSERT(group_beta3, offsetof(fastadam_group, beta3) == 104);
STATIC_ASSERT(group_alpha, offsetof(fastadam_group, alpha) == 112);
STATIC_ASSERT(group_alpha_warmup, offsetof(fastadam_group, alpha_warmup) == 120);
STATIC_ASSERT(group_beta3_warmup, offsetof(fastadam_group, beta3_warmup) == 128);
STATIC_ASSERT(group_clip_exponent, offsetof(fastadam_group, clip_exponent) == 136);
STATIC_ASSERT(group_warmup_steps, offsetof(fastadam_group, warmup_steps) == 144);
STATIC_ASSERT(group_r, offsetof(fastadam_group, r) == 152);
STATIC_ASSERT(group_weight_lr_power, offsetof(fastadam_group, weight_lr_power) == 160);

/* Pointers of 8 bytes: all systems that the library is built for. */
STATIC_ASSERT(tensor_size, sizeof(fastadam_tensor) == 160);
STATIC_ASSERT(tensor_struct_size, offsetof(fastadam_tensor, struct_size) == 0);
STATIC_ASSERT(tensor_group, offsetof(fastadam_tensor, group) == 4);
STATIC_ASSERT(tensor_step, offsetof(fastadam_tensor, step) == 8);
STATIC_ASSERT(tensor_n, offsetof(fastadam_tensor, n) == 16);
STATIC_ASSERT(tensor_param, offsetof(fastadam_tensor, param) == 24);
STATIC_ASSERT(tensor_grad, offsetof(fastadam_tensor, grad) == 32);
STATIC_ASSERT(tensor_state, offsetof(fastadam_tensor, state) == 40);
STATIC_ASSERT(tensor_param_dtype, offsetof(fastadam_tensor, param_dtype) == 72);
STATIC_ASSERT(tensor_grad_dtype, offsetof(fastadam_tensor, grad_dtype) == 76);
STATIC_ASSERT(tensor_state_dtype, offsetof(fastadam_tensor, state_dtype) == 80);
STATIC_ASSERT(tensor_numbers, offsetof(fastadam_tensor, numbers) == 96);
STATIC_ASSERT(tensor_param_part, offsetof(fastadam_tensor, param_part) == 104);
STATIC_ASSERT(tensor_state_part, offsetof(fastadam_tensor, state_part) == 112);
STATIC_ASSERT(tensor_random_id, offsetof(fastadam_tensor, random_id) == 144);
STATIC_ASSERT(tensor_first_element, offsetof(fastadam_tensor, first_element) == 152);

STATIC_ASSERT(dtypes, FASTADAM_F32 == 0 && FASTADAM_F16 == 1 && FASTADAM_BF16 == 2 && FASTADAM_BLOCK8 == 4 && FASTADAM_SPLIT16 == 5
              && FASTADAM_SPLIT8 == 6 && FASTADAM_F32_BF16_COPY == 7 && FASTADAM_F32_F16_COPY == 8 && FASTADAM_BF16_STOCHASTIC == 9
              && FASTADAM_F16_STOCHASTIC == 10);
STATIC_ASSERT(flags, FASTADAM_DECOUPLED_WEIGHT_DECAY == 1 && FASTADAM_MAXIMIZE == 2 && FASTADAM_AMSGRAD == 4
                     && FASTADAM_PRESERVE_SUBNORMALS == 8);
STATIC_ASSERT(statuses, FASTADAM_OK == 0 && FASTADAM_ERR_NULL == -1 && FASTADAM_ERR_STRUCT_SIZE == -2
                        && FASTADAM_ERR_FLAGS == -3 && FASTADAM_ERR_DTYPE == -4 && FASTADAM_ERR_LENGTH == -5
                        && FASTADAM_ERR_OVERLAP == -6 && FASTADAM_ERR_HYPERPARAMETER == -7 && FASTADAM_ERR_STEP == -8
                        && FASTADAM_ERR_THREADS == -9 && FASTADAM_ERR_UNSUPPORTED == -10 && FASTADAM_ERR_ISA == -11
                        && FASTADAM_ERR_LIBRARY == -12 && FASTADAM_ERR_INTERNAL == -13 && FASTADAM_ERR_INDEX == -14
                        && FASTADAM_ERR_MEMORY == -15);

static void print_layout(void)
{
    printf("fastadam_group: size %d; lr %d, grad_scale %d\n", (int)sizeof(fastadam_group), (int)offsetof(fastadam_group, lr),
           (int)offsetof(fastadam_group, grad_scale));
    printf("fastadam_tensor: size %d; grad %d, n %d, param_dtype %d\n", (int)sizeof(fastadam_tensor),
           (int)offsetof(fastadam_tensor, grad), (int)offsetof(fastadam_tensor, n),
           (int)offsetof(fastadam_tensor, param_dtype));
}

/* ---- Memory ---------------------------------------------------------------------------------------------------------------- */

static size_t element_size(int32_t dtype)
{
    return dtype == FASTADAM_F32 ? 4 : 2;
}

static int is_within(const unsigned char *byte, const void *start, size_t size)
{
    return byte >= (const unsigned char *)start && byte < (const unsigned char *)start + size;
}

/* Whether nothing outside of the arrays that a step writes has changed. */
static int only_outputs_changed(const fastadam_tensor *t)
{
    int i;
    for (i = 0; i < ARENA; i++) {
        const unsigned char *byte = arena.bytes + i;
        if (*byte != before[i] && !is_within(byte, t->param, t->n * element_size(t->param_dtype))
            && !is_within(byte, t->state[0], t->n * element_size(t->state_dtype[0]))
            && !is_within(byte, t->state[1], t->n * element_size(t->state_dtype[1]))) {
            return 0;
        }
    }
    return 1;
}

/* ---- Checks of a call's status --------------------------------------------------------------------------------------------- */

static int32_t call_f32(const fastadam_tensor *t, const fastadam_group *group, int64_t step, int32_t threads)
{
    return fastadam_adam_f32((float *)t->param, (const float *)t->grad, (float *)t->state[0], (float *)t->state[1], t->n,
                             group, step, threads);
}

static int32_t call_f16(const fastadam_tensor *t, const fastadam_group *group, int64_t step, int32_t threads)
{
    return fastadam_adam_f16((uint16_t *)t->param, (const uint16_t *)t->grad, (uint16_t *)t->state[0], (uint16_t *)t->state[1],
                             t->n, group, step, threads);
}

static int32_t call_bf16(const fastadam_tensor *t, const fastadam_group *group, int64_t step, int32_t threads)
{
    return fastadam_adam_bf16((uint16_t *)t->param, (const uint16_t *)t->grad, (uint16_t *)t->state[0], (uint16_t *)t->state[1],
                              t->n, group, step, threads);
}

/* The status of every entry point for the same tensor; where an error is expected, nothing may be written. */
static void check_all(const fastadam_tensor *t, const fastadam_group *group, int64_t step, int32_t threads, int32_t expected, int line)
{
    int entry;
    for (entry = 0; entry < 4; entry++) {
        static const char *const names[] = {"fastadam_adam_f32", "fastadam_adam_f16", "fastadam_adam_bf16", "fastadam_step"};
        int32_t status;
        fill_arena();
        status = entry == 0   ? call_f32(t, group, step, threads)
                 : entry == 1 ? call_f16(t, group, step, threads)
                 : entry == 2 ? call_bf16(t, group, step, threads)
                              : step_on_threads(t, 1, group, step, threads);
        check_equal(status, expected, names[entry], __FILE__, line);
        if (expected != FASTADAM_OK || t->n == 0) {
            check_true(arena_is_untouched(), names[entry], __FILE__, line);
        }
    }
}

#define CHECK_ALL(tensor, group, step, expected) check_all((tensor), (group), (step), 0, (expected), __LINE__)

static void check_list(const fastadam_tensor *tensors, size_t count, int32_t expected, int line)
{
    fastadam_group group = defaults();
    fill_arena();
    check_equal(plain_step(tensors, count, &group, 1), expected, "fastadam_step", __FILE__, line);
    if (expected != FASTADAM_OK) {
        check_true(arena_is_untouched(), "nothing written", __FILE__, line);
    }
}

#define CHECK_LIST(tensors, count, expected) check_list((tensors), (count), (expected), __LINE__)

/* ---- The library ----------------------------------------------------------------------------------------------------------- */

static void test_library(void)
{
    const char *isa;
    const char *wanted = getenv("FASTADAM_ISA");

    CHECK_TEXT(fastadam_version(), FASTADAM_VERSION);
    CHECK_EQUAL(fastadam_abi_version(), FASTADAM_ABI_VERSION);
    CHECK_EQUAL(fastadam_load(), FASTADAM_OK);
    CHECK_EQUAL(fastadam_load(), FASTADAM_OK);
    isa = fastadam_isa();
    CHECK(isa != NULL);
    if (isa != NULL) {
        printf("isa: %s\n", isa);
        CHECK(strcmp(isa, "avx512") == 0 || strcmp(isa, "avx2") == 0 || strcmp(isa, "neon") == 0 || strcmp(isa, "scalar") == 0);
        CHECK(wanted == NULL || wanted[0] == '\0' || strcmp(isa, wanted) == 0);
        CHECK_TEXT(fastadam_isa(), isa);
    }
}

static void test_status_strings(void)
{
    static const int32_t unknown[] = {1, 2, -16, -17, -1000, INT_MAX, INT_MIN};
    int32_t a;
    int32_t b;
    size_t i;
    for (a = FASTADAM_ERR_MEMORY; a <= FASTADAM_OK; a++) {
        const char *text = fastadam_status_string(a);
        CHECK(text != NULL && text[0] != '\0');
        if (text != NULL) {
            CHECK(strstr(text, "FASTADAM_ERR") == NULL && strcmp(text, "FASTADAM_OK") != 0);
            for (b = FASTADAM_ERR_MEMORY; b < a; b++) {
                const char *other = fastadam_status_string(b);
                CHECK(other != NULL && strcmp(text, other) != 0);
            }
        }
    }
    for (i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        const char *text = fastadam_status_string(unknown[i]);
        CHECK(text != NULL && text[0] != '\0');
        for (a = FASTADAM_ERR_MEMORY; text != NULL && a <= FASTADAM_OK; a++) {
            CHECK(strcmp(text, fastadam_status_string(a)) != 0);
        }
    }
}

static void test_group_init(void)
{
    struct {
        unsigned char front[16];
        fastadam_group group;
        unsigned char back[16];
    } guarded;
    size_t i;

    CHECK_EQUAL(fastadam_group_init(NULL, sizeof(fastadam_group), FASTADAM_ADAM), FASTADAM_ERR_NULL);
    memset(&guarded, 0xa5, sizeof guarded);
    CHECK_EQUAL(fastadam_group_init(&guarded.group, sizeof guarded.group, FASTADAM_ADAM), FASTADAM_OK);
    CHECK_EQUAL(guarded.group.struct_size, sizeof(fastadam_group));
    CHECK_EQUAL(guarded.group.rule, FASTADAM_ADAM);
    CHECK_EQUAL(guarded.group.flags, 0);
    CHECK_DOUBLE(guarded.group.lr, 1e-3);
    CHECK_DOUBLE(guarded.group.beta1, 0.9);
    CHECK_DOUBLE(guarded.group.beta2, 0.999);
    CHECK_DOUBLE(guarded.group.eps, 1e-8);
    CHECK_DOUBLE(guarded.group.weight_decay, 0.0);
    CHECK_DOUBLE(guarded.group.grad_scale, 1.0);
    CHECK_DOUBLE(guarded.group.max_grad_value, INFINITY);
    CHECK_DOUBLE(guarded.group.momentum, 0.0);
    CHECK_DOUBLE(guarded.group.dampening, 0.0);
    CHECK_DOUBLE(guarded.group.lr_decay, 0.0);
    CHECK_DOUBLE(guarded.group.momentum_decay, 0.0);
    for (i = 0; i < 16; i++) {
        CHECK_EQUAL(guarded.front[i], 0xa5);
        CHECK_EQUAL(guarded.back[i], 0xa5);
    }
}

/* ---- Results --------------------------------------------------------------------------------------------------------------- */

static double widened(const void *array, size_t i, int32_t dtype)
{
    uint16_t half;
    uint32_t word;
    float single;
    if (dtype == FASTADAM_F32) {
        memcpy(&single, (const char *)array + 4 * i, 4);
        return single;
    }
    memcpy(&half, (const char *)array + 2 * i, 2);
    if (dtype == FASTADAM_BF16) {
        word = (uint32_t)half << 16;
        memcpy(&single, &word, 4);
        return single;
    }
    return (half & 0x8000 ? -1 : 1) * ((half & 0x7c00) == 0 ? ldexp(half & 0x3ff, -24)
                                                            : ldexp(0x400 + (half & 0x3ff), (half >> 10 & 31) - 25));
}

/* A little more than half a unit in the last place of what is stored, relative; and single precision's own errors. */
static double tolerance(int32_t dtype)
{
    return (dtype == FASTADAM_F32 ? 0 : dtype == FASTADAM_F16 ? ldexp(1, -11) : ldexp(1, -8)) + 1e-6;
}

static void check_close(double actual, double expected, double allowed, const char *what, int mix, size_t i)
{
    checks_made++;
    if (!(fabs(actual - expected) <= allowed)) {
        checks_failed++;
        printf("%s:%d: mix %d, element %d: %s is %.9g, expected %.9g within %.3g\n", __FILE__, __LINE__, mix, (int)i, what,
               actual, expected, allowed);
    }
}

/* All 81 mixes against the formula in double precision, and nothing written that should not be. */
static void test_all_mixes(void)
{
    static const size_t lengths[] = {0, 1, 15, 16, N};
    int mix;
    size_t l;
    size_t i;
    for (mix = 0; mix < 81; mix++) {
        for (l = 0; l < sizeof lengths / sizeof lengths[0]; l++) {
            fastadam_tensor t = tensor_at(8, lengths[l], mix / 27, mix / 9 % 3, mix / 3 % 3, mix % 3);
            fastadam_tensor old = t;
            fastadam_tensor given;
            fastadam_group group = defaults();
            fastadam_group given_group;
            group.lr = 0.1;
            group.flags = FASTADAM_DECOUPLED_WEIGHT_DECAY;
            group.weight_decay = 0.5;
            given = t;
            given_group = group;
            fill_arena();
            CHECK_EQUAL(plain_step(&t, 1, &group, 3), FASTADAM_OK);
            CHECK(memcmp(&t, &given, sizeof t) == 0);
            CHECK(memcmp(&group, &given_group, sizeof group) == 0);
            CHECK(only_outputs_changed(&t));

            old.param = before + ((unsigned char *)t.param - arena.bytes);
            old.grad = before + ((const unsigned char *)t.grad - arena.bytes);
            old.state[0] = before + ((unsigned char *)t.state[0] - arena.bytes);
            old.state[1] = before + ((unsigned char *)t.state[1] - arena.bytes);
            for (i = 0; i < t.n; i++) {
                double p = widened(old.param, i, t.param_dtype);
                double g = widened(old.grad, i, t.grad_dtype);
                double m = widened(old.state[0], i, t.state_dtype[0]);
                double v = widened(old.state[1], i, t.state_dtype[1]);
                double update;
                p *= 1 - 0.1 * 0.5;
                m = 0.9 * m + (1 - 0.9) * g;
                v = 0.999 * v + (1 - 0.999) * g * g;
                update = 0.1 / (1 - pow(0.9, 3)) * m / (sqrt(v) / sqrt(1 - pow(0.999, 3)) + 1e-8);
                check_close(widened(t.param, i, t.param_dtype), p - update,
                            tolerance(t.param_dtype) * (fabs(p) + fabs(update)), "p", mix, i);
                check_close(widened(t.state[0], i, t.state_dtype[0]), m, tolerance(t.state_dtype[0]) * fabs(m), "m", mix, i);
                check_close(widened(t.state[1], i, t.state_dtype[1]), v, tolerance(t.state_dtype[1]) * v, "v", mix, i);
            }
        }
    }
}

/* The operations of NUMERICS.md, in float, on all-float arrays. */
static void reference_step(float *param, const float *grad, float *exp_avg, float *exp_avg_sq, size_t n,
                           const fastadam_group *o, int64_t step)
{
    int decoupled = (o->flags & FASTADAM_DECOUPLED_WEIGHT_DECAY) != 0;
    double bc2 = 1 - pow(o->beta2, (double)step);
    float ss = -(float)(o->lr / (1 - pow(o->beta1, (double)step)));
    float sq = (float)sqrt(bc2);
    float w = (float)(1 - o->beta1);
    float c = (float)(1 - o->beta2);
    float b2 = (float)o->beta2;
    float e = (float)o->eps;
    float dec = decoupled ? (float)fma(-o->lr, o->weight_decay, 1) : 1;
    float l2 = (float)o->weight_decay;
    float scale = (float)o->grad_scale;
    size_t i;
    for (i = 0; i < n; i++) {
        float p = param[i] * dec;
        float g = grad[i] / scale;
        float m = exp_avg[i];
        float v = exp_avg_sq[i];
        float d;
        g = o->flags & FASTADAM_MAXIMIZE ? -g : g;
        if (!decoupled && o->weight_decay != 0) {
            g = fmaf(p, l2, g);
        }
        m = w < 0.5f ? fmaf(w, g - m, m) : fmaf(w - 1, g - m, g);
        v = fmaf(c * g, g, b2 * v);
        d = sqrtf(v) / sq + e;
        p += ss * m / d;
        if (!(o->flags & FASTADAM_PRESERVE_SUBNORMALS)) {
            m = fabsf(m) < 1.17549435e-38f ? copysignf(0, m) : m;
            v = v < 1.17549435e-38f ? 0 : v;
        }
        param[i] = p;
        exp_avg[i] = m;
        exp_avg_sq[i] = v;
    }
}

/* Every flag and hyperparameter has its effect, to the last bit, over several steps. */
static void test_hyperparameters_have_effect(void)
{
    enum { CASES = 15, COUNT = 53 };
    int k;
    for (k = 0; k < CASES; k++) {
        float arrays[4][COUNT];
        float expected[4][COUNT];
        fastadam_group group = defaults();
        int32_t threads = 0;
        int64_t step;
        int i;
        for (i = 0; i < COUNT; i++) {
            arrays[0][i] = (float)(i - 20) / 16;
            arrays[1][i] = (float)((i * 7 + 3) % 31 - 15) / 64;
            arrays[2][i] = 0;
            arrays[3][i] = 0;
        }
        switch (k) {
        case 1: group.lr = 0.25; break;
        case 2: group.beta1 = 0.5; break;
        case 3: group.beta1 = 0; break;
        case 4: group.beta2 = 0; break;
        case 5: group.eps = 0.5; break;
        case 6: group.weight_decay = 0.125; break;
        case 7: group.weight_decay = 0.125; group.flags = FASTADAM_DECOUPLED_WEIGHT_DECAY; break;
        case 8: group.flags = FASTADAM_MAXIMIZE; break;
        case 9: group.grad_scale = 3; break;
        case 10: group.grad_scale = 1e37; break; /* subnormal moments, flushed ... */
        case 11: group.grad_scale = 1e37; group.flags = FASTADAM_PRESERVE_SUBNORMALS; break; /* ... and kept */
        case 12: threads = 1; break;
        case 13: threads = 7; break;
        case 14: group.lr = 0; break;
        default: break;
        }
        memcpy(expected, arrays, sizeof arrays);
        for (step = 1; step <= 3; step++) {
            CHECK_EQUAL(fastadam_adam_f32(arrays[0], arrays[1], arrays[2], arrays[3], COUNT, &group, step, threads),
                        FASTADAM_OK);
            reference_step(expected[0], expected[1], expected[2], expected[3], COUNT, &group, step);
            if (memcmp(arrays, expected, sizeof arrays) != 0) {
                printf("case %d, step %d:\n", k, (int)step);
            }
            CHECK(memcmp(arrays[0], expected[0], sizeof arrays[0]) == 0);
            CHECK(memcmp(arrays[1], expected[1], sizeof arrays[1]) == 0);
            CHECK(memcmp(arrays[2], expected[2], sizeof arrays[2]) == 0);
            CHECK(memcmp(arrays[3], expected[3], sizeof arrays[3]) == 0);
        }
    }
}

/* fastadam_adam_f32, _f16 and _bf16 do what fastadam_step does with these dtypes. */
static void test_entry_points_agree(void)
{
    static unsigned char expected[ARENA];
    int32_t dtype;
    for (dtype = 0; dtype < 3; dtype++) {
        fastadam_tensor t = tensor_at(4, N, dtype, dtype, dtype, dtype);
        fastadam_group group = defaults();
        int32_t status;
        fill_arena();
        CHECK_EQUAL(plain_step(&t, 1, &group, 2), FASTADAM_OK);
        memcpy(expected, arena.bytes, ARENA);
        CHECK(!arena_is_untouched());
        fill_arena();
        status = dtype == FASTADAM_F32   ? call_f32(&t, &group, 2, 0)
                 : dtype == FASTADAM_F16 ? call_f16(&t, &group, 2, 0)
                                         : call_bf16(&t, &group, 2, 0);
        CHECK_EQUAL(status, FASTADAM_OK);
        CHECK(memcmp(arena.bytes, expected, ARENA) == 0);
    }
}

/* The same bits at every misalignment, arrays at odd addresses included. */
static void test_misaligned(void)
{
    int mix;
    size_t offset;
    size_t k;
    for (mix = 0; mix < 81; mix += 4) { /* mixes 0, 40 and 80 are the three uniform ones */
        unsigned char expected[4][4 * N];
        fastadam_group group = defaults();
        for (offset = 0; offset < 8; offset++) {
            fastadam_tensor t = tensor_at(8, N, mix / 27, mix / 9 % 3, mix / 3 % 3, mix % 3);
            fastadam_tensor odd = t;
            void *from[4];
            void *to[4];
            odd.param = (char *)slot(16) + offset;
            odd.grad = (char *)slot(17) + offset;
            odd.state[0] = (char *)slot(18) + offset;
            odd.state[1] = (char *)slot(19) + offset;
            from[0] = t.param;
            from[1] = slot(9);
            from[2] = t.state[0];
            from[3] = t.state[1];
            to[0] = odd.param;
            to[1] = (char *)slot(17) + offset;
            to[2] = odd.state[0];
            to[3] = odd.state[1];
            fill_arena();
            for (k = 0; k < 4; k++) {
                memcpy(to[k], from[k], 4 * N);
            }
            memcpy(before, arena.bytes, ARENA);
            CHECK_EQUAL(mix == 0    ? call_f32(&odd, &group, 1, 0)
                        : mix == 40 ? call_f16(&odd, &group, 1, 0)
                        : mix == 80 ? call_bf16(&odd, &group, 1, 0)
                                    : plain_step(&odd, 1, &group, 1),
                        FASTADAM_OK);
            CHECK(only_outputs_changed(&odd));
            for (k = 0; k < 4; k++) {
                if (offset == 0) {
                    memcpy(expected[k], to[k], 4 * N);
                }
                CHECK(memcmp(expected[k], to[k], 4 * N) == 0);
            }
        }
    }
}

/* A list does what single calls do, in any dtypes; a cut tensor gives the bits of the whole. */
static void test_list_results(void)
{
    static unsigned char expected[ARENA];
    fastadam_tensor tensors[5];
    fastadam_tensor cut[2];
    fastadam_group group = defaults();
    int i;
    tensors[0] = tensor_at(0, N, 0, 0, 0, 0);
    tensors[1] = tensor_at(4, 1, 1, 1, 0, 0);
    tensors[2] = tensor_at(8, 0, 0, 0, 0, 0);
    tensors[3] = tensor_at(12, 20, 2, 0, 1, 2);
    tensors[4] = tensor_at(16, N, 2, 2, 2, 2);
    fill_arena();
    for (i = 0; i < 5; i++) {
        CHECK_EQUAL(plain_step(&tensors[i], 1, &group, 1), FASTADAM_OK);
    }
    memcpy(expected, arena.bytes, ARENA);
    CHECK_LIST(tensors, 5, FASTADAM_OK);
    CHECK(memcmp(arena.bytes, expected, ARENA) == 0);

    CHECK_LIST(tensors, 1, FASTADAM_OK);
    memcpy(expected, arena.bytes, ARENA);
    cut[0] = tensors[0];
    cut[0].n = 13;
    cut[1] = tensors[0];
    cut[1].n = N - 13;
    cut[1].param = (float *)cut[1].param + 13;
    cut[1].grad = (const float *)cut[1].grad + 13;
    cut[1].state[0] = (float *)cut[1].state[0] + 13;
    cut[1].state[1] = (float *)cut[1].state[1] + 13;
    CHECK_LIST(cut, 2, FASTADAM_OK);
    CHECK(memcmp(arena.bytes, expected, ARENA) == 0);
}

/* ---- Nothing to do --------------------------------------------------------------------------------------------------------- */

static void test_empty(void)
{
    fastadam_group group = defaults();
    fastadam_tensor t = f32_at(0);
    fastadam_tensor null;
    t.n = 0;
    CHECK_ALL(&t, &group, 1, FASTADAM_OK);
    memset(&null, 0, sizeof null);
    null.struct_size = sizeof null;
    CHECK_ALL(&null, &group, 1, FASTADAM_OK);

    /* Whatever the pointers: the same array four times, and addresses that are none. */
    t.grad = t.param;
    t.state[0] = t.param;
    t.state[1] = t.param;
    CHECK_ALL(&t, &group, 1, FASTADAM_OK);
    t.param = (void *)(uintptr_t)-1;
    t.grad = (void *)(uintptr_t)1;
    CHECK_ALL(&t, &group, 1, FASTADAM_OK);

    CHECK_LIST(&t, 0, FASTADAM_OK);
    CHECK_LIST(NULL, 0, FASTADAM_OK);

    /* The group and the step are checked all the same. */
    CHECK_ALL(&null, NULL, 1, FASTADAM_ERR_NULL);
    CHECK_ALL(&null, &group, 0, FASTADAM_ERR_STEP);
    CHECK_EQUAL(plain_step(NULL, 0, NULL, 1), FASTADAM_ERR_NULL);
    CHECK_EQUAL(plain_step(NULL, 0, &group, 0), FASTADAM_ERR_STEP);
    group.lr = -1;
    CHECK_ALL(&null, &group, 1, FASTADAM_ERR_HYPERPARAMETER);
    CHECK_EQUAL(plain_step(NULL, 0, &group, 1), FASTADAM_ERR_HYPERPARAMETER);
}

/* ---- Errors ---------------------------------------------------------------------------------------------------------------- */

static void test_null(void)
{
    fastadam_group group = defaults();
    fastadam_tensor t = f32_at(0);
    CHECK_ALL(&t, NULL, 1, FASTADAM_ERR_NULL);
    CHECK_LIST(NULL, 1, FASTADAM_ERR_NULL);
    CHECK_LIST(NULL, SIZE_MAX, FASTADAM_ERR_NULL);
    t.param = NULL;
    CHECK_ALL(&t, &group, 1, FASTADAM_ERR_NULL);
    t = f32_at(0);
    t.grad = NULL;
    CHECK_ALL(&t, &group, 1, FASTADAM_ERR_NULL);
    t = f32_at(0);
    t.state[0] = NULL;
    CHECK_ALL(&t, &group, 1, FASTADAM_ERR_NULL);
    t = f32_at(0);
    t.state[1] = NULL;
    CHECK_ALL(&t, &group, 1, FASTADAM_ERR_NULL);
}

static void test_struct_size(void)
{
    static const uint32_t sizes[] = {0, 1, 4, 8, 12, 15, 17, 60, 63, 65, 68, 103, 105, sizeof(fastadam_group) - 1, sizeof(fastadam_group) + 1, 0x80000040u, UINT32_MAX};
    fastadam_group group = defaults();
    fastadam_tensor t = f32_at(0);
    uint32_t *small = (uint32_t *)malloc(sizeof *small);
    size_t i;
    for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        group.struct_size = sizes[i];
        CHECK_ALL(&t, &group, 1, FASTADAM_ERR_STRUCT_SIZE);
    }

    /* Nothing is read beyond a struct_size that is not known: valgrind sees to that. */
    CHECK(small != NULL);
    if (small != NULL) {
        *small = sizeof *small;
        CHECK_ALL(&t, (const fastadam_group *)(void *)small, 1, FASTADAM_ERR_STRUCT_SIZE);
    }
    free(small);
}

static void test_flags(void)
{
    fastadam_group group = defaults();
    fastadam_tensor t = f32_at(0);
    int bit;
    for (bit = 4; bit < 64; bit++) {
        /* The first ones are other rules'. */
        const int32_t expected = bit < UNKNOWN_FLAG ? FASTADAM_ERR_HYPERPARAMETER : FASTADAM_ERR_FLAGS;
        group.flags = (uint64_t)1 << bit;
        CHECK_ALL(&t, &group, 1, expected);
        group.flags |= FASTADAM_DECOUPLED_WEIGHT_DECAY | FASTADAM_MAXIMIZE | FASTADAM_PRESERVE_SUBNORMALS;
        CHECK_ALL(&t, &group, 1, expected);
    }

    group = defaults();
    group.flags = FASTADAM_DECOUPLED_WEIGHT_DECAY | FASTADAM_MAXIMIZE | FASTADAM_PRESERVE_SUBNORMALS;
    CHECK_ALL(&t, &group, 1, FASTADAM_OK);
}

static void test_amsgrad(void)
{
    fastadam_group group = defaults();
    fastadam_tensor t = f32_at(0);
    const float *exp_avg_sq = (const float *)t.state[1];
    float *largest = (float *)(void *)slot(5);
    int round;
    int i;

    /* The functions for one dtype have no third array. */
    group.flags = FASTADAM_AMSGRAD;
    for (i = 0; i < 2; i++) {
        fill_arena();
        CHECK_EQUAL(call_f32(&t, &group, 1, 0), FASTADAM_ERR_UNSUPPORTED);
        CHECK_EQUAL(call_f16(&t, &group, 1, 0), FASTADAM_ERR_UNSUPPORTED);
        CHECK_EQUAL(call_bf16(&t, &group, 1, 0), FASTADAM_ERR_UNSUPPORTED);
        CHECK_EQUAL(plain_step(&t, 1, &group, 1), i == 0 ? FASTADAM_ERR_NULL : FASTADAM_OK);
        CHECK(arena_is_untouched());
        t.n = 0;
    }

    t = f32_at(0);
    t.state[2] = largest;
    for (round = 0; round < 2; round++) {
        float old_param;
        float old_largest[N];
        fill_arena();
        largest[3] = 1e9f;
        largest[4] = 0;
        memcpy(old_largest, largest, sizeof old_largest);
        memcpy(&old_param, (float *)t.param + 3, sizeof old_param);
        CHECK_EQUAL(plain_step(&t, 1, &group, 1), FASTADAM_OK);
        for (i = 0; i < N; i++) {
            CHECK_DOUBLE(largest[i], old_largest[i] > exp_avg_sq[i] ? old_largest[i] : exp_avg_sq[i]);
        }
        CHECK(largest[4] > 0);
        if (round == 0) {
            CHECK(fabs(((float *)t.param)[3] - old_param) < 1e-8 && ((float *)t.param)[4] != 0);
        }
        group.flags |= FASTADAM_DECOUPLED_WEIGHT_DECAY;
        group.weight_decay = 0.1;
    }
    fill_arena();
    t.state[2] = (char *)t.param + 4;
    CHECK_EQUAL(plain_step(&t, 1, &group, 1), FASTADAM_ERR_OVERLAP);
    CHECK(arena_is_untouched());

    /* Without the flag the pointer is not looked at. */
    group.flags = 0;
    t.state[2] = t.param;
    CHECK_ALL(&t, &group, 1, FASTADAM_OK);
    t.state[2] = (void *)(uintptr_t)1;
    CHECK_ALL(&t, &group, 1, FASTADAM_OK);
}

static void test_dtypes(void)
{
    static const int32_t bad[] = {-1, 3, 11, 255, 256, 0x10000, INT_MAX, INT_MIN};
    size_t i;
    int field;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        for (field = 0; field < 6; field++) {
            fastadam_tensor t = f32_at(0);
            int32_t *dtypes[6];
            dtypes[0] = &t.param_dtype;
            dtypes[1] = &t.grad_dtype;
            dtypes[2] = &t.state_dtype[0];
            dtypes[3] = &t.state_dtype[1];
            dtypes[4] = &t.state_dtype[2]; /* of arrays that the step does not keep */
            dtypes[5] = &t.state_dtype[3];
            *dtypes[field] = bad[i];
            CHECK_LIST(&t, 1, FASTADAM_ERR_DTYPE);
        }
    }
}

static void test_length(void)
{
    static const size_t quarter = SIZE_MAX / 4;
    fastadam_group group = defaults();
    fastadam_tensor t = f32_at(0);
    t.n = SIZE_MAX;
    CHECK_ALL(&t, &group, 1, FASTADAM_ERR_LENGTH);
    t.n = SIZE_MAX / 2;
    CHECK_ALL(&t, &group, 1, FASTADAM_ERR_LENGTH);
    t.n = quarter;
    CHECK_LIST(&t, 1, FASTADAM_ERR_LENGTH);
    t.n = quarter + 2; /* 4 bytes, where the multiplication wraps around */
    CHECK_LIST(&t, 1, FASTADAM_ERR_LENGTH);
    t.grad_dtype = t.state_dtype[0] = t.state_dtype[1] = FASTADAM_BF16; /* p alone is too long */
    CHECK_LIST(&t, 1, FASTADAM_ERR_LENGTH);
    t = tensor_at(0, SIZE_MAX / 2 + 2, FASTADAM_F16, FASTADAM_F16, FASTADAM_F16, FASTADAM_F16);
    CHECK_LIST(&t, 1, FASTADAM_ERR_LENGTH);

    t = f32_at(0);
    t.state[0] = (void *)(uintptr_t)-8; /* two elements before the end of the address space */
    CHECK_ALL(&t, &group, 1, FASTADAM_ERR_LENGTH);
}

static void test_step_number(void)
{
    fastadam_group group = defaults();
    fastadam_tensor t = f32_at(0);
    CHECK_ALL(&t, &group, 0, FASTADAM_ERR_STEP);
    CHECK_ALL(&t, &group, -1, FASTADAM_ERR_STEP);
    CHECK_ALL(&t, &group, INT64_MIN, FASTADAM_ERR_STEP);
    CHECK_ALL(&t, &group, 1, FASTADAM_OK);
    CHECK_ALL(&t, &group, INT64_C(1) << 32, FASTADAM_OK);
    CHECK_ALL(&t, &group, INT64_MAX, FASTADAM_OK);
}

static void test_threads(void)
{
    fastadam_group group = defaults();
    fastadam_tensor t = f32_at(0);
    check_all(&t, &group, 1, -1, FASTADAM_ERR_THREADS, __LINE__);
    check_all(&t, &group, 1, INT_MIN, FASTADAM_ERR_THREADS, __LINE__);
    check_all(&t, &group, 1, 1, FASTADAM_OK, __LINE__);
    check_all(&t, &group, 1, INT_MAX, FASTADAM_OK, __LINE__);
}

static double *hyperparameter(fastadam_group *group, int i)
{
    return i == 0   ? &group->lr
           : i == 1 ? &group->beta1
           : i == 2 ? &group->beta2
           : i == 3 ? &group->eps
           : i == 4 ? &group->weight_decay
                    : &group->grad_scale;
}

static void test_hyperparameters(void)
{
    static const char *const names[] = {"lr", "beta1", "beta2", "eps", "weight_decay", "grad_scale"};
    static const double just_below_1 = 1 - 1.0 / 9007199254740992.0;
    const double nan_value = strtod("nan", NULL);
    const double infinity = strtod("inf", NULL);
    fastadam_tensor t = f32_at(0);
    fastadam_group group;
    int i;
    for (i = 0; i < 6; i++) {
        double bad[7];
        double good[4];
        int bad_count = 0;
        int good_count = 0;
        int failed = checks_failed;
        int k;
        bad[bad_count++] = nan_value;
        bad[bad_count++] = infinity;
        bad[bad_count++] = -infinity;
        bad[bad_count++] = -1e-9;
        if (i == 1 || i == 2) {
            bad[bad_count++] = 1;
            bad[bad_count++] = 1.5;
            good[good_count++] = just_below_1;
        } else {
            bad[bad_count++] = 1e39; /* infinite in single precision */
            good[good_count++] = 1;
        }
        if (i == 5) {
            bad[bad_count++] = 0;
            bad[bad_count++] = 1e-60; /* 0 in single precision */
        } else {
            good[good_count++] = 0;
            good[good_count++] = -0.0;
        }
        if (i == 3) {
            bad[bad_count++] = 1e-60; /* not 0, but so in single precision */
        }
        good[good_count++] = 0.25;
        for (k = 0; k < bad_count; k++) {
            group = defaults();
            *hyperparameter(&group, i) = bad[k];
            CHECK_ALL(&t, &group, 1, FASTADAM_ERR_HYPERPARAMETER);
        }
        for (k = 0; k < good_count; k++) {
            group = defaults();
            *hyperparameter(&group, i) = good[k];
            CHECK_ALL(&t, &group, 1, FASTADAM_OK);
        }
        if (checks_failed != failed) {
            printf("    (these were for %s)\n", names[i]);
        }
    }

    /* What follows from them must be finite in single precision, too. */
    group = defaults();
    group.lr = 3e38;
    CHECK_ALL(&t, &group, 1, FASTADAM_ERR_HYPERPARAMETER);
    group = defaults();
    group.flags = FASTADAM_DECOUPLED_WEIGHT_DECAY;
    group.lr = 1e25;
    group.weight_decay = 1e25;
    CHECK_ALL(&t, &group, 1, FASTADAM_ERR_HYPERPARAMETER);
}

/* ---- Overlaps -------------------------------------------------------------------------------------------------------------- */

static void set_pointer(fastadam_tensor *t, int role, void *pointer)
{
    switch (role) {
    case 0: t->param = pointer; break;
    case 1: t->grad = pointer; break;
    case 2: t->state[0] = pointer; break;
    default: t->state[1] = pointer; break;
    }
}

/* Role a of one tensor placed at, before and behind role b of the same (other == NULL) or of another one. */
static void check_overlap(int a, int b, int is_same_tensor)
{
    enum { BYTES = 4 * N };
    static const int distances[] = {0, 1, 4, BYTES - 1, -1, -4, 1 - BYTES, BYTES, -BYTES};
    int k;
    for (k = 0; k < 9; k++) {
        int is_apart = distances[k] == BYTES || distances[k] == -BYTES;
        int is_shared_gradient = !is_same_tensor && a == 1 && b == 1;
        int32_t expected = is_apart || is_shared_gradient ? FASTADAM_OK : FASTADAM_ERR_OVERLAP;
        fastadam_tensor tensors[2];
        fastadam_group group = defaults();
        int failed = checks_failed;
        tensors[0] = f32_at(0);
        tensors[1] = f32_at(8);
        set_pointer(&tensors[0], b, slot(4) + BYTES);
        set_pointer(&tensors[is_same_tensor ? 0 : 1], a, slot(4) + BYTES + distances[k]);
        if (is_same_tensor) {
            fill_arena();
            CHECK_EQUAL(call_f32(&tensors[0], &group, 1, 0), expected);
            CHECK(expected == FASTADAM_OK || arena_is_untouched());
            CHECK_LIST(tensors, 1, expected);
        } else {
            fastadam_tensor swapped[2];
            swapped[0] = tensors[1];
            swapped[1] = tensors[0];
            CHECK_LIST(swapped, 2, expected);
        }
        CHECK_LIST(tensors, 2, expected);
        if (checks_failed != failed) {
            printf("    (array %d at distance %d of array %d of %s tensor)\n", a, distances[k], b,
                   is_same_tensor ? "the same" : "another");
        }
    }
}

static void test_overlap(void)
{
    fastadam_group group = defaults();
    fastadam_tensor t = f32_at(0);
    fastadam_tensor tensors[4];
    int a;
    int b;
    for (a = 0; a < 4; a++) {
        for (b = 0; b < 4; b++) {
            if (a != b) {
                check_overlap(a, b, 1);
            }
            check_overlap(a, b, 0);
        }
    }

    t.grad = t.state[0] = t.state[1] = t.param;
    CHECK_ALL(&t, &group, 1, FASTADAM_ERR_OVERLAP);
    t = f32_at(0);
    t.n = 1 << 20; /* beyond the arena: checked, not read */
    CHECK_ALL(&t, &group, 1, FASTADAM_ERR_OVERLAP);

    /* The sizes are those of the dtypes: 2 N bytes apart is enough for 16-bit arrays. */
    t = tensor_at(0, N, FASTADAM_BF16, FASTADAM_F32, FASTADAM_F16, FASTADAM_F32);
    t.state[0] = (char *)t.param + 2 * N;
    CHECK_LIST(&t, 1, FASTADAM_OK);
    t.state[0] = (char *)t.param + 2 * N - 1;
    CHECK_LIST(&t, 1, FASTADAM_ERR_OVERLAP);

    /* The same tensor twice; an empty tensor in the midst of another is no overlap. */
    tensors[0] = f32_at(0);
    tensors[1] = f32_at(0);
    CHECK_LIST(tensors, 2, FASTADAM_ERR_OVERLAP);
    tensors[1].n = 0;
    CHECK_LIST(tensors, 2, FASTADAM_OK);

    /* A long shared gradient, a short one within it, and a written array behind the short one but within the long one. */
    tensors[0] = tensor_at(0, 8, 0, 0, 0, 0);
    tensors[1] = tensor_at(8, 4, 0, 0, 0, 0);
    tensors[2] = tensor_at(12, 2, 0, 0, 0, 0);
    tensors[1].grad = (const char *)tensors[0].grad + 4;
    tensors[2].state[0] = (char *)slot(1) + 24;
    CHECK_LIST(tensors, 3, FASTADAM_ERR_OVERLAP);
    tensors[2].state[0] = (char *)slot(1) + 32;
    CHECK_LIST(tensors, 3, FASTADAM_OK);
}

/* Long lists: one overlap anywhere is found, and none is found where none is. */
static void test_long_list(void)
{
    enum { COUNT = 1000, PAIRS = 6 };
    static const int pairs[PAIRS][2] = {{0, COUNT - 1}, {COUNT - 1, 0}, {1, 2}, {500, 499}, {3, 700}, {999, 998}};
    fastadam_group group = defaults();
    fastadam_tensor *tensors = (fastadam_tensor *)calloc(COUNT, sizeof *tensors);
    float *memory = (float *)calloc(4 * COUNT + 1, sizeof *memory);
    float *copy = (float *)calloc(4 * COUNT + 1, sizeof *copy);
    float *shared = memory + 4 * COUNT;
    int i;
    CHECK(tensors != NULL && memory != NULL && copy != NULL);
    if (tensors != NULL && memory != NULL && copy != NULL) {
        for (i = 0; i < 4 * COUNT + 1; i++) {
            memory[i] = 0.25f + (float)i;
        }
        for (i = 0; i < COUNT; i++) {
            float *arrays = memory + 4 * (i * 607 % COUNT); /* in no order */
            tensors[i].struct_size = sizeof tensors[i];
            tensors[i].param = arrays;
            tensors[i].grad = i % 3 == 0 ? shared : arrays + 1;
            tensors[i].state[0] = arrays + 2;
            tensors[i].state[1] = arrays + 3;
            tensors[i].n = i % 5 == 4 ? 0 : 1;
        }
        CHECK_EQUAL(plain_step(tensors, COUNT, &group, 1), FASTADAM_OK);
        memcpy(copy, memory, (4 * COUNT + 1) * sizeof *copy);
        for (i = 0; i < PAIRS; i++) {
            fastadam_tensor *first = &tensors[pairs[i][0]];
            fastadam_tensor *second = &tensors[pairs[i][1]];
            fastadam_tensor old_first = *first;
            fastadam_tensor old_second = *second;
            first->n = 1;
            second->n = 1;
            second->state[0] = first->state[1];
            CHECK_EQUAL(plain_step(tensors, COUNT, &group, 1), FASTADAM_ERR_OVERLAP);
            CHECK(memcmp(copy, memory, (4 * COUNT + 1) * sizeof *copy) == 0);
            second->state[0] = (void *)(uintptr_t)second->grad;
            CHECK_EQUAL(plain_step(tensors, COUNT, &group, 1), FASTADAM_ERR_OVERLAP);
            CHECK(memcmp(copy, memory, (4 * COUNT + 1) * sizeof *copy) == 0);
            *first = old_first;
            *second = old_second;
        }
        tensors[COUNT - 2].state[0] = shared;
        CHECK_EQUAL(plain_step(tensors, COUNT, &group, 1), FASTADAM_ERR_OVERLAP);
        CHECK(memcmp(copy, memory, (4 * COUNT + 1) * sizeof *copy) == 0);
    }
    free(tensors);
    free(memory);
    free(copy);
}

/* An error in the last tensor leaves the first ones untouched. */
static void test_error_in_last_tensor(void)
{
    int k;
    for (k = 0; k < 15; k++) {
        fastadam_tensor tensors[3];
        fastadam_tensor *last = &tensors[2];
        int32_t expected;
        int failed = checks_failed;
        tensors[0] = f32_at(0);
        tensors[1] = tensor_at(4, N, 2, 2, 0, 0);
        *last = f32_at(8);
        if (k < 4) {
            set_pointer(last, k, NULL);
            expected = FASTADAM_ERR_NULL;
        } else if (k < 8) {
            int32_t *dtypes[4];
            dtypes[0] = &last->param_dtype;
            dtypes[1] = &last->grad_dtype;
            dtypes[2] = &last->state_dtype[0];
            dtypes[3] = &last->state_dtype[1];
            *dtypes[k - 4] = 3;
            expected = FASTADAM_ERR_DTYPE;
        } else if (k == 8) {
            last->n = SIZE_MAX;
            expected = FASTADAM_ERR_LENGTH;
        } else if (k < 12) {
            set_pointer(last, k == 9 ? 0 : k - 8, tensors[0].param);
            expected = FASTADAM_ERR_OVERLAP;
        } else {
            set_pointer(last, k == 12 ? 0 : k - 11, slot(9));
            last->grad = slot(9);
            expected = FASTADAM_ERR_OVERLAP;
        }
        CHECK_LIST(tensors, 3, expected);
        if (checks_failed != failed) {
            printf("    (error %d in the last tensor)\n", k);
        }
    }
}

typedef struct { float p[19], g[19], m[19], v[19]; } small_arrays;

static small_arrays small_step(const fastadam_group *group, int64_t step, int32_t threads, int32_t expected)
{
    small_arrays a;
    int i;
    for (i = 0; i < 19; i++) {
        a.p[i] = 1.0f + (float)i;
        a.g[i] = 0.25f * (float)(i - 9);
        a.m[i] = 0.125f;
        a.v[i] = 0.5f;
    }
    CHECK_EQUAL(fastadam_adam_f32(a.p, a.g, a.m, a.v, 19, group, step, threads), expected);
    return a;
}

/* What a thread remembers of its last call must not show in the next, whatever that was. */
static void test_calls_one_after_another(void)
{
    fastadam_group first = defaults();
    fastadam_group other = defaults();
    fastadam_group bad = defaults();
    small_arrays of_first, of_other, of_next, again;
    first.weight_decay = 0.5;
    other.lr = 0.25;
    other.flags = FASTADAM_MAXIMIZE;
    of_first = small_step(&first, 3, 0, FASTADAM_OK);
    of_other = small_step(&other, 3, 0, FASTADAM_OK);
    of_next = small_step(&other, 4, 0, FASTADAM_OK);
    CHECK(memcmp(&of_first, &of_other, sizeof of_first) != 0);
    CHECK(memcmp(&of_next, &of_other, sizeof of_next) != 0);
    again = small_step(&first, 3, 0, FASTADAM_OK);
    CHECK(memcmp(&again, &of_first, sizeof again) == 0);
    bad.lr = -1;
    small_step(&bad, 3, 0, FASTADAM_ERR_HYPERPARAMETER);
    small_step(&bad, 3, 0, FASTADAM_ERR_HYPERPARAMETER);
    again = small_step(&first, 3, 0, FASTADAM_OK);
    CHECK(memcmp(&again, &of_first, sizeof again) == 0);
    small_step(&first, 0, 0, FASTADAM_ERR_STEP);
    small_step(NULL, 3, 0, FASTADAM_ERR_NULL);
    bad = first;
    bad.struct_size = 8;
    small_step(&bad, 3, 0, FASTADAM_ERR_STRUCT_SIZE);
    bad = first;
    bad.flags = UINT64_C(1) << 40;
    small_step(&bad, 3, 0, FASTADAM_ERR_FLAGS);
    small_step(&first, 3, -1, FASTADAM_ERR_THREADS);
    again = small_step(&other, 3, 0, FASTADAM_OK);
    CHECK(memcmp(&again, &of_other, sizeof again) == 0);
    bad = first;
    bad.lr = 3e38; /* lr / (1 - beta1^t) is not finite */
    small_step(&bad, 3, 0, FASTADAM_ERR_HYPERPARAMETER);
    small_step(&bad, 3, 0, FASTADAM_ERR_HYPERPARAMETER);
    again = small_step(&other, 4, 0, FASTADAM_OK);
    CHECK(memcmp(&again, &of_next, sizeof again) == 0);
}

int main(void)
{
    print_layout();
    test_library();
    test_status_strings();
    test_group_init();
    test_all_mixes();
    test_hyperparameters_have_effect();
    test_entry_points_agree();
    test_misaligned();
    test_list_results();
    test_empty();
    test_null();
    test_struct_size();
    test_flags();
    test_amsgrad();
    test_dtypes();
    test_length();
    test_step_number();
    test_threads();
    test_hyperparameters();
    test_overlap();
    test_long_list();
    test_error_in_last_tensor();
    test_calls_one_after_another();
    return check_report();
}
