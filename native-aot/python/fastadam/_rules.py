"""The rules of the library. Written by src/FastAdam.Faces: do not edit."""

from __future__ import annotations

from ._rule import Hyperparameter, Number, Rule, StateArray

ADAM = Rule(
    name="Adam",
    code=0,
    arrays=(
        StateArray("exp_avg"),
        StateArray("exp_avg_sq", is_signed=False),
        StateArray("max_exp_avg_sq", option="amsgrad", is_signed=False),
    ),
    numbers=(),
    hyperparameters=(
        Hyperparameter("lr", ("lr",), ("not_negative",)),
        Hyperparameter("betas", ("beta1", "beta2",), ("decay_rate", "decay_rate",)),
        Hyperparameter("eps", ("eps",), ("not_vanishing",)),
        Hyperparameter("weight_decay", ("weight_decay",), ("not_negative",)),
    ),
    flags=("decoupled_weight_decay", "maximize", "amsgrad", "preserve_subnormals"),
    has_own_weight_decay=False,
    keeps_step=True,
    starts_with_state=False,
)

NADAM = Rule(
    name="NAdam",
    code=1,
    arrays=(
        StateArray("exp_avg"),
        StateArray("exp_avg_sq", is_signed=False),
    ),
    numbers=(Number("mu_product", 1.0, 1.0),),
    hyperparameters=(
        Hyperparameter("lr", ("lr",), ("not_negative",)),
        Hyperparameter("betas", ("beta1", "beta2",), ("decay_rate", "decay_rate",)),
        Hyperparameter("eps", ("eps",), ("not_vanishing",)),
        Hyperparameter("weight_decay", ("weight_decay",), ("not_negative",)),
        Hyperparameter("momentum_decay", ("momentum_decay",), ("not_negative",)),
    ),
    flags=("decoupled_weight_decay", "maximize", "preserve_subnormals"),
    has_own_weight_decay=False,
    keeps_step=True,
    starts_with_state=False,
)

RADAM = Rule(
    name="RAdam",
    code=2,
    arrays=(
        StateArray("exp_avg"),
        StateArray("exp_avg_sq", is_signed=False),
    ),
    numbers=(),
    hyperparameters=(
        Hyperparameter("lr", ("lr",), ("not_negative",)),
        Hyperparameter("betas", ("beta1", "beta2",), ("decay_rate", "decay_rate",)),
        Hyperparameter("eps", ("eps",), ("not_vanishing",)),
        Hyperparameter("weight_decay", ("weight_decay",), ("not_negative",)),
    ),
    flags=("decoupled_weight_decay", "maximize", "preserve_subnormals"),
    has_own_weight_decay=False,
    keeps_step=True,
    starts_with_state=False,
)

ADAMAX = Rule(
    name="Adamax",
    code=3,
    arrays=(
        StateArray("exp_avg"),
        StateArray("exp_inf", is_signed=False),
    ),
    numbers=(),
    hyperparameters=(
        Hyperparameter("lr", ("lr",), ("not_negative",)),
        Hyperparameter("betas", ("beta1", "beta2",), ("decay_rate", "decay_rate",)),
        Hyperparameter("eps", ("eps",), ("not_vanishing",)),
        Hyperparameter("weight_decay", ("weight_decay",), ("not_negative",)),
    ),
    flags=("maximize", "preserve_subnormals"),
    has_own_weight_decay=False,
    keeps_step=True,
    starts_with_state=False,
)

SGD = Rule(
    name="SGD",
    code=4,
    arrays=(
        StateArray("momentum_buffer", option="momentum"),
    ),
    numbers=(),
    hyperparameters=(
        Hyperparameter("lr", ("lr",), ("not_negative",)),
        Hyperparameter("weight_decay", ("weight_decay",), ("not_negative",)),
        Hyperparameter("momentum", ("momentum",), ("not_negative",)),
        Hyperparameter("dampening", ("dampening",), ("finite",)),
    ),
    flags=("maximize", "preserve_subnormals", "nesterov"),
    has_own_weight_decay=False,
    keeps_step=False,
    starts_with_state=False,
)

ADAGRAD = Rule(
    name="Adagrad",
    code=5,
    arrays=(
        StateArray("sum", initial="initial_accumulator_value", is_signed=False),
    ),
    numbers=(),
    hyperparameters=(
        Hyperparameter("lr", ("lr",), ("not_negative",)),
        Hyperparameter("eps", ("eps",), ("not_vanishing",)),
        Hyperparameter("weight_decay", ("weight_decay",), ("not_negative",)),
        Hyperparameter("lr_decay", ("lr_decay",), ("not_negative",)),
        Hyperparameter("initial_accumulator_value", (), ("not_negative",)),
    ),
    flags=("maximize", "preserve_subnormals"),
    has_own_weight_decay=False,
    keeps_step=True,
    starts_with_state=True,
)

RMSPROP = Rule(
    name="RMSprop",
    code=6,
    arrays=(
        StateArray("square_avg", is_signed=False),
        StateArray("momentum_buffer", option="momentum"),
        StateArray("grad_avg", option="centered"),
    ),
    numbers=(),
    hyperparameters=(
        Hyperparameter("lr", ("lr",), ("not_negative",)),
        Hyperparameter("alpha", ("beta2",), ("decay_rate",)),
        Hyperparameter("eps", ("eps",), ("not_vanishing",)),
        Hyperparameter("weight_decay", ("weight_decay",), ("not_negative",)),
        Hyperparameter("momentum", ("momentum",), ("not_negative",)),
    ),
    flags=("maximize", "preserve_subnormals", "centered"),
    has_own_weight_decay=False,
    keeps_step=True,
    starts_with_state=False,
)

LION = Rule(
    name="Lion",
    code=7,
    arrays=(
        StateArray("exp_avg"),
    ),
    numbers=(),
    hyperparameters=(
        Hyperparameter("lr", ("lr",), ("not_negative",)),
        Hyperparameter("betas", ("beta1", "beta2",), ("decay_rate", "decay_rate",)),
        Hyperparameter("weight_decay", ("weight_decay",), ("not_negative",)),
    ),
    flags=("decoupled_weight_decay", "maximize", "preserve_subnormals"),
    has_own_weight_decay=False,
    keeps_step=False,
    starts_with_state=False,
)

ADEMAMIX = Rule(
    name="AdEMAMix",
    code=8,
    arrays=(
        StateArray("exp_avg_fast"),
        StateArray("exp_avg_sq", is_signed=False),
        StateArray("exp_avg_slow"),
    ),
    numbers=(),
    hyperparameters=(
        Hyperparameter("lr", ("lr",), ("not_negative",)),
        Hyperparameter("betas", ("beta1", "beta2", "beta3",), ("decay_rate", "decay_rate", "decay_rate",)),
        Hyperparameter("eps", ("eps",), ("not_vanishing",)),
        Hyperparameter("weight_decay", ("weight_decay",), ("not_negative",)),
        Hyperparameter("alpha", ("alpha",), ("not_negative",)),
        Hyperparameter("alpha_warmup", ("alpha_warmup",), ("not_negative",)),
        Hyperparameter("beta3_warmup", ("beta3_warmup",), ("not_negative",)),
    ),
    flags=("decoupled_weight_decay", "maximize", "preserve_subnormals"),
    has_own_weight_decay=False,
    keeps_step=True,
    starts_with_state=False,
)

ADOPT = Rule(
    name="ADOPT",
    code=9,
    arrays=(
        StateArray("exp_avg"),
        StateArray("exp_avg_sq", is_signed=False),
    ),
    numbers=(),
    hyperparameters=(
        Hyperparameter("lr", ("lr",), ("not_negative",)),
        Hyperparameter("betas", ("beta1", "beta2",), ("decay_rate", "decay_rate",)),
        Hyperparameter("eps", ("eps",), ("not_vanishing",)),
        Hyperparameter("weight_decay", ("weight_decay",), ("not_negative",)),
        Hyperparameter("clip_exponent", ("clip_exponent",), ("not_negative_or_infinite",)),
    ),
    flags=("decoupled_weight_decay", "maximize", "preserve_subnormals"),
    has_own_weight_decay=False,
    keeps_step=True,
    starts_with_state=False,
)

SCHEDULEFREE = Rule(
    name="AdamWScheduleFree",
    code=10,
    arrays=(
        StateArray("z", takes_formats=False),
        StateArray("exp_avg_sq", is_signed=False),
    ),
    numbers=(Number("weight_sum", 0.0, 1.7976931348623157e+308), Number("lr_max", 0.0, 1.7976931348623157e+308), Number("eval_mode", 0.0, 1.0, is_mode=True),),
    hyperparameters=(
        Hyperparameter("lr", ("lr",), ("not_negative",)),
        Hyperparameter("betas", ("beta1", "beta2",), ("decay_rate_above0", "decay_rate",)),
        Hyperparameter("eps", ("eps",), ("not_vanishing",)),
        Hyperparameter("weight_decay", ("weight_decay",), ("not_negative",)),
        Hyperparameter("warmup_steps", ("warmup_steps",), ("not_negative",)),
        Hyperparameter("r", ("r",), ("not_negative",)),
        Hyperparameter("weight_lr_power", ("weight_lr_power",), ("not_negative",)),
    ),
    flags=("maximize", "preserve_subnormals"),
    has_own_weight_decay=True,
    keeps_step=True,
    starts_with_state=False,
)

ADAN = Rule(
    name="Adan",
    code=11,
    arrays=(
        StateArray("exp_avg"),
        StateArray("exp_avg_sq", is_signed=False),
        StateArray("exp_avg_diff"),
        StateArray("neg_pre_grad"),
    ),
    numbers=(),
    hyperparameters=(
        Hyperparameter("lr", ("lr",), ("not_negative",)),
        Hyperparameter("betas", ("beta1", "beta2", "beta3",), ("decay_rate", "decay_rate", "decay_rate",)),
        Hyperparameter("eps", ("eps",), ("not_vanishing",)),
        Hyperparameter("weight_decay", ("weight_decay",), ("not_negative",)),
    ),
    flags=("maximize", "preserve_subnormals", "no_prox"),
    has_own_weight_decay=True,
    keeps_step=True,
    starts_with_state=False,
)

ADADELTA = Rule(
    name="Adadelta",
    code=12,
    arrays=(
        StateArray("square_avg", is_signed=False),
        StateArray("acc_delta", is_signed=False),
    ),
    numbers=(),
    hyperparameters=(
        Hyperparameter("lr", ("lr",), ("not_negative",)),
        Hyperparameter("rho", ("beta2",), ("decay_rate",)),
        Hyperparameter("eps", ("eps",), ("not_vanishing",)),
        Hyperparameter("weight_decay", ("weight_decay",), ("not_negative",)),
    ),
    flags=("maximize", "preserve_subnormals"),
    has_own_weight_decay=False,
    keeps_step=True,
    starts_with_state=False,
)
