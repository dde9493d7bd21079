"""Tests of storage formats: against their definition in numpy, saved and loaded, interrupted, and how much they take."""

from __future__ import annotations

import copy
import pickle
import unittest
from unittest import mock

import fastadam
import numpy as np
from fastadam import _library, _optimizers
from formulas import cases
from support import Case, FakeTensor, arrays, fma, from_bf16, reference, to_bf16
import test_interrupts

f = np.float32
BLOCK = 128
SIZE = 4096 + 37  # the last block is a part of one
KINDS = [getattr(fastadam, name) for name in _optimizers.__all__]


def scales_of(values, smallest):
    """The largest magnitude of each block: 0 for a small one, NaN where a number is not finite."""
    starts = np.arange(0, values.size, BLOCK)
    largest = np.maximum.reduceat(np.abs(values), starts)
    largest[largest < smallest] = 0
    largest[~np.logical_and.reduceat(np.isfinite(values), starts)] = np.nan
    return largest


def of_blocks(scales, size):
    return np.repeat(scales, BLOCK)[:size]


def encode_signed(values):
    scales = scales_of(values, f(2.0**-100))
    with np.errstate(all="ignore"):
        factors = of_blocks(np.where(scales > 0, f(127) / scales, f(0)), values.size)
        exact = values.astype(float) * factors
    exact[of_blocks(np.isnan(scales), values.size)] = 0
    return np.rint(exact).astype(np.int8).view(np.uint8), scales


def encode_roots(roots):
    scales = scales_of(roots, f(2.0**-50))
    with np.errstate(all="ignore"):
        factors = of_blocks(np.where(scales > 0, f(255.5) / scales, f(0)), roots.size)
        exact = roots.astype(float) * factors
    exact[of_blocks(np.isnan(scales), roots.size)] = 0
    return np.floor(np.rint(exact * 256) / 256).astype(np.uint8), scales


def decode_signed(codes, scales):
    return codes.view(np.int8) * of_blocks(scales / f(127), codes.size)


def root_of(codes, units):
    return fma(codes.astype(f), units, f(0.5) * units)


def decode_squares(codes, scales):
    root = root_of(codes, of_blocks(scales / f(255.5), codes.size))
    return root * root


def adam_in_blocks(p, g, m, v, step, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    """Adam with both moments in blocks, as codes and scales."""
    unit = of_blocks(m[1] * f(f(betas[0]) / f(127)), p.size)
    first = fma(m[0].view(np.int8), unit, f(1 - betas[0]) * g)
    root = root_of(v[0], of_blocks(v[1] * f(f(np.sqrt(betas[1])) / f(255.5)), p.size))
    root = np.sqrt(fma(f(1 - betas[1]) * g, g, root * root))
    correction = np.sqrt(1 - betas[1] ** step)
    ss = -f(lr / (1 - betas[0] ** step) * correction)
    return p + ss * first / (root + f(eps * correction)), encode_signed(first), encode_roots(root)


def join(upper, lower):
    """The parameters of two halves, the lower one in units of the last bit."""
    return ((upper.astype(np.int64) << 16) + lower & 0xFFFFFFFF).astype(np.uint32).view(f)


def divide(values, bits):
    unit = 1 << (16 - bits)
    kept = (values.view(np.uint32).astype(np.int64) + unit // 2) // unit * unit
    upper = (kept + 0x8000) >> 16
    return upper.astype(np.uint16), (kept - (upper << 16)) // unit


def words(seed, step, tensor, array, size):
    """The 16 random bits of elements: Philox4x32 with 7 rounds."""
    mask = np.uint64(0xFFFFFFFF)
    element = np.arange(size, dtype=np.uint64)
    within = element % 64
    lane = within % 16
    counter = element // 64 * 8 + lane // 2
    x = [counter & mask, (counter >> np.uint64(32)) | np.uint64(array << 29), np.full(size, step & 0xFFFFFFFF, np.uint64),
         np.full(size, tensor, np.uint64)]
    k = [seed & 0xFFFFFFFF, (seed >> 32) ^ (step >> 32)]
    for _ in range(7):
        a, b = np.uint64(0xD2511F53) * x[0], np.uint64(0xCD9E8D57) * x[2]
        x = [(b >> np.uint64(32)) ^ x[1] ^ np.uint64(k[0]), b & mask, (a >> np.uint64(32)) ^ x[3] ^ np.uint64(k[1]), a & mask]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    place = (lane % 2 + np.where(within >= 32, 2, 0)).astype(int)
    word = np.choose(place, x)
    return np.where(within % 32 < 16, word >> np.uint64(16), word & np.uint64(0xFFFF)).astype(np.int64)


def stochastic_bf16(values, word):
    bits = values.view(np.uint32).astype(np.int64)
    return ((bits >> 16) + ((bits & 0xFFFF) + word > 0xFFFF)).astype(np.uint16)


def stochastic_f16(values, word):
    magnitude = np.abs(values.astype(float))
    exponent = np.maximum(np.frexp(magnitude)[1] - 1 - 10, -24)
    fine = np.rint(np.ldexp(magnitude, 13 - exponent))
    return np.copysign(np.ldexp(np.floor((fine + (word >> 3)) / 8192), exponent), values).astype(np.float16)


def gradients(step, size=SIZE):
    """Of sizes that differ within a block and between blocks."""
    random = np.random.default_rng(step)
    return (random.normal(size=size) * 10.0 ** random.uniform(-4, 0, size) * 10.0 ** (np.arange(size) // BLOCK % 5 - 2)).astype(f)


def start(size=SIZE):
    return np.random.default_rng(99).normal(size=size).astype(f)


#: Each way to ask for a format: its name, the arguments, and what makes the parameters of float32 ones.
WAYS = (
    ("block8", {"state_format": "block8"}, np.copy),
    ("stochastic state", {"state_format": "bfloat16_stochastic", "seed": 5}, np.copy),
    ("split", {"master": "split", "dtype": "bfloat16", "moment_dtype": "float32"}, to_bf16),
    ("split8", {"master": "split8", "dtype": "bfloat16"}, to_bf16),
    ("stochastic bfloat16", {"rounding": "stochastic", "dtype": "bfloat16", "moment_dtype": "float32", "seed": 3}, to_bf16),
    ("stochastic float16", {"rounding": "stochastic", "moment_dtype": "float32", "seed": 3}, np.float16),
    ("all", {"state_format": "block8", "master": "split", "dtype": "bfloat16"}, to_bf16),
    ("copy", {"copy": True, "dtype": "bfloat16", "state_format": "block8"}, np.copy),
)


def make(arguments, params, kind=fastadam.AdamW, **others):
    if arguments.get("copy"):
        arguments = {**arguments, "copy": [np.zeros(x.shape, np.uint16) for x in params]}
    return kind(params, **arguments, **others)


def all_of(optimizer):
    """All that training has made, as bytes."""
    state = [{name: np.asarray(x).tobytes() for name, x in entry.items()} for entry in optimizer.state]
    return [x.tobytes() for x in optimizer.params], [None if x is None else x.tobytes() for x in optimizer.copies], state


class DefinitionTests(Case):
    """Steps of Adam to the bit."""

    def test_block8(self):
        p = start()
        expected, m, v = p.copy(), encode_signed(np.zeros_like(p)), encode_roots(np.zeros_like(p))
        optimizer = fastadam.Adam([p], state_format="block8")
        for step in range(1, 6):
            g = gradients(step)
            optimizer.step([g])
            expected, m, v = adam_in_blocks(expected, g, m, v, step)
            self.assert_bits(p, expected)
            state = optimizer.state[0]
            for name, (codes, scales) in (("exp_avg", m), ("exp_avg_sq", v)):
                self.assert_bits(state[name], codes, name)
                self.assert_bits(state[name + "_scale"], scales, name)
            decoded = optimizer.decoded_state(0)
            self.assertEqual(list(decoded), ["step", "exp_avg", "exp_avg_sq"])
            self.assert_bits(decoded["exp_avg"], decode_signed(*m))
            self.assert_bits(decoded["exp_avg_sq"], decode_squares(*v))

    def test_block8_of_another_rule(self):
        """Lion's momentum, updated in single precision."""
        p = start()
        expected, m = p.copy(), np.zeros_like(p)
        optimizer = fastadam.Lion([p], state_format="block8", lr=0.125, betas=(0.5, 0.75))
        for step in range(1, 5):
            g = gradients(step)
            optimizer.step([g])
            expected = expected - f(0.125) * np.sign(fma(f(0.5), g, f(0.5) * m))
            m = decode_signed(*encode_signed(fma(f(0.25), g, f(0.75) * m)))
            self.assert_bits(p, expected)
            self.assert_bits(optimizer.decoded_state(0)["exp_avg"], m)

    def test_split(self):
        for master, bits, kind in (("split", 16, np.int16), ("split8", 8, np.int8)):
            with self.subTest(master):
                p = to_bf16(start())
                upper, lower = p.copy(), np.zeros(SIZE, np.int64)
                m = v = np.zeros(SIZE, f)
                optimizer = fastadam.Adam([p], master=master, dtype="bfloat16", moment_dtype="float32")
                self.assert_bits(optimizer.decoded_param(0), from_bf16(p))
                for step in range(1, 6):
                    g = gradients(step)
                    optimizer.step([g])
                    after, m, v = reference(join(upper, lower << (16 - bits)), g, m, v, step)
                    upper, lower = divide(after, bits)
                    self.assert_bits(p, upper)
                    self.assert_bits(optimizer.state[0]["master_lower"], lower.astype(kind))
                    self.assert_bits(optimizer.decoded_param(0), join(upper, lower << (16 - bits)))
                # The whole is kept, so it is what single precision gives.
                plain = from_bf16(to_bf16(start()))
                other = fastadam.Adam([plain])
                for step in range(1, 6):
                    other.step([gradients(step)])
                if bits == 16:
                    self.assert_bits(optimizer.decoded_param(0), plain)

    def test_copies(self):
        for name, kind, narrow in (("bfloat16", np.uint16, to_bf16), ("float16", np.float16, np.float16)):
            p, q = start(), start()
            taken = np.zeros(SIZE, kind)
            optimizer, plain = fastadam.AdamW([p], copy=taken, dtype="bfloat16"), fastadam.AdamW([q])
            self.assertIs(optimizer.copies[0], taken)
            for step in range(1, 4):
                for each in (optimizer, plain):
                    each.step([gradients(step)])
                self.assert_bits(p, q, name)
                self.assert_bits(taken, narrow(p), name)

    def test_parameters_rounded_at_random(self):
        seed = (7 << 32) + 11
        for kind, widen, narrow, options in (
            ("bfloat16", from_bf16, stochastic_bf16, {"dtype": "bfloat16"}),
            ("float16", np.float32, stochastic_f16, {}),
        ):
            with self.subTest(kind):
                params = [to_bf16(start()) if kind == "bfloat16" else start().astype(np.float16) for _ in range(2)]
                optimizer = fastadam.Adam(params, rounding="stochastic", seed=seed, moment_dtype="float32", **options)
                expected, m, v = [x.copy() for x in params], np.zeros(SIZE, f), np.zeros(SIZE, f)
                for step in range(1, 4):
                    g = gradients(step)
                    optimizer.step([g, g])
                    moments = m, v
                    for i, each in enumerate(expected):
                        after, m, v = reference(widen(each), g, *moments, step)
                        expected[i] = narrow(after, words(seed, step, i + 1, 0, SIZE))
                        self.assert_bits(params[i], expected[i], f"step {step}")
                self.assertNotEqual(params[0].tobytes(), params[1].tobytes())

    def test_state_rounded_at_random(self):
        p = start()
        optimizer = fastadam.Adam([p], state_format="bfloat16_stochastic", seed=9)
        expected, m, v = p.copy(), np.zeros(SIZE, np.uint16), np.zeros(SIZE, np.uint16)
        for step in range(1, 4):
            g = gradients(step)
            optimizer.step([g])
            expected, first, second = reference(expected, g, from_bf16(m), from_bf16(v), step)
            m = stochastic_bf16(first, words(9, step, 1, 1, SIZE))
            v = stochastic_bf16(second, words(9, step, 1, 2, SIZE))
            self.assert_bits(p, expected)
            self.assert_bits(optimizer.state[0]["exp_avg"], m)
            self.assert_bits(optimizer.state[0]["exp_avg_sq"], v)

    def test_the_function_step(self):
        p, m, v = start(), np.zeros(SIZE, f), np.zeros(SIZE, f)
        taken = np.zeros(SIZE, np.float16)
        fastadam.step(p, gradients(1), m, v, step=1, copy=taken)
        self.assert_bits(taken, p.astype(np.float16))
        p, q, m, v = to_bf16(start()), to_bf16(start()), np.zeros(SIZE, f), np.zeros(SIZE, f)
        fastadam.step([p], [gradients(1)], [m], [v], step=1, rounding="stochastic", seed=4, dtype="bfloat16")
        fastadam.Adam([q], rounding="stochastic", seed=4, dtype="bfloat16", moment_dtype="float32").step([gradients(1)])
        self.assert_bits(p, q)
        for kind, message, options in (
            (TypeError, "^param must be float32, since it has a copy, not bfloat16", {"copy": taken}),
            (TypeError, "^copy must be bfloat16 or float16, not float32", {"copy": start()}),
            (ValueError, "^copy has the shape", {"copy": taken[1:].copy()}),
            (ValueError, '^rounding must be "nearest" or "stochastic", not "up"', {"rounding": "up"}),
            (ValueError, "^seed must be from 0", {"seed": -1}),
        ):
            self.refuses(kind, message, lambda: fastadam.step(p, gradients(2), m, v, step=2, dtype="bfloat16", **options), p, m, v)
        both = np.zeros(2 * SIZE, f)
        inside = both.view(np.float16)[:SIZE]
        self.refuses(ValueError, "overlaps", lambda: fastadam.step(both[:SIZE], gradients(2), m, v, step=2, copy=inside), both)


class TrainingTests(Case):
    def test_threads_do_not_matter(self):
        size = 300_000
        for name, arguments, cast in WAYS:
            with self.subTest(name):
                results = []
                for threads in (1, 2):
                    optimizer = make(arguments, [cast(start(size))], threads=threads)
                    for step in (1, 2):
                        optimizer.step([gradients(step, size)])
                    results.append(all_of(optimizer))
                self.assertEqual(results[0], results[1])

    def test_saved_and_loaded_in_the_middle(self):
        for name, arguments, cast in WAYS:
            with self.subTest(name):
                whole = make(arguments, [cast(start()), cast(start(50))])
                grads = [[gradients(step), gradients(step, 50)] for step in range(1, 6)]
                for each in grads[:3]:
                    whole.step(each)
                whole.step([None, grads[3][1]])
                second = make(arguments, [x.copy() for x in whole.params])
                second.load_state_dict(pickle.loads(pickle.dumps(whole.state_dict())))
                copied = copy.deepcopy(whole)
                for optimizer in (whole, second, copied):
                    for each in grads[3:]:
                        optimizer.step(each)
                self.assertEqual(second.steps, (5, 6))
                self.assertEqual(all_of(second), all_of(whole))
                self.assertEqual(all_of(copied), all_of(whole))

    def test_every_rule_trains(self):
        """A problem with known weights: most of the distance goes, as it does without formats."""
        size = 4096
        wanted, steepness = start(size), np.linspace(0.5, 2, size, dtype=f)

        def distance(kind, arguments, cast, widen):
            p = cast(np.zeros(size, f))
            options = {"momentum": 0.5} if "momentum" in kind.hyperparameters else {}
            if kind is fastadam.Adadelta:
                options["eps"] = 1e-3
            lr = {fastadam.SGD: 0.1, fastadam.Adadelta: 1.0, fastadam.Adagrad: 0.5}.get(kind, 0.03)
            optimizer = kind([p], lr=lr, **options, **arguments)
            for _ in range(150):
                optimizer.step([steepness * (widen(p) - wanted)])
            optimizer.eval()
            return np.abs(widen(p) - wanted).mean() / np.abs(wanted).mean()

        for kind in KINDS:
            plain = distance(kind, {}, np.copy, np.asarray)
            self.assertLess(plain, 0.4, kind.__name__)
            for name, arguments, cast, widen in (
                ("block8", {"state_format": "block8"}, np.copy, np.asarray),
                ("stochastic state", {"state_format": "bfloat16_stochastic"}, np.copy, np.asarray),
                ("split", {"master": "split", "dtype": "bfloat16", "moment_dtype": "float32"}, to_bf16, from_bf16),
                ("split8", {"master": "split8", "dtype": "bfloat16", "moment_dtype": "float32"}, to_bf16, from_bf16),
                ("stochastic", {"rounding": "stochastic", "dtype": "bfloat16", "moment_dtype": "float32"}, to_bf16, from_bf16),
            ):
                with self.subTest(kind.__name__, format=name):
                    self.assertLess(distance(kind, arguments, cast, widen), plain + 0.02)

    def test_small_parameters_and_what_blocks_cannot_hold(self):
        optimizer = fastadam.Adam([start(4095), start(4096), np.zeros((0, 3), f), np.ones((), f)], state_format="block8")
        self.assertEqual([x.dtype.name for x in optimizer.exp_avg], ["float32", "uint8", "float32", "float32"])
        optimizer = fastadam.Adam([start(4), np.zeros((0, 3), f), np.ones((), f)], state_format="block8", min_8bit_size=0)
        optimizer.step([start(4), np.zeros((0, 3), f), np.ones((), f)])
        self.assertEqual([x.shape for x in optimizer.exp_avg], [(4,), (0, 3), ()])
        self.assertEqual([x["exp_avg_scale"].shape for x in optimizer.state], [(1,), (0,), (1,)])
        schedule_free = fastadam.AdamWScheduleFree([start()], state_format="block8")
        self.assertEqual([x.dtype.name for x in (schedule_free.z[0], schedule_free.exp_avg_sq[0])], ["float32", "uint8"])
        # That is what the library says of each rule: with the opposite of any array it refuses.
        for kind in KINDS:
            for place, each in enumerate(kind.rule.arrays):
                rule = kind.rule._replace(
                    arrays=tuple(x._replace(takes_formats=not x.takes_formats) if x is each else x for x in kind.rule.arrays)
                )
                options = {"momentum": 0.5} if "momentum" in kind.hyperparameters else {}
                with mock.patch.object(kind, "rule", rule):
                    optimizer = kind([start()], state_format="block8", **options)
                    if each.takes_formats:
                        optimizer.step([gradients(1)])
                    else:
                        self.refuses(fastadam.Error, "status -4", lambda: optimizer.step([gradients(1)]), optimizer.params[0])

    def test_shapes_and_tensors(self):
        p = start(4200).reshape(60, 70)
        tensor = FakeTensor(to_bf16(p), "bfloat16")
        optimizer = fastadam.AdamW([p, tensor], state_format="block8", rounding="stochastic")
        optimizer.step([gradients(1, 4200).reshape(60, 70), FakeTensor(to_bf16(p), "bfloat16")])
        self.assertEqual(optimizer.decoded_state(1)["exp_avg"].shape, (60, 70))
        self.assertEqual(optimizer.decoded_param(1).shape, (60, 70))
        split = fastadam.AdamW([FakeTensor(to_bf16(p), "bfloat16")], master="split", moment_dtype="float32")
        split.step([FakeTensor(to_bf16(p), "bfloat16")])
        self.assertEqual(split.state[0]["master_lower"].shape, (60, 70))
        self.assertTrue(split.state[0]["master_lower"].any())
        taken = FakeTensor(np.zeros((60, 70), np.float16), "float16")
        fastadam.AdamW([p], copy=[taken]).step([p.copy()])
        self.assert_bits(taken.array, p.astype(np.float16))

    def test_zero_gradients_move_nothing(self):
        for kind in KINDS:
            for name, arguments, cast in WAYS:
                with self.subTest(kind.__name__, format=name):
                    p = cast(start())
                    options = {"weight_decay": 0} if "weight_decay" in kind.hyperparameters else {}
                    if "momentum" in kind.hyperparameters:
                        options["momentum"] = 0.5
                    optimizer = make(arguments, [p], kind, **options)
                    before = p.copy()
                    for _ in range(3):
                        optimizer.step([np.zeros(SIZE, f)])
                    self.assert_bits(p, before)

    def test_nan_shows(self):
        for value in (np.nan, np.inf):
            g = gradients(1)
            g[1000] = value
            for name, arguments, cast in WAYS:
                optimizer = make(arguments, [cast(start())])
                optimizer.step([g])
                optimizer.step([gradients(2)])
                self.assertTrue(np.isnan(optimizer.decoded_param(0)[1000]), name)
                decoded = optimizer.decoded_state(0)["exp_avg"]
                self.assertFalse(np.isfinite(decoded[1000]), name)
                if arguments.get("state_format") == "block8":
                    self.assertTrue(np.isnan(decoded[896:1024]).all())
                self.assertTrue(np.isfinite(decoded[:896]).all() and np.isfinite(decoded[1024:]).all())
                skipped = make(arguments, [cast(start())])
                before = all_of(skipped)
                self.assertTrue(skipped.step([g], skip_non_finite=True).skipped)
                self.assertEqual(all_of(skipped), before)

    def test_random_numbers_are_the_seeds_and_the_parameters(self):
        options = {"rounding": "stochastic", "dtype": "bfloat16", "moment_dtype": "float32"}

        def trained(seed=1, first=2, with_first=True):
            params = [to_bf16(start(200)), to_bf16(start())]
            optimizer = fastadam.Adam(params[:first], seed=seed, **options)
            if first == 1:
                optimizer.add_param_group({"params": params[1]})
            for step in range(1, 4):
                optimizer.step([gradients(step, 200) if with_first else None, gradients(step)])
            return params[1]

        first = trained()
        self.assert_bits(trained(), first)
        self.assert_bits(trained(first=1), first)
        self.assert_bits(trained(with_first=False), first)
        self.assertNotEqual(trained(seed=2).tobytes(), first.tobytes())
        # The mean is right where rounding to nearest does nothing.
        p = to_bf16(np.ones(SIZE, f))
        optimizer = fastadam.SGD([p], lr=1e-4, **options)
        for _ in range(100):
            optimizer.step([np.full(SIZE, -1, f)])
        self.assertAlmostEqual(float(from_bf16(p).mean()), 1.01, delta=1e-3)

    def test_evaluation_and_back(self):
        for name, arguments, cast in WAYS:
            with self.subTest(name):
                optimizer = make(arguments, [cast(start())], fastadam.AdamWScheduleFree, lr=0.1)
                for step in (1, 2, 3):
                    optimizer.step([gradients(step)])
                before = optimizer.decoded_param(0)
                optimizer.eval()
                z = optimizer.decoded_state(0)["z"]
                expected = before + (1 - 1 / 0.9) * (z - before)
                unit = 2.0**-7 if "rounding" in arguments or arguments.get("dtype") else 2.0**-20
                np.testing.assert_allclose(optimizer.decoded_param(0), expected, rtol=unit, atol=unit)
                if optimizer.copies[0] is not None:
                    self.assert_bits(optimizer.copies[0], to_bf16(optimizer.params[0]))
                optimizer.train()
                np.testing.assert_allclose(optimizer.decoded_param(0), before, rtol=unit, atol=2 * unit)

    def test_initial_values(self):
        for value in (0.0, 0.3, 1e-40):
            optimizer = fastadam.Adagrad([start()], state_format="block8", initial_accumulator_value=value)
            root = np.sqrt(np.full(SIZE, value, f))
            self.assert_bits(optimizer.decoded_state(0)["sum"], decode_squares(*encode_roots(root)))
            fresh = optimizer.state_dict()
            optimizer.step([gradients(1)])
            del fresh["state"][0]
            optimizer.load_state_dict(fresh)
            self.assert_bits(optimizer.decoded_state(0)["sum"], decode_squares(*encode_roots(root)))
            self.assertEqual(optimizer.steps, (0,))


class LoadingTests(Case):
    def stepped(self, params=None, kind=fastadam.Adam, **options):
        optimizer = kind([start()] if params is None else params, **options)
        for step in (1, 2):
            optimizer.step([gradients(step)])
        return optimizer

    def test_float32_states_become_blocks(self):
        for kind, options, _ in cases():
            with self.subTest(kind.__name__, **options):
                plain = self.stepped(kind=kind, **options)
                optimizer = kind([plain.params[0].copy()], state_format="block8", **options)
                optimizer.load_state_dict(plain.state_dict())
                self.assertEqual(optimizer.steps, (2,))
                for each in kind.rule.arrays:
                    if each.name not in plain.state[0]:
                        continue
                    values = plain.state[0][each.name]
                    expected = (
                        values if not each.takes_formats
                        else decode_signed(*encode_signed(values)) if each.is_signed
                        else decode_squares(*encode_roots(np.sqrt(values)))
                    )
                    self.assert_bits(optimizer.decoded_state(0)[each.name], expected, each.name)
                optimizer.step([gradients(3)])

    def test_blocks_become_float32_by_decoding(self):
        optimizer = self.stepped(state_format="block8")
        plain = fastadam.Adam([optimizer.params[0].copy()])
        plain.load_state_dict({**optimizer.state_dict(), "state": {0: optimizer.decoded_state(0)}})
        self.assert_bits(plain.exp_avg_sq[0], optimizer.decoded_state(0)["exp_avg_sq"])
        theirs = fastadam.export_bitsandbytes(optimizer.decoded_state(0))
        self.assertEqual(theirs["state1"].dtype, np.uint8)

    def test_what_is_refused(self):
        half = arrays((SIZE,), np.float16)[0]
        block = self.stepped(state_format="block8")
        split = self.stepped([to_bf16(start())], master="split", dtype="bfloat16", moment_dtype="float32")
        split8 = fastadam.Adam([to_bf16(start())], master="split8", dtype="bfloat16", moment_dtype="float32")
        plain = fastadam.Adam([start()])
        plain16 = fastadam.Adam([to_bf16(start())], dtype="bfloat16", moment_dtype="float32")
        random = fastadam.Adam([start()], state_format="bfloat16_stochastic")
        for optimizer, source, name, value, kind, message in (
            (plain, block, None, None, TypeError, r"^state\[0\]\['exp_avg'\] is in block8, but this optimizer's exp_avg\[0\] is float32"),
            (random, block, None, None, TypeError, r"^state\[0\]\['exp_avg'\] is in block8, but this .* is bfloat16; decoded_state"),
            (block, block, "exp_avg", half, TypeError, r"\['exp_avg'\] is float16, but this optimizer keeps exp_avg\[0\] in block8"),
            (block, block, "exp_avg", np.zeros(SIZE, np.int8), TypeError, r"\['exp_avg'\] is int8, but this optimizer keeps"),
            (block, block, "exp_avg", np.zeros(SIZE, np.uint16), TypeError, r"\['exp_avg'\] is bfloat16, but this optimizer keeps"),
            (block, block, "exp_avg", np.zeros(5, np.uint8), ValueError, r"\['exp_avg'\] has the shape \(5,\), but exp_avg\[0\] has"),
            (block, block, "exp_avg", np.zeros(5, f), ValueError, r"\['exp_avg'\] has the shape \(5,\), but exp_avg\[0\] has"),
            (block, block, "exp_avg_scale", np.zeros(3, f), ValueError, r"\['exp_avg_scale'\] has the shape \(3,\)"),
            (block, block, "exp_avg_scale", np.zeros(33, np.float16), TypeError, r"\['exp_avg_scale'\] must be float32, as scales"),
            (block, block, "exp_avg_sq_scale", KeyError, KeyError, "exp_avg_sq_scale"),
            (split8, split, None, None, TypeError, r"\['master_lower'\] is int16, but this optimizer's master_lower\[0\] is int8"),
            (split, split, "master_lower", KeyError, KeyError, r"state\[0\] has no 'master_lower'"),
            (split, split, "master_lower", np.zeros(3, np.int16), ValueError, r"\['master_lower'\] has the shape \(3,\)"),
            (plain16, split, None, None, ValueError, r"^state\[0\] has 'master_lower', the lower bits"),
        ):
            with self.subTest(message):
                saved = source.state_dict()
                if value is KeyError:
                    del saved["state"][0][name]
                elif name is not None:
                    saved["state"][0][name] = value
                own = [x for x in optimizer.state[0].values() if isinstance(x, np.ndarray)]
                self.refuses(kind, message, lambda: optimizer.load_state_dict(saved), *own, optimizer.params[0])

    def test_other_mappings_and_its_own_arrays(self):
        optimizer = fastadam.Adam([start(), start()], state_format="block8")
        optimizer.step([gradients(1), gradients(2)])
        saved = optimizer.state_dict()
        saved["state"] = {0: optimizer.state[1], 1: optimizer.state[0]}
        expected = [optimizer.decoded_state(i) for i in (1, 0)]
        optimizer.load_state_dict(saved)
        for i in range(2):
            self.assert_bits(optimizer.decoded_state(i)["exp_avg"], expected[i]["exp_avg"])
        tensors = {name: FakeTensor(x, x.dtype.name) if isinstance(x, np.ndarray) else x for name, x in optimizer.state[0].items()}
        other = fastadam.Adam([start()], state_format="block8")
        other.load_state_dict({"state": {0: tensors}, "param_groups": [{**saved["param_groups"][0], "params": [0]}]})
        self.assert_bits(other.exp_avg_sq[0], optimizer.exp_avg_sq[0])

    def test_sgd_without_its_buffer(self):
        optimizer = self.stepped(kind=fastadam.SGD, state_format="block8", momentum=0.5)
        saved = optimizer.state_dict()
        saved["state"][0]["momentum_buffer"] = None
        optimizer.load_state_dict(saved)
        self.assertEqual(list(optimizer.state[0]), ["step"])
        optimizer.step([gradients(3)])
        codes, scales = encode_signed(gradients(3))
        self.assert_bits(optimizer.state[0]["momentum_buffer"], codes)
        self.assert_bits(optimizer.state[0]["momentum_buffer_scale"], scales)

    def test_starting_again_clears_lower_bits(self):
        optimizer = self.stepped([to_bf16(start())], master="split", dtype="bfloat16")
        optimizer.load_state_dict({**optimizer.state_dict(), "state": {}})
        self.assertFalse(optimizer.state[0]["master_lower"].any())


class ArgumentTests(Case):
    def test_bad_arguments(self):
        p, half, bits = np.ones(5, f), np.ones(5, np.float16), np.ones(5, np.uint16)
        both = np.zeros(10, f)
        for kind, message, params, options in (
            (ValueError, '^state_format must be None, "block8" or "bfloat16_stochastic", not "int8"', [p], {"state_format": "int8"}),
            (TypeError, "^state_format must be .*, not 8", [p], {"state_format": 8}),
            (ValueError, '^master must be None, "split" or "split8", not "float32"', [p], {"master": "float32"}),
            (ValueError, '^rounding must be "nearest" or "stochastic", not "random"', [p], {"rounding": "random"}),
            (TypeError, "^rounding must be .*, not None", [p], {"rounding": None}),
            (ValueError, "^min_8bit_size must be at least 0, not -1", [p], {"min_8bit_size": -1}),
            (TypeError, "^min_8bit_size must be an integer, not float", [p], {"min_8bit_size": 1.5}),
            (ValueError, r"^seed must be from 0 to 2\*\*64 - 1, not -1", [p], {"seed": -1}),
            (TypeError, "^seed must be an integer, not str", [p], {"seed": "1"}),
            (ValueError, "^master='split' does not go with rounding", [p], {"master": "split", "rounding": "stochastic"}),
            (ValueError, "^copy goes with float32 parameters, and master", [p], {"master": "split", "copy": half}),
            (ValueError, "^copy does not go with rounding", [p], {"rounding": "stochastic", "copy": half}),
            (TypeError, r"^params\[0\] must be bfloat16, as master asks for, not float16", [half], {"master": "split"}),
            (TypeError, r"^params\[0\] must be float32, since it has a copy, not float16", [half], {"copy": half.copy()}),
            (TypeError, r"^copy\[0\] must be bfloat16 or float16, not float32", [p], {"copy": p.copy()}),
            (TypeError, r"^copy\[0\] is uint16: dtype=", [p], {"copy": bits}),
            (TypeError, r"^copy must be a list of arrays, not int", [p], {"copy": 3}),
            (TypeError, r"^copy\[0\] must be a numpy array", [p], {"copy": ["bfloat16"]}),
            (ValueError, "^copy has 2 arrays, but there are 1 parameters", [p], {"copy": [half, half]}),
            (ValueError, r"^copy\[0\] has the shape \(4,\), but params\[0\]", [p], {"copy": half[:4].copy()}),
            (ValueError, r"overlaps", [both[:5]], {"copy": both.view(np.float16)[8:13]}),
            (ValueError, r"overlaps", [p, np.ones(5, f)], {"copy": [half, half]}),
            (ValueError, "^copy goes with a list of arrays", [{"params": p}], {"copy": half}),
            (ValueError, r"^param_groups\[0\]: copy has 1 arrays", [{"params": [p, p.copy()], "copy": half}], {}),
        ):
            with self.subTest(message):
                self.refuses(kind, message, lambda: fastadam.AdamW(params, **options), p, half)
        for name, value in (("state_format", "block8"), ("master", "split"), ("copy", half), ("rounding", "stochastic"), ("seed", 1)):
            self.refuses(TypeError, f"^SparseAdam has no {name}: ", lambda: fastadam.SparseAdam([np.ones((2, 2), f)], **{name: value}))
        self.refuses(TypeError, "^SparseAdam has no argument 'foo'", lambda: fastadam.SparseAdam([np.ones((2, 2), f)], foo=1))
        self.refuses(
            ValueError, "'copy' is no hyperparameter", lambda: fastadam.SparseAdam([{"params": np.ones((2, 2), f), "copy": half}])
        )

    def test_groups_with_copies(self):
        p, q, r, s = (start(10) for _ in range(4))
        a, b = np.zeros(10, np.float16), np.zeros(10, np.uint16)
        optimizer = fastadam.AdamW([{"params": [p, q], "copy": [None, a]}, {"params": [r]}], dtype="bfloat16")
        optimizer.add_param_group({"params": s, "copy": b, "rule": fastadam.Lion})
        self.assertEqual([x is y for x, y in zip(optimizer.copies, (None, a, None, b))], [True] * 4)
        optimizer.step([gradients(1, 10)] * 4)
        self.assert_bits(a, q.astype(np.float16))
        self.assert_bits(b, to_bf16(s))
        self.assertNotIn("copy", optimizer.param_groups[0])
        self.refuses(
            ValueError, r"^copy\[4\] overlaps copy\[1\]|^copy\[1\] overlaps copy\[4\]",
            lambda: optimizer.add_param_group({"params": start(10), "copy": a}),
        )

    def test_float32_beside_bfloat16(self):
        p, q = start(), to_bf16(start())
        optimizer = fastadam.Adam([p, q], master="split", dtype="bfloat16")
        optimizer.step([gradients(1)] * 2)
        self.assertEqual(["master_lower" in x for x in optimizer.state], [False, True])

    def test_a_parameter_that_becomes_another_type(self):
        """Its lower bits, or its copy, would be those of another array."""
        tensor = FakeTensor(to_bf16(start()), "bfloat16")
        optimizer = fastadam.Adam([tensor], master="split", moment_dtype="float32")
        tensor.array = start()
        tensor.dtype = FakeTensor(tensor.array).dtype
        self.refuses(TypeError, r"^params\[0\] must be bfloat16, as master_lower", lambda: optimizer.step([gradients(1)]), tensor.array)
        tensor, taken = FakeTensor(start()), np.zeros(SIZE, np.float16)
        optimizer = fastadam.Adam([tensor], copy=taken)
        tensor.array, tensor.dtype = to_bf16(start()), FakeTensor(tensor.array, "bfloat16").dtype
        self.refuses(TypeError, r"since it has a copy, not bfloat16", lambda: optimizer.step([gradients(1)]), tensor.array)

    def test_a_seed_that_changes(self):
        optimizer = fastadam.Adam([to_bf16(start())], rounding="stochastic", dtype="bfloat16")
        optimizer.seed = -1
        self.refuses(ValueError, "^seed must be", lambda: optimizer.step([gradients(1)]), optimizer.params[0])


class MemoryTests(Case):
    def test_it_is_what_optimizers_allocate(self):
        sizes = (0, 1, 127, 128, 4095, 4096, SIZE)
        for kind in KINDS:
            more = [{}]
            more += [{"momentum": 0.5}] if "momentum" in kind.hyperparameters else []
            more += [{"amsgrad": True}] if "amsgrad" in kind.hyperparameters else []
            for options in more:
                for name, arguments, cast in (*WAYS, ("small", {"state_format": "block8", "min_8bit_size": 100}, np.copy), ("none", {}, np.copy)):
                    with self.subTest(kind.__name__, format=name, **options):
                        params = [cast(np.ones(n, f)) for n in sizes]
                        optimizer = make(arguments, params, kind, **options)
                        asked = {x: y for x, y in arguments.items() if x not in ("copy", "seed", "rounding")}
                        if arguments.get("copy"):
                            asked["copy"] = optimizer.copies
                        need = fastadam.memory(params, kind, **asked, **options)
                        state = [{n: x for n, x in entry.items() if isinstance(x, np.ndarray)} for entry in optimizer.state]
                        lower = sum(x.nbytes for entry in state for n, x in entry.items() if n == "master_lower")
                        self.assertEqual(need.state, sum(x.nbytes for entry in state for x in entry.values()) - lower)
                        self.assertEqual(need.lower_bits, lower)
                        self.assertEqual(need.params, sum(x.nbytes for x in params))
                        self.assertEqual(need.copies, sum(x.nbytes for x in optimizer.copies if x is not None))
                        self.assertEqual(need.total, sum(need))
                        if cast is np.copy:
                            if "copy" in asked:
                                asked.update(copy="bfloat16", dtype=None)
                            self.assertEqual(fastadam.memory(sizes, kind, **asked, **options), need)

    def test_numbers(self):
        million = fastadam.memory(1_000_064)
        self.assertEqual(million, (4_000_256, 4_000_256, 8_000_512, 0, 0))
        block = fastadam.memory([1_000_064], state_format="block8")
        self.assertEqual(block.state, 2 * (1_000_064 + 4 * 7813))
        split = fastadam.memory(iter([1000]), master="split8", moment_dtype="float32")
        self.assertEqual(split, (2000, 2000, 8000, 1000, 0))
        copied = fastadam.memory([1000], copy="float16")
        self.assertEqual(copied, (4000, 2000, 8000, 0, 2000))
        self.assertEqual(fastadam.memory([1000], copy="float16", grad_dtype="float32").grads, 4000)
        self.assertEqual(fastadam.memory(np.ones(7, f), fastadam.SGD).state, 0)
        self.assertEqual(fastadam.memory([7], fastadam.SparseAdam).state, 56)
        for kind, message, call in (
            (TypeError, "^optimizer_class must be a class", lambda: fastadam.memory(1, "AdamW")),
            (TypeError, "^'foo' is no hyperparameter of AdamW", lambda: fastadam.memory(1, foo=1)),
            (TypeError, "^SparseAdam has no state_format", lambda: fastadam.memory(1, fastadam.SparseAdam, state_format="block8")),
            (TypeError, r"^params\[0\] must be an integer, not float", lambda: fastadam.memory([1.5])),
            (ValueError, r"^params\[0\] must be at least 0", lambda: fastadam.memory([-1])),
            (TypeError, "^params must be a list", lambda: fastadam.memory("7")),
            (ValueError, "^copy must be", lambda: fastadam.memory(1, copy="float32")),
            (ValueError, "^master must be", lambda: fastadam.memory(1, master="x")),
            (TypeError, r"must be float32, since it has a copy", lambda: fastadam.memory(1, copy="float16", dtype="float16")),
        ):
            self.refuses(kind, message, call)


class InterruptTests(Case):
    """A change is made whole or not at all, also of what formats keep."""

    def test_steps_and_loading(self):
        check = test_interrupts.EveryBytecodeTests.check
        grads = [gradients(1, 300)] * 2

        def make_block():
            optimizer = fastadam.SGD([start(300)], state_format="block8", min_8bit_size=0)
            optimizer.param_groups[0]["momentum"] = 0.5
            return optimizer

        def make_split():
            optimizer = fastadam.NAdam([to_bf16(start(300)) for _ in range(2)], master="split8", dtype="bfloat16")
            optimizer.step([grads[0], None])
            return optimizer

        check(self, make_block, lambda x: x.step(grads[:1]), whole=True, follow=lambda x: x.step(grads[:1]))
        check(self, make_split, lambda x: x.step(grads), whole=False, follow=lambda x: x.step(grads))
        plain = fastadam.SGD([start(300)], momentum=0.25)
        plain.step(grads[:1])
        saved = plain.state_dict()
        check(self, make_block, lambda x: x.load_state_dict(saved), whole=True, follow=lambda x: x.step(grads[:1]))
        other = make_split()
        other.step(grads)
        saved_split = other.state_dict()
        check(self, make_split, lambda x: x.load_state_dict(saved_split), whole=True)


if __name__ == "__main__":
    unittest.main()
