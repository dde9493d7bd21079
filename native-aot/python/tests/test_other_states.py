"""Tests of the 8-bit states of other libraries: the type against its definition, and whole states."""

from __future__ import annotations

import hashlib
import unittest
from fractions import Fraction

import fastadam
import numpy as np
from fastadam._dynamic8 import decode, dynamic_map, encode
from support import Case, Named, arrays

F = np.float32
MAPS = (True, False)

# SHA-256 of the maps that both libraries' code makes with PyTorch 2.10 on AVX2 and AVX-512.
HASHES = {
    True: "e732639a65f497b4ad684bb166a4467708255edd5207757de8b8f0c7e1fda89c",
    False: "305f002cc11278fb769d13b25b9fd0c7c83c8402c40a878fe086f4039fde6398",
}


def defined_map(signed):
    """0, 1, and the middles of equal parts of seven decades, exactly."""
    numbers = [Fraction(0), Fraction(1)]
    for k in range(-6, 1):
        low, high, parts = Fraction(10) ** (k - 1), Fraction(10) ** k, 2 ** (k + (6 if signed else 7))
        middles = [low + (high - low) * Fraction(2 * i + 1, 2 * parts) for i in range(parts)]
        numbers += middles + [-x for x in middles if signed]
    return sorted(numbers)


def random_values(random, size, signed):
    """Of all magnitudes within a block that the type has, and some below."""
    values = (10 ** random.uniform(-8, 0, size)).astype(F) * F(10.0 ** random.integers(-30, 30))
    return values * random.choice([-1, 1], size).astype(F) if signed else values


class Tensor:
    """A tensor, as far as states need one."""

    def __init__(self, array, dtype=None):
        self.array = array
        self.dtype = Named("torch." + (dtype or array.dtype.name))

    def float(self):
        return Tensor((self.array.astype(np.uint32) << 16).view(F))

    def numpy(self):
        if str(self.dtype) == "torch.bfloat16":
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.array


class OptimState8bit:
    """torchao's, as far as states need it."""

    def __init__(self, codes, scale, qmap, signed):
        self.codes, self.scale, self.qmap, self.signed = codes, scale, qmap, signed


class Dynamic8Tests(Case):
    def test_maps(self):
        for signed in MAPS:
            numbers, defined = dynamic_map(signed), defined_map(signed)
            self.assertEqual((numbers.dtype, len(numbers), len(defined)), (np.float32, 256, 256))
            self.assertTrue((numbers[1:] > numbers[:-1]).all())
            for number, exact in zip(numbers, defined):
                self.assertLessEqual(abs(Fraction(float(number)) - exact), 2 * Fraction(float(np.spacing(abs(number)))))
            self.assertEqual(hashlib.sha256(numbers.tobytes()).hexdigest(), HASHES[signed])

    def test_every_code_decodes_exactly_and_encodes_back(self):
        codes = np.arange(256, dtype=np.uint8).reshape(16, 16)
        for signed in MAPS:
            numbers = dynamic_map(signed)
            for scale in (1, 0.3, 1e-12, 7e-31, 12345.678, np.finfo(F).max, 1e-38, 3e-42, 0, np.inf, np.nan):
                with self.subTest(signed=signed, scale=scale), np.errstate(all="ignore"):
                    absmax = np.array([scale], F)
                    values = decode(codes, absmax, numbers, 256)
                    expected = (numbers.astype(np.float64) * float(absmax[0])).astype(F).reshape(16, 16)
                    self.assertEqual((values.dtype, values.shape), (np.float32, (16, 16)))
                    np.testing.assert_array_equal(values, expected)
                    if 1e-35 < scale < np.inf:
                        encoded, found = encode(values, signed)
                        self.assert_bits(encoded, codes)
                        self.assert_bits(found, absmax)

    def test_values_become_the_nearest_code(self):
        random = np.random.default_rng(0)
        for signed in MAPS:
            numbers = dynamic_map(signed).astype(np.float64)
            for size in (1, 2, 255, 256, 257, 511, 512, 775):
                values = random_values(random, size, signed)
                codes, absmax = encode(values, signed)
                self.assertEqual(absmax.shape, (-(-size // 256),))
                for i in range(0, size, 256):
                    block = values[i : i + 256]
                    self.assertEqual(absmax[i // 256], np.abs(block).max())
                    quotients = (block / np.abs(block).max()).astype(np.float64)
                    distances = np.abs(quotients[:, None] - numbers)
                    chosen = np.take_along_axis(distances, codes[i : i + 256, None].astype(np.int64), 1)[:, 0]
                    # The middle is rounded.
                    self.assertTrue((chosen <= distances.min(1) + np.spacing(np.abs(quotients).astype(F))).all())

    def test_middles_belong_to_the_even_code(self):
        for signed in MAPS:
            numbers = dynamic_map(signed)
            for code in range(255):
                middle = (numbers[code] + numbers[code + 1]) / F(2)
                values = np.array([1, middle, np.nextafter(middle, F(-2)), np.nextafter(middle, F(2))], F)
                self.assertEqual(encode(values, signed)[0].tolist(), [255, (code + 1) & ~1, code, code + 1])

    def test_zeros_infinities_and_the_ends_of_the_range(self):
        for signed in MAPS:
            values = np.full(3 * 256 + 5, 5, F)
            values[256:512] = 0
            values[256] = -0.0
            for special in (np.nan, np.inf, -np.inf):
                values[600] = special
                codes, absmax = encode(values, signed)
                np.testing.assert_array_equal(absmax, np.array([5, 0, np.nan, 5], F))
                expected = np.repeat(np.array([5, 0, np.nan, 5], F), 256)[: values.size]
                np.testing.assert_array_equal(decode(codes, absmax, dynamic_map(signed), 256), expected)
            self.assertEqual(encode(values[:0], signed)[1].shape, (0,))
            self.assertEqual(encode(values[:0], signed)[0].dtype, np.uint8)
            tiny = np.array([0, 1, 100], np.int32).view(F)  # subnormal
            codes, absmax = encode(tiny, signed)
            self.assert_bits(decode(codes, absmax, dynamic_map(signed), 256), tiny)
            large = np.array([np.finfo(F).max, 0], F)
            codes, absmax = encode(large, signed)
            self.assert_bits(decode(codes, absmax, dynamic_map(signed), 256), large)


class OtherStatesTests(Case):
    def setUp(self):
        random = np.random.default_rng(1)
        self.state = {
            "step": 7,
            "exp_avg": random_values(random, 70 * 61, True).reshape(70, 61),
            "exp_avg_sq": random_values(random, 70 * 61, False).reshape(70, 61),
        }

    def test_bitsandbytes_there_and_back(self):
        theirs = fastadam.export_bitsandbytes(self.state)
        kinds = {"state1": "uint8", "absmax1": "float32", "qmap1": "float32"}
        kinds.update({name[:-1] + "2": kind for name, kind in kinds.items()})
        self.assertEqual({name: value.dtype.name for name, value in theirs.items() if name != "step"}, kinds)
        self.assertEqual((theirs["step"], theirs["state1"].shape, theirs["absmax2"].shape), (7, (70, 61), (17,)))
        for place, name, signed in (("1", "exp_avg", True), ("2", "exp_avg_sq", False)):
            self.assert_bits(theirs["qmap" + place], dynamic_map(signed))
            codes, absmax = encode(self.state[name], signed)
            self.assert_bits(theirs["state" + place], codes)
            self.assert_bits(theirs["absmax" + place], absmax)

        ours = fastadam.import_bitsandbytes(theirs)
        self.assertEqual(list(ours), list(self.state))
        for name, signed in (("exp_avg", True), ("exp_avg_sq", False)):
            codes, absmax = encode(self.state[name], signed)
            self.assert_bits(ours[name], decode(codes, absmax, dynamic_map(signed), 256))
        again = fastadam.export_bitsandbytes(ours)
        self.assert_bits(again["state2"], theirs["state2"])
        self.assert_bits(again["absmax2"], theirs["absmax2"])

        # As state_dict() has them, and as tensors; the state's own map counts.
        own = np.linspace(-1, 1, 256, dtype=F)
        theirs["qmap1"] = own
        tensors = {name: Tensor(value) for name, value in theirs.items() if name != "step"}
        wrapped = fastadam.import_bitsandbytes({"step": Tensor(np.array(7.0)).numpy(), "__bnb_optimizer_quant_state__": tensors})
        self.assertEqual(wrapped["step"], 7)
        self.assert_bits(wrapped["exp_avg_sq"], ours["exp_avg_sq"])
        self.assert_bits(wrapped["exp_avg"], decode(theirs["state1"], theirs["absmax1"], own, 256))

    def test_bitsandbytes_older_blocks_small_tensors_and_lion(self):
        codes, absmax = encode(self.state["exp_avg"], True, 2048)
        lion = {"step": 3, "state1": codes, "absmax1": absmax, "qmap1": dynamic_map(True)}
        ours = fastadam.import_bitsandbytes(lion)
        self.assertEqual(list(ours), ["step", "exp_avg"])
        self.assert_bits(ours["exp_avg"], decode(codes, absmax, dynamic_map(True), 2048))

        small = {"step": 7, "exp_avg": arrays()[2]}
        theirs = fastadam.export_bitsandbytes(small)
        self.assertEqual(list(theirs), ["step", "state1"])
        self.assertFalse(np.shares_memory(theirs["state1"], small["exp_avg"]))
        self.assert_bits(theirs["state1"], small["exp_avg"])
        self.assert_bits(fastadam.import_bitsandbytes(theirs)["exp_avg"], small["exp_avg"])
        self.assertEqual(fastadam.export_bitsandbytes(small, min_8bit_size=35)["state1"].dtype, np.uint8)

    def test_torchao_there_and_back(self):
        state = {name: x if name == "step" else x.reshape(-1)[:4096].reshape(64, 64) for name, x in self.state.items()}
        state["max_exp_avg_sq"] = state["exp_avg_sq"] * 2
        theirs = fastadam.export_torchao(state)
        self.assert_bits(theirs["step"], np.array(7, F))
        for name in ("exp_avg", "exp_avg_sq", "max_exp_avg_sq"):
            signed = name == "exp_avg"
            codes, scale = encode(state[name], signed)
            self.assertEqual(list(theirs[name]), ["codes", "scale", "qmap", "signed"])
            self.assertIs(theirs[name]["signed"], signed)
            self.assert_bits(theirs[name]["codes"], codes)
            self.assert_bits(theirs[name]["scale"], scale)
            self.assert_bits(theirs[name]["qmap"], dynamic_map(signed))
        objects = {"step": Tensor(theirs["step"]).numpy()}
        for name in list(theirs)[1:]:
            objects[name] = OptimState8bit(*(Tensor(theirs[name][x]) for x in ("codes", "scale", "qmap")), theirs[name]["signed"])
        for each in (theirs, objects):
            ours = fastadam.import_torchao(each)
            self.assertEqual(list(ours), list(state))
            self.assertEqual(ours["step"], 7)
            for name in list(theirs)[1:]:
                x = theirs[name]
                self.assert_bits(ours[name], decode(x["codes"], x["scale"], x["qmap"], 256))

    def test_torchao_other_blocks_and_what_stays_in_floats(self):
        values = {"step": 1, "exp_avg": self.state["exp_avg"][:64].copy(), "exp_avg_sq": self.state["exp_avg_sq"][:64].copy()}
        for block, count in ((61, 64), (64, 61), (1952, 2)):
            theirs = fastadam.export_torchao(values)
            self.assertEqual(type(theirs["exp_avg"]), np.ndarray)  # 3904 elements
            codes, scale = encode(values["exp_avg"], True, block)
            self.assertEqual(scale.shape, (count,))
            theirs["exp_avg"] = {"codes": codes, "scale": scale, "qmap": dynamic_map(True), "signed": True}
            ours = fastadam.import_torchao(theirs)
            self.assert_bits(ours["exp_avg"], decode(codes, scale, dynamic_map(True), block))
            self.assert_bits(ours["exp_avg_sq"], values["exp_avg_sq"])
        self.assertEqual(type(fastadam.export_torchao(self.state)["exp_avg"]), np.ndarray)  # 256 does not divide it
        self.assertEqual(fastadam.export_torchao(self.state, block_size=61)["exp_avg"]["scale"].shape, (70,))
        bf16 = (values["exp_avg"].view(np.uint32) >> 16).astype(np.uint16)
        fp16 = np.linspace(0, 1, 64, dtype=np.float16)
        ours = fastadam.import_torchao({"step": 1, "exp_avg": Tensor(bf16, "bfloat16"), "exp_avg_sq": fp16})
        self.assert_bits(ours["exp_avg"], (bf16.astype(np.uint32) << 16).view(F))
        self.assert_bits(ours["exp_avg_sq"], fp16.astype(F))

    def test_optimizers_go_on_with_imported_states(self):
        ours = fastadam.import_bitsandbytes(fastadam.export_bitsandbytes(self.state))
        param, grad = (x.reshape(70, 61) for x in arrays(70 * 61)[:2])
        expected = [param.copy(), grad, ours["exp_avg"].copy(), ours["exp_avg_sq"].copy()]
        optimizer = fastadam.Adam([param])
        group = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": {0: ours}, "param_groups": group})
        optimizer.step([grad])
        fastadam.step(*expected, step=8)
        self.assert_bits(param, expected[0])
        saved = optimizer.state_dict()["state"][0]
        self.assertEqual(fastadam.export_bitsandbytes(saved)["step"], 8)

    def test_arguments(self):
        theirs = fastadam.export_bitsandbytes(self.state)
        ao = fastadam.export_torchao(self.state, block_size=61)
        without = {name: value for name, value in theirs.items() if name != "absmax1"}
        state = self.state
        bnb, torchao = fastadam.import_bitsandbytes, fastadam.import_torchao

        def part(**changed):
            return lambda: torchao({**ao, "exp_avg": {**ao["exp_avg"], **changed}})

        to_bnb, to_torchao = fastadam.export_bitsandbytes, fastadam.export_torchao
        for kind, pattern, call in (
            (KeyError, "^'absmax1'", lambda: bnb(without)),
            (KeyError, "^'state1'", lambda: bnb({"step": 1})),
            (KeyError, "^'step'", lambda: bnb({"state1": theirs["state1"]})),
            (KeyError, "^'exp_avg_sq'", lambda: torchao({"step": 1, "exp_avg": ao["exp_avg"]})),
            (KeyError, "^'qmap'", lambda: torchao({**ao, "exp_avg": {"codes": theirs["state1"], "scale": theirs["absmax1"]}})),
            (KeyError, "^'exp_avg'", lambda: to_bnb({"step": 1})),
            (TypeError, "^step must be an integer, not 'x'", lambda: bnb({**theirs, "step": "x"})),
            (TypeError, "^step must be an integer, not None", lambda: torchao({**ao, "step": None})),
            (ValueError, "^step must be an integer from 0, not 1.5", lambda: to_bnb({**state, "step": 1.5})),
            (ValueError, "^step must be an integer from 0, not -1", lambda: to_torchao({**state, "step": -1})),
            (TypeError, "^state1 must be an array, not list", lambda: bnb({**theirs, "state1": [1]})),
            (TypeError, "^state1 must be uint8, float32, float16 or bfloat16, not int64",
             lambda: bnb({**theirs, "state1": np.arange(3)})),
            (TypeError, "^absmax2 must be float32, not float64", lambda: bnb({**theirs, "absmax2": np.ones(17)})),
            (TypeError, "^absmax2 must be float32, not >f4", lambda: bnb({**theirs, "absmax2": np.ones(17, ">f4")})),
            (ValueError, "^absmax1 has 16 elements, which does not fit 4270 elements of state1",
             lambda: bnb({**theirs, "absmax1": np.ones(16, F)})),
            (ValueError, r"^absmax1 has the shape \(2, 17\), as AdEMAMix'",
             lambda: bnb({**theirs, "absmax1": np.ones((2, 17), F)})),
            (ValueError, "^state has max1, one absmax for all", lambda: bnb({**without, "max1": np.ones(1, F)})),
            (ValueError, r"^qmap1 has the shape \(16,\), not \(256,\)", lambda: bnb({**theirs, "qmap1": np.ones(16, F)})),
            (ValueError, "^state2 is not C-contiguous", lambda: bnb({**theirs, "state2": theirs["state2"].T})),
            (ValueError, "^exp_avg.codes is not C-contiguous", part(codes=theirs["state1"].T)),
            (TypeError, "^exp_avg.codes must be uint8, not float32", part(codes=state["exp_avg"])),
            (ValueError, r"^exp_avg.scale has the shape \(9,\), which does not fit 4270", part(scale=np.ones(9, F))),
            (ValueError, r"^exp_avg.scale has the shape \(0,\)", part(scale=np.ones(0, F))),
            (ValueError, "^state has 'z', which FastAdam's Adam has not", lambda: torchao({**ao, "z": 1})),
            (ValueError, "^state has 'max_exp_avg_sq', which bitsandbytes'", lambda: to_bnb({**state, "max_exp_avg_sq": 1})),
            (ValueError, "^state has 'sum', which torchao's", lambda: to_torchao({**state, "sum": 1})),
            (TypeError, "^exp_avg must be float32, not float16", lambda: to_bnb({**state, "exp_avg": np.ones(3, np.float16)})),
            (ValueError, "^exp_avg_sq is negative somewhere", lambda: to_bnb({**state, "exp_avg_sq": state["exp_avg"]})),
            (ValueError, "^exp_avg_sq is negative somewhere", lambda: to_torchao({**state, "exp_avg_sq": state["exp_avg"]})),
            (ValueError, "^block_size must be at least 1, not 0", lambda: to_torchao(state, block_size=0)),
        ):
            with self.subTest(pattern):
                self.refuses(kind, pattern, call)


if __name__ == "__main__":
    unittest.main()
