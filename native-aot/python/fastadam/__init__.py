"""Fused steps of Adam and other optimizers for CPUs, over the memory of numpy arrays and PyTorch tensors.

The optimizers, such as ``AdamW`` or ``Lion``, keep their state; ``step`` updates tensors of Adam whose moments the caller keeps; ``zeros``
allocates; ``memory`` counts bytes; ``import_bitsandbytes``, ``import_torchao`` and the two exports convert states of 8 bits. Results have
the same bits on every instruction set and are, where there is one, those of PyTorch's fused CPU kernel.
"""

from . import _optimizers
from ._arrays import Array
from ._dense import DenseOptimizer
from ._errors import Error
from ._library import isa, version
from ._memory import zeros
from ._need import Memory, memory
from ._optimizer import Optimizer
from ._optimizers import *  # noqa: F403
from ._other_states import export_bitsandbytes, export_torchao, import_bitsandbytes, import_torchao
from ._report import StepReport
from ._sparse import SparseAdam
from ._step import step
from ._threads import use_openmp, use_pool

__version__: str = version()

__all__ = [
    *_optimizers.__all__,
    "Array",
    "DenseOptimizer",
    "Error",
    "Memory",
    "Optimizer",
    "SparseAdam",
    "StepReport",
    "__version__",
    "export_bitsandbytes",
    "export_torchao",
    "import_bitsandbytes",
    "import_torchao",
    "isa",
    "memory",
    "step",
    "use_openmp",
    "use_pool",
    "zeros",
]
