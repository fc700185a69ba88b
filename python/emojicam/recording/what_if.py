"""What a recording would have done with other settings: its scores through the decision again."""

from emojicam import gesture
from emojicam.config import Settings
from emojicam.errors import EmojicamError
from emojicam.recording.read import Recording


def would_fire(recording: Recording, settings: Settings) -> dict[str, int]:
    """How often each gesture would have fired.

    Args:
        settings: with the recording's classes, as its scores are theirs; they may have other names.

    Returns:
        By the name of each class but the first.

    Raises:
        EmojicamError: the settings have more or fewer classes or show the model other frames, or the model is not
            known.
    """
    classes = len(recording.settings.gesture)
    if len(settings.gesture) != classes:
        raise EmojicamError(
            f"the recording has {classes} classes, the settings {len(settings.gesture)}", "a recording of the new model"
        )
    if settings.model.mirror_in_turn != recording.settings.model.mirror_in_turn:
        raise EmojicamError(
            "the recording's scores are of frames that these settings would show the model otherwise (mirror_in_turn)",
            "a recording with these settings",
        )
    decider, scale = gesture.Decider(gesture.DecisionSettings.of(settings)), recording.scale()
    counts = [0] * classes
    for frame in recording.told():
        if frame.scores:
            decision = decider.update(gesture.probabilities(frame.scores, scale), frame.time_ms)
            counts[decision.gesture] += decision.fired
    return dict(zip(settings.class_names[1:], counts[1:], strict=True))
