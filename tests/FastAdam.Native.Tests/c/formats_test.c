/*
 * Storage formats: conversions, steps, errors. Prints sums of the results' bits, which are the same on each level.
 *
 *     cc -std=c99 -Wall -Wextra -Werror -pedantic -I PREFIX/include formats_test.c -o formats_test -L PREFIX/lib -lfastadam -lm
 */
#include "fastadam.h"

#include "check.h"

#include <math.h>
#include <stdlib.h>

enum { N = 1000, BLOCKS = (N + 127) / 128 };

static float values[N], back[N], p[N], g[N], m[N], v[N], scales[2][BLOCKS];
static uint8_t codes[2][N];
static uint16_t upper[N], lower[N], copy[N];

/* FNV-1a. */
static uint64_t sum_of(const void *bytes, size_t count)
{
    uint64_t sum = UINT64_C(14695981039346656037);
    size_t i;
    for (i = 0; i < count; i++) {
        sum = (sum ^ ((const uint8_t *)bytes)[i]) * UINT64_C(1099511628211);
    }
    return sum;
}

#define PRINT_SUM(name, array) printf("%s %016llx\n", name, (unsigned long long)sum_of(array, sizeof array))

static void fill(void)
{
    int i;
    for (i = 0; i < N; i++) {
        values[i] = (float)(((i * 7919) % 1009) - 504) / 512.0f;
        p[i] = values[i];
        g[i] = (float)(((i * 104729) % 997) - 498) / 65536.0f;
        m[i] = v[i] = 0;
    }
    memset(codes, 0, sizeof codes);
    memset(scales, 0, sizeof scales);
}

static void test_conversions(void)
{
    int i;
    fill();
    CHECK_EQUAL(fastadam_encode(FASTADAM_SPLIT16, upper, lower, N, 0, values), FASTADAM_OK);
    CHECK_EQUAL(fastadam_decode(FASTADAM_SPLIT16, upper, lower, N, 0, back), FASTADAM_OK);
    CHECK(memcmp(values, back, sizeof values) == 0);
    for (i = 0; i < N; i++) {
        int32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        CHECK_EQUAL((int32_t)((uint32_t)upper[i] << 16) + (int16_t)lower[i], bits);
    }
    CHECK_EQUAL(fastadam_encode(FASTADAM_BLOCK8, codes[0], scales[0], N, 0, values), FASTADAM_OK);
    CHECK_EQUAL(fastadam_decode(FASTADAM_BLOCK8, codes[0], scales[0], N, 0, back), FASTADAM_OK);
    for (i = 0; i < N; i++) {
        CHECK(fabs(back[i] - values[i]) <= scales[0][i / 128] / 253.9);
        v[i] = values[i] * values[i];
    }
    CHECK_EQUAL(fastadam_encode(FASTADAM_BLOCK8, codes[1], scales[1], N, FASTADAM_NEVER_NEGATIVE, v), FASTADAM_OK);
    CHECK_EQUAL(fastadam_decode(FASTADAM_BLOCK8, codes[1], scales[1], N, FASTADAM_NEVER_NEGATIVE, back), FASTADAM_OK);
    for (i = 0; i < N; i++) {
        CHECK(back[i] > 0 && fabs(sqrt(back[i]) - fabs(values[i])) <= scales[1][i / 128] / 508);
    }
    CHECK_EQUAL(fastadam_encode(FASTADAM_F32_BF16_COPY, p, copy, N, 0, values), FASTADAM_OK);
    CHECK_EQUAL(fastadam_decode(FASTADAM_BF16, copy, NULL, N, 0, back), FASTADAM_OK);
    CHECK(memcmp(p, values, sizeof p) == 0 && fabs(back[5] - values[5]) < 0.004);
    PRINT_SUM("codes", codes);
    PRINT_SUM("scales", scales);

    CHECK_EQUAL(fastadam_encode(3, upper, lower, N, 0, values), FASTADAM_ERR_DTYPE);
    CHECK_EQUAL(fastadam_encode(FASTADAM_SPLIT16, upper, NULL, N, 0, values), FASTADAM_ERR_NULL);
    CHECK_EQUAL(fastadam_encode(FASTADAM_SPLIT16, NULL, lower, N, 0, values), FASTADAM_ERR_NULL);
    CHECK_EQUAL(fastadam_encode(FASTADAM_SPLIT16, upper, lower, N, 0, NULL), FASTADAM_ERR_NULL);
    CHECK_EQUAL(fastadam_encode(FASTADAM_SPLIT16, upper, upper, N, 0, values), FASTADAM_ERR_OVERLAP);
    CHECK_EQUAL(fastadam_encode(FASTADAM_SPLIT16, upper, lower, N, 2, values), FASTADAM_ERR_FLAGS);
    CHECK_EQUAL(fastadam_encode(FASTADAM_SPLIT16, upper, lower, SIZE_MAX, 0, values), FASTADAM_ERR_LENGTH);
    CHECK_EQUAL(fastadam_decode(FASTADAM_SPLIT16, NULL, NULL, 0, 0, NULL), FASTADAM_OK);
}

static fastadam_tensor tensor_of(void)
{
    fastadam_tensor tensor;
    memset(&tensor, 0, sizeof tensor);
    tensor.struct_size = sizeof tensor;
    tensor.n = N;
    tensor.param = p;
    tensor.grad = g;
    tensor.state[0] = codes[0];
    tensor.state[1] = codes[1];
    tensor.state_part[0] = scales[0];
    tensor.state_part[1] = scales[1];
    tensor.state_dtype[0] = tensor.state_dtype[1] = FASTADAM_BLOCK8;
    return tensor;
}

static void test_steps(void)
{
    fastadam_step_options options;
    fastadam_group group;
    fastadam_tensor tensor;
    int format, step, i;
    CHECK_EQUAL(fastadam_group_init(&group, sizeof group, FASTADAM_ADAM), FASTADAM_OK);
    CHECK_EQUAL(fastadam_step_options_init(&options, sizeof options), FASTADAM_OK);
    group.lr = 1e-3;
    options.seed = 42;
    for (format = 0; format < 4; format++) {
        fill();
        tensor = tensor_of();
        if (format == 1) {
            tensor.param_dtype = FASTADAM_F32_BF16_COPY;
            tensor.param_part = copy;
        } else if (format == 2) {
            CHECK_EQUAL(fastadam_encode(FASTADAM_SPLIT16, upper, lower, N, 0, values), FASTADAM_OK);
            tensor.param_dtype = FASTADAM_SPLIT16;
            tensor.param = upper;
            tensor.param_part = lower;
        } else if (format == 3) {
            CHECK_EQUAL(fastadam_encode(FASTADAM_BF16, upper, NULL, N, 0, values), FASTADAM_OK);
            tensor.param_dtype = FASTADAM_BF16_STOCHASTIC;
            tensor.param = upper;
        }
        for (step = 1; step <= 10; step++) {
            CHECK_EQUAL(fastadam_step(&tensor, 1, &group, 1, &options, step, NULL), FASTADAM_OK);
        }
        CHECK_EQUAL(fastadam_decode(tensor.param_dtype, tensor.param, tensor.param_part, N, 0, back), FASTADAM_OK);
        for (i = 0; i < N; i++) {
            /* Ten steps of the learning rate against the gradient; less where it is small in its block. bfloat16 has units of 0.004. */
            double moved = (values[i] - back[i]) * (g[i] > 0 ? 1 : -1);
            double slack = format == 3 ? 0.03 : 0;
            int is_large = fabs(g[i]) > 100 / 65536.0;
            CHECK(moved >= (is_large ? 0.005 : 0) - slack && moved < (is_large ? 0.0103 : 0.015) + slack);
            CHECK(format == 3 || g[i] != 0 || moved == 0);
        }
        PRINT_SUM("parameters", back);
        PRINT_SUM("codes", codes);
        PRINT_SUM("scales", scales);
    }
}

static void test_errors(void)
{
    fastadam_group group;
    fastadam_tensor tensor;
    fill();
    CHECK_EQUAL(fastadam_group_init(&group, sizeof group, FASTADAM_ADAM), FASTADAM_OK);
    tensor = tensor_of();
    tensor.state_part[1] = NULL;
    CHECK_EQUAL(fastadam_step(&tensor, 1, &group, 1, NULL, 1, NULL), FASTADAM_ERR_NULL);
    tensor = tensor_of();
    tensor.state_part[1] = scales[0];
    CHECK_EQUAL(fastadam_step(&tensor, 1, &group, 1, NULL, 1, NULL), FASTADAM_ERR_OVERLAP);
    tensor = tensor_of();
    tensor.param_dtype = FASTADAM_BLOCK8;
    CHECK_EQUAL(fastadam_step(&tensor, 1, &group, 1, NULL, 1, NULL), FASTADAM_ERR_DTYPE);
    tensor = tensor_of();
    tensor.grad_dtype = FASTADAM_SPLIT16;
    CHECK_EQUAL(fastadam_step(&tensor, 1, &group, 1, NULL, 1, NULL), FASTADAM_ERR_DTYPE);
    tensor = tensor_of();
    tensor.first_element = 64;
    CHECK_EQUAL(fastadam_step(&tensor, 1, &group, 1, NULL, 1, NULL), FASTADAM_ERR_INDEX);
    tensor = tensor_of();
    tensor.random_id = UINT64_C(1) << 32;
    CHECK_EQUAL(fastadam_step(&tensor, 1, &group, 1, NULL, 1, NULL), FASTADAM_ERR_INDEX);
    CHECK(p[3] == values[3] && codes[0][3] == 0 && scales[0][0] == 0);
}

int main(void)
{
    test_conversions();
    test_steps();
    test_errors();
    return check_report();
}
