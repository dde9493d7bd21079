"""Fused Adam and AdamW steps for CPUs, over the memory of numpy arrays and PyTorch tensors.

``step`` updates tensors whose moments the caller keeps; ``Adam`` and ``AdamW`` keep them; ``zeros`` allocates. Results have the
same bits on every instruction set and are those of PyTorch's fused CPU kernel.
"""

from ._arrays import Array
from ._errors import Error
from ._library import isa, version
from ._memory import zeros
from ._optimizers import Adam, AdamW
from ._step import step

__version__: str = version()

__all__ = ["Adam", "AdamW", "Array", "Error", "__version__", "isa", "step", "zeros"]
