"""Tests of fastadam.torch: its state goes to PyTorch's own class and back, to files, and back in time."""

from __future__ import annotations

import copy
import io
import pickle
import unittest

import torch_support as support
from torch_support import RULES, TorchCase, contents, ours, pair, torch, train

#: A set of options for each format keyword, with the parameters' dtype.
FORMATS = [
    (torch.float32, {}),
    (torch.float32, {"state_format": "block8", "min_8bit_size": 1}),
    (torch.float32, {"state_format": "block8", "min_8bit_size": 500}),
    (torch.float32, {"state_format": "bfloat16_stochastic", "seed": 7}),
    (torch.float32, {"moment_dtype": torch.bfloat16}),
    (torch.float32, {"moment_dtype": torch.float16}),
    (torch.float32, {"max_grad_norm": 0.1}),
    (torch.bfloat16, {}),
    (torch.bfloat16, {"moment_dtype": torch.float32}),
    (torch.bfloat16, {"stochastic_rounding": True, "seed": 2**64 - 1}),
    (torch.bfloat16, {"master_copy": "split"}),
    (torch.bfloat16, {"master_copy": True, "state_format": "block8", "min_8bit_size": 1}),
    (torch.bfloat16, {"master_copy": "split8", "moment_dtype": torch.float32}),
    (torch.bfloat16, {"master_copy": "float32", "moment_dtype": torch.float32}),
    (torch.float16, {"master_copy": "float32", "state_format": "block8", "min_8bit_size": 1}),
    (torch.float16, {"stochastic_rounding": True}),
]
SHAPES = (17, 59), (), (0, 2), (130,)


def step_with(optimizer, seeds):
    for seed in seeds:
        support.set_grads(support.params_of(optimizer), seed)
        optimizer.step()


def saved(optimizer):
    """Its state, through a file."""
    file = io.BytesIO()
    torch.save(optimizer.state_dict(), file)
    file.seek(0)
    return torch.load(file)


class ToAndFromPyTorchTests(TorchCase):
    def test_in_the_middle_of_a_run(self):
        """Optimizers change every four steps; a run of PyTorch's class alone is what they are compared with."""
        for name, options in RULES:
            with self.subTest(name, **options):
                mixed, whole = support.net(), support.net()
                expected = support.theirs(name, whole.parameters(), **options)
                optimizer = getattr(ours, name)(mixed.parameters(), **options)
                train(optimizer, mixed, range(4))
                train(expected, whole, range(4))
                for start, make in (4, support.theirs), (8, lambda n, *a, **o: getattr(ours, n)(*a, **o)), (12, support.theirs):
                    state = saved(optimizer)
                    optimizer = make(name, mixed.parameters(), **options)
                    optimizer.load_state_dict(state)
                    train(optimizer, mixed, range(start, start + 4))
                    train(expected, whole, range(start, start + 4))
                self.assert_near(mixed.parameters(), whole.parameters(), 1e-4 if name == "RMSprop" else 2e-5)

    def test_hyperparameters_are_taken_over(self):
        params = support.tensors((3, 4), 2)
        source = torch.optim.Adam([{"params": params[0], "lr": 0.5}, {"params": params[1], "weight_decay": 0.25}], amsgrad=True)
        support.set_grads(params, 0)
        source.step()
        target = ours.Adam([{"params": params[0]}, {"params": params[1]}])
        target.load_state_dict(source.state_dict())
        self.assertEqual([x["lr"] for x in target.param_groups], [0.5, 1e-3])
        self.assertEqual([x["weight_decay"] for x in target.param_groups], [0, 0.25])
        # What PyTorch's groups do not have stays.
        self.assertEqual([x["preserve_subnormals"] for x in target.param_groups], [False, False])
        support.set_grads(params, 1)
        target.step()
        self.assertEqual(set(target.state[params[0]]), {"step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq"})

    def test_a_step_count_that_is_a_number(self):
        """PyTorch's versions before 1.12, and its RAdam of some later ones, keep ints."""
        params, same = support.tensors((3, 4)), support.tensors((3, 4))
        optimizer, other = ours.Adam(params), ours.Adam(same)
        step_with(optimizer, range(3))
        step_with(other, range(3))
        state = optimizer.state_dict()
        state["state"][0]["step"] = 3
        optimizer.load_state_dict(state)
        step_with(optimizer, [3])
        step_with(other, [3])
        self.assert_same(params, same)
        self.assertEqual(optimizer.state[params[0]]["step"].dtype, torch.float32)

    def test_sgd_whose_state_has_no_step_count(self):
        params, same = support.tensors((3, 4)), support.tensors((3, 4))
        options = {"lr": 0.1, "momentum": 0.9, "dampening": 0.5}
        source, whole = torch.optim.SGD(params, **options), torch.optim.SGD(same, **options)
        step_with(source, range(2))
        step_with(whole, range(2))
        target = ours.SGD(params, **options)
        target.load_state_dict(source.state_dict())
        self.assertEqual(set(target.state[params[0]]), {"momentum_buffer"})
        step_with(target, [2])
        step_with(whole, [2])
        self.assert_near(params, same)

    def test_a_loaded_state_is_a_copy(self):
        params = support.tensors((3, 4))
        source, target = ours.Adam(params), ours.Adam(support.tensors((3, 4)))
        step_with(source, [0])
        state = source.state_dict()
        before = copy.deepcopy(state)
        target.load_state_dict(state)
        step_with(target, [1])
        self.assertEqual({x: v.tolist() for x, v in state["state"][0].items()}, {x: v.tolist() for x, v in before["state"][0].items()})
        self.assertIs(source.state_dict()["state"][0]["exp_avg"], source.state[params[0]]["exp_avg"])

    def test_a_loaded_state_is_a_copy_where_pytorch_makes_none(self):
        """As from PyTorch 2 on, which was not run: its loading copies the dicts alone."""
        source = ours.Adam(support.tensors((3, 4)))
        step_with(source, [0])
        state = source.state_dict()["state"][0]
        held = source._held(source.state_dict())["state"][0]
        for name, tensor in state.items():
            self.assertNotEqual(held[name].tensor.data_ptr(), tensor.data_ptr(), name)
            self.assertTrue(torch.equal(held[name].tensor, tensor), name)

    def test_refused(self):
        params = support.tensors((3, 4), 2)
        optimizer = ours.Adam(params)
        step_with(optimizer, [0])
        good = optimizer.state_dict()
        before = contents(optimizer)

        def changed(change):
            state = copy.deepcopy(good)
            change(state)
            return state

        for error, message, change in (
            (ValueError, "different number of parameter groups", lambda x: x["param_groups"].append(x["param_groups"][0])),
            (ValueError, "doesn't match the size", lambda x: x["param_groups"][0]["params"].pop()),
            (ValueError, r"state\[0\]\['exp_avg'\] has the shape \(2,\)", lambda x: x["state"][0].update(exp_avg=torch.zeros(2))),
            (KeyError, "param_groups", lambda x: x.pop("param_groups")),
            (KeyError, "state", lambda x: x.pop("state")),
        ):
            with self.subTest(message):
                with self.assertRaisesRegex(error, message):
                    optimizer.load_state_dict(changed(change))
                self.assertEqual(contents(optimizer), before)

        # What a step finds in a state: the parameters stay as they are, and the state that is right is taken again.
        for error, message, change in (
            (ValueError, "step must be a whole number", lambda x: x["state"][1].update(step=torch.tensor(0.5))),
            (ValueError, "step must be a whole number", lambda x: x["state"][1].update(step=torch.tensor(-1.0))),
            (TypeError, "exp_avg is torch.int64", lambda x: x["state"][1].update(exp_avg=torch.zeros(2, dtype=torch.int64))),
            (ValueError, "exp_avg is in block8", lambda x: x["state"][1].update(exp_avg=torch.zeros(2, dtype=torch.uint8))),
            (ValueError, "^lr must be", lambda x: x["param_groups"][0].update(lr=-1.0)),
            (TypeError, "^betas must be", lambda x: x["param_groups"][0].update(betas=0.5)),
        ):
            with self.subTest(message):
                optimizer.load_state_dict(changed(change))
                loaded = contents(optimizer)
                with self.assertRaisesRegex(error, message):
                    optimizer.step()
                self.assertEqual(contents(optimizer), loaded)
        optimizer.load_state_dict(good)
        self.assertEqual(contents(optimizer), before)


class RollBackTests(TorchCase):
    def test_the_same_bits_again(self):
        """Steps from a state that was kept, made twice."""
        for dtype, formats in FORMATS:
            for name in ("AdamW", "SGD", "NAdam", "Adan"):
                with self.subTest(name, dtype=dtype, **formats):
                    options = {"lr": 0.05, **({"momentum": 0.9} if name == "SGD" else {})}
                    params = support.tensors(*SHAPES, dtype=dtype)
                    optimizer = getattr(ours, name)(params, **options, **formats)
                    step_with(optimizer, range(2))
                    values, state = [x.detach().clone() for x in params], copy.deepcopy(optimizer.state_dict())
                    step_with(optimizer, range(2, 5))
                    first = contents(optimizer)
                    for way in "the same optimizer", "another one":
                        with torch.no_grad():
                            for param, value in zip(params, values):
                                param.copy_(value)
                        if way == "another one":
                            optimizer = getattr(ours, name)(params, **options, **formats)
                        optimizer.load_state_dict(state)
                        step_with(optimizer, range(2, 5))
                        self.assertEqual(contents(optimizer), first, way)


class CopyTests(TorchCase):
    def check(self, copied):
        for dtype, formats in FORMATS:
            with self.subTest(dtype=dtype, **formats):
                params = support.tensors(*SHAPES, dtype=dtype)
                optimizer = ours.AdamW([{"params": params[:2], "lr": 0.1}, {"params": params[2:]}], lr=0.01, **formats)
                step_with(optimizer, range(2))
                other = copied(optimizer)
                self.assertIsNot(support.params_of(other)[0], params[0])
                self.assertEqual(contents(other), contents(optimizer))
                step_with(optimizer, range(2, 4))
                step_with(other, range(2, 4))
                self.assertEqual(contents(other), contents(optimizer))
                self.assertEqual(other.max_grad_norm, optimizer.max_grad_norm)

    def test_deepcopy(self):
        self.check(copy.deepcopy)

    def test_deepcopy_of_the_model_with_it(self):
        model = support.net()
        optimizer = ours.Adam(model.parameters())
        train(optimizer, model, range(2))
        other_model, other = copy.deepcopy((model, optimizer))
        self.assertTrue(all(x is y for x, y in zip(other_model.parameters(), support.params_of(other))))
        train(optimizer, model, range(2, 4))
        train(other, other_model, range(2, 4))
        self.assertEqual(contents(other), contents(optimizer))

    def test_pickle(self):
        self.check(lambda x: pickle.loads(pickle.dumps(x)))

    def test_torch_save(self):
        def through_a_file(optimizer):
            file = io.BytesIO()
            torch.save(optimizer, file)
            file.seek(0)
            return torch.load(file)

        self.check(through_a_file)

    def test_torch_save_of_the_state(self):
        def through_a_file(optimizer):
            params = [x.detach().clone().requires_grad_() for x in support.params_of(optimizer)]
            settings = {x: v for x, v in optimizer._settings._asdict().items()}
            other = ours.AdamW([{"params": params[:2], "lr": 0.1}, {"params": params[2:]}], lr=0.01, **settings)
            other.load_state_dict(saved(optimizer))
            return other

        self.check(through_a_file)


class OtherFormatTests(TorchCase):
    def made(self, formats, dtype=torch.float32):
        return ours.AdamW(support.tensors(*SHAPES, dtype=dtype), lr=0.01, **formats)

    def check(self, source_formats, target_formats, bound, dtype=torch.float32):
        """A state goes over to another format, and one step is near that of the first."""
        source = self.made(source_formats, dtype)
        step_with(source, range(3))
        target = self.made(target_formats, dtype)
        with torch.no_grad():
            for x, y in zip(support.params_of(target), support.params_of(source)):
                x.copy_(y)
        target.load_state_dict(source.state_dict())
        step_with(source, [3])
        step_with(target, [3])
        self.assert_near(support.params_of(target), support.params_of(source), bound)
        fresh = self.made(target_formats, dtype)
        step_with(fresh, [3])
        for param, other in zip(support.params_of(target), support.params_of(fresh)):
            self.assertEqual(
                {x: (v.dtype, v.shape) for x, v in target.state[param].items()},
                {x: (v.dtype, v.shape) for x, v in fresh.state[other].items()},
            )
        return source, target

    BLOCKS = {"state_format": "block8", "min_8bit_size": 1}

    def test_float32_to_block8(self):
        self.check({}, self.BLOCKS, 1e-3)

    def test_block8_to_float32(self):
        self.check(self.BLOCKS, {}, 1e-3)

    def test_float32_to_block8_of_the_larger_ones(self):
        self.check({}, {"state_format": "block8", "min_8bit_size": 500}, 1e-3)

    def test_bfloat16_to_float32(self):
        self.check({"moment_dtype": torch.bfloat16}, {}, 1e-4)

    def test_float32_to_bfloat16(self):
        self.check({}, {"moment_dtype": torch.bfloat16}, 1e-4)

    def test_bfloat16_at_random_to_block8(self):
        self.check({"state_format": "bfloat16_stochastic"}, self.BLOCKS, 1e-3)

    def test_moments_of_bfloat16_parameters_to_float32(self):
        source, target = self.check({}, {"moment_dtype": torch.float32}, 1e-2, torch.bfloat16)

    def test_to_a_float32_parameter_behind_a_bfloat16_one(self):
        self.check({}, {"master_copy": "float32"}, 1e-2, torch.bfloat16)
        self.check({}, {"master_copy": "split"}, 1e-2, torch.bfloat16)

    def test_block8_goes_over_as_what_it_decodes_to(self):
        """The step is that of fastadam.AdamW in float32, given the decoded state."""
        source, target = self.made(self.BLOCKS), self.made({})
        arrays = [x.detach().numpy().copy() for x in support.params_of(source)]
        blocks, plain = ours.AdamW.kind(arrays, lr=0.01, **self.BLOCKS), ours.AdamW.kind(arrays, lr=0.01)
        for seed in range(4):
            support.set_grads(support.params_of(source), seed)
            support.set_grads(support.params_of(target), seed)
            grads = [x.grad.numpy() for x in support.params_of(source)]
            if seed < 3:
                source.step()
                blocks.step(grads)
        state = blocks.state_dict()
        plain.load_state_dict({**state, "state": {i: blocks.decoded_state(i) for i in state["state"]}})
        target.load_state_dict(source.state_dict())
        with torch.no_grad():
            for x, y in zip(support.params_of(target), support.params_of(source)):
                x.copy_(y)
        plain.step(grads)
        target.step()
        for x, y in zip(support.params_of(target), arrays):
            self.assert_bits(x.detach().numpy(), y)

    def test_what_belongs_to_no_format_any_more_is_dropped(self):
        for formats, dtype, names in (
            ({"master_copy": "split"}, torch.bfloat16, {"master_lower"}),
            ({"master_copy": "float32"}, torch.bfloat16, {"master"}),
            (self.BLOCKS, torch.float32, {"exp_avg_scale", "exp_avg_sq_scale"}),
        ):
            source, target = self.made(formats, dtype), self.made({}, dtype)
            step_with(source, [0])
            target.load_state_dict(source.state_dict())
            step_with(target, [1])
            for param, other in zip(support.params_of(target), support.params_of(source)):
                self.assertEqual(set(target.state[param]), set(source.state[other]) - names)


class DictTests(TorchCase):
    def test_names_are_pytorchs(self):
        for name, options in RULES:
            actual, model, expected, their_model = pair(name, **options)
            train(actual, model, [0])
            train(expected, their_model, [0])
            mine, their = actual.state_dict(), expected.state_dict()
            self.assertEqual(mine.keys(), their.keys())
            self.assertEqual(mine["state"].keys(), their["state"].keys())
            for key, entry in their["state"].items():
                kept = {x: v for x, v in entry.items() if v is not None}
                self.assertEqual(set(mine["state"][key]) - ({"step"} if name == "SGD" else set()), set(kept), name)
            self.assertEqual(set(their["param_groups"][0]) - set(mine["param_groups"][0]), set(), name)

    def test_repr_is_pytorchs(self):
        text = repr(ours.Adam(support.tensors(3), lr=0.5))
        self.assertTrue(text.startswith("Adam (\nParameter Group 0\n"))
        self.assertIn("    lr: 0.5\n", text)

    def test_the_state_that_there_is_before_the_first_step(self):
        """Adagrad's, as PyTorch's has it."""
        params = support.tensors((3, 4))
        mine = ours.Adagrad(params, initial_accumulator_value=0.5).state_dict()["state"]
        their = torch.optim.Adagrad(params, initial_accumulator_value=0.5).state_dict()["state"]
        self.assertEqual({x: v.tolist() for x, v in mine[0].items()}, {x: v.tolist() for x, v in their[0].items()})
        self.assertEqual(ours.Adam(params).state_dict()["state"], {})

    def test_classes_without_state(self):
        params = support.tensors(3)
        optimizer = ours.SGD(params)
        step_with(optimizer, [0])
        self.assertLessEqual(set(optimizer.state[params[0]]), {"step"})


if __name__ == "__main__":
    unittest.main()
