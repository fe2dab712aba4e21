"""What one Slack workspace holds: people, conversations, messages, files; and the words for each."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bridgewright.simulate.slack.trouble import SlackError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgewright.simulate.wire import Content

TEAM = "T0000000001"
APP = "A0000000001"
BOT = "B0000000001"
DOMAIN = "simulated"
MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class User:
    """A member of the workspace, the app's own bot among them."""

    id: str
    name: str
    real_name: str
    email: str
    updated: int
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """A conversation. `kind` is public_channel, private_channel or im; `members` in order of joining."""

    id: str
    name: str
    creator: str
    created: int
    kind: str = "public_channel"
    members: tuple[str, ...] = ()
    is_archived: bool = False
    is_general: bool = False


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji under a message, and who put it there."""

    name: str
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Post:
    """A message of a conversation; `ts` is its name there. `extra` is what Slack keeps as it was
    given: blocks, attachments, metadata and the like."""

    ts: str
    channel: str
    user: str
    text: str = field(repr=False)
    bot: str | None = None
    thread_ts: str | None = None
    extra: Content = field(default_factory=dict, repr=False)
    reactions: tuple[Reaction, ...] = ()
    edited: str | None = None


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A message for later; `fields` are those of the post it will be."""

    id: str
    channel: str
    post_at: int
    created: int
    text: str = field(repr=False)
    user: str
    bot: str | None = None
    thread_ts: str | None = None
    extra: Content = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class File:
    """A file: announced, then uploaded (`content`), then completed with a title and channels."""

    id: str
    name: str
    length: int
    user: str
    created: int
    content: bytes | None = field(default=None, repr=False)
    title: str = ""
    done: bool = False
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Responder:
    """Where an app answers a command or an interaction: `left` times until `ends_at_s`. `ts` is the
    message that was acted on, None for a command."""

    id: str
    channel: str
    user: str
    ts: str | None
    ends_at_s: float
    left: int = 5


class Workspace:
    """One workspace, with an app installed; ids are numbered and the time is the clock's.

    `tell` is given what happened, as the inner event of an Events API delivery. `hooks` are incoming
    webhooks, each with the conversation it writes to; `unkept` messages were for one person's eyes.
    `url` is where the simulator is.
    """

    def __init__(self, now: Callable[[], float], tell: Callable[[Content], None]) -> None:
        self.now = now
        self.tell = tell
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.posts: dict[str, dict[str, Post]] = defaultdict(dict)
        self.scheduled: dict[str, Scheduled] = {}
        self.files: dict[str, File] = {}
        self.hooks: dict[str, str] = {}
        self.responders: dict[str, Responder] = {}
        self.unkept: list[Post] = []
        self.url = ""
        self._replies: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._serials: dict[str, Iterator[int]] = defaultdict(lambda: itertools.count(1))
        self._last_micro = 0
        self._people()

    def _people(self) -> None:
        self.bot = self.add_user("courier", "Courier", "", is_bot=True)
        self.owner = self.add_user("ada", "Ada Lovelace", "ada@example.org")
        self.member = self.add_user("grace", "Grace Hopper", "grace@example.org")
        everybody = (self.owner.id, self.member.id)
        general = (*everybody, self.bot.id)
        self.general = self.add_channel("general", self.owner.id, members=general, is_general=True)
        self.hooks[BOT] = self.general.id
        self.random = self.add_channel("random", self.owner.id, members=everybody)

    def name(self, prefix: str) -> str:
        """The next id of a kind, as long as Slack's are."""
        return f"{prefix}{next(self._serials[prefix]):010}"

    def number(self, what: str) -> int:
        """The next number of a series."""
        return next(self._serials[what])

    def stamp(self, at_s: float | None = None) -> str:
        """A `ts`: the instant in microseconds, moved on where one was given out already."""
        micro = int((self.now() if at_s is None else at_s) * MICRO)
        self._last_micro = max(micro, self._last_micro + 1)
        return f"{self._last_micro // MICRO}.{self._last_micro % MICRO:06}"

    def second(self) -> int:
        """Now, in whole seconds since 1970."""
        return int(self.now())

    def add_user(self, name: str, real_name: str, email: str, *, is_bot: bool = False) -> User:
        """One more member."""
        user = User(self.name("U"), name, real_name, email, self.second(), is_bot)
        self.users[user.id] = user
        return user

    def add_channel(
        self,
        name: str,
        creator: str,
        kind: str = "public_channel",
        members: tuple[str, ...] = (),
        *,
        is_general: bool = False,
    ) -> Channel:
        """One more conversation."""
        named = self.name("D" if kind == "im" else "C")
        channel = Channel(named, name, creator, self.second(), kind, members, is_general=is_general)
        self.channels[named] = channel
        return channel

    def put_channel(self, channel: Channel) -> Channel:
        """Keep what became of a conversation."""
        self.channels[channel.id] = channel
        return channel

    def put_post(self, post: Post) -> Post:
        """Keep a message, or what became of it."""
        if post.ts not in self.posts[post.channel] and post.thread_ts not in {None, post.ts}:
            self._replies[post.channel, str(post.thread_ts)].append(post.ts)
        self.posts[post.channel][post.ts] = post
        return post

    def drop_post(self, post: Post) -> None:
        """Forget a message; replies to it stay."""
        del self.posts[post.channel][post.ts]
        if post.thread_ts not in {None, post.ts}:
            self._replies[post.channel, str(post.thread_ts)].remove(post.ts)

    def user(self, name: str) -> User:
        """A member by id."""
        found = self.users.get(name)
        if found is None:
            raise SlackError("user_not_found")
        return found

    def channel(self, name: str, caller: User) -> Channel:
        """A conversation by id, or one with a person by that person's; private ones are nothing to
        those who are not in them."""
        found = self.channels.get(name)
        if found is None and name in self.users:
            return self.direct(caller, self.users[name])
        if found is None or (found.kind != "public_channel" and caller.id not in found.members):
            raise SlackError("channel_not_found")
        return found

    def direct(self, one: User, other: User) -> Channel:
        """The conversation of two, opened when there is none."""
        pair = (one.id, other.id)
        for channel in self.channels.values():
            if channel.kind == "im" and set(channel.members) == set(pair):
                return channel
        return self.add_channel("", one.id, "im", pair)

    def named(self, name: str) -> Channel | None:
        """A conversation by its name, with or without `#`."""
        plain = name.removeprefix("#")
        return next((each for each in self.channels.values() if plain and each.name == plain), None)

    def post(self, channel: Channel, ts: str) -> Post:
        """A message by its `ts`."""
        found = self.posts[channel.id].get(ts)
        if found is None:
            raise SlackError("message_not_found")
        return found

    def thread(self, channel: str, ts: str) -> tuple[Post, ...]:
        """The replies to a message, oldest first."""
        posts = self.posts[channel]
        return tuple(posts[each] for each in self._replies.get((channel, ts), ()))

    def join(self, channel: Channel, user: User) -> Channel:
        """Take somebody in, and say so."""
        joined = self.put_channel(replace(channel, members=(*channel.members, user.id)))
        kind = "G" if channel.kind == "private_channel" else "C"
        self.tell(
            {
                "type": "member_joined_channel",
                "user": user.id,
                "channel": channel.id,
                "channel_type": kind,
                "team": TEAM,
                "event_ts": self.stamp(),
            }
        )
        return joined
