"""One resource against the live API: create, read, update, delete, as its row says.

Blocking; the provider runs it in threads. Values in and out are plain (`Secret` markers where something must not be shown).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any

import jmespath

from mlops_infra.errors import MlopsInfraError, OperationError
from mlops_infra.graph import Secret
from mlops_infra.providers.aws.clients import CallError, Clients
from mlops_infra.providers.aws.context import Context, gained, is_known, lost
from mlops_infra.providers.aws.difference import changes
from mlops_infra.providers.aws.parameters import build, put, typed
from mlops_infra.providers.aws.patience import NotYetThereError, Patience
from mlops_infra.providers.aws.row import Call, Row, Update
from mlops_infra.providers.aws.shapes import is_empty, reveal
from mlops_infra.providers.aws.state import as_followed, as_inputs, as_outputs, previewed
from mlops_infra.providers.aws.steps import READINGS, STEPS
from mlops_infra.providers.aws.tagging import for_create, formed, unformed
from mlops_infra.providers.aws.template import fill

Noted = Callable[[str, str], None]
"""Told the URN and the id of what has just been made, before anything else is done with it."""


def not_noted(_urn: str, _resource_id: str) -> None:
    """For who need not know."""


@dataclass(frozen=True)
class Made:
    """A resource after create: its id, its outputs, and why it is not complete (empty: it is)."""

    id: str
    outputs: Mapping[str, Any]
    failures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """A resource as it is: its inputs with their live values, and its outputs."""

    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]


class Resource:
    """The operations on one resource. `urn` names it in errors; `recorded`: it exists in the state only."""

    def __init__(
        self,
        row: Row,
        urn: str,
        clients: Clients,
        inputs: Mapping[str, Any],
        *,
        recorded: bool,
        noted: Noted = not_noted,
        patience: Patience,
    ) -> None:
        self.row = row
        self.urn = urn
        self.clients = clients
        self.inputs = inputs
        self.recorded = recorded
        self.noted = noted
        self.patience = patience
        self.region = str(reveal(inputs.get("region")) or clients.aws.region)
        self._hidden = tuple(_secrets(row, inputs))

    # Calls

    def call(self, operation: str, params: Mapping[str, Any], *, root: str = "@", paginate: bool = False) -> Any:
        """One call of the row's service. Errors name this resource."""
        try:
            return self.clients.call(
                self.row.service, self.region, operation, params, root=root, paginate=paginate, hidden=self._hidden
            )
        except MlopsInfraError as error:
            error.where = error.where or self.urn
            raise

    def _run(self, call: Call, context: Context, params: Mapping[str, Any] | None = None) -> Any:
        """A call of the row, with its template filled unless `params` are given; None where it is tolerated or not needed."""
        if params is None:
            shape = self.clients.input_shape(self.row.service, self.region, call.operation)
            params = typed(fill(call.params, context), shape, self.row.service)
        if call.needs and not params.get(call.needs):
            return None
        root = str(fill(call.root, context))
        try:
            return self.call(call.operation, params, root=root, paginate=call.paginate)
        except CallError as error:
            if error.code in call.tolerate:
                return None
            raise

    def _wait(self, waiter: str, context: Context) -> None:
        if waiter:
            try:
                self.clients.wait(self.row.service, self.region, waiter, fill(self.row.wait_params, context))
            except MlopsInfraError as error:
                error.where = error.where or self.urn
                raise

    def _context(self, resource_id: str = "", **more: Any) -> Context:
        return Context.of(self.row, self.inputs, self.clients.aws, resource_id=resource_id, **more)

    # Create

    def create(self) -> Made:
        """Make the resource, with everything that its inputs say. A part that fails after it exists is told in the result.

        Raises OperationError where nothing was made, or what is there already is not ours.
        """
        if self.recorded:
            return self._record()
        context = self._context()
        try:
            created = self.patience(lambda: self._make(context))
        except CallError as error:
            if error.code not in self.row.exists:
                raise
            return self._adopt(context, error)
        context = context.having(created=created)
        resource_id = self._identify(context, created)
        self.noted(self.urn, resource_id)
        context = self._context(resource_id, created=created)
        try:
            self._wait(self.row.wait_create, context)
            self._finish(context)
        except OperationError as error:
            return Made(resource_id, self._outputs_or_inputs(resource_id), (str(error.what),))
        return Made(resource_id, self._read_back(resource_id))

    def _record(self) -> Made:
        resource_id, outputs = previewed(self.row, "", self.inputs, self.clients.aws)
        digest = sha256(self.urn.encode()).hexdigest()[:17]
        resource_id = resource_id or f"recorded-{digest}"
        context = self._context(resource_id)
        for out in self.row.outs:
            value = fill(out.predict, context) if out.predict is not None else None
            if value is not None and is_known(value):
                outputs[out.name] = value
        return Made(resource_id, _known_only(outputs))

    def _make(self, context: Context) -> Any:
        row = self.row
        if row.create is None:
            found = self._run(row.adopt, context) if row.adopt is not None else None
            if not found:
                raise OperationError(f"there is no {row.token} to take over", where=self.urn)
            return found
        shape = self.clients.input_shape(row.service, self.region, row.create.operation)
        params = build(row, row.create, shape, context, self.inputs, None)
        tags = reveal(self.inputs.get("tags"))
        if row.tags is not None and row.tags.at and tags:
            put(params, tuple(row.tags.at.split(".")), for_create(row.tags, tags))
        return self._run(row.create, context, params)

    def _identify(self, context: Context, created: Any) -> str:
        template = self.row.id
        found = fill(template, context) if "{" in template else jmespath.search(template, created)
        if not isinstance(found, str) or not found:
            raise OperationError(f"the API told no id of the new {self.row.token}", where=self.urn)
        return found

    def _finish(self, context: Context) -> None:
        """What create could not carry: follow-up calls and late tags."""
        row = self.row
        for update in row.updates:
            values = [(name, reveal(self.inputs.get(name))) for name in update.props]
            if update.on_create and any(
                value is not None and value != update.unless for _, value in values[: 1 if update.off else None]
            ):
                self._apply(update, self._with_live(update, context), dict(values))
        tags = reveal(self.inputs.get("tags"))
        late = row.tags is not None and (not row.tags.at or row.create is None)
        if late and tags:
            self._tag({}, tags, context)

    def _adopt(self, context: Context, error: CallError) -> Made:
        """Take over what an interrupted create of ours left: the same identity and every tag that we would have set."""
        resource_id = str(fill(self.row.id, context)) if "{" in self.row.id else ""
        live = self._live(self._context(resource_id))
        if live is None or not self._is_ours(live):
            raise OperationError(
                f"{self.row.token} exists already and does not carry this environment's tags ({error.code})",
                where=self.urn,
                hint="choose another name, or take it over with `mlops-infra state import`",
            ) from None
        if not resource_id:
            resource_id = self._id_of_live(live)
        found = as_outputs(self.row, self.inputs, live, self._context(resource_id))
        return Made(resource_id, self.update(resource_id, found))

    def _id_of_live(self, live: Any) -> str:
        """The id from what read answered: create's path without the structure that only create's answer has around it."""
        name = self.row.id.rsplit(".", 1)[-1]
        found = jmespath.search(name, live)
        if not isinstance(found, str):
            raise OperationError(f"the API told no id of the existing {self.row.token}", where=self.urn)
        return found

    def _is_ours(self, live: Mapping[str, Any]) -> bool:
        wanted = reveal(self.inputs.get("tags")) or {}
        if self.row.tags is not None and wanted:
            there = unformed(jmespath.search(self.row.tags.read, live))
            return all(there.get(key) == value for key, value in wanted.items())
        return not changes(self.row, as_inputs(self.row, self.inputs, live), self.inputs)

    # Read

    def read(self, resource_id: str, old_outputs: Mapping[str, Any]) -> Found | None:
        """What is there, or None where it is gone. Raises UnreachableError where that cannot be known."""
        if self.recorded:
            return Found(self.inputs, old_outputs)
        live = self._live(self._state_context(resource_id, old_outputs))
        if live is None:
            return None
        context = self._state_context(resource_id, old_outputs)
        return Found(as_inputs(self.row, self.inputs, live), as_outputs(self.row, self.inputs, live, context))

    def _state_context(self, resource_id: str, outputs: Mapping[str, Any]) -> Context:
        """The context of an existing resource: the row's outputs come from its state, properties from the inputs alone."""
        told = {name: value for name, value in outputs.items() if name not in self.row.by_name}
        return Context({**reveal(told), **self._context(resource_id)})

    def _live(self, context: Context) -> dict[str, Any] | None:
        row = self.row
        try:
            root = self._run(row.read, context)
            # An answer without content (HeadBucket) says as much as any other.
            if root is None or (not root and row.read.root != "@"):
                return None
            live = dict(root)
            if row.gone_when and jmespath.search(row.gone_when, live):
                return None
            for extra in row.extras:
                found = self._run(extra.call, context.having(live=live))
                if extra.step:
                    found = READINGS[extra.step](self.call, context, found)
                if extra.into == "@":
                    live |= found or {}
                else:
                    live[extra.into] = found
        except CallError as error:
            if error.code in row.gone:
                return None
            raise
        return live

    def _read_back(self, resource_id: str) -> dict[str, Any]:
        """The outputs after create; the API is asked only for what does not follow from the inputs and the id."""
        context = self._context(resource_id)
        followed = as_followed(self.row, self.inputs, context)
        if followed is not None:
            return followed

        def there() -> dict[str, Any]:
            live = self._live(context)
            if live is None:
                raise NotYetThereError(f"{self.row.token} was made but cannot be read", where=self.urn)
            return live

        return as_outputs(self.row, self.inputs, self.patience(there), context)

    def _outputs_or_inputs(self, resource_id: str) -> dict[str, Any]:
        """The outputs of a resource that is not complete; its bare inputs where not even reading works."""
        try:
            live = self._live(self._context(resource_id))
        except OperationError:
            live = None
        if live is None:
            return {key: value for key, value in self.inputs.items() if value is not None}
        return as_outputs(self.row, self.inputs, live, self._context(resource_id))

    # Update

    def update(self, resource_id: str, old: Mapping[str, Any]) -> dict[str, Any]:
        """Carry every difference between state `old` and the inputs; returns the new outputs."""
        row = self.row
        if self.recorded:
            made = self._record()
            return {**_known_only(dict(old)), **made.outputs}
        found = changes(row, old, self.inputs)
        context = self._state_context(resource_id, old).having(old=reveal(old), **_deltas(old, self.inputs))
        names = {change.name for change in found} - {prop.name for prop in row.props if prop.local}
        if names - {"tags"} and row.before_update:
            STEPS[row.before_update](self.call, context)
        tags_before: Mapping[str, str] = reveal(old.get("tags")) or {}
        if row.upsert and names - {"tags"}:
            self.patience(lambda: self._make(context))
            names &= {"tags"}
            if row.tags is not None and not row.tags.at:
                # A new put has no tags (S3 API reference, PutObject), so all of them are set again.
                names, tags_before = {"tags"}, {}
        if names - {"tags"}:
            self._change(names - {"tags"}, context)
        if "tags" in names and row.tags is not None:
            self._tag(tags_before, reveal(self.inputs.get("tags")) or {}, context)
        live = self._live(self._state_context(resource_id, old))
        if live is None:
            raise OperationError(f"{row.token} is gone", where=self.urn, hint="run `mlops-infra refresh`")
        return as_outputs(row, self.inputs, live, self._state_context(resource_id, old))

    def _change(self, names: set[str], context: Context) -> None:
        carried: set[str] = set()
        for update in self.row.updates:
            if not names & set(update.props):
                continue
            values = {name: self._wanted(name, context) for name in update.props}
            changed = {name: value for name, value in values.items() if name in names}
            named = self._with_live(update, context).having(changed=changed, **_present(changed))
            self._apply(update, named, values, changed)
            carried |= set(update.props)
        if names - carried:
            raise OperationError(
                f"{self.row.token} cannot change {', '.join(sorted(names - carried))} in place", where=self.urn
            )

    def _with_live(self, update: Update, context: Context) -> Context:
        """The context with what is there now, where the update's calls want to know."""
        if any("{live." in str(call.params) for call in (*update.calls, *(update.off or ()))):
            return context.having(live=self._live(context) or {})
        return context

    def _wanted(self, name: str, context: Context) -> Any:
        """A property's new value; where it was taken away, the value that says "nothing" in the old one's type."""
        value = reveal(self.inputs.get(name))
        if value is not None:
            return value
        old = context.get(f"old.{name}")
        return "" if isinstance(old, str) else [] if isinstance(old, list) else {} if isinstance(old, Mapping) else None

    def _apply(
        self,
        update: Update,
        context: Context,
        values: Mapping[str, Any],
        changed: Mapping[str, Any] | None = None,
    ) -> None:
        if update.step:
            STEPS[update.step](self.call, context)
            self._wait(update.wait, context)
            return
        off = update.off is not None and is_empty(values[update.props[0]])
        last: Any = None
        for index, call in enumerate((update.off or ()) if off else update.calls):
            shape = self.clients.input_shape(self.row.service, self.region, call.operation)
            names: Iterable[str] = ()
            if index == 0 and not off:
                names = _names(update, values, changed or values)
            named = context.having(last=last or {})
            params = build(self.row, call, shape, named, values, names)
            last = self.patience(partial(self._run, call, named, params))
        self._wait(update.wait, context)

    def _tag(self, old: Mapping[str, str], new: Mapping[str, str], context: Context) -> None:
        style = self.row.tags
        if style is None:
            return
        gone = {key: value for key, value in old.items() if key not in new}
        added = {key: value for key, value in new.items() if old.get(key) != value}
        named = context.having(
            tags=formed(added, style.form),
            all=formed(new, style.form),
            removed=formed(gone, style.form),
            keys=sorted(gone),
        )
        whole = "{all}" in str(style.add.params)
        if gone and not (whole and added):
            self._run(style.remove, named)
        if added:
            self._run(style.add, named)

    # Delete

    def _delete_once(self, call: Call, context: Context) -> None:
        try:
            self._run(call, context)
        except CallError as error:
            if error.code not in self.row.gone:
                raise

    def delete(self, resource_id: str, outputs: Mapping[str, Any]) -> None:
        """Remove it; that it is gone already is fine."""
        if self.recorded:
            return
        row = self.row
        context = self._state_context(resource_id, outputs)
        try:
            if row.before_delete:
                STEPS[row.before_delete](self.call, context)
            for call in row.delete:
                self.patience(partial(self._delete_once, call, context))
        except CallError as error:
            if error.code not in row.gone:
                raise
            return
        self._wait(row.wait_delete, context)


def _deltas(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    names = {*old, *new}
    before, after = reveal(old), reveal(new)
    return {
        "added": _present({name: gained(before.get(name), after.get(name)) for name in names}),
        "removed": _present({name: lost(before.get(name), after.get(name)) for name in names}),
    }


def _names(update: Update, values: Mapping[str, Any], changed: Mapping[str, Any]) -> Iterable[str]:
    """The properties that the first call of an update carries by name."""
    if update.send == ("*",):
        return values
    return changed if update.send == ("changed",) else update.send


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if is_known(value) and value is not None}


def _known_only(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if is_known(value)}


def _secrets(row: Row, inputs: Mapping[str, Any]) -> Iterable[str]:
    hidden = {prop.name for prop in row.props if prop.secret}
    for name, value in inputs.items():
        yield from _secret_texts(value, name in hidden)


def _secret_texts(value: Any, secret: bool) -> Iterable[str]:
    if isinstance(value, Secret):
        yield from _secret_texts(value.value, True)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _secret_texts(item, secret)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _secret_texts(item, secret)
    elif secret and isinstance(value, str) and value:
        # As it is, and as a message quotes it.
        yield from dict.fromkeys((value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]))
