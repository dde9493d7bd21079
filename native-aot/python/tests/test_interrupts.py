"""Tests of exceptions from signal handlers, such as KeyboardInterrupt: they leave all of a change or nothing of it."""

from __future__ import annotations

import copy
import os
import pickle
import random
import signal
import sys
import time
import unittest
from unittest import mock

import fastadam
import numpy as np
from fastadam import _library
from formulas import cases
from support import Case, arrays

PACKAGE = os.path.dirname(fastadam.__file__) + os.sep
STEPS = ("fastadam_step", "fastadam_sparse_step", "fastadam_to_evaluation", "fastadam_to_training")


def contents(optimizer):
    """All that an optimizer holds, as values."""
    groups = [{name: x for name, x in group.items() if name != "params"} for group in optimizer.param_groups]
    state = [{name: np.asarray(x).tobytes() for name, x in entry.items()} for entry in optimizer.state]
    return [x.tobytes() for x in optimizer.params], groups, state, optimizer.steps


def interrupted(call, place, begun=lambda: True):
    """Makes the call, and raises KeyboardInterrupt before the package's bytecode at that place, counted from 0 once it has begun.

    Returns whether the call got there.
    """
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode" and begun():
            count += 1
            if count == place + 1:
                raise KeyboardInterrupt
        return trace

    present = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(present)
    return False


def all_optimizers():
    """For each optimizer and its options: a function that makes one that has stepped once, and one that makes it step."""
    grads = [arrays((5, 3), seed=9 + i)[1] for i in range(2)]
    seen = set()
    for kind, options, _ in cases():
        # Of options that keep the same arrays one is enough.
        probe = kind([arrays((5, 3))[0]], **options)
        probe.step(grads[:1])
        kept = kind, *probe.state[0]
        if kept in seen:
            continue
        seen.add(kept)

        def make(kind=kind, options=options):
            optimizer = kind([arrays((5, 3), seed=i)[0] for i in range(2)], **options)
            optimizer.step([grads[0], None])
            return optimizer

        yield f"{kind.__name__} {options}", make, lambda optimizer: optimizer.step(grads)

    pair = (np.array([4, 0, 4]), arrays((3, 3), seed=8)[1])

    def make_sparse():
        optimizer = fastadam.SparseAdam([arrays((5, 3), seed=i)[0] for i in range(2)])
        optimizer.step([pair, None])
        return optimizer

    yield "SparseAdam", make_sparse, lambda optimizer: optimizer.step([pair, pair])


class EveryBytecodeTests(Case):
    def check(self, make, change, *, whole, follow=lambda optimizer: None):
        """Interrupts the change of an optimizer at every bytecode, or at each after the library's part.

        Args:
            make: makes an optimizer.
            change: what is interrupted.
            whole: whether to begin at the first bytecode.
            follow: made after the change or what became of it, of no change not always; it must give what it gives after no change
                or after the whole.
        """
        optimizer = make()
        before = contents(optimizer)
        follow(optimizer)
        expected = [(before, contents(optimizer))]
        optimizer = make()
        change(optimizer)
        after = contents(optimizer)
        follow(optimizer)
        expected.append((after, contents(optimizer)))
        seen = set()
        place = 0
        while True:
            optimizer = make()
            called = False

            def called_by(function):
                def call(*arguments):
                    nonlocal called
                    status = function(*arguments)
                    called = True
                    return status

                return call

            steps = {name: called_by(getattr(_library.library, name)) for name in STEPS}
            with mock.patch.multiple(_library.library, **steps):
                if not interrupted(lambda: change(optimizer), place, lambda: whole or called):
                    break
            present = contents(optimizer)
            self.assertIn(present, [x for x, _ in expected], f"bytecode {place}")
            if called:
                self.assertEqual(present, after, f"bytecode {place}")
            seen.add(present == after)
            if present == after or place % 50 == 0:
                follow(optimizer)
                self.assertIn((present, contents(optimizer)), expected, f"bytecode {place}")
            place += 1
        self.assertEqual(contents(optimizer), after)
        self.assertGreater(place, 10)
        self.assertEqual(seen, {False, True} if whole else {True})

    def test_after_the_librarys_part_of_a_step(self):
        for name, make, step in all_optimizers():
            with self.subTest(name):
                self.check(make, step, whole=False, follow=step)

    def test_on_the_way_to_evaluation_and_back(self):
        grads = [arrays((5, 3), seed=9 + i)[1] for i in range(2)]

        def make():
            optimizer = fastadam.AdamWScheduleFree([arrays((5, 3), seed=i)[0] for i in range(2)], lr=0.1)
            for _ in range(3):
                optimizer.step(grads)
            return optimizer

        def made_for_evaluation():
            optimizer = make()
            optimizer.eval()
            return optimizer

        self.check(make, fastadam.AdamWScheduleFree.eval, whole=True, follow=fastadam.AdamWScheduleFree.train)
        self.check(made_for_evaluation, fastadam.AdamWScheduleFree.train, whole=True, follow=lambda optimizer: optimizer.step(grads)
                   if optimizer.state[0]["eval_mode"] == 0 else None)

    def test_a_step_that_makes_arrays(self):
        def make():
            optimizer = fastadam.SGD([{"params": np.ones(3, np.float32)}, {"params": np.ones(2, np.float32), "rule": fastadam.NAdam}])
            optimizer.param_groups[0]["momentum"] = 0.5
            return optimizer

        def step(optimizer):
            optimizer.step([np.ones(3, np.float32), np.ones(2, np.float32)], max_grad_norm=1, skip_non_finite=True, report=True)

        self.check(make, step, whole=True, follow=step)

    def test_skipped_and_refused_steps(self):
        for grad, error in ((np.inf, None), (1.0, ValueError)):
            def change(optimizer):
                if error is None:
                    self.assertTrue(optimizer.step([np.full(3, grad, np.float32)], skip_non_finite=True).skipped)
                else:
                    optimizer.lr = 1e38  # refused by the library
                    with self.assertRaises(error):
                        optimizer.step([np.full(3, grad, np.float32)])
                    optimizer.lr = 1e-3

            optimizer = fastadam.Adam([np.ones(3, np.float32)])
            before = contents(optimizer)
            place = 0
            while interrupted(lambda: change(optimizer), place):
                optimizer.lr = 1e-3
                self.assertEqual(contents(optimizer), before)
                place += 1
            self.assertEqual(contents(optimizer), before)

    def test_loading(self):
        """With arrays to fill, to make and to copy."""

        def make():
            optimizer = fastadam.Adam([
                {"params": np.ones(3, np.float32), "rule": fastadam.Adagrad, "initial_accumulator_value": 0.5},
                {"params": np.ones(2, np.float32), "rule": fastadam.SGD},
                {"params": np.ones(4, np.float32)},
            ])
            optimizer.step([np.full(x.shape, i, np.float32) for i, x in enumerate(optimizer.params, 1)])
            return optimizer

        other = make()
        other.lr = 0.25
        other.param_groups[1]["momentum"] = 0.5
        for i in range(2):
            other.step([np.full(x.shape, i + j, np.float32) for j, x in enumerate(other.params, 3)])
        saved = other.state_dict()
        del saved["state"][0]

        def step(optimizer):
            optimizer.step([np.full(x.shape, 7, np.float32) for x in optimizer.params])

        self.check(make, lambda optimizer: optimizer.load_state_dict(saved), whole=True, follow=step)

    def test_adding_a_group_and_setting_hyperparameters(self):
        def make():
            return fastadam.Adam([{"params": np.ones(3, np.float32)}, {"params": np.ones(2, np.float32), "rule": fastadam.SGD}])

        def add(optimizer):
            optimizer.add_param_group({"params": [np.ones(1, np.float32), np.ones(4, np.float32)], "rule": fastadam.NAdam})

        def set_lr(optimizer):
            optimizer.lr = 0.5

        def step(optimizer):
            optimizer.step([np.ones_like(x) for x in optimizer.params])

        for change in (add, set_lr):
            self.check(make, change, whole=True, follow=step)

    def test_looking_changes_nothing(self):
        """Also at what an interrupted step has left, and interrupted itself."""
        grad = [np.ones(3, np.float32)]

        def make():
            optimizer = fastadam.NAdam([np.ones(3, np.float32)])
            real = _library.library.fastadam_step

            def call(*arguments):
                real(*arguments)
                raise KeyboardInterrupt

            with mock.patch.object(_library.library, "fastadam_step", call), self.assertRaises(KeyboardInterrupt):
                optimizer.step(grad)
            return optimizer

        expected = fastadam.NAdam([np.ones(3, np.float32)])
        expected.step(grad)
        after = contents(expected)
        for look in (
            lambda x: x.steps, lambda x: x.state, lambda x: x.state_dict(), lambda x: x.params, lambda x: x.param_groups,
            lambda x: x.lr, repr, pickle.dumps, copy.copy, copy.deepcopy,
        ):
            optimizer = make()
            place = 0
            while interrupted(lambda: look(optimizer), place):
                place += 1
            self.assertEqual(contents(optimizer), after)
        for copied in (make(), copy.copy(make()), copy.deepcopy(make()), pickle.loads(pickle.dumps(make()))):
            self.assertEqual(contents(copied), after)
        restored = fastadam.NAdam([make().params[0]])
        restored.load_state_dict(make().state_dict())
        self.assertEqual(contents(restored), after)
        optimizer = make()
        for each in (optimizer, expected):
            each.add_param_group({"params": np.ones(2, np.float32)})
            each.step([*grad, np.ones(2, np.float32)])
        self.assertEqual(contents(optimizer), contents(expected))


@unittest.skipUnless(hasattr(signal, "setitimer"), "no timers of processes")
class SignalTests(Case):
    TRIALS = 30

    def setUp(self):
        self.delays = random.Random(0)

    def handle(self, handler):
        present = signal.signal(signal.SIGALRM, handler)
        self.addCleanup(signal.signal, signal.SIGALRM, present)
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)

    def until_interrupted(self, call, longest):
        """Makes the call again and again until a timer's KeyboardInterrupt."""
        try:
            signal.setitimer(signal.ITIMER_REAL, self.delays.uniform(longest / 50, longest))
            while True:
                call()
        except KeyboardInterrupt:
            pass

    def test_steps(self):
        self.handle(signal.default_int_handler)
        size = 2_000_000  # of each of two parameters
        dense = [np.linspace(-1, 2, size, dtype=np.float32)] * 2
        shape = (size // 100, 100)
        sparse = [(np.arange(0, shape[0], 2), dense[0].reshape(shape)[::2].copy())] * 2
        start = np.linspace(1, 3, size, dtype=np.float32)
        for kind, shape, grads in ((fastadam.NAdam, (size,), dense), (fastadam.SparseAdam, shape, sparse)):
            def make(kind=kind, shape=shape):
                return kind([start.reshape(shape).copy() for _ in range(2)])

            for _ in range(self.TRIALS):
                optimizer, expected = make(), make()
                begin = time.monotonic()
                expected.step(grads)
                self.until_interrupted(lambda: optimizer.step(grads), 3 * (time.monotonic() - begin))
                self.assertEqual(len(set(optimizer.steps)), 1)
                restored = kind([x.copy() for x in optimizer.params])
                restored.load_state_dict(optimizer.state_dict())
                for _ in range(optimizer.steps[0]):
                    expected.step(grads)
                for each in (optimizer, restored):
                    each.step(grads)
                    self.assertEqual(each.steps, expected.steps)
                    for x, y in zip(each.params, expected.params):
                        self.assertTrue(np.array_equal(x, y))
                    for x, y in zip(each.state, expected.state):
                        self.assertTrue(all(np.array_equal(x[name], y[name]) for name in y))

    def test_loading(self):
        self.handle(signal.default_int_handler)
        optimizer = fastadam.Adam([np.ones(50_000, np.float32) for _ in range(20)])
        states = []
        for _ in range(2):
            optimizer.step([np.ones(50_000, np.float32)] * 20)
            states.append(optimizer.state_dict())

        def load():
            for state in states:
                optimizer.load_state_dict(state)

        for _ in range(self.TRIALS):
            self.until_interrupted(load, 0.02)
            present = optimizer.state_dict()["state"]
            expected = states[present[0]["step"] - 1]["state"]
            for i, entry in present.items():
                self.assertEqual(entry["step"], expected[i]["step"])
                self.assertTrue(all(np.array_equal(entry[name], expected[i][name]) for name in ("exp_avg", "exp_avg_sq")))

    def test_a_handler_that_saves(self):
        """Wherever it runs, it sees a state of which each part is of the same step."""
        saved = []
        p = np.ones(100_000, np.float32)
        optimizer = fastadam.NAdam([p])

        def save(number, frame):
            saved.append((p.copy(), pickle.loads(pickle.dumps(optimizer)), optimizer.state_dict()))
            signal.setitimer(signal.ITIMER_REAL, self.delays.uniform(1e-4, 2e-3))

        self.handle(save)
        signal.setitimer(signal.ITIMER_REAL, 1e-3)
        grads = [np.linspace(-1, 1, p.size, dtype=np.float32)]
        while len(saved) < self.TRIALS:
            optimizer.step(grads)
        signal.setitimer(signal.ITIMER_REAL, 0)
        expected = fastadam.NAdam([np.ones_like(p)])
        for present, copied, state in saved:
            while expected.steps < copied.steps:
                expected.step(grads)
            self.assertEqual(contents(copied), contents(expected))
            self.assert_bits(present, expected.params[0])
            restored = fastadam.NAdam([present])
            restored.load_state_dict(state)
            self.assertEqual(contents(restored), contents(expected))


if __name__ == "__main__":
    unittest.main()
