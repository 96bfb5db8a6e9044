"""bootstrap: what must exist in an AWS account before the first `up` of an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_infra.config import load_environment
from mlops_infra.errors import UsageError
from mlops_infra.operations.authorising import authorised
from mlops_infra.operations.ports import Context
from mlops_infra.operations.session import asked, connect, held
from mlops_infra.progress import Step
from mlops_infra.providers.connection import AwsConnection

if TYPE_CHECKING:
    from mlops_infra.config.model import Environment
    from mlops_infra.providers.bootstrap import Bootstrapped, Wanted


def bootstrap(context: Context, environment: str, aws: AwsConnection | None = None) -> Bootstrapped:
    """Make the state's bucket, its key and the CI role where they are missing. `aws` is for tests; default: the real account.

    Ledger and lock lie in the bucket, so that what is made before them is told by the first entry.
    Raises UsageError for an environment that lives in the sandbox, OperationError for foreign credentials or a refusal of AWS.
    """
    from mlops_infra.providers.bootstrap import Bootstrap  # noqa: PLC0415 - brings botocore

    loaded = load_environment(context.project.stacks, environment)
    env = loaded.environment
    if env.target != "aws" or not env.state.backend or not env.state.secrets_provider:
        raise UsageError(
            f"environment {environment} lives in the sandbox, which needs no bootstrap",
            where=f"stacks/{environment}.yaml: target",
            hint="set `target: aws`, state.backend and state.secrets_provider, then run it again",
        )
    wanted = _wanted(env, env.state.backend, env.state.secrets_provider)
    with context.opa.scope():
        permitted = authorised(context, loaded, "bootstrap")
        making = Bootstrap(
            aws or connect(context, loaded).aws,
            wanted,
            lambda sentence: context.progress(Step(sentence, sentence, done=True)),
        )
        key = making.place()
        with (
            held(context, environment, "bootstrap", permitted.actor) as (_, recorder),
            recorder.change("bootstrap", asked(made=making.made)) as running,
        ):
            made = making.rest(key)
            running.data.update({"made": list(made.made), "found": list(made.found)})
    return made


def _wanted(env: Environment, backend: str, secrets_provider: str) -> Wanted:
    from mlops_infra.platform.names import Names  # noqa: PLC0415
    from mlops_infra.providers.bootstrap import Trust, Wanted  # noqa: PLC0415

    names = Names(env)
    ci = env.aws.ci
    return Wanted(
        backend=backend,
        secrets_provider=secrets_provider,
        role=names.ci_role,
        deployer=names.role_arn("ci-deployer"),
        tags=names.tags(names.named("state"), data="internal"),
        ci=Trust(ci.issuer, ci.audience, tuple(ci.subjects)) if ci else None,
    )
