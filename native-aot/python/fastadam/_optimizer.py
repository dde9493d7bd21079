"""What all optimizers share: parameter groups, state, and its saving and loading."""

from __future__ import annotations

import copy
import inspect
import operator
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from ctypes import memmove, string_at
from functools import partial
from operator import setitem
from typing import Any, ClassVar, Generic, NamedTuple, Optional, TypeVar, Union, cast, overload

from . import _hyperparameters, _library
from ._arrays import STATE_CODES, Array, View, dtype_code, is_array, require_apart, require_same_shape, uint16_code, view
from ._content import Content, Holder, at_once
from ._formats import LOWER, Formats, Stored, copy_arrays, dtype_name, require_suited
from ._rule import Number, Rule, StateArray
from ._state import Parameter, clearing, encoded, restarting

Params = Union[Iterable[Array], Iterable[Mapping[str, Any]]]

T = TypeVar("T")
S = TypeVar("S", bound="Optimizer")


class Shared(Generic[T]):
    """An attribute for a hyperparameter of all groups that have it.

    Reading it raises ValueError where they differ, and AttributeError where there are none.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self: S, optimizer: None, owner: type) -> S: ...  # type: ignore[misc]

    @overload
    def __get__(self, optimizer: Optimizer, owner: type) -> T: ...

    def __get__(self, optimizer: Optional[Optimizer], owner: type) -> Any:
        if optimizer is None:
            return self
        values = [group[self._name] for group in optimizer.param_groups if self._name in group]
        if not values:
            raise AttributeError(f"No group has {self._name}.")
        if any(x != values[0] for x in values):
            raise ValueError(f"The groups differ in {self._name}: {values}. param_groups has each.")
        return values[0]

    def __set__(self, optimizer: Optimizer, value: T) -> None:
        at_once(partial(setitem, group, self._name, value) for group in optimizer.param_groups if self._name in group)


class Arrays:
    """An attribute for a state array of all parameters: a tuple, with None where a parameter has none."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, optimizer: Optional[Optimizer], owner: type) -> Any:
        if optimizer is None:
            return self
        return tuple(x.arrays.get(self._name) for x in optimizer._content.parameters)


class Group(NamedTuple):
    """A parameter group."""

    kind: type[Optimizer]
    options: dict[str, Any]  # the entry of param_groups
    places: range  # of its parameters

    def checked(self, place: str) -> dict[str, Any]:
        """Its hyperparameters as they are now. Raises TypeError or ValueError for bad ones."""
        for name in self.kind.hyperparameters:
            if name not in self.options:
                raise ValueError(f"{place}{name} is missing.")
        return _hyperparameters.checked(self.kind.rule, self.options, place)


class Optimizer:
    """What all optimizers share. It is no optimizer itself.

    Parameters come as a list of arrays, or as a list of groups, dicts such as ``{"params": [w], "lr": 0.1}``, which override
    hyperparameters. Messages and states number parameters from 0 over all groups, in order, and so do gradients.

    Attributes:
        lr, weight_decay and so on: the hyperparameters of the constructor, for all groups at once. They may be changed between
            steps, by a schedule of the learning rate, say; the next step checks them.
        threads: how many threads a step may use; may be changed, too.
        executor: whose threads its steps use: "openmp" for those of the OpenMP runtime that this process has loaded, None (at first) for
            what ``fastadam.use_openmp`` and ``fastadam.use_pool`` say, as ``eval`` and ``train`` always do. A step raises ValueError for
            another value, and RuntimeError where no runtime is loaded.
        seed: that of random rounding.
    """

    #: The rule. Set by the optimizers.
    rule: ClassVar[Rule]
    #: The hyperparameters that an optimizer's groups have, with their defaults: those of its constructor.
    hyperparameters: ClassVar[dict[str, Any]] = {}
    #: Those that its constructor does not have.
    fixed: ClassVar[dict[str, Any]] = {}
    executor: Optional[str] = None
    #: Whether parameters can have copies.
    _takes_copies: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if not hasattr(cls, "rule"):
            return
        names = cls.rule.names
        arguments = inspect.signature(cls.__init__).parameters
        cls.hyperparameters = {
            **cls.hyperparameters,
            **{name: x.default for name, x in arguments.items() if name in names},
            **cls.fixed,
        }

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        """For the optimizers, which say what they raise: ``arguments`` has those of their constructors by name."""
        if not hasattr(self, "rule"):
            raise TypeError(f"{type(self).__name__} has no rule: use one of the optimizers.")
        params = arguments["params"]
        if is_array(params):
            raise TypeError("params must be a list of arrays, not an array.")
        if isinstance(params, Mapping) or not isinstance(params, Iterable):
            raise TypeError(f"params must be a list of arrays or groups, not {type(params).__name__}.")
        self.threads = arguments["threads"]
        self._defaults = {name: arguments.get(name, default) for name, default in self.hyperparameters.items()}
        self._uint16 = uint16_code(arguments["dtype"])
        moments = arguments["moment_dtype"]
        self._dtype = None if moments is None else dtype_code(moments, "moment_dtype")
        self._formats = Formats.checked(arguments)
        self.seed = arguments.get("seed", 0)
        self._holder = Holder()
        _hyperparameters.thread_count(self.threads)
        _hyperparameters.seed_number(self.seed)
        _hyperparameters.checked(self.rule, self._defaults)

        items: list[Any] = list(params)
        copies = arguments.get("copy")
        if any(isinstance(x, Mapping) for x in items):
            if copies is not None:
                raise ValueError('copy goes with a list of arrays; a parameter group has its own, as "copy".')
            for i, group in enumerate(items):
                self._add(group, f"param_groups[{i}]")
        else:
            self._add({"params": items} if copies is None else {"params": items, "copy": copies}, "")

    @property
    def _content(self) -> Content:
        """The groups and parameters as they are now."""
        return self._holder.now()

    @property
    def param_groups(self) -> tuple[dict[str, Any], ...]:
        """The groups: "params", a tuple of arrays, and their hyperparameters, which may be changed between steps."""
        return tuple(group.options for group in self._holder.lasting.groups)

    @property
    def params(self) -> tuple[Any, ...]:
        """The parameters of all groups."""
        return tuple(x.array for x in self._holder.lasting.parameters)

    @property
    def copies(self) -> tuple[Any, ...]:
        """The arrays that take the parameters' copies, None for parameters without one."""
        return tuple(x.copy for x in self._holder.lasting.parameters)

    @property
    def steps(self) -> tuple[int, ...]:
        """The number of steps that each parameter has taken."""
        return tuple(x.steps for x in self._content.parameters)

    @property
    def state(self) -> tuple[dict[str, Any], ...]:
        """What is kept for each parameter, by PyTorch's names: "step", as it is now, and the arrays themselves, which steps change.

        Numbers and arrays go together only until the next step; ``state_dict()`` keeps them.
        """
        content = self._content
        return tuple(x.entry(content.groups[x.group].kind.rule) for x in content.parameters)

    def decoded_state(self, index: int) -> dict[str, Any]:
        """What is kept for a parameter, as ``state[index]``, but in new arrays of float32, whatever format it is stored in.

        It is what the entry of ``state_dict()`` would be without formats. Lower bits of parameters are not in it: see
        ``decoded_param``.
        """
        content = self._content
        parameter = content.parameters[operator.index(index)]
        rule = content.groups[parameter.group].kind.rule
        result: dict[str, Any] = {"step": parameter.steps}
        result.update((x.name, value) for x, value in zip(rule.numbers, parameter.numbers))
        for each in rule.arrays:
            if each.name in parameter.arrays:
                result[each.name] = parameter.stored_state(each, parameter.arrays).decoded(each.is_signed)
        return result

    def decoded_param(self, index: int) -> Any:
        """A parameter with its lower bits, where it has some, as a new array of float32."""
        parameter = self._content.parameters[operator.index(index)]
        return parameter.stored(parameter.view(self._uint16), parameter.arrays, self._uint16).decoded()

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Adds a group, as one of the constructor's.

        Args:
            param_group: "params", an array or arrays; hyperparameters that differ from the constructor's; "rule", where it is
                to be another optimizer's: that class, whose defaults then hold, such as fastadam.SGD; and "copy", where the
                parameters have copies: an array for each, or None.

        Raises:
            TypeError, ValueError: a parameter or a hyperparameter is one that the constructor would refuse, or overlaps another
                parameter; the rule does not have a hyperparameter, or takes other steps.
            MemoryError, ImportError, Error, RuntimeError: as ``fastadam.zeros`` does.

        After an exception this optimizer is as it was.
        """
        self._add(param_group, "param_group")

    def state_dict(self) -> dict[str, Any]:
        """The state, in PyTorch's layout::

            {"state": {i: {"step": int, "exp_avg": array, ...}},
             "param_groups": [{"lr": float, ..., "params": [i, ...]}]}

        with no entry in "state" for a parameter that has not stepped yet, but Adagrad's. All of it is copied, the arrays too, and
        nothing changes it later. A group with a rule of its own has the name of its class as "rule". State in block8 is a uint8
        array of codes, and its float32 scales as "exp_avg_scale" and so on; the lower bits that ``master`` adds to a parameter are
        "master_lower", int16 or int8.
        """
        content = self._content
        state = {}
        for x in content.parameters:
            rule = content.groups[x.group].kind.rule
            if x.steps > 0 or rule.starts_with_state:
                state[x.place] = {name: value.copy() if name in x.arrays else value for name, value in x.entry(rule).items()}
        groups = []
        for group in content.groups:
            # They can be lists and arrays, too.
            saved = {name: copy.deepcopy(group.options[name]) for name in self._saved_names(group)}
            if group.kind is not type(self):
                saved["rule"] = group.kind.__name__
            saved["params"] = list(group.places)
            groups.append(saved)
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Takes over a state of ``state_dict()``, or of PyTorch's optimizer of the same name.

        The arrays are copied into this optimizer's own. A parameter without an entry starts again from step 0. Flags that a saved group
        does not have, such as preserve_subnormals, stay as they are. Hyperparameters of PyTorch's that this optimizer does not have,
        such as foreach, are not looked at. Where this optimizer keeps state in block8, a float32 array is converted.

        Raises:
            KeyError: "state", "param_groups", or a value of a group or an entry is missing.
            TypeError: a value has another type, or an array another dtype or format than this optimizer's.
            ValueError: the number of parameters or groups, a shape, a rule or decoupled_weight_decay differs; a step is below 1
                (Adagrad's: 0); a hyperparameter is out of its range; there are lower bits of parameters, for which this optimizer has
                no place.
            MemoryError: there is no memory for arrays that the loaded options need and the present ones did not.

        After an exception this optimizer is as it was; after one of a signal's handler, as it was or with all of that state.
        """
        self._load(state_dict)

    def _load(self, state_dict: Mapping[str, Any], more: Sequence[partial[Any]] = (), is_file: bool = False) -> None:
        """The same, with more calls of functions in C that are made together with it.

        A checkpoint file may have state before the first step, and none of arrays that are asked for since the last one.
        """
        content = self._content
        options = self._loaded_options(content, state_dict["param_groups"])
        entries = state_dict["state"]
        keys = [key for group in state_dict["param_groups"] for key in group["params"]]
        known = set(keys)
        unknown = [key for key in entries if key not in known]
        if unknown:
            raise ValueError(f"state[{unknown[0]!r}] belongs to no parameter.")
        loads = [
            _Load(
                x,
                content.groups[x.group].kind.rule,
                options[x.group],
                x.view(self._uint16),
                self.threads,
                key,
                entries.get(key),
                is_file,
            )
            for x, key in zip(content.parameters, keys)
        ]
        own = sorted(
            (x.address, x.end)
            for parameter in content.parameters
            for x in (parameter.state_view(name, array) for name, array in parameter.arrays.items())
        )
        for load in loads:
            load.detach(own)
        loaded = content._replace(parameters=tuple(load.loaded for load in loads))
        at_once(
            [
                *(call for load in loads for call in load.writing()),
                *(partial(group.options.update, values) for group, values in zip(content.groups, options)),
                *more,
                partial(setattr, self._holder, "content", loaded),
            ]
        )

    def __repr__(self) -> str:
        groups = []
        for group in self._content.groups:
            name = "" if group.kind is type(self) else f"{group.kind.__name__}, "
            values = ", ".join(f"{x}={group.options.get(x)!r}" for x in self._saved_names(group))
            groups.append(f"{name}{len(group.places)} parameters, {values}")
        return f"{type(self).__name__}({'; '.join(groups)})"

    def _add(self, group: Any, name: str) -> None:
        """Adds a group, which messages call by that name; one without a name is all that the constructor's list holds."""
        if not isinstance(group, Mapping):
            raise TypeError(f"{name} must be a dict, as other groups are, not {type(group).__name__}.")
        place = name and f"{name}: "
        if "params" not in group:
            raise ValueError(f"{place}params is missing.")
        arrays = group["params"]
        if is_array(arrays):
            arrays = [arrays]
        elif isinstance(arrays, (str, bytes)) or not isinstance(arrays, Iterable):
            raise TypeError(f"{place}params must be a list of arrays, not {type(arrays).__name__}.")
        arrays = tuple(arrays)
        kind = self._kind(group.get("rule", type(self)), place)
        given = {key: value for key, value in group.items() if key not in ("params", "rule")}
        copies = given.pop("copy", None) if self._takes_copies else None
        for key in given:
            if key not in kind.hyperparameters:
                raise ValueError(f"{place}{key!r} is no hyperparameter of {kind.__name__}.")
        defaults = self._defaults if kind is type(self) else kind.hyperparameters
        options = {"params": arrays, **defaults, **given}
        if "rule" in group:
            options["rule"] = kind
        content = self._content
        first = len(content.parameters)
        added = Group(kind, options, range(first, first + len(arrays)))
        values = added.checked(place)

        views = [view(x, "params", i, self._uint16, True) for i, x in enumerate(arrays, first)]
        if copies is not None:
            self._formats.check_copies()
        parameters = []
        for array, param, each in zip(arrays, views, copy_arrays(copies, len(arrays), f"{place}copy")):
            require_suited(param, self._formats, each is not None)
            parameters.append(
                Parameter(
                    array,
                    cast(int, param.place),
                    len(content.groups),
                    param.dtype if self._dtype is None else self._dtype,
                    self._formats,
                    self._formats.state_of(param.size),
                    each,
                    {},
                    kind.rule.initial_numbers,
                )
            )
        # Without state yet: lower bits are the optimizer's own.
        require_apart(
            x
            for parameter in (*content.parameters, *parameters)
            for x in parameter.stored(parameter.view(self._uint16), {}, self._uint16).views
        )
        kept = kind.rule.kept(values)
        parameters = [
            x._replace(arrays=x.with_arrays(kept, values, param, self.threads)) for x, param in zip(parameters, views)
        ]
        self._holder.content = Content((*content.groups, added), (*content.parameters, *parameters))

    def _kind(self, rule: Any, place: str) -> type[Optimizer]:
        """Checks a group's rule. Raises TypeError or ValueError."""
        if not (isinstance(rule, type) and issubclass(rule, Optimizer) and hasattr(rule, "rule")):
            raise TypeError(f"{place}rule must be a class such as fastadam.SGD, not {rule!r}.")
        if rule is not type(self) and not self._takes(rule):
            raise ValueError(f"{place}rule is {rule.__name__}, whose steps are others than those of {type(self).__name__}.")
        return rule

    @staticmethod
    def _takes(kind: type[Optimizer]) -> bool:
        """Whether groups of this optimizer can have the rule of that one."""
        return False

    @staticmethod
    def _saved_names(group: Group) -> list[str]:
        """The hyperparameters that PyTorch has."""
        return [name for name in group.kind.hyperparameters if name != "preserve_subnormals"]

    def _checked_groups(self, content: Content) -> list[dict[str, Any]]:
        """The hyperparameters of each group as they are now. Raises TypeError or ValueError for bad ones."""
        return [group.checked(self._place(i)) for i, group in enumerate(content.groups)]

    def _hyperparameter_refusal(self, steps: Iterable[tuple[Parameter, int]], values: list[dict[str, Any]]) -> Exception:
        """The exception where each hyperparameter is in its range, but not what the steps of parameters derive from them."""
        last = None
        for parameter, step in steps:
            group = parameter.group
            rule = self._holder.lasting.groups[group].kind.rule
            refused = _hyperparameters.refused(rule, values[group], step, self._place(group))
            if refused is not None:
                return refused
            if last is None or values[group]["lr"] > values[last[0]]["lr"]:
                last = group, step
        if last is None:
            return _library.error(_library.ERR_HYPERPARAMETER)
        group, step = last
        return ValueError(
            f"{self._place(group)}what step {step} derives from lr = {values[group]['lr']!r} must be finite in single precision."
        )

    def _place(self, group: int) -> str:
        """What messages about a group begin with."""
        return "" if len(self._holder.lasting.groups) == 1 else f"param_groups[{group}]: "

    def _gradients(self, grads: Any, what: str) -> tuple[Any, ...]:
        """A tuple of the gradients, which keeps them alive. Raises TypeError and ValueError."""
        if is_array(grads) or not isinstance(grads, Sequence):
            raise TypeError(f"grads must be a list of {what}, not {type(grads).__name__}.")
        gradients = tuple(grads)
        count = len(self._holder.lasting.parameters)
        if len(gradients) != count:
            raise ValueError(f"grads has {len(gradients)} {what}, but there are {count} parameters.")
        return gradients

    def _loaded_options(self, content: Content, groups: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The checked hyperparameters of a state's groups, which are to be those of this optimizer."""
        if len(groups) != len(content.groups):
            raise ValueError(f"param_groups has {len(groups)} groups; this optimizer has {len(content.groups)}.")
        options = []
        for i, (group, own) in enumerate(zip(groups, content.groups)):
            if len(group["params"]) != len(own.places):
                raise ValueError(
                    f"param_groups[{i}]['params'] has {len(group['params'])} entries, but there are {len(own.places)} parameters."
                )
            if group.get("rule", own.kind.__name__) != own.kind.__name__:
                raise ValueError(f"param_groups[{i}]['rule'] is {group['rule']!r}, but this optimizer's is {own.kind.__name__!r}.")
            present = own.checked(self._place(i))
            values = {}
            for name, value in present.items():
                values[name] = group.get(name, value) if isinstance(value, bool) else group[name]
            loaded = _hyperparameters.checked(own.kind.rule, values, self._place(i))
            if loaded.get("decoupled_weight_decay") != present.get("decoupled_weight_decay"):
                raise ValueError(
                    f"param_groups[{i}]['decoupled_weight_decay'] is {loaded['decoupled_weight_decay']}, but this optimizer's is "
                    f"{present['decoupled_weight_decay']}."
                )
            options.append(loaded)
        return options


class _Load:
    """A parameter's saved state: all is checked when it is made, and written by the calls of ``writing``.

    Attributes:
        loaded: the parameter with that state, whose arrays hold it once it is written.
    """

    def __init__(
        self,
        parameter: Parameter,
        rule: Rule,
        options: Mapping[str, Any],
        param: View,
        threads: int,
        key: Any,
        entry: Any,
        is_file: bool,
    ) -> None:
        self._restarts: list[partial[Any]] = []
        self._copies: list[tuple[Union[View, bytes], View]] = []
        self._sources: list[Any] = []  # kept alive: a mapping may make its arrays anew each time
        steps = 0
        numbers = rule.initial_numbers
        all_kept = rule.kept(options)
        if entry is not None:  # what an option that is off now has left there, too
            all_kept = [x for x in rule.arrays if x in all_kept or entry.get(x.name) is not None]
        arrays = parameter.with_arrays(all_kept, options, param, threads)
        if entry is None:
            for kept in all_kept:
                self._restarts.extend(restarting(kept, parameter.stored_state(kept, arrays), options))
        else:
            steps = _saved_step(
                entry["step"] if rule.keeps_step else entry.get("step", 1), key, 0 if rule.starts_with_state or is_file else 1
            )
            numbers = tuple(_saved_number(x, entry[x.name], key) for x in rule.numbers)
            for kept in all_kept:
                # PyTorch's SGD has none, or None, before its first step with a momentum.
                if not rule.keeps_step and kept.option is not None and entry.get(kept.name) is None:
                    del arrays[kept.name]
                    arrays.pop(kept.scale_name, None)
                    continue
                if is_file and (kept.option is not None or steps == 0) and entry.get(kept.name) is None:
                    self._restarts.extend(restarting(kept, parameter.stored_state(kept, arrays), options))
                    continue
                self._take_state(kept, parameter.stored_state(kept, arrays), key, entry)
        if LOWER in arrays:
            self._take_lower(parameter.state_view(LOWER, arrays[LOWER]), key, entry)
        elif entry is not None and entry.get(LOWER) is not None:
            raise ValueError(f"state[{key!r}] has {LOWER!r}, the lower bits of a parameter, but this optimizer keeps none for it.")
        self.loaded = parameter._replace(arrays=arrays, steps=steps, numbers=numbers)

    def _take_state(self, kept: StateArray, own: Stored, key: Any, entry: Any) -> None:
        saved = self._saved(kept.name, own.array, key, entry)
        require_same_shape(saved, own.array)
        if saved.dtype == own.array.dtype:
            self._copies.append((saved, own.array))
            if own.part is not None:
                scale = self._saved(kept.scale_name, own.part, key, entry)
                if scale.dtype != own.part.dtype:
                    raise TypeError(f"{scale.name} must be float32, as scales are, not {dtype_name(scale.dtype)}.")
                require_same_shape(scale, own.part)
                self._copies.append((scale, own.part))
        elif own.part is not None and saved.dtype == _library.F32:
            arrays, stored = encoded(own, saved, kept.is_signed)
            self._sources.extend(arrays)
            self._copies.extend(zip(stored.views, own.views))
        elif own.part is not None:
            raise TypeError(
                f"{saved.name} is {dtype_name(saved.dtype)}, but this optimizer keeps {own.array.name} in block8: "
                "that can be loaded from block8 or float32."
            )
        elif saved.dtype == _library.BLOCK8:
            raise TypeError(
                f"{saved.name} is in block8, but this optimizer's {own.array.name} is {dtype_name(own.array.dtype)}; decoded_state() "
                "gives it in float32."
            )
        else:
            raise TypeError(f"{saved.name} has another dtype than this optimizer's {own.array.name}.")

    def _take_lower(self, own: View, key: Any, entry: Any) -> None:
        if entry is None:
            self._restarts.append(clearing(own))
            return
        if entry.get(LOWER) is None:
            raise KeyError(f"state[{key!r}] has no {LOWER!r}, which this optimizer keeps for its master.")
        saved = self._saved(LOWER, own, key, entry)
        if saved.dtype != own.dtype:
            raise TypeError(f"{saved.name} is {dtype_name(saved.dtype)}, but this optimizer's {own.name} is {dtype_name(own.dtype)}.")
        require_same_shape(saved, own)
        self._copies.append((saved, own))

    def _saved(self, name: str, own: View, key: Any, entry: Any) -> View:
        """Checks a saved array."""
        self._sources.append(entry[name])
        # uint16 holds own's type, but never another one than of 16 bits.
        uint16 = own.dtype if own.dtype in (_library.F16, _library.BF16) else _library.BF16
        return view(self._sources[-1], f"state[{key!r}]['{name}']", None, uint16, False, STATE_CODES)

    def detach(self, own: list[tuple[int, int]]) -> None:
        """Copies saved arrays that lie on an optimizer's own, which loading may write before it reads them.

        Args:
            own: where all of those start and end, sorted.
        """
        copies: list[tuple[Union[View, bytes], View]] = []
        for saved, array in cast("list[tuple[View, View]]", self._copies):
            before = bisect_left(own, (saved.end, 0))
            overlaps = before > 0 and own[before - 1][1] > saved.address
            size = saved.end - saved.address
            copies.append((string_at(saved.address, size) if overlaps and saved.address != array.address else saved, array))
        self._copies = copies

    def writing(self) -> list[partial[Any]]:
        """The calls, of functions in C, that write the arrays."""
        copies = [
            partial(memmove, own.address, saved if isinstance(saved, bytes) else saved.address, own.end - own.address)
            for saved, own in self._copies
        ]
        return [*copies, *self._restarts]


def _saved_step(step: Any, key: Any, least: int) -> int:
    """The step as an integer. PyTorch keeps it as a float in a tensor."""
    name = f"state[{key!r}]['step']"
    try:
        if isinstance(step, (str, bytes, bytearray)):  # int() would parse them
            raise TypeError
        number = int(step)
        whole = bool(number == step)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"{name} must be an integer, not {step!r}.") from None
    if not whole or not least <= number < (1 << 63) - 1:
        raise ValueError(f"{name} must be an integer from {least}, not {step!r}.")
    return number


def _saved_number(kind: Number, value: Any, key: Any) -> float:
    name = f"state[{key!r}]['{kind.name}']"
    try:
        if isinstance(value, (str, bytes, bytearray)):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"{name} must be a number, not {value!r}.") from None
    if kind.is_mode and number not in (0, 1):
        raise ValueError(f"{name} must be 0 or 1, not {number!r}.")
    if not 0 <= number <= kind.largest:
        raise ValueError(f"{name} must be from 0 to {kind.largest:g}, not {number!r}.")
    return number
