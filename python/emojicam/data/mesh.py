"""The rigged hand: read from glTF, brought into a frame of its own.

The mesh is ``generic-hand/right.glb`` of npm ``@webxr-input-profiles/assets`` (MIT, Amazon): 1,360
vertices, 25 joints with the names of the WebXR Hand Input specification. Its joints are stored flat;
the tree is the one that the specification describes.

Hand frame, used by everything in this package: origin at the wrist joint, unit one hand length (wrist
to tip of the middle finger at rest); x towards the thumb's side, y along the fingers, z out of the
palm. A left hand is a right hand mirrored.
"""

import functools
import json
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emojicam import third_party
from emojicam.data.jit import Array, Ints
from emojicam.errors import EmojicamError

FINGERS = ("index", "middle", "ring", "pinky")

#: Where the cut across the wrist lies that the forearm grows from (y in hand lengths). Below it the
#: mesh narrows into a rounded stump.
WRIST_CUT = -0.045

_GLTF_TYPES = {5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
_GLTF_WIDTH = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


def chain(finger: str) -> tuple[str, ...]:
    """The joints of a finger or the thumb, from metacarpal to tip, by their WebXR names."""
    if finger == "thumb":
        return ("thumb-metacarpal", "thumb-phalanx-proximal", "thumb-phalanx-distal", "thumb-tip")
    parts = ("metacarpal", "phalanx-proximal", "phalanx-intermediate", "phalanx-distal", "tip")
    return tuple(f"{finger}-finger-{part}" for part in parts)


@dataclass(frozen=True)
class HandMesh:
    """The hand at rest, in the hand frame.

    Attributes:
        vertices: (V, 3).
        normals: (V, 3), of length 1.
        faces: (F, 3), counter-clockwise seen from outside; nothing below the wrist's cut.
        skin_joints: (V, 4) joints that move each vertex.
        skin_weights: (V, 4), each row sums to 1.
        weld: (V,) the same number for vertices at the same place (the mesh has texture seams).
        names: the joints.
        joint_positions: (J, 3).
        joint_axes: (J, 3, 3), columns are each joint's own axes; flexion turns about minus the first.
        wrist_loop: (L,) the vertices around the wrist's cut, in order of angle about y.
    """

    vertices: Array
    normals: Array
    faces: Ints
    skin_joints: Ints
    skin_weights: Array
    weld: Ints
    names: tuple[str, ...]
    joint_positions: Array
    joint_axes: Array
    wrist_loop: Ints

    def joint(self, name: str) -> int:
        return self.names.index(name)


def _read_glb(path: Path) -> tuple[dict[str, object], bytes]:
    """The JSON and the binary chunk (glTF 2.0 specification, section 4, "GLB File Format")."""
    try:
        data = path.read_bytes()
        magic, version, total = struct.unpack_from("<4sII", data)
        if magic != b"glTF" or version != 2 or total != len(data):
            raise ValueError("not a complete glTF 2.0 file")
        length, kind = struct.unpack_from("<I4s", data, 12)
        document = json.loads(data[20 : 20 + length])
        size, kind_of_rest = struct.unpack_from("<I4s", data, 20 + length)
        if kind != b"JSON" or kind_of_rest != b"BIN\0":
            raise ValueError("its chunks are in the wrong order")
    except (OSError, ValueError, struct.error) as error:
        raise EmojicamError(
            f"cannot read the hand mesh {path.name}: {error}", "delete it, and the next run fetches it again"
        ) from None
    start = 28 + length
    return document, data[start : start + size]


def _accessor(document: dict[str, object], blob: bytes, index: int) -> npt.NDArray[np.generic]:
    """One glTF accessor as an array of (count, width)."""
    accessor = document["accessors"][index]  # type: ignore[index]
    view = document["bufferViews"][accessor["bufferView"]]  # type: ignore[index]
    width = _GLTF_WIDTH[accessor["type"]]
    offset = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
    values: npt.NDArray[np.generic] = np.frombuffer(
        blob, _GLTF_TYPES[accessor["componentType"]], accessor["count"] * width, offset
    )
    return values.reshape(-1, width)


def _boundary(faces: Ints, weld: Ints) -> Ints:
    """Vertices on an edge that only one face has."""
    edges: dict[tuple[int, int], list[int]] = {}
    for face in faces:
        for a, b in ((0, 1), (1, 2), (2, 0)):
            i, j = int(face[a]), int(face[b])
            key = (min(weld[i], weld[j]), max(weld[i], weld[j]))
            edges.setdefault(key, []).extend((i, j))
    open_ends = {int(weld[i]): i for pair in edges.values() if len(pair) == 2 for i in pair}
    return np.array(sorted(open_ends.values()), np.int32)


def load(path: Path) -> HandMesh:
    """Read the right hand's GLB file.

    Raises:
        EmojicamError: missing, truncated or not the expected rig.
    """
    document, blob = _read_glb(path)
    try:
        attributes = document["meshes"][0]["primitives"][0]  # type: ignore[index]
        skin = document["skins"][0]  # type: ignore[index]
        names = tuple(document["nodes"][node]["name"] for node in skin["joints"])  # type: ignore[index]

        def read(name: str) -> npt.NDArray[np.generic]:
            return _accessor(document, blob, attributes["attributes"][name])

        position, normal = read("POSITION").astype(np.float64), read("NORMAL").astype(np.float64)
        skin_joints, skin_weights = read("JOINTS_0").astype(np.int32), read("WEIGHTS_0").astype(np.float64)
        faces = _accessor(document, blob, attributes["indices"]).reshape(-1, 3).astype(np.int32)
        inverse_bind = _accessor(document, blob, skin["inverseBindMatrices"]).astype(np.float64)
        for finger in (*FINGERS, "thumb"):
            for name in ("wrist", *chain(finger)):
                names.index(name)
    except (KeyError, IndexError, ValueError) as error:
        raise EmojicamError(
            f"{path.name} is not the WebXR hand rig: {error}", "delete it, and the next run fetches it again"
        ) from None

    # glTF matrices are stored by columns. The bind pose is the inverse of these.
    bind = np.linalg.inv(inverse_bind.reshape(-1, 4, 4).transpose(0, 2, 1))
    axes = bind[:, :3, :3] / np.linalg.norm(bind[:, :3, :3], axis=1, keepdims=True)
    wrist = names.index("wrist")
    frame = np.stack([-axes[wrist][:, 0], -axes[wrist][:, 2], -axes[wrist][:, 1]], 1)
    origin = bind[wrist][:3, 3]
    length = float(np.linalg.norm(bind[names.index(chain("middle")[-1])][:3, 3] - origin))

    vertices = (position - origin) @ frame / length
    _, same_place = np.unique(np.round(vertices, 5), axis=0, return_inverse=True)
    weld: Ints = same_place.reshape(-1).astype(np.int32)
    faces = faces[(vertices[faces][:, :, 1] > WRIST_CUT).all(1)]
    loop = _boundary(faces, weld)
    loop = loop[vertices[loop][:, 1] < 0.25]
    centred = vertices[loop] - vertices[loop].mean(0)
    loop = loop[np.argsort(np.arctan2(centred[:, 2], centred[:, 0]))]
    normals = normal @ frame
    return HandMesh(
        vertices=vertices,
        normals=normals / np.linalg.norm(normals, axis=1, keepdims=True),
        faces=faces,
        skin_joints=skin_joints,
        skin_weights=skin_weights / skin_weights.sum(1, keepdims=True),
        weld=weld,
        names=names,
        joint_positions=(bind[:, :3, 3] - origin) @ frame / length,
        joint_axes=np.einsum("ba,jbc->jac", frame, axes),
        wrist_loop=loop,
    )


def mesh_path() -> Path:
    """Where the right hand's GLB file is; fetched at first use and kept in this user's cache.

    Raises:
        EmojicamError: the registry is out of reach, or it sent something else than the pinned package.
    """
    folder = third_party.kept(Path(__file__).with_name("hand_mesh.toml"), "hand-mesh")
    return folder / "generic-hand" / "right.glb"


@functools.cache
def _fetched() -> HandMesh:
    return load(mesh_path())


#: The hand of whoever sent us work, on a computer that has not fetched one.
_given: HandMesh | None = None


def use(hand: HandMesh) -> None:
    """Have this process draw a hand that another one has read."""
    global _given
    _given = hand


def hand() -> HandMesh:
    """The right hand, fetched if it is missing and read once a process."""
    return _given or _fetched()
