"""Tests of each optimizer's update, against its formula in double precision, and of its arguments."""

from __future__ import annotations

import inspect
import unittest

import fastadam
import numpy as np
from formulas import OPTIMIZERS, cases, initial_state
from support import Case, arrays, from_bf16, three_grads, three_params, to_bf16

SPARSE_ADAM = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "maximize": False}


class RuleTests(Case):
    def test_every_optimizer_has_a_formula(self):
        kinds = {x for x in vars(fastadam).values() if isinstance(x, type) and hasattr(x, "rule")}
        self.assertEqual(kinds - {fastadam.SparseAdam}, set(OPTIMIZERS), "formulas.OPTIMIZERS has not all of them")

    def test_single_precision(self):
        """Steps in a row, whose rounding errors add up."""
        for kind, options, formula in cases():
            with self.subTest(kind.__name__, **options):
                actual = [arrays((301,), seed=0)[0], *three_params()]
                optimizer = kind(actual, **options)
                expected = [x.astype(np.float64) for x in actual]
                state = [initial_state(kind) for _ in actual]
                for t in range(1, 13):
                    grads = [arrays((301,), seed=100 + t)[1], *three_grads(t)]
                    optimizer.step(grads)
                    expected = [formula(p, g.astype(np.float64), s, t) for p, g, s in zip(expected, grads, state)]
                for i, (x, y) in enumerate(zip(actual, expected)):
                    np.testing.assert_allclose(x, y, rtol=2e-6, atol=2e-6, err_msg=f"params[{i}]")
                    for name, value in optimizer.state[i].items():
                        if name in OPTIMIZERS[kind].numbers:
                            self.assertEqual(value, state[i][name])
                        elif name != "step":
                            np.testing.assert_allclose(value, state[i][name] + 0 * y, rtol=2e-6, atol=2e-6, err_msg=f"{name}[{i}]")
                self.assertEqual(optimizer.steps, (12,) * 4)

    def test_16_bits(self):
        """Each step from what is stored, in the three types in turn."""
        kinds = {
            "float16": (np.float16, lambda x: x.astype(np.float64), lambda x: x.astype(np.float16), 2.0**-11),
            "bfloat16": (np.uint16, lambda x: from_bf16(x).astype(np.float64), to_bf16, 2.0**-8),
        }
        for kind, options, formula in cases():
            for name, (dtype, widen, narrow, half_unit) in kinds.items():
                for moments in (name, "float32"):
                    with self.subTest(kind.__name__, dtype=name, moments=moments, **options):
                        p = narrow(arrays((301,))[0])
                        self.assertEqual(p.dtype, dtype)
                        optimizer = kind([p], **options, dtype="bfloat16" if dtype == np.uint16 else None, moment_dtype=moments)
                        for t in range(1, 6):
                            g = narrow(arrays((301,), seed=t)[1])
                            state = {
                                x: y if not isinstance(y, np.ndarray) else widen(y) if moments == name else y.astype(np.float64)
                                for x, y in optimizer.state[0].items()
                            }
                            if t == 1 and "sum" in state:
                                state["sum"] = 0.0  # the formula adds the initial value
                            expected = formula(widen(p), widen(g), state, t)
                            optimizer.step([g])
                            # Half a unit in the last place, and what single precision is off.
                            np.testing.assert_allclose(widen(p), expected, rtol=1.001 * half_unit, atol=1e-6, err_msg=f"step {t}")

    def test_arguments_are_pytorchs(self):
        p = np.ones((2, 2), np.float32)
        for kind, arguments in (*((x, y.arguments) for x, y in OPTIMIZERS.items()), (fastadam.SparseAdam, SPARSE_ADAM)):
            name = kind.__name__
            positional = {
                x.name: x.default
                for x in inspect.signature(kind).parameters.values()
                if x.kind is x.POSITIONAL_OR_KEYWORD and x.name != "params"
            }
            self.assertEqual(list(positional.items()), list(arguments.items()), name)
            optimizer = kind([p], *arguments.values())
            for argument, value in arguments.items():
                self.assertEqual(getattr(optimizer, argument), value, f"{name} {argument}")
                self.assertIn(f"{argument}={value!r}", repr(optimizer))
            if kind is fastadam.SparseAdam:
                continue
            self.assertIs(inspect.signature(kind).parameters["maximize"].default, False)
            self.assertIsNotNone(kind.__doc__)

    def test_bad_hyperparameters(self):
        nan = float("nan")
        most = (-1, nan, 1e39, None, "", b"")
        bad = {
            "betas": ((0.9,), (1, 0.9), (0.9, -0.1), (0.9, 0.9, 0.9, 0.9), 0.9, "ab", (0.9, None)),
            "rho": (1, *most),
            "dampening": (nan, float("inf"), 1e39, "0"),
        }
        p = np.ones(4, np.float32)
        for kind in (*OPTIMIZERS, fastadam.SparseAdam):
            optimizer = kind([p])
            numbers = [x for x, default in kind.hyperparameters.items() if not isinstance(default, bool)]
            for name in numbers:
                values = (1, *most) if (kind, name) == (fastadam.RMSprop, "alpha") else bad.get(name, most)
                if name == "betas":
                    length = len(kind.hyperparameters["betas"])
                    values = (*values, (0.9,) * (length - 1), (*(0.9,) * (length - 1), 1.0))
                for value in values:
                    with self.subTest(kind.__name__, name=name, value=value):
                        with self.assertRaisesRegex((TypeError, ValueError), rf"^{name}(\[[0-2]\])? must be"):
                            kind([p], **{name: value})
                        present = getattr(optimizer, name)
                        setattr(optimizer, name, value)
                        arrays = [x for x in optimizer.state[0].values() if isinstance(x, np.ndarray)]
                        before = [x.tobytes() for x in arrays]
                        with self.assertRaisesRegex((TypeError, ValueError), rf"^{name}(\[[0-2]\])? must be"):
                            optimizer.step([(np.zeros(1, np.int64), p[:1].copy()) if kind is fastadam.SparseAdam else p.copy()])
                        setattr(optimizer, name, present)
                        self.assertEqual([x.tobytes() for x in arrays], before)
                        self.assertTrue((p == 1).all())
                        self.assertEqual(optimizer.steps, (0,))

    def test_nesterov_needs_momentum_without_dampening(self):
        p = np.ones(4, np.float32)
        for options in ({}, {"momentum": 0.9, "dampening": 0.1}):
            self.refuses(ValueError, "^nesterov needs a momentum above 0 and no dampening, not ",
                         lambda: fastadam.SGD([p], nesterov=True, **options))

    def test_numbers_that_only_together_are_out_of_range(self):
        p, g = np.ones(4, np.float32), np.ones(4, np.float32)
        for kind, options, message in (
            (fastadam.RAdam, {"lr": 1e38}, r"^lr = 1e\+38 divided by 1 - betas\[0\]\*\*1, with betas\[0\] = 0.9"),
            (fastadam.Adamax, {"lr": 1e38}, r"^lr = 1e\+38 divided by"),
            (fastadam.Lion, {"lr": 1e30, "weight_decay": 1e30}, r"^weight_decay = 1e\+30 times lr = 1e\+30 must"),
            (fastadam.NAdam, {"lr": 3e38, "betas": (0.999999, 0.9), "momentum_decay": 100},
             r"^(what step 1 derives from lr = 3e\+38|lr = 3e\+38 divided by)"),
        ):
            with self.subTest(kind.__name__):
                optimizer = kind([p], **options)
                kept = [x for x in optimizer.state[0].values() if isinstance(x, np.ndarray)]
                self.refuses(ValueError, message, lambda: optimizer.step([g]), p, *kept)
                self.assertEqual(optimizer.steps, (0,))

    def test_dampening_without_momentum_is_pytorchs(self):
        """It does nothing."""
        actual, expected = np.ones(4, np.float32), np.ones(4, np.float32)
        g = np.full(4, 0.5, np.float32)
        fastadam.SGD([actual], 0.1, dampening=0.5).step([g])
        fastadam.SGD([expected], 0.1).step([g])
        self.assert_bits(actual, expected)

    def test_momentum_that_is_turned_on_and_off(self):
        """The buffer waits, as PyTorch's does."""
        p = np.zeros(1, np.float32)
        optimizer = fastadam.SGD([p], 1.0, dampening=0.5)
        self.assertEqual(optimizer.state, ({"step": 0},))
        g = np.ones(1, np.float32)
        for momentum, parameter, buffer in ((0, -1, None), (0.5, -2, 1), (0.5, -3, 1), (0, -4, 1), (0.25, -4.75, 0.75), (0.25, -5.4375, 0.6875)):
            optimizer.momentum = momentum
            optimizer.step([g])
            self.assertEqual(p[0], parameter)
            kept = optimizer.state[0].get("momentum_buffer")
            self.assertEqual(kept if kept is None else kept[0], buffer)
        self.assertEqual(optimizer.steps, (6,))

    def test_amsgrad_over_arrays(self):
        """fastadam.step with the largest second moment, and what it refuses about that."""
        for stored in (np.float32, np.float16):
            p, actual = (arrays((33,))[0] for _ in range(2))
            optimizer = fastadam.Adam([p], betas=(0.9, 0.5), amsgrad=True, moment_dtype=stored)
            m, v, largest = (np.zeros(33, stored) for _ in range(3))
            for t in range(1, 4):
                g = arrays((33,), seed=t)[1] / t
                optimizer.step([g])
                fastadam.step([actual], [g], [m], [v], max_exp_avg_sq=[largest], step=t, betas=(0.9, 0.5))
            self.assert_bits(actual, p)
            self.assert_bits(largest, optimizer.state[0]["max_exp_avg_sq"])
            self.assertFalse((largest == v).all())
        everything = p, g, m, v, largest
        for kind, message, value in (
            (ValueError, r"^max_exp_avg_sq has the shape \(3,\)", largest[:3]),
            (ValueError, "overlaps", v),
            (TypeError, "^max_exp_avg_sq must be a numpy array", 1.0),
        ):
            self.refuses(kind, message, lambda: fastadam.step(p, g, m, v, max_exp_avg_sq=value, step=1), *everything)

    def test_initial_accumulator_value_in_16_bits(self):
        for dtype, code, bits in ((np.float16, None, 0x3555), (np.uint16, "bfloat16", 0x3EAB), (np.uint16, "float16", 0x3555)):
            optimizer = fastadam.Adagrad([np.ones(3, dtype)], initial_accumulator_value=1 / 3, dtype=code)
            self.assertEqual(optimizer.state[0]["sum"].view(np.uint16).tolist(), [bits] * 3)
        for dtype, value in (("float16", 65520), ("bfloat16", 3.4e38)):
            self.refuses(ValueError, r"^initial_accumulator_value must be finite in the type of sum\[0\], not \d",
                         lambda: fastadam.Adagrad([np.ones(3, np.float32)], initial_accumulator_value=value, moment_dtype=dtype))

    def test_optimizers_alone_can_be_made(self):
        for kind in (fastadam.Optimizer, fastadam.DenseOptimizer):
            self.refuses(TypeError, f"^{kind.__name__} has no rule", lambda: kind({}))


if __name__ == "__main__":
    unittest.main()
