"""Photographs of hands: which there are, how they are fetched, and how they are read."""

from emojicam.data.photographs.manifest import SETS, Manifest, Photograph, Source, shipped
from emojicam.data.photographs.pictures import PROVENANCE, SIDE, Photographs, load, rows
from emojicam.data.photographs.prepare import GITHUB, default_folder, fetch, from_folder

__all__ = [
    "GITHUB",
    "PROVENANCE",
    "SETS",
    "SIDE",
    "Manifest",
    "Photograph",
    "Photographs",
    "Source",
    "default_folder",
    "fetch",
    "from_folder",
    "load",
    "rows",
    "shipped",
]
