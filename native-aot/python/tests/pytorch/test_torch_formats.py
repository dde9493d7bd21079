"""Tests of fastadam.torch: formats have the bits of fastadam's optimizers for arrays."""

from __future__ import annotations

import unittest

import torch_support as support
from torch_support import TorchCase, ours, torch

SHAPES = (17, 59), (4096,), (), (0, 2), (130,)
F32, BF16, F16 = torch.float32, torch.bfloat16, torch.float16

#: The parameters' dtype, the arguments here, and those of the classes for arrays.
CASES = [
    (F32, {}, {}),
    (F32, {"state_format": "block8"}, {"state_format": "block8"}),
    (F32, {"state_format": "block8", "min_8bit_size": 130}, {"state_format": "block8", "min_8bit_size": 130}),
    (F32, {"state_format": "block8", "min_8bit_size": 0, "moment_dtype": BF16},
     {"state_format": "block8", "min_8bit_size": 0, "moment_dtype": "bfloat16"}),
    (F32, {"state_format": "bfloat16_stochastic", "seed": 3}, {"state_format": "bfloat16_stochastic", "seed": 3}),
    (F32, {"moment_dtype": BF16}, {"moment_dtype": "bfloat16"}),
    (F32, {"moment_dtype": F16}, {"moment_dtype": "float16"}),
    (BF16, {}, {}),
    (F16, {}, {}),
    (BF16, {"moment_dtype": F32}, {"moment_dtype": "float32"}),
    (F16, {"moment_dtype": F32}, {"moment_dtype": "float32"}),
    (BF16, {"master_copy": True}, {"master": "split"}),
    (BF16, {"master_copy": "split", "moment_dtype": F32}, {"master": "split", "moment_dtype": "float32"}),
    (BF16, {"master_copy": "split8", "moment_dtype": F32}, {"master": "split8", "moment_dtype": "float32"}),
    (BF16, {"master_copy": "split8", "state_format": "block8", "min_8bit_size": 1},
     {"master": "split8", "state_format": "block8", "min_8bit_size": 1}),
    (BF16, {"stochastic_rounding": True, "moment_dtype": F32, "seed": 5}, {"rounding": "stochastic", "moment_dtype": "float32", "seed": 5}),
    (F16, {"stochastic_rounding": True, "moment_dtype": F32}, {"rounding": "stochastic", "moment_dtype": "float32"}),
]


def array(tensor):
    """What a tensor holds, as numpy has it: bfloat16 as uint16."""
    tensor = tensor.detach().contiguous()
    return (tensor.view(torch.int16).numpy().view("uint16") if tensor.dtype == BF16 else tensor.numpy()).copy()


class FormatTests(TorchCase):
    def check(self, name, dtype, mine, theirs, **options):
        params = support.tensors(*SHAPES, dtype=dtype)
        arrays = [array(x) for x in params]
        actual = getattr(ours, name)(params, **options, **mine)
        expected = actual.kind(arrays, dtype=str(dtype).partition(".")[2] if dtype != F32 else "bfloat16", **options, **theirs)
        for i in range(4):
            support.set_grads(params, i)
            if i == 1:
                params[1].grad = None
            actual.step()
            expected.step([None if x.grad is None else array(x.grad) for x in params])
        for x, y in zip(params, arrays):
            self.assert_bits(array(x), y)
        for param, state in zip(params, expected.state):
            self.assertEqual(actual.state[param].keys(), state.keys())
            for entry, value in state.items():
                own = actual.state[param][entry]
                if own.dim() == 0 and not hasattr(value, "dtype"):
                    self.assertEqual(own.item(), value, entry)
                else:
                    self.assertEqual(array(own).tobytes(), value.tobytes(), entry)

    def test_adamw(self):
        for dtype, mine, theirs in CASES:
            with self.subTest(dtype=dtype, **mine):
                self.check("AdamW", dtype, mine, theirs, lr=0.01)

    def test_other_rules(self):
        for name in "SGD", "Adagrad", "RMSprop", "Lion":
            for dtype, mine, theirs in CASES[1:4] + CASES[9:13] + CASES[15:16]:
                with self.subTest(name, dtype=dtype, **mine):
                    self.check(name, dtype, mine, theirs, lr=0.01, **({"momentum": 0.9} if name == "SGD" else {}))

    def test_a_float32_parameter_behind(self):
        """The class for arrays has it the other way round: a copy beside a float32 parameter."""
        for dtype in BF16, F16:
            for mine, theirs in ({"moment_dtype": F32}, {"moment_dtype": "float32"}), ({"state_format": "block8", "min_8bit_size": 1},) * 2:
                params = support.tensors(*SHAPES, dtype=dtype)
                masters, copies = [x.detach().float().numpy().copy() for x in params], [array(x) for x in params]
                actual = ours.AdamW(params, lr=0.01, master_copy="float32", **mine)
                expected = actual.kind(masters, lr=0.01, copy=copies, dtype="bfloat16", **theirs)
                for i in range(4):
                    support.set_grads(params, i)
                    actual.step()
                    expected.step([array(x.grad) for x in params])
                for i, param in enumerate(params):
                    self.assert_bits(array(param), copies[i])
                    self.assert_bits(array(actual.state[param]["master"]), masters[i])

    def test_a_copied_parameter_that_is_changed(self):
        """The float32 parameter behind is made anew, also where a step would otherwise be the one before's."""
        (param,) = support.tensors((3, 4), dtype=BF16)
        optimizer = ours.AdamW([param], lr=0.01, master_copy="float32")
        for i in range(2):
            support.set_grads([param], i)
            optimizer.step()
        with torch.no_grad():
            param.mul_(2)
        doubled = param.detach().clone()
        param.grad = torch.zeros_like(param)
        optimizer.param_groups[0].update(lr=0.0, weight_decay=0.0)
        optimizer.step()
        self.assert_same([param], [doubled])
        self.assert_same([optimizer.state[param]["master"]], [doubled.float()])

    def test_two_threads(self):
        """Results do not depend on how many share a step."""
        results = []
        for threads in 1, 2, None:
            params = support.tensors((300, 1000), (7,), dtype=F32)
            optimizer = ours.AdamW(params, lr=0.01, threads=threads, max_grad_norm=0.5, state_format="block8")
            for i in range(2):
                support.set_grads(params, i)
                optimizer.step()
            results.append([*params, *(x for p in params for x in optimizer.state[p].values())])
        for other in results[1:]:
            self.assert_same(other, results[0])

    def test_gradients_of_other_dtypes(self):
        """Gradients that ``.data`` or a hook has made so; PyTorch's own assignment refuses them."""
        for dtype in BF16, F16:
            (param,), (same,) = support.tensors((3, 4)), support.tensors((3, 4))
            for each, grad_dtype in ((param, dtype), (same, F32)):
                grad = torch.randn(3, 4, generator=torch.Generator().manual_seed(1)).to(dtype)
                each.grad = torch.zeros(3, 4)
                each.grad.data = grad.to(grad_dtype)
                ours.AdamW([each], lr=0.1).step()
            self.assert_same(param, same)


class AgainstPyTorchTests(TorchCase):
    def test_bfloat16_parameters(self):
        """PyTorch rounds what is between: results are those of a float32 parameter to a few roundings. float16 it has not on CPUs."""
        for name in "AdamW", "SGD", "RMSprop", "Adagrad":
            options = support.CLASSES[name]
            mine, their = support.tensors((17, 59), dtype=BF16), support.tensors((17, 59), dtype=BF16)
            actual, expected = getattr(ours, name)(mine, **options), support.theirs(name, their, **options)
            for i in range(5):
                for params, optimizer in (mine, actual), (their, expected):
                    support.set_grads(params, i)
                    optimizer.step()
            self.assert_near(mine, their, 2.0**-7, name)
            self.assertEqual({x: v.dtype for x, v in actual.state[mine[0]].items() if x != "step"},
                             {x: v.dtype for x, v in expected.state[their[0]].items() if x != "step" and v is not None})

    def test_split_parameters_train_as_float32_ones(self):
        (param,), (plain,) = support.tensors((17, 59), dtype=BF16), support.tensors((17, 59), dtype=BF16)
        plain = plain.detach().float().requires_grad_()
        split, expected = ours.AdamW([param], lr=1e-4, master_copy="split", moment_dtype=F32), torch.optim.AdamW([plain], lr=1e-4)
        for i in range(20):
            support.set_grads([param], i)
            plain.grad = param.grad.float()
            split.step()
            expected.step()
        self.assert_near([param], [plain], 2.0**-8)
        whole = (param.detach().view(torch.int16).int() << 16) + split.state[param]["master_lower"].int()
        self.assert_near([whole.view(F32)], [plain])


if __name__ == "__main__":
    unittest.main()
