"""The vocabulary of the table: what a row says about one resource type. Plain data; nothing here imports botocore.

Strings with ``{name}`` are templates (see `template.py`), filled from the resource's inputs, its state, the parts of its id and the
connection. Every other path is JMESPath over a response.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final


class Kind(Enum):
    """How a property's values are compared, and read back from the API."""

    PLAIN = "plain"
    JSON = "json"
    """A JSON document: compared by meaning (IAM policy documents: order of keys, one-element lists)."""
    SET = "set"
    """A list whose order means nothing."""
    MAP = "map"
    """Free keys (labels, dimensions): every key counts and none is renamed."""
    REFERENCE = "reference"
    """A name, id or ARN of something else: the API may answer with another form of the same reference."""


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""No value: not given, and not to be sent."""


@dataclass(frozen=True)
class Prop:
    """One input property of a type.

    `at`: dotted path in the create operation's input; None: found by its name (ignoring case, singular or plural); a trailing dot:
    found by its name inside that member; ``""``: not part of create (an `Update` carries it, or it is `local`).
    `read`: JMESPath in the read answer; None: found by name or by `at`; ``""``: the API does not tell.
    `replace`: a change makes a new resource. `computed`: the cloud chooses where the program does not. `local`: steers us, is
    never sent by name (``forceDestroy``). `members`: members of a structure that the cloud adds. `send`/`receive`: for shapes
    that name matching cannot bridge. `auto_name`: made from the resource's name where the program gives none (longest length).
    """

    name: str
    at: str | None = None
    read: str | None = None
    kind: Kind = Kind.PLAIN
    replace: bool = False
    computed: bool = False
    local: bool = False
    secret: bool = False
    default: Any = MISSING
    auto_name: int = 0
    members: tuple[str, ...] = ()
    send: Callable[[Any], Any] | None = None
    receive: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Call:
    """One API call. `operation` in botocore's snake case; `params` a template; `root` JMESPath to what matters in the answer.

    `tolerate`: error codes that mean "nothing to do". `needs`: a parameter that must not be empty, else the call is not made.
    `service`: another service than the row's.
    """

    operation: str
    params: Mapping[str, Any] = field(default_factory=dict)
    root: str = "@"
    tolerate: tuple[str, ...] = ()
    needs: str = ""
    paginate: bool = False
    service: str = ""


@dataclass(frozen=True)
class Extra:
    """A further read whose picked answer is put under `into` in what the main read answered (``"@"``: merged into it).

    `step`: a named reading in `steps.py` that completes the answer with further calls.
    """

    into: str
    call: Call
    step: str = ""


@dataclass(frozen=True)
class Update:
    """Calls that carry a change of any of `props`.

    `calls` run where the first property has a (true) value, `off` where it has none (or is false); without `off`, `calls` always run.
    `send`: further properties matched by name into the first call's input. `on_create`: also after create, where a property is
    given and differs from `unless`, what a new resource has anyway. `wait`: a waiter afterwards. `step`: a named step in `steps.py`
    instead of calls.
    """

    props: tuple[str, ...]
    calls: tuple[Call, ...]
    off: tuple[Call, ...] | None = None
    send: tuple[str, ...] = ()
    on_create: bool = False
    unless: Any = MISSING
    wait: str = ""
    step: str = ""


@dataclass(frozen=True)
class Out:
    """One output: `predict` is a template over inputs (and the id); `read` JMESPath in the read answer, None: the template is all.

    `volatile`: an update changes it, so that a preview of one does not know it.
    """

    name: str
    read: str | None = None
    predict: str | None = None
    volatile: bool = False


class TagForm(Enum):
    """How a service spells a set of tags."""

    LIST = ("Key", "Value")
    KMS = ("TagKey", "TagValue")
    MAP = ()


@dataclass(frozen=True)
class Tags:
    """Tagging of one type. `at`: path in create's input (``""``: tagged after create); `resource_type` for EC2's TagSpecifications.

    `add` and `remove` are templates that may use ``{tags}`` (the changed ones in the service's form), ``{all}``, ``{keys}`` and
    ``{removed}`` (of those that go).
    `read`: path in the read answer.
    """

    add: Call
    remove: Call
    at: str = "Tags"
    form: TagForm = TagForm.LIST
    read: str = "Tags"
    resource_type: str = ""


@dataclass(frozen=True)
class Row:
    """One resource type. See the module's docstring for templates and paths.

    `id`: a template (contains ``{``), else JMESPath in create's answer. `id_parts`: regular expression that takes an id apart (for import).
    `create` None with `adopt`: the cloud made it already (a VPC's default security group). `exists`: error codes of create that
    say that it is there already. `gone`: error codes of read that say that it is not; `gone_when`: JMESPath over the read answer that is
    true where it is as good as gone. `upsert`: any change repeats create. `delete_first`: a
    replacement must delete first. `before_delete`, `before_update`: named steps in `steps.py`.
    """

    token: str
    service: str
    id: str
    read: Call
    props: tuple[Prop, ...]
    create: Call | None = None
    adopt: Call | None = None
    delete: tuple[Call, ...] = ()
    updates: tuple[Update, ...] = ()
    extras: tuple[Extra, ...] = ()
    outs: tuple[Out, ...] = ()
    tags: Tags | None = None
    id_parts: str = ""
    exists: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    gone_when: str = ""
    upsert: bool = False
    delete_first: bool = False
    regional: bool = True
    wait_create: str = ""
    wait_delete: str = ""
    wait_params: Mapping[str, Any] = field(default_factory=dict)
    before_delete: str = ""
    before_update: str = ""
    secret_outputs: tuple[str, ...] = ()

    @property
    def by_name(self) -> Mapping[str, Prop]:
        """The properties by name."""
        return {prop.name: prop for prop in self.props}
