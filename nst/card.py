"""How much memory the graphics card has. Asks NVIDIA's driver by its C library, nothing else."""

import ctypes

DRIVER = "libcuda.so.1"


def memory_mb() -> tuple[int, int] | None:
    """Free and in all, in megabytes (2^20 bytes), of the first card that this process may use.

    None where there is no driver or no such card. What a process has taken is not free, nor is
    what it keeps for later. The first call in a process that computes nothing on the card takes
    some hundred megabytes of it and gives them back.
    """
    try:
        driver = ctypes.CDLL(DRIVER)
    except OSError:
        return None
    card, context = ctypes.c_int(), ctypes.c_void_p()
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    if driver.cuInit(0) or driver.cuDeviceGet(ctypes.byref(card), 0):
        return None
    if driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), card):
        return None
    try:
        if driver.cuCtxPushCurrent_v2(context):
            return None
        failed = driver.cuMemGetInfo_v2(ctypes.byref(free), ctypes.byref(total))
        driver.cuCtxPopCurrent_v2(ctypes.byref(context))
    finally:
        driver.cuDevicePrimaryCtxRelease_v2(card)
    return None if failed else (free.value // 2**20, total.value // 2**20)
