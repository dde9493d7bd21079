"""Tests of checkpoints: a run that is saved, loaded and continued ends with the same bits; the layout; what is refused."""

from __future__ import annotations

import contextlib
import json
import math
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import fastadam
import numpy as np
from formulas import cases
from support import PATIENCE, PYTHON, SAMPLE, Case, child_environment, from_bf16, to_bf16

FORMATS = (
    {},
    {"dtype": "bfloat16"},
    {"state_format": "block8", "min_8bit_size": 1},
    {"state_format": "bfloat16_stochastic", "seed": 7},
    {"master": "split", "dtype": "bfloat16"},
    {"master": "split8", "dtype": "bfloat16", "moment_dtype": "float32"},
    {"moment_dtype": "float16"},
    {"rounding": "stochastic", "dtype": "bfloat16", "seed": 2**64 - 1},
)
SHAPES = ((7, 41), (), (0, 2), (130,))


def values(seed, dtype):
    random = np.random.default_rng(seed)
    arrays = [np.asarray(random.normal(size=x), np.float32) for x in SHAPES]
    return [to_bf16(x).reshape(x.shape) for x in arrays] if dtype == "bfloat16" else arrays


def steps(optimizer, seeds, dtype):
    for seed in seeds:
        grads = values(seed, dtype)
        optimizer.step([*grads[:3], grads[3] if seed > 2 else None])


class CheckpointTests(Case):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "run.safetensors"

    def assert_same(self, one, other):
        self.assertEqual(repr(one), repr(other))
        self.assertEqual(one.seed, other.seed)
        for x, y in zip(one.params, other.params):
            self.assert_bits(x, y)
        for x, y in zip(one.state, other.state):
            self.assertEqual(list(x), list(y))
            for name in x:
                self.assertEqual(np.asarray(x[name]).tobytes(), np.asarray(y[name]).tobytes(), name)

    def test_continued_runs_end_with_the_same_bits(self):
        for kind, options, _ in cases():
            for formats in FORMATS:
                with self.subTest(kind.__name__, **options, **formats):
                    dtype = formats.get("dtype")
                    run = kind(values(0, dtype), **options, **formats)
                    steps(run, (1, 2), dtype)
                    fastadam.save_checkpoint(self.path, run, metadata={"epoch": "3"})
                    other = kind(values(9, dtype), **options, **{**formats, **({"seed": 5} if "seed" in formats else {})})
                    other.lr = 0.5
                    self.assertEqual(fastadam.load_checkpoint(self.path, other), {"epoch": "3"})
                    self.assert_same(run, other)
                    for each in (run, other):
                        steps(each, (3, 4), dtype)
                    self.assert_same(run, other)

    def test_sparse_copies_and_groups(self):
        tables = [np.ones((9, 4), np.float32)]
        sparse = fastadam.SparseAdam(tables, lr=0.1)
        sparse.step([(np.array([1, 5]), np.ones((2, 4), np.float32))])
        fastadam.save_checkpoint(self.path, sparse)
        other = fastadam.SparseAdam([np.zeros((9, 4), np.float32)])
        fastadam.load_checkpoint(self.path, other)
        self.assert_same(sparse, other)

        def mixed():
            weights, bias = np.ones((3, 5), np.float32), np.ones(3, np.float32)
            model = np.zeros((3, 5), np.float16)
            groups = [{"params": weights, "copy": model}, {"params": bias, "rule": fastadam.ADOPT, "clip_exponent": math.inf}]
            return fastadam.AdamW(groups, preserve_subnormals=False), model

        run, model = mixed()
        run.step([np.ones((3, 5), np.float16), np.ones(3, np.float32)])
        fastadam.save_checkpoint(self.path, run)
        other, copied = mixed()
        other.param_groups[0]["preserve_subnormals"] = True
        fastadam.load_checkpoint(self.path, other)
        self.assert_same(run, other)
        self.assert_bits(copied, model)
        self.assertFalse(other.param_groups[0]["preserve_subnormals"])
        self.assertEqual(other.param_groups[1]["clip_exponent"], math.inf)

    def test_what_was_asked_for_since_the_last_step(self):
        for kind, option, value in ((fastadam.Adam, "amsgrad", True), (fastadam.RMSprop, "momentum", 0.9), (fastadam.SGD, "momentum", 0.9)):
            run = kind([np.ones(5, np.float32)], lr=0.25)
            run.step([np.ones(5, np.float32)])
            setattr(run, option, value)
            fastadam.save_checkpoint(self.path, run)
            other = kind([np.zeros(5, np.float32)], lr=0.25)
            fastadam.load_checkpoint(self.path, other)
            for each in (run, other):
                each.step([np.full(5, 0.5, np.float32)])
            self.assert_same(run, other)

    def test_lower_bits_before_the_first_step(self):
        params = [np.full(200, 0x3F80, np.uint16)]
        options = {"master": "split", "dtype": "bfloat16", "moment_dtype": "float32"}
        run = fastadam.AdamW(params, **options)
        run.state[0]["master_lower"][:] = 77
        fastadam.save_checkpoint(self.path, run)
        other = fastadam.AdamW([np.zeros(200, np.uint16)], **options)
        fastadam.load_checkpoint(self.path, other)
        self.assert_bits(run.decoded_param(0), other.decoded_param(0))
        for each in (run, other):
            each.step([np.full(200, 0x3F80, np.uint16)])
        self.assert_same(run, other)

    def test_layout(self):
        """src/CHECKPOINTS.md, tensor by tensor."""
        params = [np.ones((3, 50), np.uint16), np.ones(200, np.uint16)]
        options = {"state_format": "block8", "min_8bit_size": 200, "master": "split", "dtype": "bfloat16", "moment_dtype": "float32"}
        run = fastadam.NAdam(params, lr=0.25, seed=11, **options)
        run.step([None, params[1].copy()])
        fastadam.save_checkpoint(self.path, run, names=["layers.0/w", "b"], metadata={"mine": "x"})
        file = fastadam.SafeTensors(self.path)
        self.assertEqual(
            {name: (dtype, file.shapes[name]) for name, dtype in file.dtypes.items()},
            {
                "params.layers.0/w": ("BF16", (3, 50)),
                "params.b": ("BF16", (200,)),
                "state.b.step": ("I64", ()),
                "state.b.mu_product": ("F64", ()),
                "state.b.exp_avg": ("U8", (200,)),
                "state.b.exp_avg_scale": ("F32", (2,)),
                "state.b.exp_avg_sq": ("U8", (200,)),
                "state.b.exp_avg_sq_scale": ("F32", (2,)),
                "state.b.master_lower": ("I16", (200,)),
            },
        )
        metadata = dict(file.metadata)
        self.assertEqual(json.loads(metadata.pop("fastadam.params")), ["layers.0/w", "b"])
        group = {"rule": "NAdam", "params": [0, 1], **{x: run.param_groups[0][x] for x in run.hyperparameters}}
        self.assertEqual(json.loads(metadata.pop("fastadam.param_groups")), [{**group, "betas": [0.9, 0.999]}])
        self.assertEqual(metadata, {"fastadam.layout": "1", "fastadam.seed": "11", "mine": "x"})
        document = (PYTHON.parents[1] / "src" / "CHECKPOINTS.md").read_text("utf-8")
        for key in file.metadata:
            if key != "mine":
                self.assertIn(f"`{key}`", document)
        fastadam.save_checkpoint(self.path, run, params=False)
        self.assertNotIn("params.0", fastadam.SafeTensors(self.path))

    def test_names(self):
        def make(order):
            arrays = {"w": np.full((2, 3), 1, np.float32), "b": np.full(3, 2, np.float32)}
            return fastadam.Adam([arrays[x] for x in order])

        run = make("wb")
        run.step([np.ones((2, 3), np.float32), None])
        fastadam.save_checkpoint(self.path, run, names=["w", "b"])
        other = make("bw")
        fastadam.load_checkpoint(self.path, other, names=["b", "w"])
        self.assertEqual(other.steps, (0, 1))
        self.assert_bits(other.params[1], run.params[0])
        self.refuses(ValueError, r"has the parameters \['w', 'b'\], but this optimizer's are \['b', 'v'\]",
                     lambda: fastadam.load_checkpoint(self.path, other, names=["b", "v"]), *other.params)
        self.refuses(ValueError, "has the shape", lambda: fastadam.load_checkpoint(self.path, other), *other.params)
        for kind, says, names in (
            (TypeError, "^names must be a list of str, not str", "wb"),
            (ValueError, "^names has 1 names, but there are 2", ["w"]),
            (TypeError, r"^names\[1\] must be a str, not int", ["w", 1]),
            (ValueError, r"^names\[1\] must not be empty", ["w", ""]),
            (ValueError, r"^names\[0\] must have no control", ["\n", "w"]),
            (ValueError, '^names has "w" twice', ["w", "w"]),
        ):
            self.refuses(kind, says, lambda: fastadam.save_checkpoint(self.path, run, names=names))
        reserved = {"fastadam.x": ""}
        self.refuses(
            ValueError, 'metadata."fastadam.x". begins with', lambda: fastadam.save_checkpoint(self.path, run, metadata=reserved)
        )
        self.refuses(TypeError, "^optimizer must be one of", lambda: fastadam.save_checkpoint(self.path, None))

    def test_bad_checkpoints(self):
        run = fastadam.Adam([np.ones(4, np.float32)], lr=0.25)
        run.step([np.ones(4, np.float32)])
        fastadam.save_checkpoint(self.path, run)
        good = fastadam.load_file(self.path)
        texts = dict(fastadam.SafeTensors(self.path).metadata)
        group = json.loads(texts["fastadam.param_groups"])[0]
        mine = fastadam.Adam([np.zeros(4, np.float32)], lr=0.5)
        mine.step([np.zeros(4, np.float32)])
        arrays = [mine.params[0], mine.exp_avg[0], mine.exp_avg_sq[0]]
        half = np.ones(4, np.float16)

        def groups(**changes):
            return {"fastadam.param_groups": json.dumps([{k: v for k, v in {**group, **changes}.items() if v is not KeyError}])}

        for kind, says, tensors, metadata in (
            (ValueError, "it is no checkpoint", {}, {"fastadam.layout": None}),
            (ValueError, 'its layout is "2"', {}, {"fastadam.layout": "2"}),
            (ValueError, "has no fastadam.params", {}, {"fastadam.params": None}),
            (ValueError, "no valid JSON", {}, {"fastadam.params": "["}),
            (ValueError, "no valid JSON", {}, {"fastadam.param_groups": "[" * 100_000}),
            (ValueError, "must be a list of names", {}, {"fastadam.params": "[1]"}),
            (ValueError, "has \"0\" twice", {}, {"fastadam.params": '["0", "0"]'}),
            (ValueError, "must be 0 to 1, in order", {}, {"fastadam.params": '["0", "1"]'}),
            (ValueError, "must be a list of groups", {}, {"fastadam.param_groups": "[1]"}),
            (ValueError, "it has 2 groups", {}, {"fastadam.param_groups": json.dumps([group, {**group, "params": []}])}),
            (ValueError, "has the rule 'SGD', but this optimizer's is 'Adam'", {}, groups(rule="SGD")),
            (ValueError, "decoupled_weight_decay", {}, groups(decoupled_weight_decay=True)),
            (ValueError, "lr must be", {}, groups(lr=-1)),
            (TypeError, "lr must be", {}, groups(lr="0.1")),
            (KeyError, "lr", {}, groups(lr=KeyError)),
            (ValueError, "seed of its metadata must be", {}, {"fastadam.seed": "-1"}),
            (ValueError, "seed of its metadata must be", {}, {"fastadam.seed": str(1 << 64)}),
            (ValueError, "has no params.0", {"params.0": None}, {}),
            (TypeError, "params.0 is F16", {"params.0": half}, {}),
            (ValueError, "params.0 has the shape", {"params.0": np.ones(3, np.float32)}, {}),
            (ValueError, '"state.1.step" belongs to no parameter', {"state.1.step": np.array(1)}, {}),
            (ValueError, "has arrays, but no step", {"state.0.step": None}, {}),
            (TypeError, "step must be I64 without dimensions", {"state.0.step": np.array(1.0)}, {}),
            (ValueError, "must be an integer from 0", {"state.0.step": np.array(-1)}, {}),
            (KeyError, "exp_avg_sq", {"state.0.exp_avg_sq": None}, {}),
            (TypeError, "another dtype", {"state.0.exp_avg": half}, {}),
            (TypeError, "is U16", {"state.0.exp_avg": half.view(np.uint16)}, {}),
            (ValueError, "has the shape", {"state.0.exp_avg": np.ones(3, np.float32)}, {}),
        ):
            with self.subTest(says, tensors=list(tensors), metadata=metadata):
                changed = {k: v for k, v in {**good, **tensors}.items() if v is not None}
                fastadam.save_file(changed, self.path, {k: v for k, v in {**texts, **metadata}.items() if v is not None})
                self.refuses(kind, says, lambda: fastadam.load_checkpoint(self.path, mine), *arrays)
                self.assertEqual((mine.lr, mine.steps, mine.seed), (0.5, (1,), 0))
        fastadam.save_file(good, self.path, texts)
        fastadam.load_checkpoint(self.path, mine, params=False)
        self.assertEqual((mine.lr, mine.params[0].any()), (0.25, False))
        self.assert_bits(mine.exp_avg[0], run.exp_avg[0])

    def test_bfloat16_is_not_float16(self):
        """Both are 16 bits, and numpy has one of them alone."""
        run = fastadam.Adam([np.ones(4, np.float32)], moment_dtype="bfloat16")
        run.step([np.ones(4, np.float32)])
        fastadam.save_checkpoint(self.path, run)
        for dtype in ("float16", "float32"):
            other = fastadam.Adam([np.ones(4, np.float32)], moment_dtype=dtype)
            with self.assertRaisesRegex(TypeError, f"is BF16, but this optimizer's exp_avg is {dtype}"):
                fastadam.load_checkpoint(self.path, other)
        bits = fastadam.Adam([to_bf16(np.ones(4))], dtype="bfloat16")
        fastadam.save_checkpoint(self.path, bits)
        self.assertEqual(from_bf16(fastadam.load_file(self.path)["params.0"])[0], 1)
        other = fastadam.Adam([np.ones(4, np.uint16)], dtype="float16")
        self.assertRaisesRegex(TypeError, "params.0 is BF16", fastadam.load_checkpoint, self.path, other)

    def test_sample_that_is_killed(self):
        """The sample, killed again and again, ends as the one that nobody disturbs."""
        command = [sys.executable, "-W", "error", SAMPLE.parent / "resume.py"]
        environment = child_environment(OPENBLAS_NUM_THREADS="1")

        def start(path):
            return subprocess.Popen([*command, path], env=environment, stdout=subprocess.PIPE, text=True)

        def saved(path):
            """Which file it is: each save makes another one."""
            with contextlib.suppress(FileNotFoundError):
                found = path.stat()
                return found.st_ino, found.st_mtime_ns
            return None

        with start(self.path) as process:
            whole = process.stdout.read()
        self.assertEqual(process.returncode, 0, whole)
        other = self.folder / "killed.safetensors"
        kills = 0
        chance = random.Random(0)
        for attempt in range(1000):
            before = saved(other)
            with start(other) as process:
                process.stdout.readline()
                # The first is killed at once, the others some time after they have saved.
                end = time.monotonic() + PATIENCE
                while attempt > 0 and process.poll() is None and saved(other) == before:
                    self.assertLess(time.monotonic(), end, "the sample saves nothing")
                    time.sleep(0.001)
                time.sleep(chance.uniform(0, 0.02) if attempt > 0 else 0)
                process.kill()
                process.stdout.read()
            if process.returncode == 0:  # It came to its end before.
                other.unlink()
            else:
                self.assertEqual(process.returncode, -signal.SIGKILL)
                kills += attempt > 0
            if kills == 5:
                break
        self.assertEqual(kills, 5)
        with start(other) as process:
            rest = process.stdout.read()
        self.assertEqual(process.returncode, 0, rest)
        self.assertRegex(rest, r"^from step [1-9]\d*\n")
        self.assertEqual(re.findall("test accuracy.*", rest), re.findall("test accuracy.*", whole))
        one, two = fastadam.load_file(self.path), fastadam.load_file(other)
        self.assertEqual({k: v.tobytes() for k, v in one.items()}, {k: v.tobytes() for k, v in two.items()})


if __name__ == "__main__":
    unittest.main()
