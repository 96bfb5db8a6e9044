"""KMS: keys and aliases."""

from __future__ import annotations

from typing import Final

from mlops_infra.providers.aws.row import Call, Extra, Kind, Out, Prop, Row, TagForm, Tags, Update

_KEY: Final = {"KeyId": "{id}"}

ROWS: Final = (
    Row(
        token="aws:kms/key:Key",  # noqa: S106
        service="kms",
        id="KeyMetadata.KeyId",
        create=Call("create_key"),
        read=Call("describe_key", _KEY, root="KeyMetadata"),
        delete=(
            Call(
                "schedule_key_deletion",
                {**_KEY, "PendingWindowInDays": "{deletionWindowInDays}"},
                tolerate=("KMSInvalidStateException",),
            ),
        ),
        gone=("NotFoundException",),
        gone_when="KeyState == 'PendingDeletion' || KeyState == 'PendingReplicaDeletion'",
        props=(
            Prop("description", computed=True),
            Prop("keyUsage", replace=True, default="ENCRYPT_DECRYPT"),
            Prop("customerMasterKeySpec", at="KeySpec", replace=True, default="SYMMETRIC_DEFAULT"),
            Prop("policy", kind=Kind.JSON, computed=True),
            Prop("multiRegion", replace=True, default=False),
            Prop("bypassPolicyLockoutSafetyCheck", read="", default=False),
            Prop("deletionWindowInDays", local=True),
            Prop("enableKeyRotation", at="", read="Rotation.KeyRotationEnabled", default=False),
            Prop("rotationPeriodInDays", at="", read="Rotation.RotationPeriodInDays", computed=True),
            Prop("isEnabled", at="", read="Enabled", default=True),
        ),
        extras=(
            Extra("Rotation", Call("get_key_rotation_status", _KEY)),
            Extra("Policy", Call("get_key_policy", {**_KEY, "PolicyName": "default"}, root="Policy")),
            Extra("Tags", Call("list_resource_tags", _KEY, root="Tags", paginate=True)),
        ),
        updates=(
            Update(
                ("enableKeyRotation", "rotationPeriodInDays"),
                (Call("enable_key_rotation", {**_KEY, "RotationPeriodInDays": "{rotationPeriodInDays}"}),),
                off=(Call("disable_key_rotation", _KEY),),
                on_create=True,
                unless=False,
            ),
            Update(("description",), (Call("update_key_description", {**_KEY, "Description": "{description}"}),)),
            Update(("policy",), (Call("put_key_policy", {**_KEY, "PolicyName": "default", "Policy": "{policy}"}),)),
            Update(
                ("isEnabled",),
                (Call("enable_key", _KEY),),
                off=(Call("disable_key", _KEY),),
                on_create=True,
                unless=True,
            ),
        ),
        tags=Tags(
            form=TagForm.KMS,
            add=Call("tag_resource", {**_KEY, "Tags": "{tags}"}),
            remove=Call("untag_resource", {**_KEY, "TagKeys": "{keys}"}),
        ),
        outs=(Out("arn", "Arn", "arn:{partition}:kms:{region}:{account}:key/{id}"), Out("keyId", "KeyId", "{id}")),
    ),
    Row(
        token="aws:kms/alias:Alias",  # noqa: S106
        service="kms",
        id="{name}",
        id_parts="(?P<name>.+)",
        create=Call("create_alias", {"AliasName": "{name}"}),
        read=Call("list_aliases", root="Aliases[?AliasName=='{name}'] | [0]", paginate=True),
        delete=(Call("delete_alias", {"AliasName": "{name}"}, tolerate=("NotFoundException",)),),
        exists=("AlreadyExistsException",),
        props=(
            Prop("name", at="", read="AliasName", replace=True, auto_name=256),
            Prop("targetKeyId", kind=Kind.REFERENCE),
        ),
        updates=(
            Update(("targetKeyId",), (Call("update_alias", {"AliasName": "{name}", "TargetKeyId": "{targetKeyId}"}),)),
        ),
        outs=(
            Out("arn", None, "arn:{partition}:kms:{region}:{account}:{name}"),
            Out("targetKeyArn", None, "arn:{partition}:kms:{region}:{account}:key/{targetKeyId|tail}"),
        ),
    ),
)
"""Rows of KMS."""
