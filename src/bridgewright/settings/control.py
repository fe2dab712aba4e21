"""The settings of control: the words of order, staleness and priority, and a connector's bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright import connectors
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.lifecycle.placing import Placing, wrong_place
from bridgewright.core.model.ranking import Staleness
from bridgewright.settings.described import Kind, refuse_wrong, setting

if TYPE_CHECKING:
    from bridgewright.settings.gathering import Gathered
    from bridgewright.settings.source import SourceSettings

NO_ORDER, BY_CONNECTOR = "none", "connector"
BLOCK, PASS = "block", "pass"
HIGH, NORMAL = "high", "normal"


def wrong_order(text: str) -> str | None:
    """How a source is ordered."""
    if text in {NO_ORDER, BY_CONNECTOR} or wrong_place(text) is None:
        return None
    return "must be none, connector, or a place in the event, as in data.object.customer"


def wrong_after_death(text: str) -> str | None:
    """What a dead letter does to its key."""
    return None if text in {BLOCK, PASS} else "must be block or pass"


def wrong_staleness(text: str) -> str | None:
    """What becomes of a stale event."""
    return None if text in list(Staleness) else f"must be one of {', '.join(Staleness)}"


def wrong_priority(text: str) -> str | None:
    """High or normal, and nothing between."""
    return None if text in {HIGH, NORMAL} else "must be high or normal"


def wrong_patterns(text: str) -> str | None:
    """Patterns of event types."""
    return None if all(patterns(text)) else "has an empty pattern: divide them by single commas"


def patterns(text: str | None) -> tuple[str, ...]:
    """The patterns in a text."""
    return () if text is None else tuple(part.strip() for part in text.split(","))


@dataclass(frozen=True, slots=True)
class ConnectorSettings:
    """What holds for all sources of one connector together, in one worker. `name` is the table's own."""

    name: str
    concurrency: int | None = setting(
        None,
        Kind.WHOLE,
        "Attempts that one worker runs at once, of all sources of this connector together.",
        default_text="`concurrency` of `[work]`",
        least=1,
        most=1_000,
    )
    rate_per_s: float | None = setting(
        None,
        Kind.NUMBER,
        "Attempts that one worker begins in a second, of all sources of this connector together.",
        default_text="as many as there are",
        unit="per second",
        least=0.001,
        most=10_000,
    )

    def __post_init__(self) -> None:
        if self.name not in connectors.receiving_names():
            problem = f"there is no connector {self.name!r} that receives"
            remedy = "name one of the catalogue, as in [connectors.stripe]"
            raise ConfigurationError(problem, place="ConnectorSettings", remedy=remedy)
        refuse_wrong(self)


def make_connectors(gathered: Gathered, table: str) -> tuple[ConnectorSettings, ...]:
    """The connectors that somebody set bounds for; what is wrong is noted in `gathered`."""
    made = []
    for name in gathered.names(table):
        values = {key: given.value for key, given in gathered.of((table, name)).items()}
        try:
            made.append(ConnectorSettings(name, **values))
        except ConfigurationError as error:
            gathered.refuse(error.problem, gathered.place((table, name)), error.remedy)
    return tuple(made)


def placing_of(source: SourceSettings) -> Placing:
    """How a source's events are ranked. `ConfigurationError` where that needs a place which neither the
    settings name nor the connector knows."""
    webhook = connectors.webhook(source.provider)
    order = webhook.order if source.order == BY_CONNECTOR else (source.order,)
    if not order:
        problem = (
            f"order is connector, and the connector {source.provider} knows no place to order by"
        )
        remedy = 'name one in its events, for example order = "data.id"'
        raise ConfigurationError(problem, place="SourceSettings", remedy=remedy)
    resource = webhook.resource if source.resource is None else (source.resource,)
    if source.stale != Staleness.HANDLE and not resource:
        problem = f"stale is {source.stale}, and {source.provider} knows no place of its resources"
        remedy = 'name one in its events, for example resource = "data.id"'
        raise ConfigurationError(problem, place="SourceSettings", remedy=remedy)
    return Placing(
        order=() if source.order == NO_ORDER else order,
        blocks=source.order_after_death == BLOCK,
        resource=() if source.stale == Staleness.HANDLE else resource,
        high=("*",) if source.priority == HIGH else patterns(source.high_types),
    )
