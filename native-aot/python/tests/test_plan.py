"""Tests of what steps remember of the steps before: whatever changes between two of them is noticed, as if nothing were remembered."""

from __future__ import annotations

import copy
import ctypes
import gc
import itertools
import os
import pickle
import tempfile
import unittest
import warnings
import weakref
from unittest import mock

import fastadam
import numpy as np
from fastadam import _facts, _library
from support import Case, FakeTensor, arrays, to_bf16

try:
    import torch
except ImportError:
    torch = None

SHAPES = ((4, 3), (), (0, 2), (300,))


def contents(optimizer):
    """All that an optimizer holds, as values."""
    groups = [{name: np.array(x).tolist() for name, x in group.items() if name not in ("params", "rule")} for group in optimizer.param_groups]
    state = [{name: values(x) for name, x in entry.items()} for entry in optimizer.state]
    return [values(x) for x in optimizer.params], [values(x) for x in optimizer.copies], groups, state, optimizer.steps


def values(array):
    if torch is not None and isinstance(array, torch.Tensor):
        array = array.detach().view(torch.int16 if array.dtype == torch.bfloat16 else array.dtype).numpy()
    return None if array is None else np.asarray(array).tobytes()


def has_plan(optimizer):
    return getattr(optimizer._holder.content, "plan", None) is not None


def forget(optimizer):
    """The next step is as the first."""
    optimizer._holder.take_plan()


def numpy_like(i, shape, bits=False):
    x = arrays(shape, seed=i)[0]
    return to_bf16(x).reshape(shape) if bits else x


def params(bits=False):
    return [numpy_like(i, shape, bits) for i, shape in enumerate(SHAPES)]


def gradients(seed=7):
    return [numpy_like(10 * seed + i, shape) for i, shape in enumerate(SHAPES)]


# By name: what makes an optimizer over arrays of SHAPES.
KINDS = {
    "AdamW": lambda: fastadam.AdamW(params()),
    "AdamW, bfloat16": lambda: fastadam.AdamW(params(True), dtype="bfloat16"),
    "AdamW, block8": lambda: fastadam.AdamW(params(), state_format="block8", min_8bit_size=100),
    "Adam, stochastic": lambda: fastadam.Adam(params(True), dtype="bfloat16", state_format="bfloat16_stochastic", rounding="stochastic"),
    "AdEMAMix, split": lambda: fastadam.AdEMAMix(params(True), dtype="bfloat16", master="split"),
    "Lion with copies": lambda: fastadam.Lion(params(), dtype="bfloat16", copy=[np.zeros(x, np.uint16) if x != () else None for x in SHAPES]),
    "SGD": lambda: fastadam.SGD(params(), momentum=0.9),
    "NAdam": lambda: fastadam.NAdam(params()),
    "AdamWScheduleFree": lambda: fastadam.AdamWScheduleFree(params(), warmup_steps=3, lr=0.1),
    "two rules": lambda: fastadam.Adam([{"params": params()[:2]}, {"params": params()[2:], "rule": fastadam.NAdam, "lr": 0.1}]),
}
if torch is not None:
    KINDS["AdamW, tensors"] = lambda: fastadam.AdamW([torch.from_numpy(x) for x in params()])
    KINDS["RAdam, tensors of bfloat16"] = lambda: fastadam.RAdam([torch.from_numpy(x).bfloat16() for x in params()])


def strided(x):
    return np.repeat(x, 2, axis=-1)[..., ::2]


def read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


def with_last(change):
    """Gradients of which the last is another one."""
    return lambda _, grads: [*grads[:-1], change(grads[-1])]


# What the gradients of the next step may be instead.
OTHER_GRADIENTS = {
    "other objects": lambda _, grads: [x.copy() for x in grads],
    "other numbers": lambda _, grads: gradients(8),
    "a generator": lambda _, grads: (x for x in grads),
    "too few": lambda _, grads: grads[:-1],
    "none": lambda _, grads: [None] * len(grads),
    "one fewer": with_last(lambda x: None),
    "float16": with_last(lambda x: x.astype(np.float16)),
    "float64": with_last(lambda x: x.astype(np.float64)),
    "integers of that size": with_last(lambda x: x.view(np.int32)),
    "uint16": with_last(to_bf16),
    "another length": with_last(lambda x: x[:-1].copy()),
    "another shape": with_last(lambda x: x.reshape(3, 100)),
    "strided": with_last(strided),
    "reversed": with_last(lambda x: x[::-1]),
    "read-only": with_last(read_only),
    "all read-only": lambda _, grads: [read_only(x) for x in grads],
    "of another byte order": with_last(lambda x: x.astype(x.dtype.newbyteorder())),
    "masked": with_last(np.ma.masked_array),
    "of another class": with_last(lambda x: x.view(np.recarray)),
    "a list": with_last(lambda x: x.tolist()),
    "something like a tensor": with_last(FakeTensor),
    "a parameter": lambda optimizer, grads: [*grads[:-1], optimizer.params[-1]],
    "state": lambda optimizer, grads: [*grads[:-1], optimizer.state[-1][fastadam_state(optimizer)]],
    "unaligned": with_last(lambda x: np.frombuffer(b"." + x.tobytes(), x.dtype, offset=1)),
}
if torch is not None:
    OTHER_GRADIENTS |= {
        "a tensor": with_last(torch.from_numpy),
        "tensors": lambda _, grads: list(map(torch.from_numpy, grads)),
        "sparse": lambda _, grads: [*map(torch.from_numpy, grads[:-1]), torch.from_numpy(grads[-1]).to_sparse()],
        "on no device": lambda _, grads: [*map(torch.from_numpy, grads[:-1]), torch.empty(300, device="meta")],
        "a strided tensor": lambda _, grads: [*map(torch.from_numpy, grads[:-1]), torch.from_numpy(np.repeat(grads[-1], 2))[::2]],
        "negative": lambda _, grads: [*map(torch.from_numpy, grads[:-1]), torch._neg_view(torch.from_numpy(grads[-1]))],
        "a tensor of float64": lambda _, grads: [*map(torch.from_numpy, grads[:-1]), torch.from_numpy(grads[-1]).double()],
    }


def fastadam_state(optimizer):
    """The name of the first state array of the last parameter."""
    return next(name for name, x in optimizer.state[-1].items() if isinstance(x, np.ndarray))


def first_state(optimizer):
    return optimizer.state[-1][fastadam_state(optimizer)]


def reshape(array):
    array.shape = (3, 100)


def reinterpret(array):
    array.dtype = np.dtype(f"i{array.itemsize}")


def swap_bytes(array):
    array.dtype = array.dtype.newbyteorder()


def forbid_writing(array):
    array.flags.writeable = False


def widen(array):
    array.strides = tuple(0 * x for x in array.strides)


def resize(array):
    if array.flags.owndata:
        array.resize(7, refcheck=False)


def resize_and_back(array):
    """It is then elsewhere."""
    if array.flags.owndata:
        number = array.size
        array.resize(1 << 20, refcheck=False)
        held = np.ones(number, array.dtype)
        array.resize(number, refcheck=False)
        array[...] = 1
        del held


def move(array):
    """Gives an array other memory."""
    array.__setstate__((1, array.shape, array.dtype, False, np.ones(array.shape, array.dtype).tobytes()))


def take_other_data(array):
    """As ``move``, but in a way that numpy advises against."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        array.data = np.ones(array.shape, array.dtype)


def take_data_of_base(array):
    """What it has already."""
    if isinstance(array.base, ctypes.Array):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            array.data = memoryview(array.base)


CHANGES_OF_ARRAYS = (reshape, reinterpret, swap_bytes, forbid_writing, widen, resize, resize_and_back, move, take_other_data, take_data_of_base)


def set_option(name, value):
    def change(optimizer):
        for group in optimizer.param_groups:
            if name in group:
                group[name] = value

    return change


def load(optimizer):
    state = optimizer.state_dict()
    for entry in state["state"].values():
        entry["step"] += 5
        for x in entry.values():
            if isinstance(x, np.ndarray) and x.dtype == np.float32:
                x *= 2
    optimizer.load_state_dict(state)


def load_nothing(optimizer):
    """All parameters begin again."""
    optimizer.load_state_dict({**optimizer.state_dict(), "state": {}})


def load_checkpoint(optimizer):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.safetensors")
        names = [f"p{i}" for i in range(len(optimizer.params))]
        fastadam.save_checkpoint(path, optimizer, names=names)
        optimizer.step(gradients(5))
        fastadam.load_checkpoint(path, optimizer, names=names)


def refused(optimizer):
    try:
        optimizer.step(gradients(), max_grad_norm=-1)
    except ValueError:
        pass
    try:
        optimizer.step([*gradients()[:-1], "x"])
    except TypeError:
        pass


def refused_by_the_library(optimizer):
    before = [group["lr"] for group in optimizer.param_groups]
    set_option("lr", 3e38)(optimizer)
    set_option("weight_decay", 3e38)(optimizer)
    try:
        optimizer.step(gradients())
    except ValueError:
        pass
    for group, lr in zip(optimizer.param_groups, before):
        group["lr"] = lr
    set_option("weight_decay", 0.1)(optimizer)


def skip(optimizer):
    grads = gradients()
    grads[0][0] = np.inf
    report = optimizer.step(grads, skip_non_finite=True)
    assert report.skipped


def interrupt(optimizer, made=True):
    """After the library's part, or in its place."""
    real = _library.library.fastadam_step

    def call(*arguments):
        if made:
            real(*arguments)
        raise KeyboardInterrupt

    try:
        with mock.patch.object(_library.library, "fastadam_step", call):
            optimizer.step(gradients(3))
    except KeyboardInterrupt:
        pass


def step_inside_of_a_step(optimizer):
    """As a signal's handler may."""
    real = _library.library.fastadam_step

    def call(*arguments):
        with mock.patch.object(_library.library, "fastadam_step", real):
            optimizer.step(gradients(4))
        return real(*arguments)

    with mock.patch.object(_library.library, "fastadam_step", call):
        optimizer.step(gradients(3))


def there_and_back(optimizer):
    optimizer.eval()
    optimizer.train()


def add(optimizer):
    optimizer.add_param_group({"params": np.ones(5, np.float32)})


def step_copy(optimizer):
    copy.copy(optimizer).step(gradients(6))


def step_deep_copy(optimizer):
    copied = copy.deepcopy(optimizer)
    copied.step(gradients(6))
    pickle.loads(pickle.dumps(copied)).step(gradients(6))


def look(optimizer):
    repr(optimizer)
    optimizer.state, optimizer.steps, optimizer.state_dict(), optimizer.decoded_state(0), optimizer.decoded_param(0)


# What else may happen between two steps.
OTHER_CHANGES = {
    "nothing": lambda optimizer: None,
    "lr": set_option("lr", 0.25),
    "a bad lr": set_option("lr", -1.0),
    "lr of another type": set_option("lr", "1"),
    "an lr that equals the one before": set_option("lr", np.float64(1e-3)),
    "betas": set_option("betas", (0.5, 0.6)),
    "betas of another length": set_option("betas", (0.5,)),
    "negative zero": set_option("weight_decay", -0.0),
    "maximize": set_option("maximize", True),
    "amsgrad": set_option("amsgrad", True),
    "no momentum": set_option("momentum", 0.0),
    "a missing hyperparameter": lambda optimizer: optimizer.param_groups[0].pop("lr"),
    "other params in the group": lambda optimizer: optimizer.param_groups[0].update(params=()),
    "threads": lambda optimizer: setattr(optimizer, "threads", 1),
    "bad threads": lambda optimizer: setattr(optimizer, "threads", -1),
    "seed": lambda optimizer: setattr(optimizer, "seed", 5),
    "a bad seed": lambda optimizer: setattr(optimizer, "seed", -5),
    "a bad executor": lambda optimizer: setattr(optimizer, "executor", "x"),
    "load": load,
    "load nothing": load_nothing,
    "load_checkpoint": load_checkpoint,
    "refused": refused,
    "refused by the library": refused_by_the_library,
    "skip": skip,
    "interrupt": interrupt,
    "interrupt before": lambda optimizer: interrupt(optimizer, False),
    "step inside of a step": step_inside_of_a_step,
    "eval": lambda optimizer: optimizer.eval(),
    "eval and train": there_and_back,
    "a group more": add,
    "a step of a copy": step_copy,
    "a step of a deep copy": step_deep_copy,
    "look": look,
}

ARGUMENTS = {
    "grad_scale": {"grad_scale": 3.0},
    "a bad grad_scale": {"grad_scale": 0.0},
    "a changing grad_scale": {"grad_scale": np.array(2.0)},
    "max_grad_norm": {"max_grad_norm": 0.1},
    "max_grad_value": {"max_grad_value": 0.1},
    "report": {"report": True, "max_grad_norm": 0.1},
    "skip_non_finite": {"skip_non_finite": True},
}


def outcome(optimizer, grads, **arguments):
    """What a step reports or raises, and what is there after it."""
    try:
        result = optimizer.step(grads, **arguments)
    except (TypeError, ValueError, RuntimeError, fastadam.Error) as error:
        result = type(error), str(error)
    return result, contents(optimizer)


class PlanTests(Case):
    def same_anew(self, history):
        """``history(step)`` yields what steps give: the same where no step remembers anything."""
        def anew(optimizer, grads, **arguments):
            forget(optimizer)
            return outcome(optimizer, grads, **arguments)

        for i, (actual, expected) in enumerate(itertools.zip_longest(list(history(outcome)), history(anew))):
            self.assertEqual(actual, expected, f"step {i}")

    def check(self, make, change=lambda optimizer: None, other=lambda optimizer, grads: grads, **arguments):
        """An optimizer goes through a change between steps."""
        grads = gradients()
        optimizers = [make(), make()]

        def history(step):
            optimizer = optimizers.pop(0)
            for _ in range(3):
                yield step(optimizer, grads)
            self.assertTrue(has_plan(optimizer))
            change(optimizer)
            yield step(optimizer, other(optimizer, grads), **arguments)
            for given in (grads, gradients(2), gradients(2)):
                yield step(optimizer, given)

        self.same_anew(history)

    def test_other_gradients(self):
        for name in ("AdamW", "AdamW, bfloat16", "two rules", "AdamW, tensors"):
            for what, other in OTHER_GRADIENTS.items() if name in KINDS else ():
                with self.subTest(name, grads=what):
                    self.check(KINDS[name], other=other)

    def test_gradients_that_are_tensors_before(self):
        if torch is None:
            self.skipTest("no torch")
        for what, other in OTHER_GRADIENTS.items():
            with self.subTest(grads=what):
                def history(step, other=other):
                    optimizer = fastadam.NAdam(params())
                    tensors = list(map(torch.from_numpy, gradients()))
                    for given in (tensors, tensors, other(optimizer, gradients()), tensors, tensors):
                        yield step(optimizer, given)

                self.same_anew(history)

    def test_arrays_changed_in_place(self):
        for name in ("AdamW", "AdamW, block8", "AdEMAMix, split", "Lion with copies", "AdamW, tensors"):
            make = KINDS.get(name)
            for change in CHANGES_OF_ARRAYS if make is not None else ():
                if "tensors" not in name:
                    with self.subTest(name, change=change.__name__, of="parameter"):
                        self.check(make, lambda optimizer: change(optimizer.params[-1]))
                with self.subTest(name, change=change.__name__, of="state"):
                    self.check(make, lambda optimizer: change(first_state(optimizer)))
                if "copies" in name:
                    with self.subTest(name, change=change.__name__, of="copy"):
                        self.check(make, lambda optimizer: change(optimizer.copies[-1]))

    def test_another_shape_of_as_many_dimensions(self):
        for array in (lambda optimizer: optimizer.params[0], lambda optimizer: optimizer.state[0]["exp_avg"]):
            self.check(KINDS["AdamW"], lambda optimizer: setattr(array(optimizer), "shape", (3, 4)))

    def test_arrays_that_a_step_has_made(self):
        """They are watched from then on."""
        for forgets in (False, True):
            optimizer = fastadam.Adam([np.ones(12, np.float32)])
            grad = [np.ones(12, np.float32)]
            optimizer.step(grad)
            optimizer.amsgrad = True
            optimizer.step(grad)
            optimizer.max_exp_avg_sq[0].shape = (3, 4)
            if forgets:
                forget(optimizer)
            self.refuses(ValueError, r"^max_exp_avg_sq\[0\] has the shape \(3, 4\)", lambda: optimizer.step(grad), *optimizer.params)

    def test_arrays_of_an_unpickled_optimizer(self):
        """They own their memory."""
        def make():
            return pickle.loads(pickle.dumps(fastadam.Adam(params())))

        for change in CHANGES_OF_ARRAYS:
            for array in (first_state, lambda optimizer: optimizer.params[-1]):
                with self.subTest(change=change.__name__):
                    self.check(make, lambda optimizer: change(array(optimizer)))

    def test_a_block_that_is_resized(self):
        """It moves, and stays the base of its array."""
        def history(step):
            block = (ctypes.c_float * 300)()
            param = np.ndarray(300, np.float32, block)

            def follow():
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    param.data = block
                param[:] = 1

            follow()
            optimizer = fastadam.Adam([param])
            for size in (1200, 1 << 21, 1 << 22):
                ctypes.resize(block, size)
                follow()
                for _ in range(3):
                    yield step(optimizer, [np.ones(300, np.float32)])

        self.same_anew(history)

    def test_arrays_without_buffers(self):
        """Such as those of ml_dtypes' bfloat16."""
        for name in ("AdamW", "unpickled"):
            optimizer = KINDS["AdamW"]()
            with self.subTest(name), mock.patch.object(_facts, "_buffer", side_effect=ValueError):
                if name == "unpickled":
                    optimizer = pickle.loads(pickle.dumps(optimizer))
                for _ in range(3):
                    optimizer.step(gradients())
                self.assertTrue(has_plan(optimizer))
                optimizer.params[-1].flags.writeable = False
                self.refuses(ValueError, r"^params\[3\] is read-only\.$", lambda: optimizer.step(gradients()), *optimizer.params)

    @unittest.skipIf(torch is None, "no torch")
    def test_tensors_changed_in_place(self):
        for name in (x for x in KINDS if "tensors" in x):
            for what, change in {
                "memory": lambda x: x.set_(x.clone()),
                "data": lambda x: setattr(x, "data", x.data.clone()),
                "shape": lambda x: x.resize_(100, 3),
                "length": lambda x: x.resize_(9),
                "dtype": lambda x: setattr(x, "data", x.data.double()),
                "strides": lambda x: x.set_(x.new_ones(600)[::2]),
            }.items():
                with self.subTest(name, change=what):
                    self.check(KINDS[name], lambda optimizer: change(optimizer.params[-1]))

    def test_other_changes(self):
        for name, make in KINDS.items():
            for what, change in OTHER_CHANGES.items():
                with self.subTest(name, change=what):
                    self.check(make, change)

    def test_a_step_counts_whatever_a_step_inside_of_it_does(self):
        ones = np.ones(5, np.float32)

        def overlap(optimizer):
            with self.assertRaises(ValueError):
                optimizer.step(optimizer.params)

        for what, inner in {
            "skipped": lambda optimizer: optimizer.step([ones * np.inf], skip_non_finite=True),
            "refused by the library": overlap,
            "without gradients": lambda optimizer: optimizer.step([None]),
        }.items():
            with self.subTest(what):
                optimizer, expected = fastadam.NAdam([ones.copy()]), fastadam.NAdam([ones.copy()])
                for _ in range(3):
                    optimizer.step([ones])
                real = _library.library.fastadam_step

                def call(*arguments):
                    with mock.patch.object(_library.library, "fastadam_step", real):
                        inner(optimizer)
                    return real(*arguments)

                with mock.patch.object(_library.library, "fastadam_step", call):
                    optimizer.step([ones])
                for _ in range(4):
                    expected.step([ones])
                self.assertEqual(contents(optimizer), contents(expected))

    def test_other_arguments(self):
        for name, make in KINDS.items():
            for what, arguments in ARGUMENTS.items():
                with self.subTest(name, arguments=what):
                    self.check(make, **arguments)

    def test_hyperparameters_changed_in_place(self):
        grads = gradients()
        for first, change in ((np.array(0.1), lambda lr: lr.fill(0.2)), (np.array(0.1), lambda lr: lr.fill(-1))):
            optimizer, expected = fastadam.Adam(params(), lr=first), fastadam.Adam(params(), lr=0.1)
            for _ in range(3):
                self.assertEqual(outcome(optimizer, grads), outcome(expected, grads))
            change(first)
            expected.lr = float(first)
            optimizer.param_groups[0]["lr"] = first
            self.assertEqual(outcome(optimizer, grads), outcome(expected, grads))
        betas = [0.9, 0.99]
        optimizer, expected = fastadam.Adam(params()), fastadam.Adam(params())
        optimizer.param_groups[0]["betas"] = betas
        expected.betas = tuple(betas)
        for beta in (0.9, 0.8):
            betas[0] = beta
            expected.betas = (beta, 0.99)
            for _ in range(3):
                actual, wanted = outcome(optimizer, grads), outcome(expected, grads)
                self.assertEqual(actual[1][3:], wanted[1][3:])

    def test_a_flag_that_is_none_and_then_missing(self):
        optimizer = fastadam.Adam(params())
        optimizer.param_groups[0]["maximize"] = None
        for _ in range(3):
            optimizer.step(gradients())
        self.assertTrue(has_plan(optimizer))
        del optimizer.param_groups[0]["maximize"]
        self.refuses(ValueError, r"^maximize is missing\.$", lambda: optimizer.step(gradients()), *optimizer.params)

    def test_a_shallow_copy_with_another_seed(self):
        def history(step):
            optimizer = KINDS["Adam, stochastic"]()
            other = copy.copy(optimizer)
            other.seed = 77
            for each in (optimizer, optimizer, other, other, optimizer, other):
                yield step(each, gradients())

        self.same_anew(history)

    def test_frozen_ones_by_turns(self):
        grads = gradients()
        for make in (KINDS["NAdam"], KINDS["SGD"]):
            def history(step, make=make):
                optimizer = make()
                for i in range(9):
                    yield step(optimizer, [None if i // 2 % 3 == j else x for j, x in enumerate(grads)])

            self.same_anew(history)

    def test_another_frozen_one_of_the_same_shape(self):
        optimizer = fastadam.Adam([np.ones(5, np.float32) for _ in range(3)])
        grad = np.ones(5, np.float32)
        for given, steps in (([None, grad, grad], (0, 1, 1)), ([None, grad, grad], (0, 2, 2)), ([grad, None, grad], (1, 2, 3)),
                             ([grad, grad, None], (2, 3, 3))):
            optimizer.step(given)
            self.assertEqual(optimizer.steps, steps)

    def test_what_holds_after_a_step_stays_what_it_was(self):
        """Also for one who asks when the next step is made, such as another thread, and without the numbers of a step that is not made."""
        optimizer = KINDS["NAdam"]()
        held = []
        for i in range(4):
            optimizer.step(gradients())
            held.append((optimizer._holder.content, optimizer.state[0]["mu_product"], optimizer.steps))

        def scribble(tensors, *_):
            ctypes.c_double.from_address(tensors[0].numbers).value = 7
            raise KeyboardInterrupt

        with mock.patch.object(_library.library, "fastadam_step", scribble), self.assertRaises(KeyboardInterrupt):
            optimizer.step(gradients())
        held.append((optimizer._holder.content, *held[-1][1:]))
        self.assertEqual(len({product for _, product, _ in held}), 4)
        for content, product, steps in held:
            parameters = content.outcome().parameters
            self.assertEqual((parameters[0].numbers[0], tuple(x.steps for x in parameters)), (product, steps))

    def test_equal_numbers_may_be_others(self):
        optimizer = fastadam.Adam(params(), weight_decay=0.0)
        for _ in range(3):
            optimizer.step(gradients())
        before = optimizer._holder.content.plan.settings
        optimizer.step(gradients())
        self.assertIs(optimizer._holder.content.plan.settings, before)
        optimizer.weight_decay = -0.0
        optimizer.step(gradients())
        self.assertIsNot(optimizer._holder.content.plan.settings, before)

    def test_another_gradient_at_the_same_address(self):
        """Of one dtype its numbers are used; of another one it is looked at anew."""
        memory = np.zeros(300, np.uint32)
        optimizer, expected = fastadam.Adam([np.ones(300, np.float32)]), fastadam.Adam([np.ones(300, np.float32)])
        for i, (dtype, count) in enumerate((("f4", 300), ("f4", 300), ("f4", 300), ("f2", 300), ("f2", 300), (">f4", 300), ("f4", 299))):
            memory[:] = np.arange(300, dtype=np.float32).view(np.uint32) + i
            grad = np.frombuffer(memory, dtype, count)
            forget(expected)
            self.assertEqual(outcome(optimizer, [grad]), outcome(expected, [grad.copy()]))

    def test_gradients_are_let_go_of(self):
        for kind in (lambda x: x, torch.from_numpy) if torch is not None else (lambda x: x,):
            optimizer = fastadam.Adam(params())
            for _ in range(3):
                grads = list(map(kind, gradients()))
                optimizer.step(grads)
                alive = weakref.ref(grads[-1])
                del grads
                gc.collect()
                self.assertIsNone(alive())

    def test_what_holds_is_put_together_once(self):
        """Those who look at one parameter after the other would else take the square of their number."""
        optimizer = KINDS["NAdam"]()
        for i in range(4):
            optimizer.step(gradients(), skip_non_finite=True)
            self.assertIs(optimizer._content, optimizer._content, i)

    def test_who_looks_while_a_step_is_made_sees_it_before_and_after(self):
        optimizer = KINDS["NAdam"]()
        for _ in range(3):
            optimizer.step(gradients())
        seen = []
        real = _library.library.fastadam_step

        def look():
            seen.append((optimizer.steps[0], optimizer.state[0]["mu_product"], optimizer._content.parameters[0].numbers[0]))

        def call(*arguments):
            look()
            status = real(*arguments)
            look()
            return status

        look()
        with mock.patch.object(_library.library, "fastadam_step", call):
            optimizer.step(gradients())
        look()
        self.assertEqual(seen[0], seen[1])
        self.assertEqual(seen[2], seen[3])
        self.assertEqual([steps for steps, *_ in seen], [3, 3, 4, 4])
        self.assertLess(seen[2][1], seen[1][1])

    def test_state_is_let_go_of(self):
        """As soon as nobody has it any more, without the garbage collector."""
        grad = [np.ones(5, np.float32)]
        optimizer = fastadam.SGD([np.ones(5, np.float32)], momentum=0.9)
        for _ in range(3):
            optimizer.step(grad)
        self.assertTrue(has_plan(optimizer))
        alive = weakref.ref(optimizer.momentum_buffer[0])
        state = optimizer.state_dict()
        del state["state"][0]["momentum_buffer"]
        gc.disable()
        try:
            optimizer.load_state_dict(state)
            self.assertIsNone(alive())
            for _ in range(3):
                optimizer.step(grad)
            alive = weakref.ref(optimizer.momentum_buffer[0])
            del optimizer
            self.assertIsNone(alive())
        finally:
            gc.enable()

    def test_gradients_overlap_parameters(self):
        p = np.ones(10, np.float32)
        optimizer = fastadam.Adam([p[:5], p[5:]])
        apart = [np.ones(5, np.float32)] * 2
        for _ in range(3):
            optimizer.step(apart)
        self.assertTrue(has_plan(optimizer))
        self.refuses(ValueError, r"^params\[1\] overlaps grads\[0\]\.$", lambda: optimizer.step([p[5:], apart[1]]), p)
        self.refuses(ValueError, r"^grads\[1\] overlaps params\[0\]\.$", lambda: optimizer.step([apart[0], p[4:9]]), p)
        self.assertEqual(optimizer.steps, (3, 3))

    def test_the_last_step(self):
        last = (1 << 63) - 2

        def history(step):
            optimizer = fastadam.Lion([np.ones(3, np.float32)])
            grad = [np.ones(3, np.float32)]
            optimizer.step(grad)
            state = optimizer.state_dict()
            state["state"][0]["step"] = last - 2
            optimizer.load_state_dict(state)
            for _ in range(5):
                yield step(optimizer, grad)

        self.same_anew(history)

    def test_no_state_is_allocated_again(self):
        optimizer = fastadam.Adam(params())
        for _ in range(3):
            optimizer.step(gradients())
        with mock.patch.object(_library.library, "fastadam_alloc", wraps=_library.library.fastadam_alloc) as alloc:
            for _ in range(10):
                optimizer.step(gradients())
            alloc.assert_not_called()

    def test_something_like_a_tensor_is_not_remembered(self):
        p, g, *_ = arrays((5,))
        optimizer = fastadam.Adam([FakeTensor(p)])
        for _ in range(3):
            optimizer.step([FakeTensor(g)])
            self.assertFalse(has_plan(optimizer))

    def test_a_plan_is_used(self):
        """The whole checks are made in the first step, and in the second where the first has made arrays; then no more."""
        for name, make in KINDS.items():
            optimizer = make()
            optimizer.step(gradients())
            optimizer.step(gradients())
            with self.subTest(name), mock.patch.object(type(optimizer), "_work", side_effect=AssertionError("checked again")):
                for i in range(3):
                    optimizer.step(gradients(i))

    def test_steps_of_several_threads(self):
        """Each takes the plan, or makes its own."""
        from concurrent.futures import ThreadPoolExecutor

        optimizer = fastadam.Adam([np.ones(64, np.float32) for _ in range(8)])
        grads = [np.zeros(64, np.float32)] * 8
        with ThreadPoolExecutor(4) as pool:
            for each in [pool.submit(lambda: [optimizer.step(grads) for _ in range(50)]) for _ in range(4)]:
                each.result()
        self.assertGreaterEqual(optimizer.steps[0], 50)
        self.assertLessEqual(optimizer.steps[0], 200)
        optimizer.step(grads)
        optimizer.step(grads)
        self.assertTrue(has_plan(optimizer))


if __name__ == "__main__":
    unittest.main()
