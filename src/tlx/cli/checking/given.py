"""What events are held against, as it was typed: registries, schemas, lists of what may be told."""

from __future__ import annotations

from collections.abc import Sequence

from tlx.cli.reading import Check
from tlx.config import ConfigError
from tlx.config.settings import Settings
from tlx.dialects.rules.finding import Schemas
from tlx.model import NO_MASKS, Masks
from tlx.query.checking import files
from tlx.query.checking.violations import Wanted


def wanted(check: Check, settings: Settings) -> Wanted:
    """Return what to hold events against, read from its files.

    Raises:
        ConfigError: a file holds none.
    """
    try:
        registry = files.registry(check.registry) if check.registry is not None else None
        allowed = files.allowlist(check.allowlist) if check.allowlist is not None else None
        return Wanted(registry, _schemas(check.schemas), allowed, _masks(settings))
    except files.GivenFileError as error:
        raise ConfigError(str(error)) from error


def _masks(settings: Settings) -> Masks:
    if settings.reveal:
        return NO_MASKS
    from tlx.dialects.known import chosen
    from tlx.loading.masks import masks

    return masks(chosen(settings.dialect, settings.dialect_file), hide=False, paths=settings.mask)


def _schemas(paths: Sequence[str]) -> Schemas | None:
    if not paths:
        return None
    from tlx.query.checking.schemas import read_schemas  # brings libraries that nothing else needs

    return read_schemas(paths)
