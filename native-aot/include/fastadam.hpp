// FastAdam for C++17 and later: a thin, header-only layer over fastadam.h, which says what a step computes. MIT licence.
//
//     std::vector<float> p = ..., g = ..., m(p.size()), v(p.size());
//     fastadam::group group = fastadam::group::adamw();
//     group.lr = 3e-4;
//     fastadam::adam(p, g, m, v, group, 1);
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

// ---- Groups ------------------------------------------------------------------------------------------------------------------

// A parameter group: the C struct with the defaults of its rule in it; fastadam.h documents the fields.
struct group : fastadam_group {
    // rule: FASTADAM_ADAM and so on. Throws error for one that is none of the rules.
    explicit group(std::int32_t rule) : fastadam_group() {
        detail::check(fastadam_group_init(this, sizeof(fastadam_group), rule));
    }

    // generated: rules
    static group adam() { return group(FASTADAM_ADAM); }
    // As adam, with decoupled_weight_decay and weight_decay 1e-2.
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
    static group ademamix() { return group(FASTADAM_ADEMAMIX); }
    static group adopt() { return group(FASTADAM_ADOPT); }
    static group schedulefree() { return group(FASTADAM_SCHEDULEFREE); }
    static group adan() { return group(FASTADAM_ADAN); }
    static group adadelta() { return group(FASTADAM_ADADELTA); }
    // end of rules
};

namespace detail {

// A callable as an executor, which its context points to.
template <class F> void execute(void *callable, fastadam_part run, void *work, std::uint32_t parts) noexcept {
    (*static_cast<F *>(callable))(parts, [run, work](std::uint32_t part) { run(work, part); });
}

} // namespace detail

// What holds for a step as a whole: a plain step, until a field is set.
struct step_options : fastadam_step_options {
    step_options() : fastadam_step_options() {
        detail::check(fastadam_step_options_init(this, sizeof(fastadam_step_options)));
    }

    // Has a callable lend its threads: threads(parts, run) calls run(part) for each part from 0 to below parts, and returns when these
    // calls have returned. It must outlive the steps, and an exception that leaves it ends the program. fastadam.h says more.
    template <class F> step_options &with_executor(F &threads) noexcept {
        executor = detail::execute<F>;
        executor_context = const_cast<void *>(static_cast<const void *>(std::addressof(threads)));
        return *this;
    }
    template <class F> step_options &with_executor(const F &&threads) = delete;
};

// ---- Threads -----------------------------------------------------------------------------------------------------------------

// Has a callable, as that of step_options::with_executor, lend its threads to all steps that name none. It must live until another one is
// set and the steps that began before have ended.
template <class F> void set_executor(F &threads) {
    detail::check(fastadam_set_executor(
        detail::execute<F>, const_cast<void *>(static_cast<const void *>(std::addressof(threads)))));
}
template <class F> void set_executor(const F &&threads) = delete;

// Steps that name no executor have the library's own threads, as in the beginning.
inline void use_pool() { detail::check(fastadam_set_executor(nullptr, nullptr)); }

// Steps that name no executor have the threads of the OpenMP runtime that this process has loaded. False where there is none: nothing has
// changed then.
inline bool use_openmp() {
    const fastadam_executor executor = fastadam_openmp_executor();
    if (executor != nullptr) {
        detail::check(fastadam_set_executor(executor, nullptr));
    }
    return executor != nullptr;
}

#ifdef _OPENMP
// The threads of the compiler's own OpenMP, also where use_openmp finds no runtime: on other systems than Linux, say, or linked
// statically. For with_executor and set_executor.
struct openmp_threads {
    template <class R> void operator()(std::uint32_t parts, R run) const noexcept {
        // A team of the usual size: libgomp ends the threads that a smaller one leaves over. A signed count, which OpenMP 2 wants.
        const auto count = static_cast<std::int64_t>(parts);
#  pragma omp parallel for schedule(static, 1)
        for (std::int64_t part = 0; part < count; part++) {
            run(static_cast<std::uint32_t>(part));
        }
    }
};
#endif

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

// The description of one tensor: its parameters, its gradients, and the state arrays of its rule in their order, each of which may be
// whatever a view can be made of, with elements of any type that dtype knows. The arrays must outlive it. Its group is the first one:
// in_group names another.
template <class P, class G, class... S> fastadam_tensor make_tensor(P &&param, const G &grad, S &&...state) {
    static_assert(sizeof...(S) <= 4, "a tensor has four state arrays at most");
    const view p(param);
    const view g(grad);
    using p_type = std::remove_reference_t<decltype(p[0])>;
    using g_type = std::remove_reference_t<decltype(g[0])>;
    static_assert(!std::is_const_v<p_type>, "param is written and cannot be const");
    detail::require_length("grad", g.size(), p.size());

    fastadam_tensor tensor{};
    tensor.struct_size = sizeof tensor;
    tensor.n = p.size();
    tensor.param = p.data();
    tensor.grad = g.data();
    tensor.param_dtype = dtype<p_type>::value;
    tensor.grad_dtype = dtype<std::remove_const_t<g_type>>::value;
    std::size_t place = 0;
    [[maybe_unused]] const auto add = [&](const auto &array) { // unused without state
        using s_type = std::remove_reference_t<decltype(array[0])>;
        static_assert(!std::is_const_v<s_type>, "state is written and cannot be const");
        detail::require_length(("state[" + std::to_string(place) + "]").c_str(), array.size(), p.size());
        tensor.state[place] = array.data();
        tensor.state_dtype[place++] = dtype<s_type>::value;
    };
    (add(view(state)), ...);
    return tensor;
}

namespace detail {

// Bytes of what a format of parameters has beside each element.
inline std::size_t part_size(std::int32_t format) {
    switch (format) {
    case FASTADAM_SPLIT8: return 1;
    case FASTADAM_SPLIT16:
    case FASTADAM_F32_BF16_COPY:
    case FASTADAM_F32_F16_COPY: return 2;
    default: return 0;
    }
}

} // namespace detail

// The same tensor with parameters in another format that needs nothing beside param: FASTADAM_BF16_STOCHASTIC, say, where param holds bfloat16.
inline fastadam_tensor with_param_format(fastadam_tensor tensor, std::int32_t format) {
    if (detail::part_size(format) != 0) {
        throw std::invalid_argument("fastadam: the format needs an array beside param");
    }
    tensor.param_dtype = format;
    return tensor;
}

// The same with what the format needs beside param: FASTADAM_SPLIT16, where param holds bfloat16 and part the lower bits, or
// FASTADAM_F32_BF16_COPY, where it takes the copy. part has the length of param, and must outlive the description.
template <class C> fastadam_tensor with_param_format(fastadam_tensor tensor, std::int32_t format, C &&part) {
    const view beside(part);
    using type = std::remove_reference_t<decltype(beside[0])>;
    static_assert(!std::is_const_v<type>, "part is written and cannot be const");
    if (sizeof(type) != detail::part_size(format)) {
        throw std::invalid_argument("fastadam: part has elements of " + std::to_string(sizeof(type)) + " bytes, but the format needs "
                                    + std::to_string(detail::part_size(format)));
    }
    detail::require_length("part", beside.size(), tensor.n);
    tensor.param_dtype = format;
    tensor.param_part = beside.data();
    return tensor;
}

// The same tensor with a state array in FASTADAM_BLOCK8: integers of 8 bits, as many as param has elements, and a scale for each started block
// of 128. They must outlive the description.
template <class C, class S> fastadam_tensor with_block8(fastadam_tensor tensor, std::size_t state, C &&integers, S &&scales) {
    const view codes(integers);
    const view<float> blocks(scales);
    using type = std::remove_reference_t<decltype(codes[0])>;
    static_assert(sizeof(type) == 1 && !std::is_const_v<type>, "integers of 8 bits that are written");
    if (state >= 4) {
        throw std::invalid_argument("fastadam: there are four state arrays at most");
    }
    detail::require_length("integers", codes.size(), tensor.n);
    if (blocks.size() != tensor.n / 128 + (tensor.n % 128 != 0)) {
        throw std::invalid_argument("fastadam: scales has " + std::to_string(blocks.size()) + " elements, which is not one for each 128 of "
                                    + std::to_string(tensor.n));
    }
    tensor.state[state] = codes.data();
    tensor.state_dtype[state] = FASTADAM_BLOCK8;
    tensor.state_part[state] = blocks.data();
    return tensor;
}

// The same tensor in another group, by its index. step: its own, or 0 for that of the call. numbers: those that the rule keeps for the
// tensor; they must outlive the description.
inline fastadam_tensor in_group(fastadam_tensor tensor, std::size_t index, double *numbers = nullptr, std::int64_t step = 0) {
    tensor.numbers = numbers;
    tensor.step = step;
    tensor.group = detail::group_number(index);
    return tensor;
}

// One step over a list of tensors, each by the rule and the hyperparameters of its group. All is checked before the first is
// written. step: 1 for the first. The result says what the step saw and did.
inline fastadam_report step(view<const fastadam_tensor> tensors, view<const group> groups, std::int64_t step,
                            const fastadam_step_options &options = step_options()) {
    static_assert(sizeof(group) == sizeof(fastadam_group), "an array of one is an array of the other");
    fastadam_report report{};
    report.struct_size = sizeof report;
    detail::check(fastadam_step(tensors.data(), tensors.size(), groups.data(), groups.size(), &options, step, &report));
    return report;
}

inline fastadam_report step(std::initializer_list<fastadam_tensor> tensors, std::initializer_list<group> groups, std::int64_t step,
                            const fastadam_step_options &options = step_options()) {
    return fastadam::step(view(tensors.begin(), tensors.size()), view(groups.begin(), groups.size()), step, options);
}

// One step of Adam or AdamW over one tensor: param, exp_avg and exp_avg_sq are updated, grad is only read. Arrays of one type take the
// short way.
template <class P, class G, class M, class V>
void adam(P &&param, const G &grad, M &&exp_avg, V &&exp_avg_sq, const group &options, std::int64_t step, std::int32_t threads = 0) {
    const fastadam_tensor tensor = make_tensor(param, grad, exp_avg, exp_avg_sq);
    const std::int32_t type = tensor.param_dtype;
    if (tensor.grad_dtype != type || tensor.state_dtype[0] != type || tensor.state_dtype[1] != type) {
        step_options mixed;
        mixed.threads = threads;
        fastadam::step({tensor}, {options}, step, mixed);
        return;
    }
    const auto call = [&](auto function, auto *p, const auto *g, auto *m, auto *v) {
        detail::check(function(p, g, m, v, tensor.n, &options, step, threads));
    };
    if (type == FASTADAM_F32) {
        call(fastadam_adam_f32, static_cast<float *>(tensor.param), static_cast<const float *>(tensor.grad),
             static_cast<float *>(tensor.state[0]), static_cast<float *>(tensor.state[1]));
    } else {
        call(type == FASTADAM_F16 ? fastadam_adam_f16 : fastadam_adam_bf16, static_cast<std::uint16_t *>(tensor.param),
             static_cast<const std::uint16_t *>(tensor.grad), static_cast<std::uint16_t *>(tensor.state[0]),
             static_cast<std::uint16_t *>(tensor.state[1]));
    }
}

// Makes of Schedule-Free's parameters in training those for evaluation; other rules' tensors stay as they are. fastadam.h says more.
inline void to_evaluation(view<const fastadam_tensor> tensors, view<const group> groups, std::int32_t threads = 0) {
    detail::check(fastadam_to_evaluation(tensors.data(), tensors.size(), groups.data(), groups.size(), threads));
}

inline void to_evaluation(std::initializer_list<fastadam_tensor> tensors, std::initializer_list<group> groups,
                          std::int32_t threads = 0) {
    fastadam::to_evaluation(view(tensors.begin(), tensors.size()), view(groups.begin(), groups.size()), threads);
}

// The way back.
inline void to_training(view<const fastadam_tensor> tensors, view<const group> groups, std::int32_t threads = 0) {
    detail::check(fastadam_to_training(tensors.data(), tensors.size(), groups.data(), groups.size(), threads));
}

inline void to_training(std::initializer_list<fastadam_tensor> tensors, std::initializer_list<group> groups, std::int32_t threads = 0) {
    fastadam::to_training(view(tensors.begin(), tensors.size()), view(groups.begin(), groups.size()), threads);
}

// A table of rows for sparse steps: its arrays have row_length elements for each row, grad has as many for each index. param, exp_avg
// and exp_avg_sq are updated, indices and grad are only read; all must outlive the description.
template <class P, class G, class M, class V>
fastadam_table make_table(P &&param, M &&exp_avg, V &&exp_avg_sq, std::size_t row_length, view<const std::int64_t> indices,
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
    fastadam_table table{};
    table.struct_size = sizeof table;
    table.param = arrays.param;
    table.grad = arrays.grad;
    table.exp_avg = arrays.state[0];
    table.exp_avg_sq = arrays.state[1];
    table.indices = indices.data();
    table.rows = p.size() / row_length;
    table.row_length = row_length;
    table.count = indices.size();
    table.param_dtype = arrays.param_dtype;
    table.grad_dtype = arrays.grad_dtype;
    table.exp_avg_dtype = arrays.state_dtype[0];
    table.exp_avg_sq_dtype = arrays.state_dtype[1];
    return table;
}

// The same table in another group, by its index. step: its own, or 0 for that of the call.
inline fastadam_table in_group(fastadam_table table, std::size_t index, std::int64_t step = 0) {
    table.step = step;
    table.group = detail::group_number(index);
    return table;
}

// One step over a list of tables, each by the hyperparameters of its group, whose rule is Adam. All is checked before the first is
// written. step: 1 for the first. The result says what the step saw and did.
inline fastadam_report sparse_step(view<const fastadam_table> tables, view<const group> groups, std::int64_t step,
                                   const fastadam_step_options &options = step_options()) {
    fastadam_report report{};
    report.struct_size = sizeof report;
    detail::check(fastadam_sparse_step(tables.data(), tables.size(), groups.data(), groups.size(), &options, step, &report));
    return report;
}

inline fastadam_report sparse_step(std::initializer_list<fastadam_table> tables, std::initializer_list<group> groups,
                                   std::int64_t step, const fastadam_step_options &options = step_options()) {
    return fastadam::sparse_step(view(tables.begin(), tables.size()), view(groups.begin(), groups.size()), step, options);
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
