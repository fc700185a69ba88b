"""What README says of the shipped model is what was measured of it."""

import json
import re

from emojicam import paths

README = " ".join((paths.project_root() / "README.md").read_text(encoding="utf-8").split())


def test_what_the_model_knows_of_people_is_what_was_measured() -> None:
    real = json.loads((paths.models_dir() / "photographs.json").read_text(encoding="utf-8"))
    rendered = json.loads((paths.models_dir() / "gestures.json").read_text(encoding="utf-8"))["validation"]["int8"]
    said = re.search(
        r"it knows (\d+) % with the hand near the camera and (\d+) % in whole webcam pictures "
        r"\(of rendered hands (\d+) %\); held still for a second, (\d+) and (\d+) % of gestures type their emoji, "
        r"and (\d+) % of pictures of other hands",
        README,
    )
    assert said, "the passage has other words now: mend this test with it"
    measured = [
        real["near"]["mean_recall"], real["frame"]["mean_recall"],
        sum(rendered["recall"].values()) / len(rendered["recall"]),
        real["near"]["still_picture_types"]["right"], real["frame"]["still_picture_types"]["right"],
        real["near"]["still_picture_types"]["none_typed"],
    ]  # fmt: skip
    assert list(map(int, said.groups())) == [round(100 * share) for share in measured]
