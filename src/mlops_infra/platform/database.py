"""The model registry's database: PostgreSQL on RDS, private, encrypted, backed up; and the registry's pod identity.

Gives `database.address`, `database.port` and `database.secret_arn`. RDS makes the master password itself, keeps it in Secrets Manager under
the platform's key and turns it every week: no program, state or log ever has it (RDS User Guide, "Password management with Secrets
Manager").
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from mlops_infra.config.model import Database, Monitoring
from mlops_infra.platform.cluster import Eks
from mlops_infra.platform.identity import Boundary
from mlops_infra.platform.keys import Keys
from mlops_infra.platform.logs import log_group
from mlops_infra.platform.names import Names
from mlops_infra.platform.network import Vpc
from mlops_infra.platform.part import Part, at
from mlops_infra.platform.pods import PodRoleArgs, pod_role
from mlops_infra.platform.policies import allow

PORT = 5432
DATABASE_NAME = "mlflow"
USER = "mlflow"
LOGS = ("postgresql", "upgrade")
"""Logs that RDS for PostgreSQL can export."""

NAMESPACE = "mlflow"
SERVICE_ACCOUNT = "mlflow"


@dataclass(frozen=True)
class PostgresArgs:
    """What the database is made from."""

    names: Names
    database: Database
    monitoring: Monitoring
    vpc: Vpc
    clients: pulumi.Input[str]
    """Security group of those who may connect."""
    key_arn: pulumi.Input[str]


class Postgres(pulumi.ComponentResource):
    """The database and what it stands on."""

    def __init__(self, name: str, args: PostgresArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:platform:Database", name, {}, opts)
        self._args = args
        self._names = args.names
        logs = []
        with at("monitoring", "log_retention"):
            for log in LOGS:
                group = log_group(
                    log,
                    names=args.names,
                    group=args.names.database_log_group(log),
                    retention=args.monitoring.log_retention,
                    key_arn=args.key_arn,
                    parent=self,
                )
                logs.append(group)
        self.instance = self._instance(logs)
        self.secret_arn = self.instance.master_user_secrets[0].secret_arn
        self.register_outputs({"address": self.instance.address})

    @property
    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)

    @property
    def _tags(self) -> dict[str, str]:
        return self._names.tags(self._names.database)

    def _instance(self, logs: list[aws.cloudwatch.LogGroup]) -> aws.rds.Instance:
        args, database, name = self._args, self._args.database, self._names.database
        sandbox = self._names.env.target == "sandbox"
        return aws.rds.Instance(
            "registry",
            identifier=name,
            engine="postgres",
            engine_version=database.engine_version,
            # Versions move by promotion, like everything else.
            auto_minor_version_upgrade=False,
            instance_class=database.instance_class,
            allocated_storage=database.storage,
            storage_type="gp3",
            storage_encrypted=True,
            kms_key_id=args.key_arn,
            db_name=DATABASE_NAME,
            username=USER,
            manage_master_user_password=True,
            master_user_secret_kms_key_id=args.key_arn,
            iam_database_authentication_enabled=True,
            port=PORT,
            db_subnet_group_name=self._subnets().name,
            vpc_security_group_ids=[self._security_group().id],
            parameter_group_name=self._parameters().name,
            publicly_accessible=False,
            multi_az=database.multi_az,
            backup_retention_period=database.backup_days,
            copy_tags_to_snapshot=True,
            delete_automated_backups=sandbox,
            deletion_protection=True,
            skip_final_snapshot=sandbox,
            final_snapshot_identifier=None if sandbox else f"{name}-final",
            enabled_cloudwatch_logs_exports=list(LOGS),
            tags=self._tags,
            # RDS makes missing log groups itself, without key and retention.
            opts=pulumi.ResourceOptions(parent=self, protect=True, depends_on=list(logs)),
        )

    def _subnets(self) -> aws.rds.SubnetGroup:
        return aws.rds.SubnetGroup(
            "registry",
            name=self._names.database,
            description="Private subnets",
            subnet_ids=self._args.vpc.private_ids,
            tags=self._tags,
            opts=self._child,
        )

    def _security_group(self) -> aws.ec2.SecurityGroup:
        group = aws.ec2.SecurityGroup(
            "registry",
            name=self._names.database,
            description="PostgreSQL from the cluster's nodes",
            vpc_id=self._args.vpc.vpc.id,
            tags=self._tags,
            opts=self._child,
        )
        aws.vpc.SecurityGroupIngressRule(
            "registry",
            security_group_id=group.id,
            referenced_security_group_id=self._args.clients,
            description="PostgreSQL from the cluster's nodes",
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            tags=self._tags,
            opts=self._child,
        )
        return group

    def _parameters(self) -> aws.rds.ParameterGroup:
        major = self._args.database.engine_version.split(".")[0]
        # TLS only, and a record of who came and went (45 CFR 164.312(b) and (e)(1)).
        settings = (("rds.force_ssl", "1"), ("log_connections", "1"), ("log_disconnections", "1"))
        return aws.rds.ParameterGroup(
            f"registry-{major}",
            name=f"{self._names.database}-{major}",
            family=f"postgres{major}",
            description="TLS only; connections are logged",
            parameters=[
                aws.rds.ParameterGroupParameterArgs(name=key, value=value, apply_method="pending-reboot")
                for key, value in settings
            ],
            tags=self._tags,
            opts=self._child,
        )


def database(part: Part) -> None:
    """Make the database and the registry's pod identity, and give where it is."""
    env, names, keys, eks = part.env, part.names, part.made(Keys), part.made(Eks)
    args = PostgresArgs(
        names=names,
        database=env.registry.database,
        monitoring=env.monitoring,
        vpc=part.made(Vpc),
        clients=eks.nodes_group.id,
        key_arn=keys.arn("platform"),
    )
    with at("registry", "database"):
        made = part.keep(Postgres("registry", args))
        pod_role(
            "mlflow",
            PodRoleArgs(
                names=names,
                role=names.role("mlflow"),
                description="The model registry",
                namespace=NAMESPACE,
                service_account=SERVICE_ACCOUNT,
                boundary=part.made(Boundary).arn,
                cluster=eks.cluster.name,
                tags=names.tags(names.role("mlflow")),
                statements=[
                    allow(
                        "DatabaseSecret",
                        ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
                        [made.secret_arn],
                    ),
                    allow(
                        "SecretKey",
                        ["kms:Decrypt"],
                        [keys.arn("platform")],
                        condition={"StringEquals": {"kms:ViaService": names.endpoint("secretsmanager")}},
                    ),
                ],
            ),
            made,
        )
    part.give("database.address", made.instance, made.instance.address)
    part.give("database.port", made.instance, made.instance.port)
    part.give("database.secret_arn", made.instance, made.secret_arn)
