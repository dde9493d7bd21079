// As sanitizers_test.c, through fastadam.hpp.
//
//     c++ -std=c++17 -g -fsanitize=thread -pthread -I PREFIX/include sanitizers_test.cpp -o sanitizers_test -L PREFIX/lib -lfastadam
//     TSAN_OPTIONS=suppressions=PREFIX/share/fastadam/tsan.supp ./sanitizers_test
#include "fastadam.hpp"

#include <cstdio>
#include <string_view>
#include <thread>
#include <vector>

namespace {

constexpr std::size_t small_size = 37, shared_size = 400000;

template <class Array> void step(Array &p, const std::vector<float> &g, Array &m, Array &v, std::int64_t number) {
    fastadam::adam(p, g, m, v, fastadam::group::adamw(), number, 2);
}

void train() {
    for (const std::size_t size : {small_size, shared_size}) {
        std::vector<float> g(size), p(size), m(size), v(size);
        fastadam::buffer<float> in_blocks[3] = {fastadam::buffer<float>(size), fastadam::buffer<float>(size),
                                                fastadam::buffer<float>(size)};
        for (std::int64_t number = 1; number <= 5; number++) {
            for (std::size_t i = 0; i < size; i++) {
                g[i] = 0.01f * static_cast<float>(i % 101) * static_cast<float>(number);
            }
            step(p, g, m, v, number);
            step(in_blocks[0], g, in_blocks[1], in_blocks[2], number);
        }
    }
}

void run_two(void (*function)(volatile int *), volatile int *argument) {
    std::thread first(function, argument), second(function, argument);
    first.join();
    second.join();
}

} // namespace

int main(int argc, char **argv) {
    const std::string_view mistake = argc > 1 ? argv[1] : "";
    run_two([](volatile int *) { train(); }, nullptr);
    train();
    if (mistake == "leak") {
        int *volatile memory = new int[300];
        memory = memory == nullptr ? memory : nullptr;
    } else if (mistake == "race") {
        volatile int counter = 0;
        run_two([](volatile int *counted) {
            for (int i = 0; i < 1000; i++) {
                *counted = *counted + 1;
            }
        }, &counter);
    }
    std::puts("done");
}
