"""Which number type a device multiplies fast: bfloat16 where it has instructions for it, else float32.

Without them bfloat16 is emulated, and slower than float32 by far.
"""

import torch

INSTRUCTIONS = ("avx512_bf16", "amx_bf16", "bf16")  # the last on ARM


def fast_type(device: torch.device) -> torch.dtype:
    """The type for matrix products and convolutions on that device: bfloat16 or float32."""
    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        able = torch.cpu.get_capabilities()
        fast = device.type == "cpu" and any(able.get(name, False) for name in INSTRUCTIONS)
    return torch.bfloat16 if fast else torch.float32
