"""Tags in each service's form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_infra.providers.aws.row import TagForm, Tags


def formed(tags: Mapping[str, str], form: TagForm) -> Any:
    """A map of tags as the service takes it, in the order of the keys."""
    if form is TagForm.MAP:
        return dict(sorted(tags.items()))
    key, value = form.value
    return [{key: name, value: text} for name, text in sorted(tags.items())]


def unformed(tags: Any) -> dict[str, str]:
    """What a service answered as a map; AWS's own tags (``aws:…``), which nobody else can set, are left out."""
    if not tags:
        return {}
    if isinstance(tags, Mapping):
        found = dict(tags)
    else:
        key, value = (
            ("TagKey", "TagValue")
            if "TagKey" in tags[0]
            else ("key", "value")
            if "key" in tags[0]
            else ("Key", "Value")
        )
        found = {item[key]: item.get(value, "") for item in tags}
    return {name: text for name, text in sorted(found.items()) if not name.startswith("aws:")}


def for_create(style: Tags, tags: Mapping[str, str]) -> Any:
    """The parameter at `style.at` of the create call."""
    if style.resource_type:
        return [{"ResourceType": style.resource_type, "Tags": formed(tags, style.form)}]
    return formed(tags, style.form)
