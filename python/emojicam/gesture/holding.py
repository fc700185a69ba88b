"""A picture that is held in front of a board which has seen nothing before: what it fires, and when."""

from collections.abc import Callable

from emojicam.gesture.decision import Decider, DecisionSettings, Floats


def hold(
    seen: Callable[[int], Floats], settings: DecisionSettings, seconds: float, rate: float
) -> tuple[int, float] | None:
    """What the decision makes of one picture.

    Args:
        seen: the probabilities of a frame that is taken then, in milliseconds: a model may see mirror images in turn.
        seconds: how long it is held. rate: frames a second.

    Returns:
        The gesture that fires first, and the seconds until then; None if none does.
    """
    decider = Decider(settings)
    for number in range(round(seconds * rate)):
        time_ms = round(1000 * number / rate)
        decision = decider.update(seen(time_ms), time_ms)
        if decision.fired:
            return decision.gesture, (number + 1) / rate
    return None
