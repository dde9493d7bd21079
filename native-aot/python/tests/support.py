"""What the tests share. They use the library that the package finds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import fastadam
import numpy as np
from fastadam import _library

PYTHON = Path(__file__).resolve().parents[1]
HEADER = PYTHON.parent / "include" / "fastadam.h"
SAMPLE = PYTHON.parent / "samples" / "python" / "digits.py"
NAMES = ("param", "grad", "exp_avg", "exp_avg_sq")

#: Seconds after which a child of a test has hung: many times what the longest takes on a busy machine.
PATIENCE = 900

#: Variables of Python that say where things are. What the others set would change a child's output or drop its assertions.
_PLACES = {"PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONNOUSERSITE", "PYTHONPYCACHEPREFIX", "PYTHONUSERBASE"}


def child_environment(**changes):
    """What a child of a test sees: the package and library under test, this process' PYTHONPATH, and no other setting of Python."""
    kept = {name: x for name, x in os.environ.items() if not name.startswith("PYTHON") or name in _PLACES}
    path = os.pathsep.join(x for x in (str(PYTHON), os.environ.get("PYTHONPATH")) if x)
    return {**kept, "PYTHONPATH": path, "FASTADAM_LIBRARY": _library.path, **changes}


def to_bf16(x: np.ndarray) -> np.ndarray:
    """bfloat16 bits as uint16, rounded to nearest even; for finite values."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def from_bf16(x: np.ndarray) -> np.ndarray:
    return (x.astype(np.uint32) << 16).view(np.float32)


def fma(a, b, c) -> np.ndarray:
    """Exact product, sum in double: rounds twice, which for the values of these tests gives what rounding once does."""
    a, b, c = (np.asarray(x, np.float64) for x in (a, b, c))
    return (a * b + c).astype(np.float32)


def reference(p, g, m, v, step, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False, maximize=False,
              grad_scale=1.0):
    """src/NUMERICS.md, with numpy, in single precision. Returns p, m, v."""
    f = np.float32
    ss, sq = -f(lr / (1 - betas[0] ** step)), f(np.sqrt(1 - betas[1] ** step))
    w, c, b2 = f(1 - betas[0]), f(1 - betas[1]), f(betas[1])
    if grad_scale != 1:
        g = g / f(grad_scale)
    if maximize:
        g = -g
    if decoupled:
        p = p * f(1 - lr * weight_decay)
    elif weight_decay != 0:
        g = fma(p, f(weight_decay), g)
    m = fma(w, g - m, m) if w < 0.5 else fma(w - 1, g - m, g)
    v = fma(c * g, g, b2 * v)
    p = p + (ss * m) / (np.sqrt(v) / sq + f(eps))
    return p, m, v


def arrays(shape=(5, 7), dtype=np.float32, seed=0):
    """Values of a step in the middle of a training: p, g, m, v."""
    random = np.random.default_rng(seed)
    p, g, m = (random.normal(0, 1, shape) for _ in range(3))
    v = random.uniform(0.01, 1, shape)
    if dtype == "bfloat16":
        return [to_bf16(np.asarray(x, np.float32)) for x in (p, g, m, v)]
    return [np.asarray(x, dtype) for x in (p, g, m, v)]


def three_params():
    """Three parameters: a matrix, a number and nothing."""
    return [arrays((4, 3), seed=1)[0], arrays((), seed=2)[0], arrays((0, 2), seed=3)[0]]


def three_grads(seed):
    """Gradients for those."""
    return [arrays(x.shape, seed=seed + i)[1] for i, x in enumerate(three_params())]


class Device:
    def __init__(self, name):
        self.type = name.partition(":")[0]
        self.name = name

    def __str__(self):
        return self.name


class Named:
    """Something whose str is the name, as PyTorch's dtypes and layouts are."""

    def __init__(self, name):
        self.name = name

    def __str__(self):
        return self.name


class FakeTensor:
    """The part of a PyTorch tensor that the package uses."""

    def __init__(self, array, dtype="float32", device="cpu", layout="torch.strided"):
        self.array = array
        self.dtype = Named("torch." + dtype)
        self.device = Device(device)
        self.layout = Named(layout)

    @property
    def shape(self):
        return self.array.shape

    def is_contiguous(self):
        return self.array.flags.c_contiguous

    def data_ptr(self):
        return self.array.ctypes.data


class Case(unittest.TestCase):
    def assert_bits(self, actual, expected, what=""):
        self.assertEqual(actual.dtype, expected.dtype, what)
        self.assertEqual(actual.shape, expected.shape, what)
        self.assertEqual(actual.tobytes(), expected.tobytes(), what)

    def refuses(self, kind, pattern, call, *untouched):
        """The call raises, with a message that has the pattern, and leaves the arrays as they were."""
        before = [x.tobytes() for x in untouched]
        with self.assertRaisesRegex(kind, pattern) as caught:
            call()
        self.assertIs(type(caught.exception), kind)
        self.assertEqual([x.tobytes() for x in untouched], before)

    def run_python(self, code, **environment):
        # Python looks for modules in the working directory first. Here there is no package.
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", code], env=child_environment(**environment), cwd=Path(__file__).parent,
            capture_output=True, text=True, timeout=PATIENCE,
        )


def copy_package(folder: Path) -> None:
    """The package alone, without a library."""
    shutil.copytree(PYTHON / "fastadam", folder / "fastadam", ignore=shutil.ignore_patterns("lib", "__pycache__"))


def copy_build(folder: Path) -> None:
    """A build's layout around the library under test, with versioned symlinks."""
    source = Path(_library.path).resolve()
    (folder / "include").mkdir(parents=True)
    (folder / "lib").mkdir()
    shutil.copy(HEADER, folder / "include")
    name = _library._file_name()
    if sys.platform == "win32":
        shutil.copy(source, folder / "lib" / name)
    else:
        shutil.copy(source, folder / "lib" / (name + "." + fastadam.__version__))
        (folder / "lib" / (name + ".1")).symlink_to(name + "." + fastadam.__version__)
        (folder / "lib" / name).symlink_to(name + ".1")
    stem, extension = os.path.splitext(name)
    for sibling in source.parent.glob(f"{stem}-*{extension}"):
        shutil.copy(sibling, folder / "lib")
