"""The firmware's bill of materials, as CycloneDX 1.6 JSON."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from emojicam import __version__
from emojicam.errors import EmojicamError
from emojicam.release.contents import Model, Piece

if TYPE_CHECKING:
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.model.license import License

_NAMESPACE = uuid.UUID("7ad5ad41-7b5f-5c37-9a6a-8a4b5b1d4e7e")


def make(pieces: Sequence[Piece], model: Model, images: Mapping[str, str], timestamp: int) -> str:
    """The document, checked against CycloneDX's own schema.

    Args:
        pieces: what is linked into the images.
        images: board -> SHA-256 of its ELF.
        timestamp: seconds since 1970, of the commit.

    Returns:
        JSON that is the same for the same arguments.

    Raises:
        EmojicamError: the schema does not allow it: a fact in the manifest or card is malformed.
    """
    from cyclonedx.model import Property
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    bom = Bom()
    product = Component(
        name="emojicam", version=__version__, type=ComponentType.FIRMWARE, bom_ref="emojicam",
        description="A camera board that types the emoji you sign", licenses=[_licence("Apache-2.0")],
        properties=[Property(name=f"emojicam:sha256:{board}.elf", value=value) for board, value in images.items()],
    )  # fmt: skip
    bom.metadata.component = product
    bom.metadata.timestamp = datetime.fromtimestamp(timestamp, UTC)
    made = {piece.name: _component(piece, ComponentType.LIBRARY) for piece in pieces}
    weights = _model(model)
    data = [_component(piece, ComponentType.DATA) for piece in model.made_from]
    for component in (*made.values(), weights, *data):
        bom.components.add(component)
    bom.register_dependency(product, [*(made[p.name] for p in pieces if not p.inside), weights])
    for piece in pieces:
        inner = [made[other.name] for other in pieces if other.inside == piece.name]
        bom.register_dependency(made[piece.name], inner)
    bom.register_dependency(weights, data)
    # Of the content, so that it repeats.
    facts = [(piece.name, piece.version, piece.licence, piece.purl, piece.sha256) for piece in pieces]
    bom.serial_number = uuid.uuid5(_NAMESPACE, repr((facts, model.sha256, sorted(images.items()), timestamp)))
    text = JsonV1Dot6(bom).output_as_string(indent=2)
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if problem is not None:
        raise EmojicamError(f"the bill of materials is not CycloneDX: {problem}", "the manifest's and the card's facts")
    return text + "\n"


def _licence(text: str) -> "License":
    from cyclonedx.contrib.license.factories import LicenseFactory

    made: License = LicenseFactory().make_from_string(text)
    return made


def _component(piece: Piece, kind: "ComponentType") -> "Component":
    from cyclonedx.model import HashAlgorithm, HashType, Property
    from cyclonedx.model.component import Component
    from packageurl import PackageURL

    # Two pieces may have one name, such as a library and a data set.
    return Component(
        name=piece.name, version=piece.version or None, type=kind, bom_ref=f"{kind.value}:{piece.name}",
        description=piece.summary, licenses=[_licence(piece.licence)],
        purl=PackageURL.from_string(piece.purl) if piece.purl else None,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=piece.sha256)] if piece.sha256 else [],
        properties=[Property(name="emojicam:inside", value=piece.inside)] if piece.inside else [],
    )  # fmt: skip


def _model(model: Model) -> "Component":
    from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
    from cyclonedx.model.component import Component, ComponentType

    facts = model.facts
    told = {
        "classes": ", ".join(facts["classes"]),
        "operators": ", ".join(facts["operators"]),
        "validation-images": facts["validation"]["int8"]["images"],
        "validation-accuracy": f"{facts['validation']['int8']['accuracy']:.4f}",
        **{f"made-with:{name}": version for name, version in facts["versions"].items()},
    }
    return Component(
        name=model.name, version=str(facts["emojicam"]), type=ComponentType.MACHINE_LEARNING_MODEL,
        bom_ref=f"model:{model.name}", description="int8 classifier of camera frames",
        licenses=[_licence("Apache-2.0")],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=model.sha256)],
        external_references=[ExternalReference(type=ExternalReferenceType.MODEL_CARD, url=XsUri("models/README.md"))],
        properties=[Property(name=f"emojicam:{name}", value=str(value)) for name, value in told.items()],
    )  # fmt: skip


def summary(text: str) -> str:
    """One line about a document that `make` wrote."""
    document = json.loads(text)
    kinds = [component["type"] for component in document["components"]]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))


def write(path: Path, text: str) -> None:
    """Write it where it is wanted.

    Raises:
        EmojicamError: it can't be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise EmojicamError(f"cannot write {path}: {error.strerror}", "another path") from None
