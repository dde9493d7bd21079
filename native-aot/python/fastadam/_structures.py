"""The structures and flags of fastadam.h. Written by src/FastAdam.Faces: do not edit."""

from __future__ import annotations

from ctypes import Structure, c_double, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p

# By the names of the hyperparameters that they are.
GROUP_FLAGS = {
    "decoupled_weight_decay": 1 << 0,
    "maximize": 1 << 1,
    "amsgrad": 1 << 2,
    "preserve_subnormals": 1 << 3,
    "nesterov": 1 << 4,
    "centered": 1 << 5,
    "no_prox": 1 << 6,
}


class Group(Structure):
    """fastadam_group."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("rule", c_int32),
        ("flags", c_uint64),
        ("lr", c_double),
        ("beta1", c_double),
        ("beta2", c_double),
        ("eps", c_double),
        ("weight_decay", c_double),
        ("grad_scale", c_double),
        ("max_grad_value", c_double),
        ("momentum", c_double),
        ("dampening", c_double),
        ("lr_decay", c_double),
        ("momentum_decay", c_double),
        ("beta3", c_double),
        ("alpha", c_double),
        ("alpha_warmup", c_double),
        ("beta3_warmup", c_double),
        ("clip_exponent", c_double),
        ("warmup_steps", c_double),
        ("r", c_double),
        ("weight_lr_power", c_double),
    ]


class Tensor(Structure):
    """fastadam_tensor."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("group", c_int32),
        ("step", c_int64),
        ("n", c_size_t),
        ("param", c_void_p),
        ("grad", c_void_p),
        ("state", c_void_p * 4),
        ("param_dtype", c_int32),
        ("grad_dtype", c_int32),
        ("state_dtype", c_int32 * 4),
        ("numbers", c_void_p),
        ("param_part", c_void_p),
        ("state_part", c_void_p * 4),
        ("random_id", c_uint64),
        ("first_element", c_uint64),
    ]


class StepOptions(Structure):
    """fastadam_step_options."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("threads", c_int32),
        ("flags", c_uint64),
        ("max_grad_norm", c_double),
        ("seed", c_uint64),
        ("executor", c_void_p),
        ("executor_context", c_void_p),
    ]


class Report(Structure):
    """fastadam_report."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("skipped", c_uint32),
        ("non_finite", c_int64),
        ("grad_norm", c_double),
        ("update_norm", c_double),
        ("param_norm", c_double),
        ("unchanged_share", c_double),
    ]


class Table(Structure):
    """fastadam_table."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("group", c_int32),
        ("step", c_int64),
        ("rows", c_size_t),
        ("row_length", c_size_t),
        ("count", c_size_t),
        ("param", c_void_p),
        ("grad", c_void_p),
        ("exp_avg", c_void_p),
        ("exp_avg_sq", c_void_p),
        ("indices", c_void_p),
        ("param_dtype", c_int32),
        ("grad_dtype", c_int32),
        ("exp_avg_dtype", c_int32),
        ("exp_avg_sq_dtype", c_int32),
    ]
