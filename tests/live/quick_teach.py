"""In the place of `emojicam teach`, for a page: its lines and its files in no time.

The new gesture is what the shipped model takes for a thumb up; what has learnt something is for the slow test.
"""

import json
import sys
from pathlib import Path

from emojicam import config, paths
from emojicam.config import edit

captures, _, given, _, _, _, model = map(Path, sys.argv[1:])
names = config.load(given).class_names
shipped = ["none", "raised hand", "thumbs down", "peace sign", "fist"]
counts = {name: len(list((captures / name).glob("*.png"))) for name in names}
recall = {"kept_aside": dict.fromkeys(names, 0.5), "validation": dict.fromkeys(names)}

for step in ("read", "train", "measure"):
    print(json.dumps({"step": step, "done": 1, "line": f"{step}: done"}), flush=True)
text = edit.with_model(edit.read(given), model.name)
for name in names:
    text = text.replace(f'name = "{name}"\n', f'name = "{name}"\noutputs = [{shipped.index(name)}]\n')
model.write_bytes((paths.models_dir() / "gestures.tflite").read_bytes())
model.with_suffix(".toml").write_text(text, encoding="utf-8")
lost = ["none: 95% of rendered pictures before, 90% after; now mistaken: pointing, for peace sign (3 of 6)"]
done = {"step": "done", "model": str(model), "settings": str(model.with_suffix(".toml")), "card": "", "counts": counts}
types = dict.fromkeys(names[1:], 0.25)
print(json.dumps({**done, "before": recall, "after": recall, "types": types, "silent": ["fist"], "losses": lost}))
