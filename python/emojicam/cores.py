"""The microcontroller cores that kernels are written, and models compiled, for."""

from typing import Literal, get_args

Core = Literal["cortex-m7", "cortex-m55"]

CORES: tuple[Core, ...] = get_args(Core)
