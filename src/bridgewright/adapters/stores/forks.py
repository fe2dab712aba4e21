"""Telling a store of forks, for as long as it lives."""

from __future__ import annotations

import os
import weakref
from functools import partial
from typing import Protocol


class Forkable(Protocol):
    """What closes its connections for the moment of a fork."""

    def before_fork(self) -> None:
        """Nothing may be open, and nothing under way."""

    def after_fork_in_parent(self) -> None:
        """Go on."""

    def after_fork_in_child(self) -> None:
        """Begin anew: no thread came along."""


def watch_forks(store: Forkable) -> None:
    """Have the store told of forks, without keeping it alive."""
    if hasattr(os, "register_at_fork"):
        told = partial(_at_fork, weakref.ref(store))
        os.register_at_fork(
            before=partial(told, "before_fork"),
            after_in_parent=partial(told, "after_fork_in_parent"),
            after_in_child=partial(told, "after_fork_in_child"),
        )


def _at_fork(reference: weakref.ref[Forkable], name: str) -> None:
    store = reference()
    if store is not None:
        getattr(store, name)()
