"""What must hold on every machine: the bits of the reference, whatever the length, alignment, threads and format."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, Optional

import fastadam
import numpy as np

from . import formats, reference
from .check import Check, Difference, difference, first
from .reference import f32

#: What each optimizer is checked with, beside its defaults.
OPTIONS: dict[str, tuple[dict[str, Any], ...]] = {
    "Adam": ({"weight_decay": 0.1}, {"amsgrad": True, "maximize": True}, {"betas": (0.3, 0.5), "lr": 0.1}),
    "AdamW": ({"lr": 0.1, "weight_decay": 0.3},),
    "NAdam": ({"weight_decay": 0.1, "decoupled_weight_decay": True},),
    "RAdam": ({"betas": (0.8, 0.9), "weight_decay": 0.1},),
    "Adamax": ({"weight_decay": 0.1},),
    "SGD": ({"momentum": 0.9, "dampening": 0.5}, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    "Adagrad": ({"lr_decay": 0.1, "weight_decay": 0.1},),
    "RMSprop": ({"momentum": 0.9}, {"centered": True, "momentum": 0.5, "eps": 1e-3}),
    "Lion": ({"weight_decay": 0.1},),
    "AdEMAMix": ({"weight_decay": 0.1},),
    "ADOPT": ({"weight_decay": 0.1, "decoupled_weight_decay": True},),
    "AdamWScheduleFree": ({"weight_decay": 0.1, "r": 1.0},),
    "Adan": ({"weight_decay": 0.1}, {"weight_decay": 0.1, "no_prox": True}),
    "Adadelta": ({"weight_decay": 0.1},),
}
STEPS = 3
SHARED = 600_011  # elements that several threads share


def all_checks(elements: int, seed: int) -> list[Check]:
    """The checks; each has arrays of so many elements, but for those that are about numbers of elements."""
    checks = [Check(f"{x}: the reference's bits", functools.partial(_rule, x, elements, seed)) for x in reference.STEPS if x in OPTIONS]
    checks.append(Check("SparseAdam: the reference's bits, other rows as they were", functools.partial(_sparse, seed)))
    checks.append(Check("AdamW of every length and alignment", functools.partial(_lengths, seed)))
    checks.append(Check("AdamW with several threads and in parts", functools.partial(_threads, seed)))
    for name, run in (
        ("float16", _float16),
        ("bfloat16", _bfloat16),
        ("bfloat16 with float32 state", _bfloat16_float32),
        ("block8 state", _block8),
        ("split parameters", _split),
        ("copies in bfloat16 and float16", _copies),
        ("parameters rounded at random", _stochastic),
    ):
        checks.append(Check(f"AdamW, {name}", functools.partial(run, elements, seed)))
    return checks


def torch_check(seed: int) -> Check:
    """For processes that have PyTorch."""
    return Check("fastadam.torch.AdamW: the reference's bits", functools.partial(_torch, seed))


def _numbers(elements: int, seed: int, scale: float = 1.0) -> Any:
    return (np.random.default_rng(seed).normal(size=elements) * scale).astype(f32)


def _gradients(elements: int, seed: int, step: int) -> Any:
    """Of many magnitudes, some zero."""
    random = np.random.default_rng([seed, step])
    g = random.normal(size=elements) * 10.0 ** random.uniform(-6, 1, elements)
    return np.where(random.random(elements) < 0.01, 0, g).astype(f32)


def _initial(kind: Any, elements: int, options: dict[str, Any]) -> dict[str, Any]:
    """The state before step 1, as ``reference.step`` takes it."""
    state: dict[str, Any] = {x.name: np.zeros(elements, f32) for x in kind.rule.kept(options)}
    state.update((x.name, x.initial) for x in kind.rule.numbers)
    return state


def _compared(what: str, optimizer: Any, p: Any, state: dict[str, Any]) -> Iterator[Optional[Difference]]:
    """The parameters and state of an optimizer with one parameter of float32."""
    yield difference(f"{what}, parameters", p, optimizer.params[0])
    for name, value in state.items():
        if isinstance(value, np.ndarray):
            yield difference(f"{what}, {name}", value, optimizer.state[0][name])


def _rule(name: str, elements: int, seed: int) -> Optional[Difference]:
    kind = getattr(fastadam, name)
    for chosen in ({}, *OPTIONS[name]):
        options = {**kind.hyperparameters, **chosen}
        p = _numbers(elements, seed)
        optimizer = kind([p.copy()], **chosen)
        state = _initial(kind, elements, options)
        for t in range(1, STEPS + 1):
            g = _gradients(elements, seed, t)
            optimizer.step([g])
            p = reference.step(name, p, g, state, t, options)
            found = first(_compared(f"{name} {chosen or 'with its defaults'}, step {t}", optimizer, p, state))
            if found is not None:
                return found
    return None


def _sparse(seed: int) -> Optional[Difference]:
    kind, rows, width = fastadam.SparseAdam, np.array([5, 0, 93, 41]), 19
    table = _numbers(100 * width, seed).reshape(100, width)
    optimizer = kind([table.copy()])
    state = {x: np.zeros((rows.size, width), f32) for x in ("exp_avg", "exp_avg_sq")}
    for t in range(1, STEPS + 1):
        g = _gradients(rows.size * width, seed, t).reshape(rows.size, width)
        optimizer.step([(rows, g)])
        table[rows] = reference.step("SparseAdam", table[rows], g, state, t, kind.hyperparameters)
        found = difference(f"step {t}, table", table, optimizer.params[0])
        if found is not None:
            return found
    return None


def _lengths(seed: int) -> Optional[Difference]:
    """Steps over parts of longer arrays, whose other elements must stay."""
    options = fastadam.AdamW.hyperparameters
    size = 4500
    p, g, m = (_numbers(size, seed + i) for i in range(3))
    v = np.abs(_numbers(size, seed + 3))
    state = {"exp_avg": m.copy(), "exp_avg_sq": v.copy()}
    after = (reference.step("AdamW", p, g, state, 7, options), state["exp_avg"], state["exp_avg_sq"])
    for length in (*range(132), 255, 256, 257, 1023, 1025, 4096, 4099):
        # Arrays that begin at different places of a register and a cache line. Element i of each is that of the longer array.
        buffers = []
        for i, array in enumerate((p, g, m, v)):
            start = (length * (i + 1) + 3 * i) % 17
            buffer = np.full(length + 40, f32(-77))
            buffer[start : start + length] = array[:length]
            buffers.append((buffer, start))
        arrays = [x[start : start + length] for x, start in buffers]
        fastadam.step(*arrays, step=7, weight_decay=options["weight_decay"], decoupled_weight_decay=True)
        for name, (buffer, start), now in zip(("parameters", "exp_avg", "exp_avg_sq"), (buffers[0], *buffers[2:]), after):
            expected = np.full(length + 40, f32(-77))
            expected[start : start + length] = now[:length]
            found = difference(f"{length} elements from place {start} on, {name}", expected, buffer)
            if found is not None:
                return found
    return None


def _threads(seed: int) -> Optional[Difference]:
    """Whoever computes them, and however they are cut, the bits are the same."""
    p, g = _numbers(SHARED, seed), _gradients(SHARED, seed, 1)
    one = fastadam.AdamW([p.copy()], threads=1)
    several = fastadam.AdamW([p.copy()])
    cuts = [SHARED // 7, SHARED // 2 + 1]
    parts = fastadam.AdamW(np.split(p.copy(), cuts))
    for t in range(1, STEPS + 1):
        one.step([g])
        several.step([g])
        parts.step(np.split(g, cuts))
        for name in ("param", "exp_avg", "exp_avg_sq"):
            arrays = [x.params if name == "param" else [y[name] for y in x.state] for x in (one, several, parts)]
            found = first((
                difference(f"step {t}, {name}, all threads", arrays[0][0], arrays[1][0]),
                difference(f"step {t}, {name}, in three parts", arrays[0][0], np.concatenate(arrays[2])),
            ))
            if found is not None:
                return found
    return None


def _narrow(elements: int, seed: int, to: Any, back: Any, state_to: Any, state_back: Any, **arguments: Any) -> Optional[Difference]:
    """Steps over parameters, and with state, that ``to`` rounds and ``back`` widens."""
    kind = fastadam.AdamW
    p = to(_numbers(elements, seed))
    optimizer = kind([p.copy()], **arguments)
    state = {name: state_to(x) for name, x in _initial(kind, elements, kind.hyperparameters).items()}
    for t in range(1, STEPS + 1):
        g = to(_gradients(elements, seed, t))
        optimizer.step([g])
        wide = {name: state_back(x) for name, x in state.items()}
        p = to(reference.step("AdamW", back(p), back(g), wide, t, kind.hyperparameters))
        state = {name: state_to(x) for name, x in wide.items()}
        found = first(_compared(f"step {t}", optimizer, p, state))
        if found is not None:
            return found
    return None


def _same(x: Any) -> Any:
    return x


def _to_float16(x: Any) -> Any:
    return x.astype(np.float16)


def _to_float32(x: Any) -> Any:
    return x.astype(f32)


def _float16(elements: int, seed: int) -> Optional[Difference]:
    return _narrow(elements, seed, _to_float16, _to_float32, _to_float16, _to_float32)


def _bfloat16(elements: int, seed: int) -> Optional[Difference]:
    to, back = formats.to_bfloat16, formats.from_bfloat16
    return _narrow(elements, seed, to, back, to, back, dtype="bfloat16")


def _bfloat16_float32(elements: int, seed: int) -> Optional[Difference]:
    return _narrow(
        elements, seed, formats.to_bfloat16, formats.from_bfloat16, _same, _same, dtype="bfloat16", moment_dtype="float32"
    )


def _block8(elements: int, seed: int) -> Optional[Difference]:
    options = fastadam.AdamW.hyperparameters
    p = _numbers(elements, seed)
    optimizer = fastadam.AdamW([p.copy()], state_format="block8", min_8bit_size=0)
    state: dict[str, Any] = {x: np.zeros(elements, np.uint8) for x in ("exp_avg", "exp_avg_sq")}
    state.update((x + "_scale", np.zeros(-(-elements // formats.BLOCK), f32)) for x in ("exp_avg", "exp_avg_sq"))
    for t in range(1, STEPS + 1):
        g = _gradients(elements, seed, t)
        optimizer.step([g])
        p = formats.block_step(p, g, state, t, options)
        found = first(_compared(f"step {t}", optimizer, p, state))
        if found is not None:
            return found
    return None


def _split(elements: int, seed: int) -> Optional[Difference]:
    """bfloat16 parameters whose other bits the optimizer keeps are float32 ones: nothing is lost."""
    upper = formats.to_bfloat16(_numbers(elements, seed))
    whole = fastadam.AdamW([formats.from_bfloat16(upper)])
    optimizer = fastadam.AdamW([upper.copy()], dtype="bfloat16", master="split", moment_dtype="float32")
    for t in range(1, STEPS + 1):
        g = _gradients(elements, seed, t)
        whole.step([g])
        optimizer.step([g])
        joined = formats.join(optimizer.params[0], optimizer.state[0]["master_lower"])
        found = difference(f"step {t}, parameters", whole.params[0], joined)
        if found is not None:
            return found
    return None


def _copies(elements: int, seed: int) -> Optional[Difference]:
    for dtype, to, arguments in (
        (np.uint16, formats.to_bfloat16, {"dtype": "bfloat16"}),
        (np.float16, _to_float16, {}),
    ):
        copy = np.zeros(elements, dtype)
        optimizer = fastadam.AdamW([_numbers(elements, seed)], copy=[copy], **arguments)
        optimizer.step([_gradients(elements, seed, 1)])
        found = difference(f"copy in {arguments.get('dtype', 'float16')}", to(optimizer.params[0]), copy)
        if found is not None:
            return found
    return None


def _stochastic(elements: int, seed: int) -> Optional[Difference]:
    """Each parameter becomes one of the two bfloat16 numbers beside it: the nearer one more often."""
    options = fastadam.AdamW.hyperparameters
    p, g = formats.to_bfloat16(_numbers(elements, seed)), _gradients(elements, seed, 1)
    exact = reference.step(
        "AdamW", formats.from_bfloat16(p), g, _initial(fastadam.AdamW, elements, options), 1, options
    )
    arrays = [p.copy(), p.copy()]
    for array in arrays:
        fastadam.AdamW([array], dtype="bfloat16", rounding="stochastic", seed=seed, moment_dtype="float32").step([g])
    found = difference("twice with the same seed", *arrays)
    if found is not None:
        return found
    up = arrays[0].astype(np.int64) - (exact.view(np.uint32) >> 16)  # 0 towards zero, 1 away from it
    wrong = np.flatnonzero((up < 0) | (up > 1))
    if wrong.size > 0:
        place = int(wrong[0])
        return Difference(f"element {place}: a neighbour of {exact[place]}", str(formats.from_bfloat16(arrays[0])[place]))
    share = (exact.view(np.uint32) & 0xFFFF) / 65536  # what is lost is the probability of going away from zero
    deviation = float((up - share).sum() / np.sqrt(np.maximum((share * (1 - share)).sum(), 1)))
    if abs(deviation) > 6:
        return Difference("as many rounded away from zero as their values say, to 6 standard deviations", f"{deviation:.1f}")
    return None


def _torch(seed: int) -> Optional[Difference]:
    import fastadam.torch
    import torch

    options = fastadam.AdamW.hyperparameters
    p = _numbers(1003, seed)
    parameter = torch.nn.Parameter(torch.from_numpy(p.copy()))
    optimizer = fastadam.torch.AdamW([parameter])
    state = _initial(fastadam.AdamW, p.size, options)
    for t in range(1, STEPS + 1):
        g = _gradients(p.size, seed, t)
        parameter.grad = torch.from_numpy(g)
        optimizer.step()
        p = reference.step("AdamW", p, g, state, t, options)
        found = difference(f"step {t}, parameters", p, parameter.detach().numpy())
        if found is not None:
            return found
    return None
