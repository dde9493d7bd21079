// fastadam.hpp: what can be made of what, results equal to the C interface's, and every kind of exception.
//
//     c++ -std=c++17 -Wall -Wextra -Werror -pedantic -I PREFIX/include header_test.cpp -o header_test -L PREFIX/lib -lfastadam
#include "fastadam.hpp"

#include "check.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <list>
#include <new>
#include <set>
#include <utility>
#include <vector>
#if __cplusplus >= 202002L
#  include <span>
#endif

namespace other {

// Somebody else's 16-bit type.
struct brain_float {
    std::uint16_t storage;
};

struct base {
    int value;
};
struct derived : base {
    int more;
};

} // namespace other

template <> struct fastadam::dtype<other::brain_float> : std::integral_constant<std::int32_t, FASTADAM_BF16> {};

using fastadam::bfloat16;
using fastadam::half;
using fastadam::view;

namespace {

// ---- What the compiler checks -------------------------------------------------------------------------------------------------

static_assert(sizeof(half) == 2 && std::is_trivially_copyable_v<half> && std::is_standard_layout_v<half>);
static_assert(sizeof(bfloat16) == 2 && std::is_trivially_copyable_v<bfloat16> && std::is_standard_layout_v<bfloat16>);
static_assert(!std::is_convertible_v<half, bfloat16> && !std::is_convertible_v<std::uint16_t, half>);
static_assert(sizeof(fastadam::group) == sizeof(fastadam_group));
static_assert(sizeof(fastadam::step_options) == sizeof(fastadam_step_options));
static_assert(!std::is_convertible_v<std::int32_t, fastadam::group>);
static_assert(std::is_base_of_v<std::runtime_error, fastadam::error>);

static_assert(std::is_trivially_copyable_v<view<float>>);
static_assert(std::is_convertible_v<view<float>, view<const float>>);
static_assert(std::is_convertible_v<std::vector<float> &, view<float>>);
static_assert(std::is_convertible_v<std::vector<float> &, view<const float>>);
static_assert(std::is_convertible_v<const std::vector<float> &, view<const float>>);
static_assert(std::is_convertible_v<float (&)[3], view<float>>);
static_assert(std::is_convertible_v<const float (&)[3], view<const float>>);
static_assert(std::is_convertible_v<std::array<half, 3> &, view<half>>);
static_assert(!std::is_convertible_v<view<const float>, view<float>>);
static_assert(!std::is_convertible_v<const std::vector<float> &, view<float>>);
static_assert(!std::is_convertible_v<std::vector<double> &, view<float>>);
static_assert(!std::is_convertible_v<std::vector<half> &, view<bfloat16>>);
static_assert(!std::is_convertible_v<std::list<float> &, view<float>>);
static_assert(!std::is_convertible_v<std::set<float> &, view<const float>>);
static_assert(!std::is_convertible_v<std::vector<bool> &, view<bool>>);
static_assert(!std::is_convertible_v<float *, view<float>>);
static_assert(!std::is_convertible_v<int, view<float>>);
static_assert(!std::is_convertible_v<std::vector<other::derived> &, view<other::base>>);
#if __cplusplus >= 202002L
static_assert(std::is_convertible_v<std::span<float>, view<float>>);
static_assert(std::is_convertible_v<std::span<float>, view<const float>>);
static_assert(std::is_convertible_v<std::span<float, 4>, view<float>>);
static_assert(!std::is_convertible_v<std::span<const float>, view<float>>);
#endif

constexpr float constants[] = {1, 2, 3};
constexpr view<const float> constant_view = constants;
static_assert(constant_view.size() == 3 && constant_view[1] == 2 && constant_view.data() == constants && !constant_view.empty());
static_assert(view<float>().empty() && view<float>().data() == nullptr);

// ---- Help ---------------------------------------------------------------------------------------------------------------------

// The status that a call throws; 1 where it throws nothing.
template <class Call> std::int32_t thrown_status(Call call) {
    try {
        call();
    } catch (const fastadam::error &e) {
        CHECK(std::string(e.what()).find(fastadam_status_string(e.status())) != std::string::npos);
        return e.status();
    }
    return 1;
}

// The text of the std::invalid_argument that a call throws.
template <class Call> std::string thrown_text(Call call) {
    try {
        call();
    } catch (const std::invalid_argument &e) {
        return e.what();
    }
    return "nothing was thrown";
}

// Whether a call finds no memory.
template <class Call> bool is_bad_alloc(Call call) {
    try {
        call();
    } catch (const std::bad_alloc &) {
        return true;
    }
    return false;
}

#define CHECK_THROWS(call, status) CHECK_EQUAL(thrown_status([&] { call; }), status)
#define CHECK_NAMES(call, name) CHECK(thrown_text([&] { call; }).find(name) != std::string::npos)
#define CHECK_BAD_ALLOC(call) CHECK(is_bad_alloc([&] { call; }))

// n elements whose bits are a small positive number in every type.
template <class T> std::vector<T> filled(std::size_t n) {
    std::vector<T> result(n);
    for (std::size_t i = 0; i < n; i++) {
        const std::uint32_t word = 0x3c003c00u + static_cast<std::uint32_t>(i * 37 & 0xff) * 0x00010001u;
        std::memcpy(&result[i], &word, sizeof(T));
    }
    return result;
}

template <class T> bool same(const std::vector<T> &left, const std::vector<T> &right) {
    return left.size() == right.size() && std::memcmp(left.data(), right.data(), left.size() * sizeof(T)) == 0;
}

// ---- Tests --------------------------------------------------------------------------------------------------------------------

void test_library() {
    fastadam::load();
    CHECK_TEXT(fastadam::version().data(), FASTADAM_VERSION);
    CHECK_TEXT(fastadam::isa().data(), fastadam_isa());
    CHECK(fastadam::isa() == "avx512" || fastadam::isa() == "avx2" || fastadam::isa() == "neon" || fastadam::isa() == "scalar");
    std::printf("isa: %s\n", fastadam::isa().data());
}

template <class P, class G, class M, class V> void test_mix() {
    constexpr std::size_t n = 21;
    auto p = filled<P>(n);
    const auto g = filled<G>(n);
    auto m = filled<M>(n);
    auto v = filled<V>(n);
    auto expected_p = p;
    auto expected_g = g;
    auto expected_m = m;
    auto expected_v = v;
    fastadam::group group = fastadam::group::adamw();
    group.lr = 0.1; // large enough to be seen in 16 bits

    fastadam_tensor tensor{};
    tensor.struct_size = sizeof tensor;
    tensor.param = expected_p.data();
    tensor.grad = expected_g.data();
    tensor.state[0] = expected_m.data();
    tensor.state[1] = expected_v.data();
    tensor.n = n;
    tensor.param_dtype = fastadam::dtype<P>::value;
    tensor.grad_dtype = fastadam::dtype<G>::value;
    tensor.state_dtype[0] = fastadam::dtype<M>::value;
    tensor.state_dtype[1] = fastadam::dtype<V>::value;
    CHECK_EQUAL(fastadam_step(&tensor, 1, &group, 1, nullptr, 4, nullptr), FASTADAM_OK);

    fastadam::adam(p, g, m, v, group, 4);
    CHECK(same(p, expected_p));
    CHECK(same(g, expected_g));
    CHECK(same(m, expected_m));
    CHECK(same(v, expected_v));
    CHECK(!same(p, filled<P>(n)));
}

template <class P, class G, class M> void test_mixes_of_v() {
    test_mix<P, G, M, float>();
    test_mix<P, G, M, half>();
    test_mix<P, G, M, bfloat16>();
}

template <class P, class G> void test_mixes_of_m() {
    test_mixes_of_v<P, G, float>();
    test_mixes_of_v<P, G, half>();
    test_mixes_of_v<P, G, bfloat16>();
}

template <class P> void test_mixes_of_g() {
    test_mixes_of_m<P, float>();
    test_mixes_of_m<P, half>();
    test_mixes_of_m<P, bfloat16>();
}

// Whatever the arrays come in, the result is that of vectors.
void test_containers() {
    const fastadam::group group = fastadam::group::adam();
    auto p = filled<float>(3);
    const auto g = filled<float>(3);
    auto m = filled<float>(3);
    auto v = filled<float>(3);
    const auto old = p;
    fastadam::adam(p, g, m, v, group, 1);
    const auto expected = p;
    CHECK(!same(p, old));

    p = old;
    m = v = old;
    float plain[3];
    std::memcpy(plain, g.data(), sizeof plain);
    std::array<float, 3> array{};
    std::memcpy(array.data(), m.data(), sizeof array);
    fastadam::adam(view<float>(p.data(), 3), plain, array, view(v), group, 1);
    CHECK(same(p, expected));

    p = old;
    m = v = old;
    const view<float> p_view = p;
    const view<const float> g_view = view<float>(plain);
    fastadam::adam(p_view, g_view, m, v, group, 1);
    CHECK(same(p, expected));

#if __cplusplus >= 202002L
    p = old;
    m = v = old;
    fastadam::adam(std::span(p), std::span<const float>(g), std::span<float, 3>(m.data(), 3), v, group, 1);
    CHECK(same(p, expected));
#endif

    // Iteration, and elements through a view.
    float sum = 0;
    for (const float element : view<const float>(constants)) {
        sum += element;
    }
    CHECK_DOUBLE(sum, 6.0);
    p_view[1] = 7;
    CHECK_DOUBLE(p[1], 7.0);

    // Its own type for groups is C's; threads are the last argument.
    const fastadam_group &as_c = group;
    CHECK_EQUAL(as_c.struct_size, sizeof(fastadam_group));
    const auto before = p, old_m = m, old_v = v;
    fastadam::adam(p, g, m, v, group, 2);
    const auto after = p;
    p = before;
    m = old_m;
    v = old_v;
    fastadam::adam(p, g, m, v, group, 2, 1);
    CHECK(same(p, after));

    // Another's 16-bit type, by a specialisation of dtype.
    auto brain = filled<other::brain_float>(5);
    auto own = filled<bfloat16>(5);
    auto m5 = filled<float>(5);
    auto v5 = filled<float>(5);
    fastadam::adam(brain, filled<float>(5), m5, v5, group, 1);
    m5 = v5 = filled<float>(5);
    fastadam::adam(own, filled<float>(5), m5, v5, group, 1);
    CHECK(std::memcmp(brain.data(), own.data(), 10) == 0);
}

void test_lists() {
    const std::vector<fastadam::group> groups = {fastadam::group::adam()};
    auto p1 = filled<float>(19);
    auto p2 = filled<bfloat16>(5);
    const auto g1 = filled<float>(19);
    const auto g2 = filled<bfloat16>(5);
    auto m1 = filled<float>(19);
    auto m2 = filled<float>(5);
    auto v1 = filled<float>(19);
    auto v2 = filled<half>(5);
    const auto old_p1 = p1;
    const auto old_p2 = p2;
    const auto old_m2 = m2;
    const auto old_v2 = v2;
    const auto reset = [&] { // by copies, which leave the arrays where they are
        p1 = m1 = v1 = old_p1;
        p2 = old_p2;
        m2 = old_m2;
        v2 = old_v2;
    };
    fastadam::adam(p1, g1, m1, v1, groups[0], 2);
    fastadam::adam(p2, g2, m2, v2, groups[0], 2);
    const auto expected1 = p1;
    const auto expected2 = p2;

    reset();
    const std::vector<fastadam_tensor> tensors = {fastadam::make_tensor(p1, g1, m1, v1), fastadam::make_tensor(p2, g2, m2, v2)};
    CHECK_EQUAL(tensors[1].n, 5);
    CHECK_EQUAL(tensors[1].param_dtype, FASTADAM_BF16);
    CHECK_EQUAL(tensors[1].grad_dtype, FASTADAM_BF16);
    CHECK_EQUAL(tensors[1].state_dtype[0], FASTADAM_F32);
    CHECK_EQUAL(tensors[1].state_dtype[1], FASTADAM_F16);
    CHECK(tensors[1].grad == g2.data() && tensors[1].state[2] == nullptr && tensors[1].state[3] == nullptr);
    CHECK(tensors[1].struct_size == sizeof tensors[1] && tensors[1].numbers == nullptr && tensors[1].group == 0 && tensors[1].step == 0);
    fastadam::step(tensors, groups, 2);
    CHECK(same(p1, expected1) && same(p2, expected2));

    reset();
    fastadam::step({tensors[0], tensors[1]}, {groups[0]}, 2);
    CHECK(same(p1, expected1) && same(p2, expected2));

    reset();
    fastadam::step({tensors.data(), 2}, {groups.data(), 1}, 2);
    CHECK(same(p1, expected1) && same(p2, expected2));

    reset();
    fastadam::step({fastadam::make_tensor(p1, g1, m1, v1)}, {groups[0]}, 2);
    CHECK(same(p1, expected1) && same(p2, old_p2));

    // Nothing at all.
    fastadam::step(std::vector<fastadam_tensor>(), groups, 1);
    fastadam::step(view<const fastadam_tensor>(), groups, 1);
    std::vector<float> empty;
    std::vector<half> empty_half;
    fastadam::adam(empty, empty, empty_half, empty, groups[0], 1);

    // The second tensor is wrong: the first one stays as it was.
    reset();
    CHECK_THROWS(fastadam::step({tensors[0], tensors[0]}, {groups[0]}, 2), FASTADAM_ERR_OVERLAP);
    CHECK(same(p1, old_p1));
    fastadam_tensor bad = tensors[1];
    bad.grad_dtype = 9;
    CHECK_THROWS(fastadam::step({tensors[0], bad}, {groups[0]}, 2), FASTADAM_ERR_DTYPE);
    CHECK(same(p1, old_p1));
}

void test_groups() {
    const std::pair<fastadam::group, std::int32_t> rules[] = {
        {fastadam::group::adam(), FASTADAM_ADAM}, {fastadam::group::nadam(), FASTADAM_NADAM},
        {fastadam::group::radam(), FASTADAM_RADAM}, {fastadam::group::adamax(), FASTADAM_ADAMAX},
        {fastadam::group::sgd(), FASTADAM_SGD}, {fastadam::group::adagrad(), FASTADAM_ADAGRAD},
        {fastadam::group::rmsprop(), FASTADAM_RMSPROP}, {fastadam::group::lion(), FASTADAM_LION},
        {fastadam::group::ademamix(), FASTADAM_ADEMAMIX}, {fastadam::group::adopt(), FASTADAM_ADOPT},
        {fastadam::group::schedulefree(), FASTADAM_SCHEDULEFREE}, {fastadam::group::adan(), FASTADAM_ADAN},
        {fastadam::group::adadelta(), FASTADAM_ADADELTA}};
    for (const auto &[group, rule] : rules) {
        fastadam_group expected;
        CHECK_EQUAL(fastadam_group_init(&expected, sizeof expected, rule), FASTADAM_OK);
        CHECK(std::memcmp(&group, &expected, sizeof expected) == 0);
    }
    std::int32_t known = 0;
    fastadam_group of_code;
    while (fastadam_group_init(&of_code, sizeof of_code, known) == FASTADAM_OK) {
        const auto made = fastadam::group(known);
        CHECK(std::memcmp(&made, &of_code, sizeof of_code) == 0);
        known++;
    }
    CHECK(known >= static_cast<std::int32_t>(std::size(rules)));
    CHECK_THROWS(fastadam::group{known}, FASTADAM_ERR_HYPERPARAMETER);
    CHECK_THROWS(fastadam::group(-1), FASTADAM_ERR_HYPERPARAMETER);
    const fastadam::group adamw = fastadam::group::adamw();
    fastadam_group expected;
    CHECK_EQUAL(fastadam_group_init(&expected, sizeof expected, FASTADAM_ADAM), FASTADAM_OK);
    expected.flags = FASTADAM_DECOUPLED_WEIGHT_DECAY;
    expected.weight_decay = 1e-2;
    CHECK(std::memcmp(&adamw, &expected, sizeof expected) == 0);
}

void test_step_options() {
    fastadam_step_options expected;
    CHECK_EQUAL(fastadam_step_options_init(&expected, sizeof expected), FASTADAM_OK);
    const fastadam::step_options options;
    CHECK(std::memcmp(&options, &expected, sizeof expected) == 0);
}

// The C function's results, whatever the rule keeps, as vectors of groups and as lists.
void test_optimizer_step() {
    const auto g = filled<float>(19);
    const auto start = filled<float>(19);
    const std::vector<float> zeros(19);
    auto p = start, m = start, v = start, x = zeros;
    std::vector<fastadam::group> groups(2, fastadam::group::adam());
    groups[1].flags = FASTADAM_AMSGRAD;
    const fastadam_tensor amsgrad = fastadam::make_tensor(p, g, m, v, x);
    CHECK(amsgrad.state[2] == x.data());
    fastadam_tensor c_tensor = amsgrad;
    CHECK_EQUAL(fastadam_step(&c_tensor, 1, &groups[1], 1, nullptr, 3, nullptr), FASTADAM_OK);
    const auto expected_p = p, expected_x = x;
    CHECK(!same(p, start) && !same(x, zeros));

    p = m = v = start;
    x = zeros;
    std::vector<fastadam_tensor> tensors = {fastadam::in_group(amsgrad, 1)};
    fastadam_report report = fastadam::step(tensors, groups, 3);
    CHECK(same(p, expected_p) && same(x, expected_x));
    CHECK_EQUAL(report.skipped, 0);
    CHECK_EQUAL(report.non_finite, -1);

    // Without state, with one array, with three of types of their own, and with NAdam's number.
    p = start;
    fastadam::group sgd = fastadam::group::sgd();
    sgd.lr = 1;
    fastadam::step({fastadam::make_tensor(p, g)}, {sgd}, 1);
    CHECK_DOUBLE(p[5], start[5] - g[5]);
    for (const fastadam::group &group : {fastadam::group::lion(), fastadam::group::adagrad()}) {
        p = start;
        m = zeros;
        fastadam::step({fastadam::make_tensor(p, g, m)}, {group}, 1);
        CHECK(!same(p, start) && !same(m, zeros));
    }
    p = start;
    auto square = filled<bfloat16>(19);
    auto buffer = filled<half>(19);
    fastadam::group rmsprop = fastadam::group::rmsprop();
    rmsprop.momentum = 0.9;
    rmsprop.flags = FASTADAM_CENTERED;
    const fastadam_tensor three = fastadam::make_tensor(p, g, square, buffer, m);
    CHECK(three.state_dtype[0] == FASTADAM_BF16 && three.state_dtype[1] == FASTADAM_F16 && three.state_dtype[2] == FASTADAM_F32);
    const auto old_m = m;
    fastadam::step({three}, {rmsprop}, 1);
    CHECK(!same(p, start) && !same(square, filled<bfloat16>(19)) && !same(buffer, filled<half>(19)) && !same(m, old_m));
    auto fourth = filled<half>(19);
    const fastadam_tensor four = fastadam::make_tensor(p, g, square, buffer, m, fourth);
    CHECK(four.state[3] == fourth.data() && four.state_dtype[3] == FASTADAM_F16);
    double product = 1;
    p = m = v = start;
    const fastadam_tensor arrays = fastadam::make_tensor(p, g, m, v);
    const fastadam_tensor with_product = fastadam::in_group(arrays, 0, &product, 7);
    CHECK_EQUAL(with_product.step, 7);
    fastadam::step({with_product}, {fastadam::group::nadam()}, 1);
    CHECK(product > 0 && product < 1);

    double numbers[3] = {};
    p = m = v = start;
    const fastadam_tensor averaged = fastadam::in_group(fastadam::make_tensor(p, g, m, v), 0, numbers, 0);
    const auto free = fastadam::group::schedulefree();
    fastadam::step({averaged}, {free}, 1);
    fastadam::step({averaged}, {free}, 2);
    const auto trained = p;
    fastadam::to_evaluation({averaged}, {free});
    CHECK(!same(p, trained) && numbers[2] == 1);
    CHECK_THROWS(fastadam::step({averaged}, {free}, 3), FASTADAM_ERR_HYPERPARAMETER);
    CHECK_THROWS(fastadam::to_training({averaged}, {free}, -1), FASTADAM_ERR_THREADS);
    fastadam::to_training({averaged}, {free}, 1);
    CHECK(std::abs(p[3] - trained[3]) < 1e-6 && numbers[2] == 0);
    p = m = v = start;

    fastadam::step_options step_options;
    step_options.max_grad_norm = 1e-3;
    step_options.flags = FASTADAM_REPORT_CHANGES | FASTADAM_SKIP_NON_FINITE;
    report = fastadam::step({with_product}, {fastadam::group::nadam()}, 1, step_options);
    CHECK(report.grad_norm > 0 && report.param_norm > 0 && report.non_finite == 0);

    const auto before = p;
    CHECK_THROWS(fastadam::step({fastadam::in_group(arrays, 1)}, {sgd}, 1), FASTADAM_ERR_INDEX);
    CHECK_THROWS(fastadam::in_group(arrays, std::size_t{1} << 31), FASTADAM_ERR_INDEX);
    CHECK_THROWS(fastadam::step({arrays}, {fastadam::group::nadam()}, 1), FASTADAM_ERR_NULL);
    CHECK_NAMES(fastadam::make_tensor(p, g, m, v, std::vector<float>(2)), "state[2] has 2");
    CHECK_NAMES(fastadam::make_tensor(p, std::vector<float>(2)), "grad has 2");
    CHECK(same(p, before));
}

void test_sparse_step() {
    const std::int64_t indices[] = {2, 0};
    const auto g = filled<half>(6);
    const auto start = filled<float>(12);
    auto p = start, m = start;
    auto v = filled<bfloat16>(12);
    const auto adam = fastadam::group::adam();
    const auto table = fastadam::make_table(p, m, v, 3, indices, g);
    CHECK(table.struct_size == sizeof table && table.rows == 4 && table.row_length == 3 && table.count == 2);
    CHECK(table.grad_dtype == FASTADAM_F16 && table.exp_avg_dtype == FASTADAM_F32 && table.exp_avg_sq_dtype == FASTADAM_BF16);
    fastadam::sparse_step({table}, {adam}, 5);
    for (std::size_t i = 0; i < 12; i++) {
        CHECK_EQUAL(p[i] != start[i], i / 3 == 2 || i / 3 == 0);
    }

    const auto before = p;
    const std::vector<std::int64_t> bad = {0, 4};
    CHECK_THROWS(fastadam::sparse_step({fastadam::make_table(p, m, v, 3, bad, g)}, {adam}, 5), FASTADAM_ERR_INDEX);
    CHECK_THROWS(fastadam::sparse_step({table}, {fastadam::group::adamw()}, 5), FASTADAM_ERR_HYPERPARAMETER);
    CHECK_NAMES(fastadam::make_table(p, m, v, 5, indices, g), "param has 12");
    CHECK_NAMES(fastadam::make_table(p, m, v, 0, indices, g), "rows of 0");
    CHECK_NAMES(fastadam::make_table(p, m, v, 2, indices, g), "grad has 6");
    CHECK_NAMES(fastadam::make_table(p, std::vector<float>(3), v, 3, indices, g), "state[0] has 3");
    CHECK(same(p, before));
}

void test_sparse_lists() {
    const std::int64_t indices[] = {2, 0, 2};
    const auto g = filled<half>(9);
    auto p = filled<float>(12), m = p, q = p, n = p;
    auto v = filled<bfloat16>(12), w = v;
    auto fast = fastadam::group::adam(), slow = fast;
    fast.lr = 0.1;
    const auto fast_table = fastadam::make_table(p, m, v, 3, indices, g);
    const auto slow_table = fastadam::make_table(q, n, w, 3, indices, g);
    const auto report = fastadam::sparse_step({fast_table, fastadam::in_group(slow_table, 1, 9)}, {fast, slow}, 5);
    CHECK_EQUAL(report.skipped, 0u);

    auto p1 = filled<float>(12), m1 = p1, q1 = p1, n1 = p1;
    auto v1 = filled<bfloat16>(12), w1 = v1;
    const std::vector<fastadam_table> first = {fastadam::make_table(p1, m1, v1, 3, indices, g)};
    const std::vector<fastadam::group> first_groups = {fast};
    fastadam::sparse_step(first, first_groups, 5);
    fastadam::sparse_step({fastadam::make_table(q1, n1, w1, 3, indices, g)}, {fastadam::group::adam()}, 9);
    CHECK(same(p, p1) && same(m, m1) && same(v, v1));
    CHECK(same(q, q1) && same(n, n1) && same(w, w1));
    CHECK_THROWS(fastadam::sparse_step({fastadam::in_group(fast_table, 2)}, {fast, slow}, 5), FASTADAM_ERR_INDEX);
    CHECK_THROWS(fastadam::in_group(fast_table, std::size_t{1} << 31), FASTADAM_ERR_INDEX);
    CHECK_THROWS(fastadam::sparse_step({fast_table}, {fastadam::group::lion()}, 5), FASTADAM_ERR_UNSUPPORTED);
    fastadam::step_options step_options;
    step_options.max_grad_norm = std::numeric_limits<double>::infinity();
    CHECK(fastadam::sparse_step({fastadam::make_table(q1, n1, w1, 3, indices, g)}, {fast}, 9, step_options).grad_norm > 0);
    CHECK(same(p, p1));
}

void test_buffers() {
    static_assert(!std::is_copy_constructible_v<fastadam::buffer<float>> && !std::is_copy_assignable_v<fastadam::buffer<float>>);
    static_assert(std::is_nothrow_move_constructible_v<fastadam::buffer<float>>);
    static_assert(!std::is_convertible_v<int, fastadam::buffer<float>>);
    static_assert(std::is_convertible_v<const fastadam::buffer<half> &, view<const half>>);
    static_assert(!std::is_convertible_v<const fastadam::buffer<half> &, view<half>>);

    const auto start = filled<float>(1003);
    auto p = start;
    std::vector<float> m(1003);
    std::vector<bfloat16> v(1003);
    fastadam::buffer<float> own_p(1003);
    fastadam::buffer<float> own_m(1003, 1);
    fastadam::buffer<bfloat16> own_v(1003, 2);
    CHECK_EQUAL(reinterpret_cast<std::uintptr_t>(own_v.data()) % 64, 0);
    CHECK_EQUAL(own_v.size(), 1003);
    CHECK_EQUAL(own_v[1002].bits, 0);
    std::size_t i = 0;
    for (float &element : own_p) {
        element = start[i++];
    }
    fastadam::adam(p, start, m, v, fastadam::group::adam(), 1);
    fastadam::adam(own_p, start, own_m, own_v, fastadam::group::adam(), 1);
    CHECK(std::memcmp(own_p.data(), p.data(), 1003 * sizeof(float)) == 0);
    CHECK(std::memcmp(own_m.data(), m.data(), 1003 * sizeof(float)) == 0);
    CHECK(std::memcmp(own_v.data(), v.data(), 1003 * sizeof(bfloat16)) == 0);

    const float *const block = own_p.data();
    fastadam::buffer<float> moved(std::move(own_p));
    CHECK(moved.data() == block && moved.size() == 1003);
    CHECK(own_p.empty() && own_p.begin() == own_p.end());
    own_p = std::move(moved);
    CHECK(own_p.data() == block && own_p.size() == 1003 && moved.size() == 0);
    own_p = fastadam::buffer<float>();
    CHECK(own_p.empty() && own_p.data() == nullptr);
    CHECK(fastadam::buffer<half>(0).empty());

    CHECK_BAD_ALLOC(fastadam::buffer<float>(static_cast<std::size_t>(-1)));
    CHECK_BAD_ALLOC(fastadam::buffer<float>(static_cast<std::size_t>(-1) / 4));
    CHECK_BAD_ALLOC(fastadam::buffer<char>(static_cast<std::size_t>(-1)));
    CHECK_THROWS(fastadam::buffer<float>(1, -1), FASTADAM_ERR_THREADS);
}

void test_errors() {
    auto p = filled<float>(4);
    const auto g = filled<float>(4);
    auto m = filled<float>(4);
    auto v = filled<float>(4);
    std::vector<float> shorter(3);
    const auto unchanged = [&] { return same(p, g) && same(m, g) && same(v, g); };
    auto group = fastadam::group::adam();
    const std::vector<fastadam::group> groups = {group};

    // Lengths that differ: the text names the array and both lengths.
    CHECK_NAMES(fastadam::adam(p, shorter, m, v, group, 1), "grad has 3 elements, but param has 4");
    CHECK_NAMES(fastadam::adam(p, g, shorter, v, group, 1), "state[0] has 3 elements, but param has 4");
    CHECK_NAMES(fastadam::adam(p, g, m, shorter, group, 1), "state[1] has 3 elements, but param has 4");
    CHECK_NAMES(fastadam::adam(shorter, g, m, v, group, 1), "grad has 4 elements, but param has 3");
    CHECK_NAMES(fastadam::make_tensor(p, shorter, m, v), "grad");
    CHECK_NAMES(fastadam::make_tensor(p, g, shorter, v), "state[0] has");
    CHECK_NAMES(fastadam::make_tensor(p, g, m, shorter), "state[1]");
    CHECK(unchanged());

    CHECK_THROWS(fastadam::adam(p, g, m, v, group, 0), FASTADAM_ERR_STEP);
    CHECK_THROWS(fastadam::adam(p, g, m, v, group, -1), FASTADAM_ERR_STEP);
    CHECK_THROWS(fastadam::adam(p, g, m, m, group, 1), FASTADAM_ERR_OVERLAP);
    CHECK_THROWS(fastadam::adam(view<float>(nullptr, 4), g, m, v, group, 1), FASTADAM_ERR_NULL);
    CHECK_THROWS(fastadam::step(view<const fastadam_tensor>(nullptr, 1), groups, 1), FASTADAM_ERR_NULL);
    group.lr = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS(fastadam::adam(p, g, m, v, group, 1), FASTADAM_ERR_HYPERPARAMETER);
    group = fastadam::group::adam();
    group.flags = FASTADAM_AMSGRAD;
    CHECK_THROWS(fastadam::adam(p, g, m, v, group, 1), FASTADAM_ERR_UNSUPPORTED);
    CHECK_THROWS(fastadam::step({fastadam::make_tensor(p, g, m, v)}, {group}, 1), FASTADAM_ERR_NULL);
    group.flags = 1u << 31;
    CHECK_THROWS(fastadam::adam(p, g, m, v, group, 1), FASTADAM_ERR_FLAGS);
    group = fastadam::group::adam();
    CHECK_THROWS(fastadam::adam(p, g, m, v, group, 1, -1), FASTADAM_ERR_THREADS);
    group.struct_size = 3;
    CHECK_THROWS(fastadam::adam(p, g, m, v, group, 1), FASTADAM_ERR_STRUCT_SIZE);
    CHECK(unchanged());

    CHECK_EQUAL(fastadam::error(FASTADAM_ERR_LIBRARY).status(), FASTADAM_ERR_LIBRARY);
    CHECK(std::string(fastadam::error(12345).what()).size() > sizeof "fastadam: ");
}

} // namespace

template <class F> bool refuses(F &&call) {
    try {
        call();
    } catch (const std::invalid_argument &) {
        return true;
    }
    return false;
}

static void test_formats() {
    constexpr std::size_t n = 300;
    std::vector<float> values(n), back(n), scales(3), root_scales(3);
    for (std::size_t i = 0; i < n; i++) {
        values[i] = static_cast<float>(i) / 256 - 0.5f;
    }
    std::vector<bfloat16> upper(n), copy(n);
    std::vector<std::uint16_t> lower(n);
    std::vector<std::uint8_t> codes(n), root_codes(n);
    const std::vector<float> grad(n, 0.25f);
    CHECK_EQUAL(fastadam_encode(FASTADAM_SPLIT16, upper.data(), lower.data(), n, 0, values.data()), FASTADAM_OK);
    auto tensor = fastadam::with_param_format(fastadam::make_tensor(upper, grad), FASTADAM_SPLIT16, lower);
    tensor = fastadam::with_block8(fastadam::with_block8(tensor, 0, codes, scales), 1, root_codes, root_scales);
    fastadam::group adam = fastadam::group::adam();
    adam.lr = 1e-5;
    fastadam::step({tensor}, {adam}, 1);
    CHECK_EQUAL(fastadam_decode(FASTADAM_SPLIT16, upper.data(), lower.data(), n, 0, back.data()), FASTADAM_OK);
    for (std::size_t i = 0; i < n; i++) {
        CHECK(std::fabs(values[i] - back[i] - 1e-5) < 1e-7);
    }
    CHECK(codes[0] == 127 && root_codes[0] == 255 && scales[2] > 0 && root_scales[2] > 0);

    const auto plain = fastadam::make_tensor(values, grad);
    CHECK(fastadam::with_param_format(plain, FASTADAM_F32_BF16_COPY, copy).param_part == copy.data());
    CHECK_EQUAL(fastadam::with_param_format(plain, FASTADAM_BF16_STOCHASTIC).param_dtype, FASTADAM_BF16_STOCHASTIC);
    CHECK(refuses([&] { fastadam::with_param_format(plain, FASTADAM_SPLIT16); }));
    CHECK(refuses([&] { fastadam::with_param_format(plain, FASTADAM_SPLIT16, codes); }));
    CHECK(refuses([&] { fastadam::with_param_format(plain, FASTADAM_SPLIT16, std::vector<std::uint16_t>(n - 1)); }));
    CHECK(refuses([&] { fastadam::with_block8(plain, 4, codes, scales); }));
    CHECK(refuses([&] { fastadam::with_block8(plain, 0, codes, back); }));
}

int main() {
    test_formats();
    test_library();
    test_step_options();
    test_mixes_of_g<float>();
    test_mixes_of_g<half>();
    test_mixes_of_g<bfloat16>();
    test_containers();
    test_lists();
    test_groups();
    test_optimizer_step();
    test_sparse_step();
    test_sparse_lists();
    test_buffers();
    test_errors();
    return check_report();
}
