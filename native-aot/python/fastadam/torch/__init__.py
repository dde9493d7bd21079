"""FastAdam's optimizers for PyTorch: each is a ``torch.optim.Optimizer`` with the arguments and the state of PyTorch's class of its name.

``import fastadam.torch`` imports PyTorch; ``import fastadam`` does not.
"""

from . import _optimizers
from ._checkpoint import load_checkpoint, save_checkpoint
from ._optimizer import FusedOptimizer
from ._optimizers import *  # noqa: F403
from ._sparse import SparseAdam

__all__ = [*_optimizers.__all__, "FusedOptimizer", "SparseAdam", "load_checkpoint", "save_checkpoint"]
