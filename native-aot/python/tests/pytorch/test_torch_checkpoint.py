"""Checkpoint files of fastadam.torch: a run that is saved, loaded and continued, and files of other optimizers."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

import fastadam
import fastadam.torch
import torch
from torch_support import Case

FORMATS = (
    (torch.float32, {}),
    (torch.float32, {"state_format": "block8"}),
    (torch.bfloat16, {}),
    (torch.bfloat16, {"moment_dtype": torch.float32}),
    (torch.bfloat16, {"master_copy": "split", "state_format": "block8"}),
    (torch.bfloat16, {"master_copy": "split8"}),
    (torch.float16, {"master_copy": "float32"}),
    (torch.bfloat16, {"stochastic_rounding": True, "state_format": "bfloat16_stochastic", "seed": 7}),
)


def made(name, dtype, options, seed=1):
    """An optimizer of two groups: a matrix, a number; a matrix in another order of dimensions, where there are no blocks of 8 bits."""
    torch.manual_seed(seed)
    params = [torch.randn(70, 80), torch.randn(()), torch.randn(9, 5) if "state_format" in options else torch.randn(9, 5).t()]
    params = [torch.nn.Parameter(x.to(dtype)) for x in params]
    groups = [{"params": params[:2]}, {"params": params[2:], "lr": 2e-3}]
    return params, getattr(fastadam.torch, name)(groups, lr=1e-3, **options)


def stepped(params, optimizer, steps):
    for step in steps:
        torch.manual_seed(100 + step)
        for x in params:
            x.grad = torch.randn(x.shape).to(x.dtype)
        optimizer.step()


class CheckpointTests(Case):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "run.safetensors"

    def assert_same(self, actual, expected, message):
        for i, (x, y) in enumerate(zip(actual, expected)):
            self.assertTrue(torch.equal(x, y), f"{message}: parameter {i}")

    def test_a_loaded_run_goes_on_with_the_same_bits(self):
        for dtype, options in FORMATS:
            for name in ("AdamW", "NAdam", "SGD", "AdamWScheduleFree"):
                given = {**options, "momentum": 0.9} if name == "SGD" else options
                params, optimizer = made(name, dtype, given)
                stepped(params, optimizer, range(3))
                fastadam.torch.save_checkpoint(self.path, optimizer, names=["w", "b.c", "c"], metadata={"epoch": "3"})
                others, other = made(name, dtype, {**given, "seed": 0}, seed=2)
                self.assertEqual(fastadam.torch.load_checkpoint(self.path, other, names=["w", "b.c", "c"]), {"epoch": "3"})
                self.assert_same(others, params, f"{name} {dtype} {options}, loaded")
                stepped(params, optimizer, range(3, 6))
                stepped(others, other, range(3, 6))
                self.assert_same(others, params, f"{name} {dtype} {options}, continued")

    def test_the_numpy_optimizer_goes_on_with_it(self):
        params, optimizer = made("AdamW", torch.float32, {"state_format": "block8"})
        stepped(params, optimizer, range(3))
        fastadam.torch.save_checkpoint(self.path, optimizer)
        arrays = [torch.zeros_like(x).detach().numpy() for x in params]
        other = fastadam.AdamW([{"params": arrays[:2]}, {"params": arrays[2:]}], state_format="block8")
        fastadam.load_checkpoint(self.path, other)
        stepped(params, optimizer, [3])
        other.step([x.grad.numpy() for x in params])
        self.assert_same([torch.from_numpy(x) for x in arrays], params, "numpy")
        fastadam.save_checkpoint(self.path, other)
        back, third = made("AdamW", torch.float32, {"state_format": "block8"}, seed=3)
        fastadam.torch.load_checkpoint(self.path, third)
        self.assert_same(back, params, "back")

    def test_what_does_not_fit_changes_nothing(self):
        params, optimizer = made("AdamW", torch.float32, {})
        stepped(params, optimizer, range(2))
        fastadam.torch.save_checkpoint(self.path, optimizer, params=False)
        others, other = made("AdamW", torch.float32, {}, seed=2)
        before = [x.detach().clone() for x in others]
        with self.assertRaisesRegex(ValueError, "it has no params.0: params=False leaves the parameters as they are."):
            fastadam.torch.load_checkpoint(self.path, other)
        with self.assertRaisesRegex(ValueError, "it has the parameters"):
            fastadam.torch.load_checkpoint(self.path, other, params=False, names=["a", "b", "c"])
        _, lion = made("Lion", torch.float32, {})
        with self.assertRaisesRegex(ValueError, r"param_groups\[0\] has the rule 'Adam', but this optimizer's is 'Lion'."):
            fastadam.torch.load_checkpoint(self.path, lion, params=False)
        with self.assertRaisesRegex(TypeError, "optimizer must be one of fastadam.torch's, not AdamW."):
            fastadam.torch.save_checkpoint(self.path, torch.optim.AdamW(params))
        self.assert_same(others, before, "refused")
        self.assertEqual(len(other.state), 0)
        fastadam.torch.load_checkpoint(self.path, other, params=False)
        self.assertEqual(other.state[others[0]]["step"].item(), 2)

    def test_blocks_in_another_order_are_refused(self):
        param = torch.nn.Parameter(torch.ones(70, 80).t())
        optimizer = fastadam.torch.AdamW([param], state_format="block8")
        param.grad = torch.ones_like(param)
        optimizer.step()
        with self.assertRaisesRegex(ValueError, "0: exp_avg in block8 has the order"):
            fastadam.torch.save_checkpoint(self.path, optimizer)
        self.assertFalse(self.path.exists())


if __name__ == "__main__":
    unittest.main()
