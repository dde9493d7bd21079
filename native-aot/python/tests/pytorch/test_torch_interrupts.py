"""Tests of fastadam.torch: exceptions from signal handlers, such as KeyboardInterrupt, leave all of a change or nothing of it."""

from __future__ import annotations

import unittest
from unittest import mock

import torch_support as support
from fastadam import _library
from test_interrupts import interrupted
from torch_support import TorchCase, contents, ours, torch


def settled(optimizer):
    """What it holds, once it has looked at what an interrupt has left."""
    optimizer.state_dict()
    return contents(optimizer)


class EveryBytecodeTests(TorchCase):
    def check(self, make, change, *, follow=None, every=1, moves_versions=True):
        """Interrupts a change of an optimizer at its bytecodes.

        Args:
            make: makes an optimizer.
            change: what is interrupted.
            follow: made after it; it must give what it gives after no change or after the whole.
            every: of how many bytecodes one is taken.
            moves_versions: whether the parameters' version counters tell of it.
        """
        expected = []
        for changes in False, True:
            optimizer = make()
            if changes:
                change(optimizer)
            state = settled(optimizer)
            if follow is not None:
                follow(optimizer)
            expected.append((state, settled(optimizer)))
        seen = set()
        place = 0
        while True:
            optimizer = make()
            versions = [x._version for x in support.params_of(optimizer)]
            if not interrupted(lambda: change(optimizer), place):
                break
            present = settled(optimizer)
            self.assertIn(present, [x for x, _ in expected], f"bytecode {place}")
            whole = present == expected[1][0]
            if whole and moves_versions:
                moved = [x._version > y for x, y in zip(support.params_of(optimizer), versions)]
                self.assertTrue(all(moved), f"bytecode {place}: {moved}")
            if follow is not None:
                follow(optimizer)
                self.assertEqual(settled(optimizer), expected[whole][1], f"bytecode {place}")
            seen.add(whole)
            place += every
        self.assertEqual(settled(optimizer), expected[1][0])
        self.assertGreater(place, 10)
        self.assertEqual(seen, {False, True})

    def make(self, name="AdamW", dtype=torch.float32, steps=1, **options):
        def make():
            optimizer = getattr(ours, name)(support.tensors((3, 5), 2, dtype=dtype), lr=0.1, **options)
            for i in range(steps):
                support.set_grads(support.params_of(optimizer), i)
                optimizer.step()
            support.set_grads(support.params_of(optimizer), 7)
            return optimizer

        return make

    @staticmethod
    def step(optimizer):
        optimizer.step()

    def test_a_step_that_is_prepared(self):
        self.check(self.make(), self.step, follow=self.step, every=2)

    def test_a_first_step(self):
        for name, options in ("NAdam", {}), ("SGD", {"momentum": 0.9}), ("AdamW", {"state_format": "block8", "min_8bit_size": 1}):
            with self.subTest(name):
                self.check(self.make(name, steps=0, **options), self.step, follow=self.step, every=13)

    def test_a_step_with_a_float32_parameter_behind(self):
        self.check(self.make(dtype=torch.bfloat16, master_copy="float32"), self.step, follow=self.step, every=5)

    def test_a_step_that_clips(self):
        self.check(self.make(max_grad_norm=0.1), self.step, follow=self.step, every=5)

    def test_a_sparse_step(self):
        def make():
            params = support.tensors((5, 3), (4, 2))
            for param in params:
                param.grad = torch.sparse_coo_tensor(torch.tensor([[3, 0]]), torch.ones(2, param.shape[1]), param.shape)
            return ours.SparseAdam(params)

        self.check(make, self.step, follow=self.step, every=5)

    def test_evaluation_and_training(self):
        make = self.make("AdamWScheduleFree", steps=2)
        self.check(make, lambda x: x.eval(), follow=lambda x: x.train(), every=3)

    def test_loading(self):
        other = self.make(steps=3)().state_dict()
        other["param_groups"][0]["lr"] = 0.5
        self.check(self.make(), lambda x: x.load_state_dict(other), follow=self.step, every=5, moves_versions=False)

    def test_adding_a_group(self):
        def add(optimizer):
            optimizer.add_param_group({"params": support.tensors(4, 2, seed=3), "lr": 0.25})

        self.check(self.make("Adagrad"), add, follow=self.step, every=3, moves_versions=False)


class AfterTheLibraryTests(TorchCase):
    def test_when_the_call_itself_does_not_return(self):
        """The handler runs as soon as the library has come back; the step was made, and counts."""
        optimizers = [ours.AdamW(support.tensors((3, 5), 2)) for _ in range(2)]
        for optimizer in optimizers:
            support.set_grads(support.params_of(optimizer), 0)
        real = _library.library.fastadam_step

        def call(*arguments):
            real(*arguments)
            raise KeyboardInterrupt

        with mock.patch.object(_library.library, "fastadam_step", call), self.assertRaises(KeyboardInterrupt):
            optimizers[0].step()
        optimizers[1].step()
        self.assertEqual(settled(optimizers[0]), settled(optimizers[1]))


if __name__ == "__main__":
    unittest.main()
