"""What a page may ask for: one row a kind of message, checked before anything is done."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from emojicam.config.edit import GestureRow
from emojicam.errors import EmojicamError

if TYPE_CHECKING:
    from emojicam.live.desk import Desk
    from emojicam.live.viewer import Viewer

#: Bytes of the longest message that a page has to send: a frame and its head.
LONGEST = 128 * 1024

_Name = Annotated[str, Field(max_length=100)]
_Byte = Annotated[int, Field(ge=0, le=255)]


class _Order(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    def act(self, desk: "Desk", viewer: "Viewer") -> None:
        """Do it.

        Raises:
            EmojicamError: it can't be done.
        """
        raise NotImplementedError


class Arm(_Order):
    """Let gestures type, or stop it."""

    kind: Literal["arm"]
    armed: bool

    def act(self, desk: "Desk", viewer: "Viewer") -> None:
        desk.arm(self.armed)


class Focus(_Order):
    """This page has got the computer's focus, or lost it."""

    kind: Literal["focus"]
    on: bool

    def act(self, desk: "Desk", viewer: "Viewer") -> None:
        desk.focus(viewer, self.on)


class Present(_Order):
    """This page's camera, or a file that was dropped on it, is what the board sees: its frames follow."""

    kind: Literal["present"]
    name: _Name

    def act(self, desk: "Desk", viewer: "Viewer") -> None:
        desk.sources.present(viewer, self.name)


class Withdraw(_Order):
    """It no longer is."""

    kind: Literal["withdraw"]

    def act(self, desk: "Desk", viewer: "Viewer") -> None:
        desk.sources.withdraw(viewer)


class Tune(_Order):
    """Other settings, at once."""

    kind: Literal["tune"]
    values: dict[str, Any]

    def act(self, desk: "Desk", viewer: "Viewer") -> None:
        desk.tuning.change(self.values)


class Back(_Order):
    """Undo the last change of a setting."""

    kind: Literal["back"]

    def act(self, desk: "Desk", viewer: "Viewer") -> None:
        desk.tuning.back()


class Save(_Order):
    """Write the settings into their file."""

    kind: Literal["save"]

    def act(self, desk: "Desk", viewer: "Viewer") -> None:
        desk.hub.log(f"settings written to {desk.tuning.save()}", "page")


class Hold(_Order):
    """A button is down: keep the frames that come."""

    kind: Literal["hold"]
    label: _Name

    def act(self, desk: "Desk", viewer: "Viewer") -> None:
        desk.teaching.hold(viewer, self.label)


class LetGo(_Order):
    """It is up."""

    kind: Literal["let go"]

    def act(self, desk: "Desk", viewer: "Viewer") -> None:
        desk.teaching.let_go(viewer)


class Delete(_Order):
    """Remove a picture."""

    kind: Literal["delete"]
    label: _Name
    name: _Name

    def act(self, desk: "Desk", viewer: "Viewer") -> None:
        desk.teaching.delete(self.label, self.name)


class Undo(_Order):
    """Bring back the picture that was removed last."""

    kind: Literal["undo"]

    def act(self, desk: "Desk", viewer: "Viewer") -> None:
        desk.teaching.undo()


class Gesture(BaseModel):
    """One gesture of `Gestures`; ``was`` is its place among those that there are, null for a new one."""

    model_config = ConfigDict(extra="forbid")
    was: Annotated[int, Field(ge=0)] | None
    name: _Name
    emoji: _Name
    led: tuple[_Byte, _Byte, _Byte]


class Gestures(_Order):
    """Which gestures there are to be."""

    kind: Literal["gestures"]
    gestures: Annotated[list[Gesture], Field(max_length=100)]

    def act(self, desk: "Desk", viewer: "Viewer") -> None:
        known = len(desk.teaching.settings.gesture)
        if any(one.was is not None and one.was >= known for one in self.gestures):
            raise EmojicamError("another page has changed the gestures meanwhile", "once more")
        desk.teaching.change([GestureRow(one.was, one.name, one.emoji, one.led) for one in self.gestures])


class Train(_Order):
    """Teach the gestures that there are to be, from their pictures."""

    kind: Literal["train"]

    def act(self, desk: "Desk", viewer: "Viewer") -> None:
        desk.train()


class Cancel(_Order):
    """Leave it."""

    kind: Literal["cancel"]

    def act(self, desk: "Desk", viewer: "Viewer") -> None:
        desk.training.cancel()


class Use(_Order):
    """Have the board run what was taught."""

    kind: Literal["use"]

    def act(self, desk: "Desk", viewer: "Viewer") -> None:
        desk.use()


class Record(_Order):
    """Begin a recording, or end it."""

    kind: Literal["record"]
    on: bool

    def act(self, desk: "Desk", viewer: "Viewer") -> None:
        if self.on:
            desk.tape.start(desk.settings)
        else:
            desk.tape.stop()


class Replay(_Order):
    """How often would the last recording have fired with the settings in force?"""

    kind: Literal["replay"]

    def act(self, desk: "Desk", viewer: "Viewer") -> None:
        desk.tape.hold_against(desk.settings)


ORDERS: tuple[type[_Order], ...] = (
    Arm, Focus, Present, Withdraw, Tune, Back, Save, Hold, LetGo, Delete, Undo, Gestures, Train, Cancel, Use, Record,
    Replay,
)  # fmt: skip
_BY_KIND = {order.model_fields["kind"].annotation.__args__[0]: TypeAdapter(order) for order in ORDERS}  # type: ignore[union-attr]


def obey(text: str, desk: "Desk", viewer: "Viewer") -> None:
    """Do what a page asks for. What can't be done is said on that page; what is no order, in everybody's log."""
    try:
        kind = TypeAdapter(dict[str, Any]).validate_json(text).get("kind")
        if not isinstance(kind, str) or kind not in _BY_KIND:
            desk.hub.log(f"a page asked for something unknown: {text[:80]}", "page")
            return
        order = _BY_KIND[kind].validate_json(text)
    except ValidationError as error:
        desk.hub.log(f"a page said something that can't be read: {text[:80]} ({error.errors()[0]['msg']})", "page")
        return
    try:
        order.act(desk, viewer)
    except (EmojicamError, OSError) as error:
        viewer.refuse(str(error))
