// A program with OpenMP of its own: steps of every kind on its threads, through the runtime that it has loaded and through the header's
// callables, outside of parallel regions and inside, have the bits that they have on one thread.
//
//     c++ -std=c++17 -Wall -Wextra -Werror -pedantic -fopenmp -I PREFIX/include openmp_test.cpp -o openmp_test -L PREFIX/lib -lfastadam
#include "check.h"
#include "fastadam.hpp"
#include "shared_steps.h"

#include <atomic>
#include <omp.h>
#include <set>
#include <mutex>
#include <thread>
#include <vector>

static const kind_of_step kinds[] = {STEP, REPORT, SPARSE, ADAM, EVALUATION};

// Which threads have run a part, and for how many parts it was called.
struct recording_threads {
    fastadam::openmp_threads threads;
    std::mutex lock;
    std::set<std::thread::id> seen;
    std::uint32_t parts = 0;

    template <class R> void operator()(std::uint32_t count, R run) {
        parts += count;
        threads(count, [&](std::uint32_t part) {
            {
                const std::lock_guard<std::mutex> guard(lock);
                seen.insert(std::this_thread::get_id());
            }
            run(part);
        });
    }
};

static void test_process() {
    CHECK(fastadam::use_openmp());
    for (const kind_of_step kind : kinds) {
        CHECK(is_as_expected(kind, options_with(nullptr, nullptr, 0)));
        CHECK(is_as_expected(kind, options_with(nullptr, nullptr, 3)));
    }
    fastadam::openmp_threads own;
    fastadam::set_executor(own);
    for (const kind_of_step kind : kinds) {
        CHECK(is_as_expected(kind, options_with(nullptr, nullptr, 4)));
    }
    fastadam::use_pool();
}

static void test_calls() {
    recording_threads threads;
    fastadam::step_options options;
    options.threads = 3;
    options.with_executor(threads);
    for (const kind_of_step kind : {STEP, REPORT, SPARSE}) {
        CHECK(is_as_expected(kind, options));
        CHECK(is_as_expected(kind, options_with(fastadam_openmp_executor(), nullptr, 0)));
    }
    CHECK_EQUAL(threads.parts, 3 + (2 + 3) + 3);
    CHECK_EQUAL(threads.seen.size(), 3);

    // A function object without OpenMP; a reference to it is enough.
    int calls = 0;
    auto backwards = [&calls](std::uint32_t parts, auto run) {
        calls++;
        while (parts-- != 0) {
            run(parts);
        }
    };
    CHECK(is_as_expected(STEP, fastadam::step_options().with_executor(backwards)) && calls <= 1);
    options.with_executor(backwards);
    CHECK(is_as_expected(STEP, options));
    CHECK(calls >= 1);
}

// Every thread of a region steps, over arrays of its own: a region inside of it has one thread, or, nested, several.
static void test_inside_of_a_region(int levels) {
    std::atomic<int> differences{0};
    omp_set_max_active_levels(levels);
    CHECK(fastadam::use_openmp());
#pragma omp parallel num_threads(3)
    {
        for (int round = 0; round < 2; round++) {
            for (const kind_of_step kind : kinds) {
                differences += is_as_expected(kind, options_with(nullptr, nullptr, round * 2)) ? 0 : 1;
            }
        }
    }
    fastadam::use_pool();
    CHECK_EQUAL(differences.load(), 0);
}

int main() {
    omp_set_dynamic(0);
    omp_set_num_threads(3);
    for (const kind_of_step kind : kinds) {
        (void)expected_of(kind);
    }
    test_process();
    test_calls();
    test_inside_of_a_region(1);
    test_inside_of_a_region(2);
    return check_report();
}
