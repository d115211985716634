"""Is the service there, and which version is it?"""

from dataclasses import dataclass
from importlib.metadata import version
from typing import ClassVar, Literal

from fastapi import APIRouter
from pydantic import ConfigDict

from techinsure.quantities import FORBID

router = APIRouter(tags=["health"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The service answers."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    status: Literal["ok"] = "ok"
    version: str


@router.get("/healthz")
async def get_health() -> Health:  # needs no thread, so it answers while all of them compute
    """Whether the service is up, and its version."""
    return Health(version=version("techinsure"))
