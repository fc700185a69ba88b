"""Recordings: frames, scores, decisions and events with their times, in one file that can be shown again.

    with Recorder(path, settings, "host") as recorder:
        recorder.frame(0, 1, pixels, scores, smoothed, decision=0, fired=False)
        recorder.event(1, "armed", armed=True)
    recording = Recording.open(path)

The file is a ZIP archive without compression (the pictures have their own), so any archive program opens it:

    recording.json          {"format": "emojicam recording", "version": 1, "emojicam", "board", "settings": all of
                            emojicam.toml as JSON, "model": {"sha256", "scale", "zero_point", "probability"} or null}
    frames/00000000.json    {"frame": the board's number, "time_ms", "scores": int8, "smoothed", "decision": index of
                            the class that is held, "fired"}
    frames/00000000.png     what the board saw, grey or RGB; written before its .json; left out where it is not known
    events/00000000.json    {"time_ms", "kind", and whatever belongs to it}

Frames are numbered from 0 in the order of recording. Each part is whole before the next is begun: a file that breaks
off is read up to where it is whole.
"""

from emojicam.recording.read import Event, RecordedFrame, Recording
from emojicam.recording.what_if import would_fire
from emojicam.recording.write import Recorder

__all__ = ["Event", "RecordedFrame", "Recorder", "Recording", "would_fire"]
