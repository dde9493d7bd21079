// FastAdam for C++17 and later: a thin, header-only layer over fastadam.h, which says what a step computes. MIT licence.
//
//     std::vector<float> p = ..., g = ..., m(p.size()), v(p.size());
//     fastadam::options options = fastadam::adamw();
//     options.lr = 3e-4;
//     fastadam::step(p, g, m, v, options, 1);
//
// Errors are exceptions: std::invalid_argument where the lengths of two arrays differ, fastadam::error for every status that the
// library returns, std::bad_alloc where there is no memory for a buffer. After each, every array is as it was.
#ifndef FASTADAM_HPP
#define FASTADAM_HPP

#include "fastadam.h"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace fastadam {

// A status other than FASTADAM_OK. what() is the library's text for it.
class error : public std::runtime_error {
public:
    explicit error(std::int32_t status)
        : std::runtime_error(std::string("fastadam: ") + fastadam_status_string(status)), status_(status) {}

    // FASTADAM_ERR_...
    std::int32_t status() const noexcept { return status_; }

private:
    std::int32_t status_;
};

namespace detail {

inline void check(std::int32_t status) {
    if (status != FASTADAM_OK) {
        throw error(status);
    }
}

} // namespace detail

// ---- Elements ----------------------------------------------------------------------------------------------------------------

// An IEEE-754 binary16 as it is stored; for computing with single elements, use a type of your own (see dtype).
struct half {
    std::uint16_t bits;
};

// A bfloat16, the upper half of a float, as it is stored.
struct bfloat16 {
    std::uint16_t bits;
};

// How the library names an element type. Specialise it for other types of the same representation, and arrays of them work too:
//     template <> struct fastadam::dtype<Eigen::bfloat16> : std::integral_constant<std::int32_t, FASTADAM_BF16> {};
template <class T> struct dtype;
template <> struct dtype<float> : std::integral_constant<std::int32_t, FASTADAM_F32> {};
template <> struct dtype<half> : std::integral_constant<std::int32_t, FASTADAM_F16> {};
template <> struct dtype<bfloat16> : std::integral_constant<std::int32_t, FASTADAM_BF16> {};

// ---- Views -------------------------------------------------------------------------------------------------------------------

// A pointer and a number of elements; owns nothing. Made implicitly from anything with contiguous data() and size() (std::vector,
// std::array, std::span, another view) and from C arrays; a view<T> also becomes a view<const T>.
template <class T> class view {
    // Const may be added, and nothing else: pointers to a class must not pass for pointers to its base.
    template <class C>
    using if_viewable = std::enable_if_t<
        !std::is_same_v<std::decay_t<C>, view>
        && std::is_convertible_v<std::remove_pointer_t<decltype(std::data(std::declval<C &>()))> (*)[], T (*)[]>>;

public:
    constexpr view() noexcept = default;
    constexpr view(T *data, std::size_t size) noexcept : data_(data), size_(size) {}

    template <class C, class = decltype(std::size(std::declval<C &>())), class = if_viewable<C>>
    constexpr view(C &&elements) : data_(std::data(elements)), size_(std::size(elements)) {}

    constexpr T *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr T &operator[](std::size_t i) const noexcept { return data_[i]; }
    constexpr T *begin() const noexcept { return data_; }
    constexpr T *end() const noexcept { return data_ + size_; }

private:
    T *data_ = nullptr;
    std::size_t size_ = 0;
};

template <class C> view(C &&) -> view<std::remove_pointer_t<decltype(std::data(std::declval<C &>()))>>;

// ---- Options -----------------------------------------------------------------------------------------------------------------

// The C struct with PyTorch's defaults for Adam in it; fastadam.h documents the fields.
struct options : fastadam_options {
    options() noexcept { fastadam_options_init(this); }
};

// PyTorch's defaults for Adam.
inline options adam() noexcept { return {}; }

// PyTorch's defaults for AdamW: decoupled weight decay of 1e-2.
inline options adamw() noexcept {
    options result;
    result.flags |= FASTADAM_DECOUPLED_WEIGHT_DECAY;
    result.weight_decay = 1e-2;
    return result;
}

// One parameter group of optimizer_step, for any optimizer, with the defaults of its rule in it.
struct group : fastadam_group {
    // rule: FASTADAM_ADAM to FASTADAM_LION. Throws error for another one.
    explicit group(std::int32_t rule) : fastadam_group() {
        detail::check(fastadam_group_init(this, sizeof(fastadam_group), rule));
    }

    static group adam() { return group(FASTADAM_ADAM); }
    static group adamw() {
        group result(FASTADAM_ADAM);
        result.flags |= FASTADAM_DECOUPLED_WEIGHT_DECAY;
        result.weight_decay = 1e-2;
        return result;
    }
    static group nadam() { return group(FASTADAM_NADAM); }
    static group radam() { return group(FASTADAM_RADAM); }
    static group adamax() { return group(FASTADAM_ADAMAX); }
    static group sgd() { return group(FASTADAM_SGD); }
    static group adagrad() { return group(FASTADAM_ADAGRAD); }
    static group rmsprop() { return group(FASTADAM_RMSPROP); }
    static group lion() { return group(FASTADAM_LION); }
};

// What holds for a step of optimizer_step as a whole: a plain step, until a field is set.
struct step_options : fastadam_step_options {
    step_options() : fastadam_step_options() {
        detail::check(fastadam_step_options_init(this, sizeof(fastadam_step_options)));
    }
};

// ---- Memory ------------------------------------------------------------------------------------------------------------------

// An array of fastadam_alloc: zeros, aligned to 64 bytes, in huge pages where it is large and the system grants them, written
// first by several threads, and started where the other arrays of its tensor do not compete with it for the same sets of the
// caches. Moments, parameters and gradients may be such buffers or anything else. Only moved; one that was moved from is empty.
template <class T> class buffer {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>, "elements are bytes that are zero");
    static_assert(alignof(T) <= 64, "blocks are aligned to 64 bytes");

public:
    buffer() noexcept = default;

    // threads is best that of the options. Throws std::bad_alloc where there is no memory, and error where threads is negative
    // or load() would throw.
    explicit buffer(std::size_t size, std::int32_t threads = 0) : data_(allocate(size, threads)), size_(size) {}

    buffer(buffer &&other) noexcept : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
    buffer &operator=(buffer &&other) noexcept {
        data_ = std::move(other.data_);
        size_ = std::exchange(other.size_, 0);
        return *this;
    }

    T *data() noexcept { return data_.get(); }
    const T *data() const noexcept { return data_.get(); }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    T &operator[](std::size_t i) noexcept { return data()[i]; }
    const T &operator[](std::size_t i) const noexcept { return data()[i]; }
    T *begin() noexcept { return data(); }
    T *end() noexcept { return data() + size_; }
    const T *begin() const noexcept { return data(); }
    const T *end() const noexcept { return data() + size_; }

private:
    struct free {
        void operator()(T *block) const noexcept { fastadam_free(block); }
    };

    static T *allocate(std::size_t size, std::int32_t threads) {
        if (threads < 0) {
            throw error(FASTADAM_ERR_THREADS);
        }
        if (size > static_cast<std::size_t>(-1) / sizeof(T)) {
            throw std::bad_array_new_length();
        }
        void *const block = fastadam_alloc(size * sizeof(T), threads);
        if (block == nullptr) {
            detail::check(fastadam_load());
            throw std::bad_alloc();
        }
        return static_cast<T *>(block);
    }

    std::unique_ptr<T[], free> data_;
    std::size_t size_ = 0;
};

// ---- Steps -------------------------------------------------------------------------------------------------------------------

namespace detail {

inline void require_length(const char *name, std::size_t size, std::size_t expected) {
    if (size != expected) {
        throw std::invalid_argument(std::string("fastadam: ") + name + " has " + std::to_string(size)
                                    + " elements, but param has " + std::to_string(expected));
    }
}

inline std::int32_t group_number(std::size_t index) {
    if (index > INT32_MAX) {
        throw error(FASTADAM_ERR_INDEX);
    }
    return static_cast<std::int32_t>(index);
}

} // namespace detail

// The description of one tensor, for lists. The arrays must outlive it.
// Each array may be whatever a view can be made of, with elements of any type that dtype knows.
// Adam keeps exp_avg and exp_avg_sq; fastadam.h says what other rules keep, and in which place.
template <class P, class G> fastadam_tensor make_tensor(P &&param, const G &grad) {
    const view p(param);
    const view g(grad);
    using p_type = std::remove_reference_t<decltype(p[0])>;
    using g_type = std::remove_reference_t<decltype(g[0])>;
    static_assert(!std::is_const_v<p_type>, "param is written and cannot be const");
    detail::require_length("grad", g.size(), p.size());

    fastadam_tensor tensor{};
    tensor.param = p.data();
    tensor.grad = g.data();
    tensor.n = p.size();
    tensor.param_dtype = dtype<p_type>::value;
    tensor.grad_dtype = dtype<std::remove_const_t<g_type>>::value;
    return tensor;
}

template <class P, class G, class M, class V>
fastadam_tensor make_tensor(P &&param, const G &grad, M &&exp_avg, V &&exp_avg_sq) {
    const view m(exp_avg);
    const view v(exp_avg_sq);
    using m_type = std::remove_reference_t<decltype(m[0])>;
    using v_type = std::remove_reference_t<decltype(v[0])>;
    static_assert(!std::is_const_v<m_type>, "exp_avg is written and cannot be const");
    static_assert(!std::is_const_v<v_type>, "exp_avg_sq is written and cannot be const");

    fastadam_tensor tensor = make_tensor(param, grad);
    detail::require_length("exp_avg", m.size(), tensor.n);
    detail::require_length("exp_avg_sq", v.size(), tensor.n);
    tensor.exp_avg = m.data();
    tensor.exp_avg_sq = v.data();
    tensor.exp_avg_dtype = dtype<m_type>::value;
    tensor.exp_avg_sq_dtype = dtype<v_type>::value;
    return tensor;
}

// The same for AMSGrad, and for rules with a third array: it has the element type of exp_avg_sq.
template <class P, class G, class M, class V, class X>
fastadam_tensor make_tensor(P &&param, const G &grad, M &&exp_avg, V &&exp_avg_sq, X &&max_exp_avg_sq) {
    const view v(exp_avg_sq);
    const view x(max_exp_avg_sq);
    static_assert(std::is_same_v<decltype(v[0]), decltype(x[0])>, "max_exp_avg_sq is stored as exp_avg_sq");

    fastadam_tensor tensor = make_tensor(param, grad, exp_avg, exp_avg_sq);
    detail::require_length("max_exp_avg_sq", x.size(), tensor.n);
    tensor.max_exp_avg_sq = x.data();
    return tensor;
}

// The same for rules with one state array, whichever that is.
template <class P, class G, class S> fastadam_tensor make_tensor(P &&param, const G &grad, S &&state) {
    return make_tensor(param, grad, state, state);
}

// One step over a list of tensors. All of them are checked before the first is written. step: 1 for the first.
inline void step(view<const fastadam_tensor> tensors, const fastadam_options &options, std::int64_t step) {
    detail::check(fastadam_step(tensors.data(), tensors.size(), &options, step));
}

inline void step(std::initializer_list<fastadam_tensor> tensors, const fastadam_options &options, std::int64_t step) {
    detail::check(fastadam_step(tensors.begin(), tensors.size(), &options, step));
}

// One step over one tensor, with arrays as in make_tensor: param, exp_avg and exp_avg_sq are updated, grad is only read.
template <class P, class G, class M, class V>
void step(P &&param, const G &grad, M &&exp_avg, V &&exp_avg_sq, const fastadam_options &options, std::int64_t step) {
    const fastadam_tensor tensor = make_tensor(param, grad, exp_avg, exp_avg_sq);
    detail::check(fastadam_step(&tensor, 1, &options, step));
}

// One tensor of optimizer_step: its arrays, and its group by the index. step: 0 for that of the call. momentum_product: NAdam's, 1
// before the first step; it must outlive the description.
inline fastadam_group_tensor in_group(const fastadam_tensor &arrays, std::size_t index = 0, double *momentum_product = nullptr,
                                      std::int64_t step = 0) {
    fastadam_group_tensor tensor{};
    tensor.arrays = arrays;
    tensor.momentum_product = momentum_product;
    tensor.step = step;
    tensor.group = detail::group_number(index);
    return tensor;
}

// One step over a list of tensors, each by the rule and the hyperparameters of its group. All is checked before the first is
// written. step: 1 for the first. The result says what the step saw and did.
inline fastadam_report optimizer_step(view<const fastadam_group_tensor> tensors, view<const group> groups, std::int64_t step,
                                      const fastadam_step_options &options = step_options()) {
    static_assert(sizeof(group) == sizeof(fastadam_group), "an array of one is an array of the other");
    fastadam_report report{};
    report.struct_size = sizeof report;
    detail::check(
        fastadam_optimizer_step(tensors.data(), tensors.size(), groups.data(), groups.size(), &options, step, &report));
    return report;
}

inline fastadam_report optimizer_step(std::initializer_list<fastadam_group_tensor> tensors, std::initializer_list<group> groups,
                                      std::int64_t step, const fastadam_step_options &options = step_options()) {
    return optimizer_step(view(tensors.begin(), tensors.size()), view(groups.begin(), groups.size()), step, options);
}

// A table of rows for sparse steps: its arrays have row_length elements for each row, grad has as many for each index. param, exp_avg
// and exp_avg_sq are updated, indices and grad are only read; all must outlive the description.
template <class P, class G, class M, class V>
fastadam_sparse make_table(P &&param, M &&exp_avg, V &&exp_avg_sq, std::size_t row_length, view<const std::int64_t> indices,
                           const G &grad) {
    const view p(param);
    const view g(grad);
    const fastadam_tensor arrays = make_tensor(param, view(g.data(), p.size()), exp_avg, exp_avg_sq);
    if (row_length == 0 || p.size() % row_length != 0) {
        throw std::invalid_argument("fastadam: param has " + std::to_string(p.size()) + " elements, which is no whole number of rows of "
                                    + std::to_string(row_length));
    }
    if (g.size() % row_length != 0 || g.size() / row_length != indices.size()) {
        throw std::invalid_argument("fastadam: grad has " + std::to_string(g.size()) + " elements, which are no rows of "
                                    + std::to_string(row_length) + " for " + std::to_string(indices.size()) + " indices");
    }
    fastadam_sparse table{};
    table.param = arrays.param;
    table.grad = arrays.grad;
    table.exp_avg = arrays.exp_avg;
    table.exp_avg_sq = arrays.exp_avg_sq;
    table.indices = indices.data();
    table.rows = p.size() / row_length;
    table.row_length = row_length;
    table.count = indices.size();
    table.param_dtype = arrays.param_dtype;
    table.grad_dtype = arrays.grad_dtype;
    table.exp_avg_dtype = arrays.exp_avg_dtype;
    table.exp_avg_sq_dtype = arrays.exp_avg_sq_dtype;
    return table;
}

// One step of Adam over the rows of a table that the indices name; arrays as in make_table. options without weight decay.
template <class P, class G, class M, class V>
void sparse_step(P &&param, M &&exp_avg, V &&exp_avg_sq, std::size_t row_length, view<const std::int64_t> indices, const G &grad,
                 const fastadam_options &options, std::int64_t step) {
    const fastadam_sparse table = make_table(param, exp_avg, exp_avg_sq, row_length, indices, grad);
    detail::check(fastadam_sparse_step(&table, &options, step));
}

// One table of sparse_optimizer_step, and its group by the index. step: 0 for that of the call.
inline fastadam_group_sparse in_group(const fastadam_sparse &arrays, std::size_t index = 0, std::int64_t step = 0) {
    fastadam_group_sparse table{};
    table.table = arrays;
    table.step = step;
    table.group = detail::group_number(index);
    return table;
}

// One step over a list of tables, each by the hyperparameters of its group, whose rule is Adam. All is checked before the first is
// written. step: 1 for the first. The result says what the step saw and did.
inline fastadam_report sparse_optimizer_step(view<const fastadam_group_sparse> tables, view<const group> groups, std::int64_t step,
                                             const fastadam_step_options &options = step_options()) {
    fastadam_report report{};
    report.struct_size = sizeof report;
    detail::check(
        fastadam_sparse_optimizer_step(tables.data(), tables.size(), groups.data(), groups.size(), &options, step, &report));
    return report;
}

inline fastadam_report sparse_optimizer_step(std::initializer_list<fastadam_group_sparse> tables, std::initializer_list<group> groups,
                                             std::int64_t step, const fastadam_step_options &options = step_options()) {
    return sparse_optimizer_step(view(tables.begin(), tables.size()), view(groups.begin(), groups.size()), step, options);
}

// ---- The library -------------------------------------------------------------------------------------------------------------

// Loads the kernels for this CPU, as the first step would, or throws error with FASTADAM_ERR_ISA or FASTADAM_ERR_LIBRARY.
inline void load() { detail::check(fastadam_load()); }

// "avx512", "avx2", "neon" or "scalar"; "none" where load throws.
inline std::string_view isa() noexcept { return fastadam_isa(); }

// The version of the library that is loaded; FASTADAM_VERSION is the header's.
inline std::string_view version() noexcept { return fastadam_version(); }

} // namespace fastadam

#endif
