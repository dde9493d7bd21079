"""What programs do with an optimizer between its steps, and meanwhile."""

from __future__ import annotations

import collections
import copy
import gc
import threading
import unittest
import weakref

import fastadam.torch
import torch
import torch_support as support
from fastadam.torch import _plan


def stepped(optimizer, params, count=1):
    for _ in range(count):
        for x in params:
            x.grad = torch.ones_like(x)
        optimizer.step()


class BetweenStepsTests(support.Case):
    def test_a_state_that_is_read_just_before_the_call_is_that_of_before(self):
        param = torch.nn.Parameter(torch.ones(4))
        optimizer = fastadam.torch.AdamW([param], lr=0.1)
        prepare = _plan.Plan.prepare
        seen = []

        def read(plan, *arguments):
            prepare(plan, *arguments)
            # As a signal handler that returns, between the step's notes and the library's call.
            optimizer._pending = [plan, fastadam._report.empty()]
            seen.append(len(optimizer.state_dict()["state"]))

        _plan.Plan.prepare = read
        try:
            stepped(optimizer, [param])
        finally:
            _plan.Plan.prepare = prepare
        self.assertEqual(seen, [0])
        self.assertEqual(optimizer.state_dict()["state"][0]["step"].item(), 1)

    def test_reading_threads_take_nothing_away(self):
        param = torch.nn.Parameter(torch.zeros(300_000))
        optimizer = fastadam.torch.AdamW([param], lr=0.1, executor=None)
        done = threading.Event()

        def read():
            while not done.is_set():
                optimizer.state_dict()

        thread = threading.Thread(target=read)
        thread.start()
        try:
            stepped(optimizer, [param], 50)
        finally:
            done.set()
            thread.join()
        self.assertEqual(optimizer.state[param]["step"].item(), 50)

    def test_another_state_is_taken(self):
        param = torch.nn.Parameter(torch.ones(4))
        optimizer = fastadam.torch.AdamW([param], lr=0.1)
        stepped(optimizer, [param], 3)
        optimizer.state = collections.defaultdict(dict)
        stepped(optimizer, [param])
        self.assertEqual(optimizer.state[param]["step"].item(), 1)

    def test_a_parameter_moves_to_another_group(self):
        results = []
        for kind in (torch.optim.AdamW, fastadam.torch.AdamW):
            params = [torch.nn.Parameter(torch.ones(4)) for _ in range(3)]
            optimizer = kind([{"params": params[:1]}, {"params": params[1:], "lr": 0.0}], lr=0.1)
            stepped(optimizer, params, 2)
            optimizer.param_groups[0]["params"].append(optimizer.param_groups[1]["params"].pop(0))
            stepped(optimizer, params, 2)
            results.append([x.detach() for x in params])
        for ours, theirs in zip(*results):
            self.assertTrue(torch.allclose(ours, theirs, rtol=1e-6), f"{ours} {theirs}")

    def test_adams_state_leaves_adamw_what_it_is(self):
        param = torch.nn.Parameter(torch.ones(4))
        adam, adamw = fastadam.torch.Adam([param], decoupled_weight_decay=False), fastadam.torch.AdamW([param])
        stepped(adam, [param])
        adamw.load_state_dict(adam.state_dict())
        self.assertIs(adamw.param_groups[0]["decoupled_weight_decay"], True)
        with self.assertRaisesRegex(ValueError, r"param_groups\[1\]: decoupled_weight_decay is True in AdamW, not False."):
            adamw.add_param_group({"params": [torch.nn.Parameter(torch.ones(2))], "decoupled_weight_decay": False})

    def test_state_elsewhere_is_brought_or_refused_by_name(self):
        param = torch.nn.Parameter(torch.ones(4))
        optimizer = fastadam.torch.AdamW([param])
        stepped(optimizer, [param])
        before = param.detach().clone()
        for wrong, what in (
            (torch.zeros(4, device="meta"), "a dense tensor on cpu, not on meta"),
            (torch.zeros(4).to_sparse(), "a dense tensor on cpu, not on cpu, torch.sparse_coo"),
            ([0.0], "a dense tensor on cpu, not list"),
        ):
            optimizer.state[param]["exp_avg"] = wrong
            with self.assertRaisesRegex(TypeError, rf"param_groups\[0\]\['params'\]\[0\]: exp_avg must be {what}"):
                stepped(optimizer, [param])
        for wrong in (float("nan"), -5.0, 0.5):
            optimizer.state[param] = {"step": torch.tensor(wrong)}
            with self.assertRaisesRegex(ValueError, r"param_groups\[0\]\['params'\]\[0\]: its state's step must be a whole number from 0"):
                stepped(optimizer, [param])
        self.assertTrue(torch.equal(param, before))
        with self.assertRaisesRegex(TypeError, r"state\[0\] must be a dict, not list."):
            optimizer.load_state_dict({**optimizer.state_dict(), "state": {0: [1]}})

    def test_gradients_are_let_go(self):
        param = torch.nn.Parameter(torch.ones(4))
        optimizer = fastadam.torch.AdamW([param])
        stepped(optimizer, [param])
        grad = weakref.ref(param.grad)
        param.grad = None
        gc.collect()
        self.assertIsNone(grad())

    def test_sparse_gradients_are_let_go(self):
        table = torch.nn.Embedding(5, 2, sparse=True)
        optimizer = fastadam.torch.SparseAdam(table.parameters())
        values = torch.ones(1, 2)
        table.weight.grad = torch.sparse_coo_tensor(torch.tensor([[1]]), values, (5, 2))
        optimizer.step()
        self.assertEqual(optimizer._plan._rows, [], "the plan has gradients")
        optimizer.state[table.weight]["exp_avg"] = [0.0]
        table.weight.grad = torch.sparse_coo_tensor(torch.tensor([[1]]), values, (5, 2))
        with self.assertRaisesRegex(TypeError, r"param_groups\[0\]\['params'\]\[0\]: exp_avg must be a dense tensor"):
            optimizer.step()

    def test_sparse_groups_may_be_generators(self):
        table = torch.nn.Embedding(5, 2, sparse=True)
        optimizer = fastadam.torch.SparseAdam([{"params": table.parameters()}], lr=0.1)
        table(torch.tensor([1])).sum().backward()
        before = table.weight.detach().clone()
        optimizer.step()
        self.assertEqual((table.weight != before).any(1).tolist(), [False, True, False, False, False])

    def test_absent_rows_are_never_divided_by_zero(self):
        table = torch.nn.Embedding(5, 2, sparse=True)
        optimizer = fastadam.torch.Adagrad(table.parameters(), eps=0.0)
        table(torch.tensor([1])).sum().backward()
        with self.assertRaisesRegex(RuntimeError, "eps=0 is not compatible with sparse gradients"):
            optimizer.step()
        self.assertFalse(table.weight.isnan().any())

    def test_parameters_of_inference_mode_are_refused_outside(self):
        with torch.inference_mode():
            param = torch.ones(3)
        param.grad = None
        optimizer = fastadam.torch.SGD([torch.nn.Parameter(torch.ones(2))], lr=0.1)
        optimizer.param_groups[0]["params"] = [param]
        with torch.inference_mode():
            param.grad = torch.ones(3)
        with self.assertRaisesRegex(ValueError, "was made in inference mode"):
            optimizer.step()
        self.assertEqual(param.tolist(), [1, 1, 1])
        copy.deepcopy(optimizer.state_dict())

    def test_it_can_take_the_place_of_pytorchs_class(self):
        program = (
            "import torch, fastadam.torch\n"
            "torch.optim.AdamW = fastadam.torch.AdamW\n"
            "try:\n    torch.optim.AdamW([torch.nn.Parameter(torch.ones(2))], lr=-1.0)\n"
            "except ValueError as fault:\n    print(fault)"
        )
        result = self.run_python(program)
        self.assertEqual(result.stdout, "Invalid learning rate: -1.0\n", result.stderr)


if __name__ == "__main__":
    unittest.main()
