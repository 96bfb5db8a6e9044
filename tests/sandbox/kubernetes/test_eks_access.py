"""The cluster as EKS describes it. The embedded API server knows no IAM, so that it takes no token; everything before that is real."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace

import pytest
import yaml

from mlops_infra.providers.eks import EksCluster
from mlops_infra.providers.kubernetes.access import access
from mlops_infra.providers.kubernetes.client import ApiError, KubeClient

pytestmark = pytest.mark.sandbox

NAME = "reached-by-eks"


def test_eks_leads_to_the_api_server_whose_certificate_it_names(cloud, boto):
    eks = boto("eks")
    role = f"arn:aws:iam::{cloud.aws.account}:role/cluster"
    assert EksCluster(cloud.aws, NAME).find() is None
    eks.create_cluster(name=NAME, roleArn=role, resourcesVpcConfig={"subnetIds": []})
    try:
        found = EksCluster(cloud.aws, NAME).find()
        embedded = yaml.safe_load(cloud.kubeconfig.read_text())["clusters"][0]["cluster"]
        assert found is not None
        assert found.url == embedded["server"]
        if data := embedded.get("certificate-authority-data"):
            assert found.authority == base64.b64decode(data).decode()

        async def ask() -> int:
            client = KubeClient(access(replace(cloud, kubeconfig=None, cluster=NAME)))
            with pytest.raises(ApiError) as refused:
                await client.get("/api")
            await client.close()
            return refused.value.code

        assert asyncio.run(ask()) == 401
    finally:
        eks.delete_cluster(name=NAME)
