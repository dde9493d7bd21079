"""Tests of states, and of their saving and loading."""

from __future__ import annotations

import copy
import inspect
import pickle
import unittest

import fastadam
import numpy as np
from formulas import OPTIMIZERS, cases, initial_state
from support import Case, FakeTensor, arrays, three_grads, three_params


class StateTests(Case):
    def test_round_trips_of_all_optimizers(self):
        for kind, options, _ in cases():
            for dtype, code in ((np.float32, None), ("bfloat16", "bfloat16")):
                with self.subTest(kind.__name__, dtype=dtype, **options):
                    params = [arrays((5, 3), dtype, i)[0] for i in range(3)]
                    grads = [arrays((5, 3), dtype, 9 + i)[1] for i in range(3)]
                    optimizer = kind(params, **options, dtype=code)
                    optimizer.step(grads)
                    optimizer.step([grads[1], None, None])
                    saved = pickle.loads(pickle.dumps(optimizer.state_dict()))
                    restored = kind([x.copy() for x in params], dtype=code)
                    if "decoupled_weight_decay" in kind.hyperparameters:
                        restored.decoupled_weight_decay = optimizer.decoupled_weight_decay
                    restored.load_state_dict(saved)
                    self.assertEqual(restored.steps, (2, 1, 1))
                    self.assertEqual(repr(restored), repr(optimizer))
                    for each in (optimizer, restored):
                        each.step(grads)
                    for x, y in zip(params, restored.params):
                        self.assert_bits(y, x)
                    for x, y in zip(optimizer.state, restored.state):
                        self.assertEqual(list(x), list(y))
                        for name in x:
                            self.assertEqual(np.asarray(x[name]).tobytes(), np.asarray(y[name]).tobytes(), name)

    def test_layouts_are_pytorchs(self):
        """What torch.optim's optimizers save, without what is about their own loops: foreach and the like."""
        for kind, options, formula in cases():
            with self.subTest(kind.__name__, **options):
                # The names are those of the formula.
                of_formula = inspect.signature(OPTIMIZERS[kind].formula).parameters.values()
                group = {x.name for x in of_formula if x.kind is x.KEYWORD_ONLY}
                entry = initial_state(kind)
                for t in (1, 2):
                    formula(1.0, 1.0, entry, t)
                optimizer = kind([{"params": three_params()[:2]}, {"params": three_params()[:1]}], **options)
                early = optimizer.state_dict()["state"]
                self.assertEqual(list(early), [0, 1, 2] if kind is fastadam.Adagrad else [])
                optimizer.step([None, *three_grads(0)[1:2], *three_grads(0)[:1]])
                state = optimizer.state_dict()
                for saved, places in zip(state["param_groups"], ([0, 1], [2])):
                    self.assertEqual(set(saved), {"params"} | group)
                    self.assertEqual(saved["params"], places)
                self.assertEqual(list(state["state"]), [0, 1, 2] if kind is fastadam.Adagrad else [1, 2])
                self.assertEqual(set(state["state"][1]), {"step", *entry})
                self.assertEqual(state["state"][1]["step"], 1)

    def test_pytorchs_states(self):
        """As torch.save has them: tensors, steps as floats or none at all, keys that mean nothing here."""
        m, v = arrays((5, 7))[2:]
        loops = {"foreach": None, "capturable": False, "differentiable": False, "fused": None}
        adam = {"lr": 0.1, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.1, "maximize": False}
        t = np.float32(4)
        for kind, group, entry, steps in (
            (fastadam.Adam, {**adam, "amsgrad": True}, {"step": t, "exp_avg": m, "exp_avg_sq": v, "max_exp_avg_sq": 2 * v}, 4),
            (fastadam.AdamW, {**adam, "amsgrad": False, "decoupled_weight_decay": True},
             {"step": t, "exp_avg": m, "exp_avg_sq": v}, 4),
            (fastadam.NAdam, {**adam, "momentum_decay": 4e-3, "decoupled_weight_decay": False},
             {"step": t, "mu_product": np.float32(0.05), "exp_avg": m, "exp_avg_sq": v}, 4),
            (fastadam.RAdam, {**adam, "decoupled_weight_decay": False}, {"step": t, "exp_avg": m, "exp_avg_sq": v}, 4),
            (fastadam.Adamax, adam, {"step": t, "exp_avg": m, "exp_inf": v}, 4),
            (fastadam.SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.5, "weight_decay": 0, "nesterov": False, "maximize": False},
             {"momentum_buffer": m}, 1),
            (fastadam.SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.5, "weight_decay": 0, "nesterov": False, "maximize": False},
             {"momentum_buffer": None}, 1),
            (fastadam.SGD, {"lr": 0.1, "momentum": 0, "dampening": 0, "weight_decay": 0, "nesterov": False, "maximize": False}, None, 0),
            (fastadam.Adagrad, {"lr": 0.1, "lr_decay": 0.1, "eps": 1e-10, "weight_decay": 0, "initial_accumulator_value": 0.5,
                                "maximize": False}, {"step": t, "sum": v}, 4),
            (fastadam.Adagrad, {"lr": 0.1, "lr_decay": 0.1, "eps": 1e-10, "weight_decay": 0, "initial_accumulator_value": 0.5,
                                "maximize": False}, {"step": np.float32(0), "sum": v}, 0),
            (fastadam.RMSprop, {"lr": 0.1, "momentum": 0.5, "alpha": 0.9, "eps": 1e-8, "centered": True, "weight_decay": 0,
                                "maximize": False}, {"step": t, "square_avg": v + m * m, "momentum_buffer": m, "grad_avg": m}, 4),
            (fastadam.Lion, {"lr": 0.1, "betas": (0.9, 0.99), "weight_decay": 0.1}, {"exp_avg": m}, 1),
        ):
            with self.subTest(kind.__name__, entry=entry and list(entry)):
                tensors = entry and {x: FakeTensor(y.copy()) if isinstance(y, np.ndarray) else y for x, y in entry.items()}
                state = {
                    "state": {} if tensors is None else {7: tensors},
                    "param_groups": [{**group, **loops, "initial_lr": 0.5, "params": [7]}],
                }
                p, g = arrays((5, 7))[:2]
                expected = p.astype(np.float64)
                optimizer = kind([p])
                optimizer.load_state_dict(state)
                self.assertEqual(optimizer.steps, (steps,))
                optimizer.step([g])

                numbers = {x: y for x, y in {**kind.hyperparameters, **group}.items() if x != "preserve_subnormals"}
                known = {x: y.astype(np.float64) if isinstance(y, np.ndarray) else y for x, y in (entry or {}).items()}
                step = steps + 1
                if kind is fastadam.SGD and known.get("momentum_buffer") is None:
                    step = 1
                if kind is fastadam.Adagrad:
                    numbers["initial_accumulator_value"] = 0  # the sum has it already
                expected = OPTIMIZERS[kind].formula(expected, g.astype(np.float64), known, step, **numbers)
                np.testing.assert_allclose(p, expected, rtol=1e-6, atol=1e-6)

    def test_loading_brings_and_drops_arrays(self):
        p, q, g, _ = arrays()
        with_buffer, without = fastadam.SGD([p], momentum=0.5), fastadam.SGD([q])
        with_buffer.step([g])
        without.step([g])
        early, late = pickle.loads(pickle.dumps((without.state_dict(), with_buffer.state_dict())))
        without.load_state_dict(late)
        self.assertEqual((list(without.state[0]), without.momentum), (["step", "momentum_buffer"], 0.5))
        self.assert_bits(without.state[0]["momentum_buffer"], g)
        with_buffer.load_state_dict(early)
        self.assertEqual((list(with_buffer.state[0]), with_buffer.momentum), (["step"], 0))

    def test_loading_its_own_arrays_in_another_order(self):
        for kind, options in ((fastadam.Adam, {}), (fastadam.SGD, {"momentum": 0.5}), (fastadam.Lion, {})):
            with self.subTest(kind.__name__):
                params = [np.ones(3, np.float32) for _ in range(3)]
                optimizer = kind(params, **options)
                optimizer.step([np.full(3, i + 1, np.float32) for i in range(3)])
                saved = optimizer.state_dict()
                before = [{name: np.copy(x) for name, x in state.items()} for state in optimizer.state]
                saved["state"] = {0: saved["state"][1], 1: saved["state"][2]}  # and 2 starts again
                optimizer.load_state_dict(saved)
                for i in range(2):
                    for name, array in optimizer.state[i].items():
                        np.testing.assert_array_equal(array, before[i + 1][name])
                self.assertEqual(optimizer.steps, (1, 1, 0))
                optimizer.load_state_dict(optimizer.state_dict())
                np.testing.assert_array_equal(list(optimizer.state[0].values())[-1], list(before[1].values())[-1])

    def test_an_option_that_is_off_for_a_while_leaves_its_state(self):
        ones = np.ones(2, np.float32)
        optimizer = fastadam.SGD([np.zeros(2, np.float32)], 1.0, momentum=0.5)
        optimizer.step([ones])
        optimizer.momentum = 0.0
        optimizer.step([ones])
        np.testing.assert_array_equal(optimizer.state[0]["momentum_buffer"], ones)
        restored = fastadam.SGD([optimizer.params[0].copy()], 1.0)
        restored.load_state_dict(pickle.loads(pickle.dumps(optimizer.state_dict())))
        for each in (optimizer, restored):
            each.momentum = 0.5
            each.step([ones])
            np.testing.assert_array_equal(each.state[0]["momentum_buffer"], 1.5 * ones)
            np.testing.assert_array_equal(each.params[0], -3.5 * ones)

        optimizer = fastadam.Adam([np.zeros(2, np.float32)], amsgrad=True)
        optimizer.step([3 * ones])
        largest = optimizer.state[0]["max_exp_avg_sq"].copy()
        for amsgrad in (False, True):
            optimizer.amsgrad = amsgrad
            optimizer.step([0 * ones])
            np.testing.assert_array_equal(optimizer.state[0]["max_exp_avg_sq"], largest)

    def test_loading_an_early_state_of_adagrad(self):
        optimizer = fastadam.Adagrad([np.ones(3, np.float32)], initial_accumulator_value=0.25)
        early = pickle.loads(pickle.dumps(optimizer.state_dict()))
        for state in (early, {**early, "state": {}}):
            optimizer.step([np.ones(3, np.float32)])
            optimizer.load_state_dict(state)
            self.assertEqual((optimizer.steps, optimizer.state[0]["sum"].tolist()), ((0,), [0.25] * 3))

    def test_bad_states_of_other_optimizers(self):
        def refused(optimizer, kind, message, change):
            state = pickle.loads(pickle.dumps(optimizer.state_dict()))
            for saved in state["state"][0].values():
                if isinstance(saved, np.ndarray):
                    saved[...] = 99  # would show if it were copied
            change(state)
            kept = [x for x in optimizer.state[0].values() if isinstance(x, np.ndarray)]
            before = repr(optimizer)
            self.refuses(kind, message, lambda: optimizer.load_state_dict(state), *kept)
            self.assertEqual((repr(optimizer), optimizer.steps), (before, (1, 0)))

        def stepped(kind, **options):
            optimizer = kind([np.ones(3, np.float32), np.ones(2, np.float32)], **options)
            optimizer.step([np.ones(3, np.float32), None])
            return optimizer

        nadam = stepped(fastadam.NAdam)
        for kind, product, message in (
            (ValueError, 1.5, r"^state\[0\]\['mu_product'\] must be from 0 to 1, not 1.5"),
            (ValueError, float("nan"), "mu_product.*nan"),
            (TypeError, None, r"^state\[0\]\['mu_product'\] must be a number, not None"),
            (TypeError, "1", "mu_product"),
        ):
            refused(nadam, kind, message, lambda state: state["state"][0].update(mu_product=product))
        refused(nadam, KeyError, "mu_product", lambda state: state["state"][0].pop("mu_product"))
        refused(nadam, KeyError, "step", lambda state: state["state"][0].pop("step"))
        adagrad = stepped(fastadam.Adagrad)
        refused(adagrad, ValueError, r"^state\[0\]\['step'\] must be an integer from 0, not -1",
                lambda state: state["state"][0].update(step=-1))
        narrow = stepped(fastadam.Adagrad, moment_dtype="float16")

        def enlarge(state):
            del state["state"][1]
            state["param_groups"][0]["initial_accumulator_value"] = 1e6

        refused(narrow, ValueError, r"^initial_accumulator_value must be finite in the type of sum\[1\]", enlarge)
        sgd = stepped(fastadam.SGD, momentum=0.5)
        refused(sgd, ValueError, "^nesterov needs", lambda state: state["param_groups"][0].update(nesterov=True, dampening=1))
        refused(sgd, ValueError, r"^param_groups\[0\]\['rule'\] is 'Lion', but this optimizer's is 'SGD'",
                lambda state: state["param_groups"][0].update(rule="Lion"))
        refused(sgd, KeyError, "momentum", lambda state: state.update(param_groups=stepped(fastadam.Adam).state_dict()["param_groups"]))

    def test_bad_states_of_groups(self):
        optimizer = fastadam.Adam([{"params": three_params()[:2]}, {"params": three_params()[2:], "lr": 0.5}])
        state = optimizer.state_dict()
        first, second = state["param_groups"]
        for message, groups in (
            ("^param_groups has 1 groups; this optimizer has 2", [first]),
            (r"^param_groups\[0\]\['params'\] has 1 entries, but there are 2", [second, first]),
            (r"^param_groups\[1\]: lr must be at least 0", [first, {**second, "lr": -1}]),
            (r"^param_groups\[1\]\['decoupled_weight_decay'\] is True", [first, {**second, "decoupled_weight_decay": True}]),
        ):
            self.refuses(ValueError, message, lambda: optimizer.load_state_dict({"state": {}, "param_groups": groups}))
        optimizer.load_state_dict(state)
        self.assertEqual([x["lr"] for x in optimizer.param_groups], [1e-3, 0.5])

    def test_state_round_trip(self):
        for kind, options in ((fastadam.Adam, {"lr": 0.01}), (fastadam.AdamW, {"maximize": True, "moment_dtype": "bfloat16"})):
            params = three_params()
            optimizer = kind(params, **options)
            optimizer.step(three_grads(1))
            optimizer.step([*three_grads(2)[:1], None, None])
            optimizer.lr = 0.125
            for copied in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
                before = [x.copy() for x in (*optimizer.exp_avg, *optimizer.exp_avg_sq, *params)]
                copied.step(three_grads(5))
                for x, y in zip(before, (*optimizer.exp_avg, *optimizer.exp_avg_sq, *params)):
                    self.assertEqual(x.tobytes(), y.tobytes())
                self.assertNotEqual(copied.exp_avg[0].tobytes(), optimizer.exp_avg[0].tobytes())
            saved = pickle.loads(pickle.dumps(optimizer.state_dict()))
            copies = [x.copy() for x in params]
            restored = kind(copies, **options)
            own = restored.exp_avg
            restored.load_state_dict(saved)
            self.assertTrue(all(x is y for x, y in zip(own, restored.exp_avg)))
            self.assertEqual((restored.lr, restored.steps, restored.maximize), (0.125, (2, 1, 1), optimizer.maximize))
            for seed in (3, 4):
                optimizer.step(three_grads(seed))
                restored.step(three_grads(seed))
            for x, y in zip((params, optimizer.exp_avg, optimizer.exp_avg_sq), (copies, restored.exp_avg, restored.exp_avg_sq)):
                for i in range(3):
                    self.assert_bits(x[i], y[i])
            optimizer.load_state_dict(optimizer.state_dict())

    def test_state_layout(self):
        optimizer = fastadam.AdamW(three_params())
        group = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 1e-2, "amsgrad": False, "maximize": False,
                 "decoupled_weight_decay": True, "params": [0, 1, 2]}
        self.assertEqual(optimizer.state_dict(), {"state": {}, "param_groups": [group]})
        optimizer.step([None, three_grads(0)[1], None])
        state = optimizer.state_dict()["state"]
        self.assertEqual(list(state), [1])
        self.assertEqual(state[1]["step"], 1)
        for name in ("exp_avg", "exp_avg_sq"):
            self.assertIs(optimizer.state[1][name], getattr(optimizer, name)[1])
            self.assertFalse(np.shares_memory(state[1][name], getattr(optimizer, name)[1]))
            self.assert_bits(state[1][name], getattr(optimizer, name)[1])

    def test_a_state_that_was_kept_is_a_roll_back(self):
        p, g = np.ones(1, np.float32), np.ones(1, np.float32)
        optimizer = fastadam.Adam([p], lr=0.1)
        for _ in range(2):
            optimizer.step([g])
        saved, before = optimizer.state_dict(), p.copy()
        for _ in range(10):
            optimizer.step([g])
        optimizer.load_state_dict(saved)
        self.assertEqual(optimizer.steps, (2,))
        self.assertAlmostEqual(float(optimizer.exp_avg[0][0]), 0.19, places=6)
        p[:] = before
        optimizer.step([g])
        self.assertAlmostEqual(float(before[0] - p[0]), 0.1, places=6)

    def test_loading_an_early_state_starts_again(self):
        params = three_params()
        optimizer = fastadam.Adam(params)
        early = optimizer.state_dict()
        optimizer.step(three_grads(0))
        optimizer.load_state_dict(early)
        self.assertEqual(optimizer.steps, (0, 0, 0))
        self.assertFalse(any(x.any() for x in (*optimizer.exp_avg, *optimizer.exp_avg_sq)))

    def test_bad_states(self):
        optimizer = fastadam.Adam(three_params())
        optimizer.step(three_grads(0))
        everything = [*optimizer.params, *optimizer.exp_avg, *optimizer.exp_avg_sq]

        def change(path, value):
            state = pickle.loads(pickle.dumps(optimizer.state_dict()))
            state["state"][0]["exp_avg"][...] = 99  # would show if it were copied
            state["param_groups"][0]["lr"] = 0.5
            place = state
            for key in path[:-1]:
                place = place[key]
            if value is KeyError:
                del place[path[-1]]
            else:
                place[path[-1]] = value
            return state

        moment = np.zeros((4, 3), np.float32)
        group = optimizer.state_dict()["param_groups"][0]
        last = ("state", 2)
        for kind, message, path, value in (
            (ValueError, "^param_groups has 2 groups", ("param_groups",), [group, group]),
            (ValueError, r"^param_groups\[0\]\['params'\] has 2", ("param_groups", 0, "params"), [0, 1]),
            (KeyError, "max_exp_avg_sq", ("param_groups", 0, "amsgrad"), True),
            (ValueError, "decoupled_weight_decay", ("param_groups", 0, "decoupled_weight_decay"), True),
            (ValueError, "^lr must", ("param_groups", 0, "lr"), -1),
            (TypeError, "^eps must", ("param_groups", 0, "eps"), None),
            (ValueError, r"^betas\[1\] must", ("param_groups", 0, "betas"), [0.9, 1]),
            (KeyError, "weight_decay", ("param_groups", 0, "weight_decay"), KeyError),
            (KeyError, "state", ("state",), KeyError),
            (KeyError, "exp_avg_sq", (*last, "exp_avg_sq"), KeyError),
            (ValueError, r"^state\[3\] belongs to no parameter", ("state", 3), {}),
            (ValueError, r"^state\[2\]\['step'\] must be an integer from 1", (*last, "step"), 0),
            (ValueError, r"^state\[2\]\['step'\] must be an integer from 1", (*last, "step"), 1.5),
            (TypeError, r"^state\[2\]\['step'\] must be an integer", (*last, "step"), None),
            (TypeError, r"^state\[2\]\['step'\] must be an integer", (*last, "step"), float("nan")),
            (TypeError, r"^state\[2\]\['step'\] must be an integer", (*last, "step"), "1"),
            (ValueError, r"^state\[2\]\['exp_avg'\] has the shape", (*last, "exp_avg"), moment),
            (ValueError, r"^state\[0\]\['exp_avg'\] is not C-cont", ("state", 0, "exp_avg"), moment.T.copy().T),
            (TypeError, r"^state\[0\]\['exp_avg_sq'\] must be float32", ("state", 0, "exp_avg_sq"), moment.astype(float)),
            (TypeError, r"^state\[0\]\['exp_avg'\] has another dtype", ("state", 0, "exp_avg"), moment.astype(np.float16)),
            (TypeError, r"^state\[0\]\['exp_avg'\] has another dtype", ("state", 0, "exp_avg"), moment.astype(np.uint16)),
            (TypeError, r"^state\[0\]\['exp_avg'\] must be a numpy array", ("state", 0, "exp_avg"), moment.tolist()),
        ):
            with self.subTest(path=path, value=value):
                state = change(path, value)
                self.refuses(kind, message, lambda: optimizer.load_state_dict(state), *everything)
                self.assertEqual((optimizer.lr, optimizer.steps), (1e-3, (1, 1, 1)))
        optimizer.load_state_dict(change(("param_groups", 0, "decoupled_weight_decay"), KeyError))
        self.assertEqual((optimizer.lr, float(optimizer.exp_avg[0][0, 0])), (0.5, 99))


if __name__ == "__main__":
    unittest.main()
