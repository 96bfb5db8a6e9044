"""What is watched in AWS: the topic that everything reports to, alarms, and the audit trail.

Gives `alerts.arn`. Metrics of what runs in the cluster are Prometheus's (`monitoring`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from mlops_infra.config.model import ClassPolicy, Dataset, Monitoring
from mlops_infra.config.model.types import Classification
from mlops_infra.platform.database import Postgres
from mlops_infra.platform.identity import Boundary
from mlops_infra.platform.keys import Keys
from mlops_infra.platform.logs import log_group
from mlops_infra.platform.names import Names
from mlops_infra.platform.network import Vpc
from mlops_infra.platform.part import Part, at
from mlops_infra.platform.policies import allow, deny, document, service_trust
from mlops_infra.platform.roles import RoleArgs, make_role
from mlops_infra.platform.storage import StorageBuckets

PERIOD = 300
"""Period of every alarm, seconds (RDS, NAT gateways and EKS report once a minute)."""

GIB = 1024**3


@dataclass(frozen=True)
class Alarm:
    """One CloudWatch alarm: `metric` of `namespace` beyond `threshold` in `periods` periods of five minutes running."""

    name: str
    description: str
    namespace: str
    metric: str
    dimensions: dict[str, pulumi.Input[str]]
    threshold: float
    statistic: str = "Average"
    comparison: str = "GreaterThanThreshold"
    periods: int = 3


@dataclass(frozen=True)
class AlertsArgs:
    """What alerts are made from."""

    names: Names
    monitoring: Monitoring
    key_arn: pulumi.Input[str]
    vpc: Vpc
    database: Postgres
    database_storage: int
    """GiB."""


class Alerts(pulumi.ComponentResource):
    """The topic, who is subscribed to it, and the alarms that report to it."""

    def __init__(self, name: str, args: AlertsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:platform:Alerts", name, {}, opts)
        self._args = args
        names = args.names
        topic = names.named("alerts")
        self.topic = aws.sns.Topic(
            "alerts",
            name=topic,
            display_name=f"{names.env.environment} alerts",
            kms_master_key_id=args.key_arn,
            tags=names.tags(topic),
            opts=self._child,
        )
        aws.sns.TopicPolicy("alerts", arn=self.topic.arn, policy=topic_policy(names), opts=self._child)
        with at("monitoring", "alert_emails"):
            for email in args.monitoring.alert_emails:
                aws.sns.TopicSubscription(
                    email, topic=self.topic.arn, protocol="email", endpoint=email, opts=self._child
                )
        with at("registry", "database"):
            for alarm in self._database_alarms():
                self._alarm(alarm)
        with at("network", "nat_per_zone"):
            for zone, nat in args.vpc.nats.items():
                self._alarm(_nat_alarm(zone, nat.id))
        with at("cluster"):
            self._alarm(_cluster_alarm(names.cluster))
        self.register_outputs({"topic": self.topic.arn})

    @property
    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)

    def _database_alarms(self) -> list[Alarm]:
        args = self._args
        dimensions: dict[str, pulumi.Input[str]] = {"DBInstanceIdentifier": args.database.instance.identifier}
        return [
            Alarm(
                "database-cpu",
                "The registry's database is busier than 80 percent",
                "AWS/RDS",
                "CPUUtilization",
                dimensions,
                80,
            ),
            Alarm(
                "database-storage",
                "Less than a fifth of the registry's storage is free",
                "AWS/RDS",
                "FreeStorageSpace",
                dimensions,
                args.database_storage * GIB // 5,
                statistic="Minimum",
                comparison="LessThanThreshold",
                periods=1,
            ),
            Alarm(
                "database-connections",
                "The registry's database has many connections",
                "AWS/RDS",
                "DatabaseConnections",
                dimensions,
                150,
            ),
        ]

    def _alarm(self, alarm: Alarm) -> None:
        names = self._args.names
        aws.cloudwatch.MetricAlarm(
            alarm.name,
            name=names.named(alarm.name),
            alarm_description=alarm.description,
            namespace=alarm.namespace,
            metric_name=alarm.metric,
            dimensions=alarm.dimensions,
            statistic=alarm.statistic,
            comparison_operator=alarm.comparison,
            threshold=alarm.threshold,
            period=PERIOD,
            evaluation_periods=alarm.periods,
            treat_missing_data="missing",
            alarm_actions=[self.topic.arn],
            ok_actions=[self.topic.arn],
            tags=names.tags(names.named(alarm.name)),
            opts=self._child,
        )


@dataclass(frozen=True)
class TrailArgs:
    """What the trail is made from."""

    names: Names
    monitoring: Monitoring
    keys: Keys
    storage: StorageBuckets
    boundary: pulumi.Input[str]
    recorded: Sequence[str]
    """ARNs of the buckets whose objects' events are recorded."""


class AuditTrail(pulumi.ComponentResource):
    """CloudTrail into the locked audit bucket and into a log group that can be searched."""

    def __init__(self, name: str, args: TrailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:platform:AuditTrail", name, {}, opts)
        names, child = args.names, pulumi.ResourceOptions(parent=self)
        group_name = names.log_group("trail")
        with at("monitoring", "log_retention"):
            group = log_group(
                "trail",
                names=names,
                group=group_name,
                retention=args.monitoring.log_retention,
                key_arn=args.keys.arn("platform"),
                parent=self,
            )
        with at("storage", "audit_retention"):
            role = make_role(
                "trail",
                RoleArgs(
                    names=names,
                    role=names.role("trail"),
                    description="CloudTrail writes to its log group",
                    trust=service_trust("cloudtrail.amazonaws.com"),
                    boundary=args.boundary,
                    tags=names.tags(names.role("trail")),
                    statements=[
                        allow(
                            "WriteTrail",
                            ["logs:CreateLogStream", "logs:PutLogEvents"],
                            [f"{names.log_group_arn(group_name)}:log-stream:{names.env.aws.account}_CloudTrail_*"],
                        )
                    ],
                ),
                self,
            )
        with at("classes"):
            self.trail = aws.cloudtrail.Trail(
                "trail",
                name=names.named("trail"),
                s3_bucket_name=args.storage.audit.bucket.id,
                kms_key_id=args.keys.arn("audit"),
                is_multi_region_trail=True,
                include_global_service_events=True,
                enable_logging=True,
                enable_log_file_validation=True,
                cloud_watch_logs_group_arn=group.arn.apply(lambda arn: f"{arn}:*"),
                cloud_watch_logs_role_arn=role.arn,
                event_selectors=[event_selector(args.recorded)],
                tags=names.tags(names.named("trail")),
                opts=pulumi.ResourceOptions.merge(
                    child, pulumi.ResourceOptions(depends_on=[args.storage.audit.policy, role])
                ),
            )
        self.register_outputs({"arn": self.trail.arn})


def watch(part: Part) -> None:
    """Make alerts and the trail."""
    env, names, keys = part.env, part.names, part.made(Keys)
    with at("monitoring"):
        alerts = part.keep(
            Alerts(
                "alerts",
                AlertsArgs(
                    names=names,
                    monitoring=env.monitoring,
                    key_arn=keys.arn("platform"),
                    vpc=part.made(Vpc),
                    database=part.made(Postgres),
                    database_storage=env.registry.database.storage,
                ),
            )
        )
        AuditTrail(
            "trail",
            TrailArgs(
                names=names,
                monitoring=env.monitoring,
                keys=keys,
                storage=part.made(StorageBuckets),
                boundary=part.made(Boundary).arn,
                recorded=recorded_buckets(names, env.datasets, env.classes),
            ),
        )
    part.give("alerts.arn", alerts.topic, alerts.topic.arn)


def recorded_buckets(
    names: Names, datasets: Sequence[Dataset], classes: Mapping[Classification, ClassPolicy]
) -> list[str]:
    """ARNs of the buckets of the classes with ``data_events`` (45 CFR 164.312(b): who looked at which record)."""
    return [
        names.bucket_arn(names.dataset_bucket(dataset.name))
        for dataset in datasets
        if classes.get(dataset.classification, ClassPolicy()).data_events
    ]


def event_selector(recorded: Sequence[str]) -> aws.cloudtrail.TrailEventSelectorArgs:
    """All management events, and all events of the objects in the buckets `recorded`."""
    objects = aws.cloudtrail.TrailEventSelectorDataResourceArgs(
        type="AWS::S3::Object", values=[f"{arn}/" for arn in recorded]
    )
    return aws.cloudtrail.TrailEventSelectorArgs(
        read_write_type="All", include_management_events=True, data_resources=[objects] if recorded else []
    )


def topic_policy(names: Names) -> str:
    """Alarms and budgets of this account publish; nobody does without TLS."""
    source = {"StringEquals": {"aws:SourceAccount": names.env.aws.account}}
    services = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]
    policy: str = document(
        [
            allow("Publish", ["sns:Publish"], names.topic_arn, principal={"Service": services}, condition=source),
            deny(
                "DenyPlainHttp",
                ["sns:Publish"],
                names.topic_arn,
                principal="*",
                condition={"Bool": {"aws:SecureTransport": "false"}},
            ),
        ]
    )
    return policy


def _nat_alarm(zone: str, nat: pulumi.Input[str]) -> Alarm:
    return Alarm(
        f"nat-{zone}",
        f"The NAT gateway in {zone} has no ports left",
        "AWS/NATGateway",
        "ErrorPortAllocation",
        {"NatGatewayId": nat},
        0,
        statistic="Sum",
        periods=1,
    )


def _cluster_alarm(cluster: str) -> Alarm:
    return Alarm(
        "cluster-errors",
        "The Kubernetes API answers with server errors",
        "AWS/EKS",
        "apiserver_request_total_5XX",
        {"ClusterName": cluster},
        50,
        statistic="Sum",
    )
