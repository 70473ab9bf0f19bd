"""
From an address to the codewords of its symbol: two segments, level Q, error correction.

Byte by byte what ``qrcode`` makes (a test holds that), in a twentieth of its time: it puts bit
after bit into a list and divides polynomials as objects, which for a book of posters takes as
long as drawing them.
"""
from functools import lru_cache
from typing import Literal

import qrcode
from qrcode.base import Polynomial, gexp, glog, rs_blocks
from qrcode.constants import ERROR_CORRECT_Q
from qrcode.util import ALPHA_NUM, QRData, length_in_bits

from qrgen.fault_codes import Code
from qrgen.shell import Fault

# Mode indicators (ISO/IEC 18004, table 2).
ALPHANUMERIC: Literal[2] = 2
BYTES: Literal[4] = 4

_VALUES = {letter: value for value, letter in enumerate(ALPHA_NUM.decode("ascii"))}


def encode(text: str) -> tuple[int, bytes]:
    """
    Return version and codewords of *text*, in the order in which they are drawn.

    Raises:
        Fault: It is too long, or has letters after ``/Q/`` that are not alphanumeric.
    """
    # Two segments, spelled out: host in bytes, the rest alphanumeric (ISO/IEC 18004, 7.3).
    host, slash, rest = text.partition("/Q/")
    rest = slash + rest
    try:
        raw = host.encode()
        version = _version(len(raw), len(rest))
        data = _data(version, raw, [_VALUES[letter] for letter in rest])
    except (ValueError, KeyError) as error:  # qrcode's DataOverflowError is one of them
        raise Fault(Code.NO_QR_CODE, text=text[:60], why=str(error)) from None
    return version, _with_correction(version, data)


@lru_cache(maxsize=8)
def blocks_of(version: int) -> tuple[tuple[int, ...], int]:
    """Return the block of each codeword as drawn (7.6), and how many in each block correct."""
    shares = _shares(version)
    data = [
        block for at in range(max(shares)) for block, count in enumerate(shares) if at < count
    ]
    correction = _correction(version)
    return (*data, *(block for _ in range(correction) for block in range(len(shares)))), correction


@lru_cache(maxsize=256)
def _version(host_bytes: int, letters: int) -> int:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q)
    code.add_data(QRData(b"a" * host_bytes, mode=BYTES))
    if letters:
        code.add_data(QRData(b"A" * letters, mode=ALPHANUMERIC))
    return int(code.best_fit())


def _data(version: int, host: bytes, rest: list[int]) -> bytes:
    """Return the data codewords, padded (7.4)."""
    bits: int = BYTES
    length = 4

    def put(value: int, width: int) -> None:
        nonlocal bits, length
        bits, length = bits << width | value, length + width

    put(len(host), length_in_bits(BYTES, version))
    put(int.from_bytes(host, "big"), 8 * len(host))
    if rest:
        put(ALPHANUMERIC, 4)
        put(len(rest), length_in_bits(ALPHANUMERIC, version))
        for first, second in zip(rest[::2], rest[1::2], strict=False):
            put(45 * first + second, 11)
        if len(rest) % 2:
            put(rest[-1], 6)
    room = 8 * sum(_shares(version))
    put(0, min(4, room - length))
    put(0, -length % 8)
    padding = (b"\xec\x11" * (room // 16 + 1))[: (room - length) // 8]
    return bits.to_bytes(length // 8, "big") + padding


def _with_correction(version: int, data: bytes) -> bytes:
    """Return *data* in blocks, each with its correction, interleaved (7.6)."""
    count = _correction(version)
    steps = _steps(count)
    keep = (1 << 8 * count) - 1
    blocks, at = [], 0
    corrections = []
    for share in _shares(version):
        block = data[at : at + share]
        at += share
        # The remainder of a division by the generator, a byte a step, all terms in one number.
        rest = 0
        for byte in block:
            rest = (rest << 8 & keep) ^ steps[rest >> 8 * (count - 1) ^ byte]
        blocks.append(block)
        corrections.append(rest.to_bytes(count, "big"))
    longest = max(len(block) for block in blocks)
    return bytes(
        [block[at] for at in range(longest) for block in blocks if at < len(block)]
        + [block[at] for at in range(count) for block in corrections]
    )


@lru_cache(maxsize=8)
def _steps(count: int) -> tuple[int, ...]:
    """Return each multiple of the generator of *count* terms, without its first one."""
    generator = Polynomial([1], 0)
    for power in range(count):
        generator = generator * Polynomial([1, gexp(power)], 0)
    powers = [glog(generator[at]) for at in range(1, count + 1)]
    return (
        0,
        *(
            int.from_bytes(bytes([gexp(glog(factor) + power) for power in powers]), "big")
            for factor in range(1, 256)
        ),
    )


@lru_cache(maxsize=8)
def _shares(version: int) -> tuple[int, ...]:
    """Return how many data codewords each block has."""
    return tuple(block.data_count for block in rs_blocks(version, ERROR_CORRECT_Q))


def _correction(version: int) -> int:
    block = rs_blocks(version, ERROR_CORRECT_Q)[0]
    return int(block.total_count - block.data_count)
