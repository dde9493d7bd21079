"""Fused steps of Adam and other optimizers for CPUs, over the memory of numpy arrays and PyTorch tensors.

The optimizers, such as ``AdamW`` or ``Lion``, keep their state; ``step`` updates tensors of Adam whose moments the caller keeps; ``zeros``
allocates; ``memory`` counts bytes; ``save_checkpoint`` and ``load_checkpoint`` keep a run in a safetensors file, as ``save_file`` and
``load_file`` keep arrays; ``import_bitsandbytes``, ``import_torchao`` and the two exports convert states of 8 bits. Results have the same
bits on every instruction set and are, where there is one, those of PyTorch's fused CPU kernel.
"""

from . import _optimizers
from ._arrays import Array
from ._checkpoint import load_checkpoint, save_checkpoint
from ._dense import DenseOptimizer
from ._errors import Error
from ._library import isa, version
from ._memory import zeros
from ._need import Memory, memory
from ._optimizer import Optimizer
from ._optimizers import *  # noqa: F403
from ._other_states import export_bitsandbytes, export_torchao, import_bitsandbytes, import_torchao
from ._report import StepReport
from ._safetensors import SafeTensors, load_file, save_file
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
    "SafeTensors",
    "SparseAdam",
    "StepReport",
    "__version__",
    "export_bitsandbytes",
    "export_torchao",
    "import_bitsandbytes",
    "import_torchao",
    "isa",
    "load_checkpoint",
    "load_file",
    "memory",
    "save_checkpoint",
    "save_file",
    "step",
    "use_openmp",
    "use_pool",
    "zeros",
]
