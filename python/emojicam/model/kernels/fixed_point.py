"""gemmlowp's fixed-point arithmetic on Python's integers: what TFLM's int8 kernels compute element by element.

Rounding is theirs: a doubling high multiply rounds to nearest, a division by a power of two halves away from zero.
"""

_MOST = (1 << 31) - 1


def high_multiply(a: int, b: int, bits: int = 31) -> int:
    """SaturatingRoundingDoublingHighMul of two signed integers of `bits` + 1 bits."""
    if a == b == -(1 << bits):
        return (1 << bits) - 1
    return (a * b + (1 << (bits - 1))) >> bits


def divide(value: int, exponent: int) -> int:
    """RoundingDivideByPOT."""
    return (value + ((1 << exponent) >> 1) - (value < 0 and exponent > 0)) >> exponent


def multiply(value: int, multiplier: int, left: int) -> int:
    """MultiplyByQuantizedMultiplier: by multiplier * 2^left, the multiplier in Q31."""
    high = high_multiply(_wrapped(value << max(left, 0)), multiplier)
    return divide(high, max(-left, 0))


def _wrapped(value: int) -> int:
    """As int32 holds it."""
    return (value + (1 << 31)) % (1 << 32) - (1 << 31)


def _saturated(value: int, bits: int = 31) -> int:
    return max(-(1 << bits), min(value, (1 << bits) - 1))


def _exp_of_last_quarter(a: int) -> int:
    """exp(a) in Q31 for a from -1/4 to 0: a Taylor series around -1/8."""
    x = a + (1 << 28)
    x2 = high_multiply(x, x)
    x3, x4 = high_multiply(x2, x), high_multiply(x2, x2)
    series = divide(high_multiply(divide(x4, 2) + x3, 715827883) + x2, 1)
    return 1895147668 + high_multiply(1895147668, x + series)


def exp_of_negative(a: int, integer_bits: int) -> int:
    """exp(a) in Q31 for a of at most 0 with so many integer bits."""
    if a == 0:
        return _MOST
    fraction = 31 - integer_bits
    quarter = 1 << (fraction - 2)
    in_last = (a & (quarter - 1)) - quarter
    result = _exp_of_last_quarter(_saturated(in_last << integer_bits))
    rest = in_last - a
    for exponent, factor in zip(range(-2, 5), _EXP_OF_POWERS, strict=True):
        if integer_bits > exponent and rest & (1 << (fraction + exponent)):
            result = high_multiply(result, factor)
    return result


#: exp(-2^k) in Q31 for k from -2 on.
_EXP_OF_POWERS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)


def _newton(a: int) -> int:
    """2 / (1 + a) in Q29 for a from 0 to 1 in Q31."""
    half = (a + _MOST + 1) // 2  # RoundingHalfSum of what is not negative
    x = 1515870810 + high_multiply(half, -1010580540)
    for _ in range(3):
        left = (1 << 29) - high_multiply(half, x)
        x += _saturated(high_multiply(x, left) << 2)
    return x


def logistic(a: int, integer_bits: int) -> int:
    """1 / (1 + exp(-a)) in Q31."""
    if a == 0:
        return 1 << 30
    positive = _saturated(_newton(exp_of_negative(-abs(a), integer_bits)) << 1)
    return positive if a > 0 else _MOST - positive


def tanh(a: int, integer_bits: int) -> int:
    """Of a with so many integer bits, in Q31: (1 - exp(-2a)) / (1 + exp(-2a))."""
    if a == 0:
        return 0
    # Twice a number is the same bits with an integer bit more.
    positive = _saturated((_newton(exp_of_negative(-abs(a), integer_bits + 1)) - (1 << 29)) << 2)
    return positive if a > 0 else -positive
