"""Tests of states, and of their saving and loading."""

from __future__ import annotations

import copy
import pickle
import unittest

import fastadam
import numpy as np
from support import Case, three_grads, three_params


class StateTests(Case):
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
        self.assertIs(state[1]["exp_avg"], optimizer.exp_avg[1])
        self.assertIs(state[1]["exp_avg_sq"], optimizer.exp_avg_sq[1])

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
