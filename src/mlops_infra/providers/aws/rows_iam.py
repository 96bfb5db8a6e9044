"""IAM: roles, policies, and what ties them together. IAM is global: no region in its ARNs."""

from __future__ import annotations

from typing import Final

from mlops_infra.providers.aws.row import Call, Extra, Kind, Out, Prop, Row, Tags, Update

_ROLE: Final = {"RoleName": "{name}"}
_POLICY: Final = {"PolicyArn": "{id}"}
_PROVIDER: Final = {"OpenIDConnectProviderArn": "{id}"}
_GONE: Final = ("NoSuchEntity", "NoSuchEntityException")
_EXISTS: Final = ("EntityAlreadyExists", "EntityAlreadyExistsException")

ROWS: Final = (
    Row(
        token="aws:iam/role:Role",  # noqa: S106
        service="iam",
        regional=False,
        id="{name}",
        id_parts="(?P<name>.+)",
        create=Call("create_role", _ROLE),
        read=Call("get_role", _ROLE, root="Role"),
        delete=(Call("delete_role", _ROLE),),
        exists=_EXISTS,
        gone=_GONE,
        before_delete="empty_role",
        props=(
            Prop("name", at="", read="RoleName", replace=True, auto_name=64),
            Prop("path", replace=True, default="/"),
            Prop("assumeRolePolicy", at="AssumeRolePolicyDocument", kind=Kind.JSON),
            Prop("description"),
            Prop("maxSessionDuration", default=3600),
            Prop("permissionsBoundary", read="PermissionsBoundary.PermissionsBoundaryArn"),
            Prop("forceDetachPolicies", local=True, default=False),
        ),
        updates=(
            Update(
                ("description", "maxSessionDuration"),
                (
                    Call(
                        "update_role",
                        {**_ROLE, "Description": "{description}", "MaxSessionDuration": "{maxSessionDuration}"},
                    ),
                ),
            ),
            Update(
                ("assumeRolePolicy",),
                (Call("update_assume_role_policy", {**_ROLE, "PolicyDocument": "{assumeRolePolicy}"}),),
            ),
            Update(
                ("permissionsBoundary",),
                (Call("put_role_permissions_boundary", {**_ROLE, "PermissionsBoundary": "{permissionsBoundary}"}),),
                off=(Call("delete_role_permissions_boundary", _ROLE, tolerate=_GONE),),
            ),
        ),
        tags=Tags(
            add=Call("tag_role", {**_ROLE, "Tags": "{tags}"}),
            remove=Call("untag_role", {**_ROLE, "TagKeys": "{keys}"}),
        ),
        outs=(
            Out("arn", "Arn", "arn:{partition}:iam::{account}:role{path}{name}"),
            Out("uniqueId", "RoleId"),
            Out("createDate", "CreateDate"),
        ),
    ),
    Row(
        token="aws:iam/policy:Policy",  # noqa: S106
        service="iam",
        regional=False,
        id="arn:{partition}:iam::{account}:policy{path}{name}",
        id_parts=r"arn:[^:]+:iam::\d+:policy(?P<path>/(?:.*/)?)(?P<name>[^/]+)",
        create=Call("create_policy", {"PolicyName": "{name}"}),
        read=Call("get_policy", _POLICY, root="Policy"),
        delete=(Call("delete_policy", _POLICY),),
        exists=_EXISTS,
        gone=_GONE,
        before_delete="drop_policy_versions",
        before_update="drop_oldest_policy_version",
        props=(
            Prop("name", at="", read="PolicyName", replace=True, auto_name=128),
            Prop("path", replace=True, default="/"),
            Prop("description", replace=True),
            Prop("policy", at="PolicyDocument", read="Document", kind=Kind.JSON),
        ),
        extras=(
            Extra(
                "Document",
                Call(
                    "get_policy_version",
                    {**_POLICY, "VersionId": "{live.DefaultVersionId}"},
                    root="PolicyVersion.Document",
                ),
            ),
        ),
        updates=(
            Update(
                ("policy",),
                (Call("create_policy_version", {**_POLICY, "PolicyDocument": "{policy}", "SetAsDefault": True}),),
            ),
        ),
        tags=Tags(
            add=Call("tag_policy", {**_POLICY, "Tags": "{tags}"}),
            remove=Call("untag_policy", {**_POLICY, "TagKeys": "{keys}"}),
        ),
        outs=(
            Out("arn", "Arn", "arn:{partition}:iam::{account}:policy{path}{name}"),
            Out("policyId", "PolicyId"),
        ),
    ),
    Row(
        token="aws:iam/rolePolicy:RolePolicy",  # noqa: S106
        service="iam",
        regional=False,
        id="{role}:{name}",
        id_parts="(?P<role>[^:]+):(?P<name>.+)",
        create=Call("put_role_policy", {"RoleName": "{role}", "PolicyName": "{name}"}),
        read=Call("get_role_policy", {"RoleName": "{role}", "PolicyName": "{name}"}),
        delete=(Call("delete_role_policy", {"RoleName": "{role}", "PolicyName": "{name}"}, tolerate=_GONE),),
        gone=_GONE,
        upsert=True,
        props=(
            Prop("role", at="", read="RoleName", replace=True),
            Prop("name", at="", read="PolicyName", replace=True, auto_name=128),
            Prop("policy", at="PolicyDocument", read="PolicyDocument", kind=Kind.JSON),
        ),
    ),
    Row(
        token="aws:iam/rolePolicyAttachment:RolePolicyAttachment",  # noqa: S106
        service="iam",
        regional=False,
        id="{role}/{policyArn}",
        id_parts="(?P<role>[^/]+)/(?P<policyArn>arn:.+)",
        create=Call("attach_role_policy", {"RoleName": "{role}"}),
        read=Call(
            "list_attached_role_policies",
            {"RoleName": "{role}"},
            root="AttachedPolicies[?PolicyArn=='{policyArn}'] | [0]",
            paginate=True,
        ),
        delete=(Call("detach_role_policy", {"RoleName": "{role}", "PolicyArn": "{policyArn}"}, tolerate=_GONE),),
        gone=_GONE,
        props=(
            Prop("role", at="", read="", replace=True),
            Prop("policyArn", replace=True),
        ),
    ),
    Row(
        token="aws:iam/openIdConnectProvider:OpenIdConnectProvider",  # noqa: S106
        service="iam",
        regional=False,
        id="arn:{partition}:iam::{account}:oidc-provider/{url|noscheme}",
        create=Call("create_open_id_connect_provider"),
        read=Call("get_open_id_connect_provider", _PROVIDER),
        delete=(Call("delete_open_id_connect_provider", _PROVIDER, tolerate=_GONE),),
        exists=_EXISTS,
        gone=_GONE,
        props=(
            # IAM answers the issuer without its scheme (API reference, GetOpenIDConnectProvider).
            Prop("url", replace=True, receive=lambda url: url if "://" in url else f"https://{url}"),
            Prop("clientIdLists", kind=Kind.SET, replace=True),
            Prop("thumbprintLists", kind=Kind.SET, computed=True),
        ),
        updates=(
            Update(
                ("thumbprintLists",),
                (
                    Call(
                        "update_open_id_connect_provider_thumbprint",
                        {**_PROVIDER, "ThumbprintList": "{thumbprintLists}"},
                    ),
                ),
            ),
        ),
        tags=Tags(
            add=Call("tag_open_id_connect_provider", {**_PROVIDER, "Tags": "{tags}"}),
            remove=Call("untag_open_id_connect_provider", {**_PROVIDER, "TagKeys": "{keys}"}),
        ),
        outs=(Out("arn", None, "arn:{partition}:iam::{account}:oidc-provider/{url|noscheme}"),),
    ),
)
"""Rows of IAM."""
