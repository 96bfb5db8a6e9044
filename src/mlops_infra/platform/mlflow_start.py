"""Starts the MLflow server inside of its container; mounted there as a file, so it needs nothing but Python and boto3.

The database password never stands in a pod's description: the server's role may read the secret, and this script hands it to the server
through its environment. RDS replaces the password regularly; the script notices and ends, and Kubernetes starts the container anew.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

LOOK_EVERY_SECONDS = 300
"""How often the secret's version is looked at; some seconds more or less, so that replicas do not restart together."""


def database_uri(variables: Mapping[str, str], user: str, password: str) -> str:
    """SQLAlchemy's address of the database; the server's certificate is checked against RDS's authorities."""
    return (
        f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}"
        f"@{variables['DATABASE_HOST']}:{variables['DATABASE_PORT']}/{variables['DATABASE_NAME']}"
        f"?sslmode=verify-full&sslrootcert={quote(variables['DATABASE_CA'], safe='/')}"
    )


def read_secret(client: Any, arn: str) -> tuple[str, str, str]:
    """Version, user and password that the secret holds now."""
    answer = client.get_secret_value(SecretId=arn)
    held = json.loads(answer["SecretString"])
    return answer["VersionId"], held["username"], held["password"]


def main() -> int:
    """Run ``mlflow server`` with this script's arguments until it ends or the password changes."""
    import boto3  # noqa: PLC0415 - only the container needs it at this point

    client = boto3.client("secretsmanager")
    arn = os.environ["DATABASE_SECRET_ARN"]
    version, user, password = read_secret(client, arn)
    address = database_uri(os.environ, user, password)
    server = subprocess.Popen(
        ["mlflow", "server", *sys.argv[1:]], env={**os.environ, "MLFLOW_BACKEND_STORE_URI": address}
    )
    while True:
        try:
            return server.wait(timeout=LOOK_EVERY_SECONDS + secrets.randbelow(60))
        except subprocess.TimeoutExpired:
            if read_secret(client, arn)[0] != version:
                server.terminate()
                return server.wait(timeout=60)


if __name__ == "__main__":
    sys.exit(main())
