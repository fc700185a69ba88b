"""A plan for people (a table) and for scripts (JSON)."""

from typing import Any

from rich.console import Console
from rich.table import Table

from emojicam.flash.dfu import Command
from emojicam.flash.plan import Plan


def to_json(plan: Plan) -> dict[str, Any]:
    """Addresses and sizes are integers; ``files`` and what happened are the caller's to add."""
    return {
        "board": plan.layout.board,
        "image": plan.image.source,
        "address": plan.image.address,
        "end": plan.image.end,
        "bytes": plan.image.size,
        "erase": plan.erase,
        "segments": [{"address": segment.address, "bytes": len(segment.data)} for segment in plan.image.segments],
        "sectors": [
            {
                "sector": sector.index,
                "bank": sector.bank,
                "address": sector.address,
                "bytes": sector.size,
                "written": sector.written,
                "holds": sector.holds,
            }
            for sector in plan.sectors
        ],
        "writes": [{"address": write.address, "bytes": len(write.data)} for write in plan.writes],
        "warnings": list(plan.warnings),
    }


def show(plan: Plan, calls: list[Command], out: Console) -> None:
    """Print what would be done, with the commands where dfu-util does it."""
    table = Table(title=f"{plan.image.source} to {plan.layout.board}", title_justify="left")
    for name in ("sector", "bank", "from", "to", "written", "holds"):
        table.add_column(name, justify="right" if name in ("sector", "bank", "written") else "left")
    for sector in plan.sectors:
        written = f"{sector.written:,}" if sector.written else "erased only"
        first, last = f"{sector.address:#010x}", f"{sector.address + sector.size - 1:#010x}"
        table.add_row(str(sector.index), str(sector.bank), first, last, written, sector.holds)
    out.print(table)
    kept = [
        region for region in plan.layout.regions
        if all(not region.start <= sector.address < region.end for sector in plan.sectors)
    ]  # fmt: skip
    for region in kept:
        out.print(f"kept: {region.holds} ({region.start:#010x} to {region.end - 1:#010x})", markup=False)
    for call in calls:
        out.print(" ".join(call.argv), markup=False, soft_wrap=True)
