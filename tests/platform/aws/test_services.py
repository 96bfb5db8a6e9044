"""Network, cluster, database, repositories, alerts, the trail and budgets."""

from __future__ import annotations

import json

import pytest

from mlops_infra.config.model import NodePool
from mlops_infra.config.units import duration_days
from mlops_infra.graph import UNKNOWN
from mlops_infra.platform.logs import NEVER_EXPIRE, RETENTION_DAYS, retention_days
from mlops_infra.platform.nodes import ami_type


def test_three_zones_with_a_private_and_a_public_subnet_each(staging_view):
    subnets = {s.inputs["cidrBlock"]: s.inputs for s in staging_view.all("ec2/subnet:Subnet")}
    network = staging_view.env.network
    assert set(subnets) == {*network.private_cidrs, *network.public_cidrs}
    assert {subnet["availabilityZone"] for subnet in subnets.values()} == set(network.zones)
    assert not any(subnet["mapPublicIpOnLaunch"] for subnet in subnets.values())
    assert subnets["10.32.0.0/19"]["tags"]["kubernetes.io/role/internal-elb"] == "1"


def test_one_nat_gateway_per_zone_or_one_for_all(staging_view, varied_view):
    for view, count in ((staging_view, 3), (varied_view, 1)):
        assert len(view.all("ec2/natGateway:NatGateway")) == count
        assert len(view.all("ec2/eip:Eip")) == count
        private = [a for a in view.all("ec2/routeTableAssociation:RouteTableAssociation") if "private" in a.name]
        assert len(private) == 3


def test_endpoints_are_those_of_the_stack_file_and_storage(staging_view, varied_view):
    def services(view, kind):
        found = [e.inputs for e in view.all("ec2/vpcEndpoint:VpcEndpoint") if e.inputs["vpcEndpointType"] == kind]
        return sorted(inputs["serviceName"].split(".", 3)[3] for inputs in found)

    for view in (staging_view, varied_view):
        assert services(view, "Gateway") == ["s3"]
        assert services(view, "Interface") == sorted(view.env.network.endpoints)
    for endpoint in staging_view.all("ec2/vpcEndpoint:VpcEndpoint"):
        condition = json.loads(endpoint.inputs["policy"])["Statement"][0]["Condition"]
        assert condition["StringEquals"]["aws:PrincipalAccount"] == "111100000032"


def test_security_groups_open_what_is_needed(staging_view):
    rules = {
        rule.name: (rule.inputs.get("cidrIpv4", "a group"), rule.inputs.get("fromPort"))
        for rule in staging_view.all("vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    }
    assert rules == {
        "endpoints": ("10.32.0.0/16", 443),
        "cluster": ("10.32.0.0/16", 443),
        "nodes": ("a group", None),
        "registry": ("a group", 5432),
    }
    default = staging_view.one("ec2/defaultSecurityGroup:DefaultSecurityGroup", "default")
    assert not default.inputs.get("ingress")
    assert not default.inputs.get("egress")


def test_flow_logs_take_everything(staging_view):
    (flow,) = staging_view.all("ec2/flowLog:FlowLog")
    assert flow.inputs["trafficType"] == "ALL"
    assert flow.inputs["logDestination"].endswith("log-group:/mlops/meridian-staging/flow")


def test_log_groups_have_a_key_and_the_retention_of_the_stack_file(staging_view, varied_view):
    groups = {g.inputs["name"]: g for g in staging_view.all("cloudwatch/logGroup:LogGroup")}
    assert set(groups) == {
        "/aws/eks/meridian-staging/cluster",
        "/aws/rds/instance/meridian-staging-registry/postgresql",
        "/aws/rds/instance/meridian-staging-registry/upgrade",
        "/mlops/meridian-staging/flow",
        "/mlops/meridian-staging/trail",
    }
    key = staging_view.one("kms/key:Key", "platform").urn
    for group in groups.values():
        assert group.inputs["retentionInDays"] == 365
        assert group.property_dependencies["kmsKeyId"] == (key,)
    assert varied_view.one("cloudwatch/logGroup:LogGroup", "flow").inputs["retentionInDays"] == 30


@pytest.mark.parametrize("duration", ["P1D", "P2D", "P90D", "P1Y", "P6Y", "P10Y"])
def test_retention_is_never_shorter_than_asked(duration):
    assert retention_days(duration) in RETENTION_DAYS
    assert retention_days(duration) >= duration_days(duration)


def test_what_no_retention_reaches_never_expires():
    assert retention_days("P30Y") == NEVER_EXPIRE


def test_the_clusters_api_is_private_and_logged(staging_view):
    (cluster,) = staging_view.all("eks/cluster:Cluster")
    assert cluster.inputs["vpcConfig"]["endpointPublicAccess"] is False
    assert cluster.inputs["vpcConfig"]["endpointPrivateAccess"] is True
    assert len(cluster.inputs["enabledClusterLogTypes"]) == 5
    assert cluster.inputs["encryptionConfig"]["resources"] == ["secrets"]
    assert cluster.inputs["accessConfig"]["authenticationMode"] == "API"
    logs = staging_view.one("cloudwatch/logGroup:LogGroup", "control-plane").urn
    assert logs in cluster.dependencies


def test_pools_become_node_groups(staging_view):
    gpu = staging_view.one("eks/nodeGroup:NodeGroup", "gpu").inputs
    assert gpu["scalingConfig"] == {"minSize": 1, "maxSize": 4, "desiredSize": 2}
    assert gpu["amiType"] == "AL2023_x86_64_NVIDIA"
    assert gpu["instanceTypes"] == ["g6.4xlarge"]
    assert gpu["labels"] == {"workload": "gpu"}
    assert gpu["taints"] == [{"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}]
    assert gpu["tags"]["k8s.io/cluster-autoscaler/node-template/resources/nvidia.com/gpu"] == "1"


def test_nodes_have_encrypted_disks_and_keep_their_metadata_to_themselves(staging_view):
    for template in staging_view.all("ec2/launchTemplate:LaunchTemplate"):
        metadata = template.inputs["metadataOptions"]
        assert (metadata["httpTokens"], metadata["httpPutResponseHopLimit"]) == ("required", 1)
        (disk,) = template.inputs["blockDeviceMappings"]
        assert (disk["ebs"]["encrypted"], disk["ebs"]["volumeType"]) == ("true", "gp3")
        assert "keyName" not in template.inputs
    assert (
        staging_view.one("ec2/launchTemplate:LaunchTemplate", "gpu").inputs["blockDeviceMappings"][0]["ebs"][
            "volumeSize"
        ]
        == 200
    )


@pytest.mark.parametrize(
    ("instance", "gpus", "image"),
    [
        ("m7i.4xlarge", 0, "AL2023_x86_64_STANDARD"),
        ("m7g.4xlarge", 0, "AL2023_ARM_64_STANDARD"),
        ("c7gn.xlarge", 0, "AL2023_ARM_64_STANDARD"),
        ("g6.4xlarge", 1, "AL2023_x86_64_NVIDIA"),
        ("g5g.4xlarge", 1, "AL2023_ARM_64_NVIDIA"),
    ],
)
def test_images_fit_the_processor(staging_view, instance, gpus, image):
    pool = staging_view.env.cluster.node_pools[0].model_copy(update={"instance_type": instance, "gpus": gpus})
    assert isinstance(pool, NodePool)
    assert ami_type(pool) == image


def test_addons_are_pinned_and_nodes_wait_for_those_that_they_need(staging_view):
    versions = {a.inputs["addonName"]: a.inputs["addonVersion"] for a in staging_view.all("eks/addon:Addon")}
    assert versions == {addon.name: addon.version for addon in staging_view.env.cluster.addons}
    group = staging_view.one("eks/nodeGroup:NodeGroup", "cpu")
    assert staging_view.one("eks/addon:Addon", "vpc-cni").urn in group.dependencies
    assert group.urn in staging_view.one("eks/addon:Addon", "coredns").dependencies


def test_nodes_run_the_network_plugin_themselves_only_without_the_addon(staging_view, varied_view):
    def policies(view):
        attachments = view.all("iam/rolePolicyAttachment:RolePolicyAttachment")
        return {a.inputs["policyArn"].rsplit("/", 1)[-1] for a in attachments if a.inputs["role"].endswith("-node")}

    assert "AmazonEKS_CNI_Policy" not in policies(staging_view)
    assert "AmazonEKS_CNI_Policy" in policies(varied_view)


def test_the_database_is_private_encrypted_and_backed_up(staging_view):
    (database,) = staging_view.all("rds/instance:Instance")
    wanted = {
        "engineVersion": "16.4",
        "instanceClass": "db.t4g.medium",
        "allocatedStorage": 50,
        "storageEncrypted": True,
        "publiclyAccessible": False,
        "multiAz": True,
        "backupRetentionPeriod": 14,
        "deletionProtection": True,
        "iamDatabaseAuthenticationEnabled": True,
        "manageMasterUserPassword": True,
    }
    assert {key: database.inputs[key] for key in wanted} == wanted
    assert "password" not in database.inputs
    (parameters,) = staging_view.all("rds/parameterGroup:ParameterGroup")
    assert parameters.inputs["family"] == "postgres16"
    assert {"name": "rds.force_ssl", "value": "1", "applyMethod": "pending-reboot"} in parameters.inputs["parameters"]


def test_a_real_database_leaves_a_snapshot(varied_view):
    (database,) = varied_view.all("rds/instance:Instance")
    assert database.inputs["skipFinalSnapshot"] is False
    assert database.inputs["finalSnapshotIdentifier"] == "meridian-staging-registry-final"
    (parameters,) = varied_view.all("rds/parameterGroup:ParameterGroup")
    assert parameters.inputs["family"] == "postgres17"


def test_the_registry_reads_its_secret_and_nothing_else(staging_view):
    (secret, key) = staging_view.role("meridian-staging-mlflow")
    assert secret["Resource"] == [UNKNOWN]
    assert set(secret["Action"]) == {"secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"}
    assert key["Condition"] == {"StringEquals": {"kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com"}}


def test_repositories_are_immutable_scanned_encrypted_and_tidied(staging_view, varied_view):
    repositories = staging_view.all("ecr/repository:Repository")
    assert len(repositories) == 5
    for repository in repositories:
        assert repository.inputs["imageTagMutability"] == "IMMUTABLE"
        assert repository.inputs["imageScanningConfiguration"] == {"scanOnPush": True}
        assert repository.inputs["encryptionConfigurations"][0]["encryptionType"] == "KMS"
    for view, count in ((staging_view, 40), (varied_view, 7)):
        lifecycle = view.one("ecr/lifecyclePolicy:LifecyclePolicy", "clinical-nlp-notes-coder")
        assert json.loads(lifecycle.inputs["policy"])["rules"][0]["selection"]["countNumber"] == count


def test_images_are_for_the_team_and_the_nodes(staging_view):
    pull, denial = staging_view.statements("ecr/repositoryPolicy:RepositoryPolicy", "claims-fraud-fraud-scorer")
    assert "arn:aws:iam::111100000032:role/meridian-staging-node" in pull["Principal"]["AWS"]
    assert denial["Condition"]["ArnNotLike"]["aws:PrincipalArn"] == pull["Principal"]["AWS"]
    assert not [arn for arn in pull["Principal"]["AWS"] if "underwriting" in arn]


def test_alarms_report_to_the_encrypted_topic(staging_view, varied_view):
    (topic,) = staging_view.all("sns/topic:Topic")
    assert topic.property_dependencies["kmsMasterKeyId"] == (staging_view.one("kms/key:Key", "platform").urn,)
    for alarm in staging_view.all("cloudwatch/metricAlarm:MetricAlarm"):
        assert alarm.inputs["alarmActions"] == [topic.outputs["arn"]]
    subscribed = {s.inputs["endpoint"] for s in staging_view.all("sns/topicSubscription:TopicSubscription")}
    assert subscribed == set(staging_view.env.monitoring.alert_emails)
    nats = [a.name for a in varied_view.all("cloudwatch/metricAlarm:MetricAlarm") if a.name.startswith("nat-")]
    assert nats == ["nat-eu-central-1a"]


def test_the_trail_is_whole_and_records_who_touched_sensitive_data(staging_view, varied_view):
    def recorded(view):
        (trail,) = view.all("cloudtrail/trail:Trail")
        (selector,) = trail.inputs["eventSelectors"]
        return {arn.split("-data-")[1] for arn in selector["dataResources"][0]["values"]}

    (trail,) = staging_view.all("cloudtrail/trail:Trail")
    for on in ("isMultiRegionTrail", "enableLogFileValidation", "enableLogging", "includeGlobalServiceEvents"):
        assert trail.inputs[on] is True
    assert trail.property_dependencies["kmsKeyId"] == (staging_view.one("kms/key:Key", "audit").urn,)
    assert recorded(staging_view) - recorded(varied_view) == {"members-111100000032/", "fraud-labels-111100000032/"}
    assert "claims-history-111100000032/" in recorded(varied_view)


def test_a_team_is_told_before_its_budget_is_spent(staging_view, varied_view):
    budget = staging_view.one("budgets/budget:Budget", "claims-fraud").inputs
    assert budget["limitAmount"] == "9000"
    assert [notification["threshold"] for notification in budget["notifications"]] == [80, 100]
    assert budget["costFilters"] == [{"name": "TagKeyValue", "values": ["user:team$claims-fraud"]}]
    assert varied_view.one("budgets/budget:Budget", "claims-fraud").inputs["limitAmount"] == "123"
