"""A Job as a check, on the sandbox's control plane, whose simulated nodes complete what they run."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from kubernetes.dynamic import DynamicClient

from mlops_infra.promotion.verification import Job, Soak, observe
from mlops_infra.providers.connection import Connection

pytestmark = pytest.mark.sandbox

IMAGE = "registry.example.org/smoke@sha256:" + "0" * 64
SOAK = Soak(datetime(2026, 1, 1, tzinfo=UTC), 60)


def test_a_job_runs_to_its_end_and_leaves_nothing(cloud: Connection, kube: DynamicClient, namespace: str):
    passing = Job("smoke-test-with-quite-a-long-name-of-more-than-63-characters", namespace, IMAGE, timeout=60)
    (found,) = observe([passing], cloud, SOAK)
    assert (found.result, found.observed, found.detail) == ("pass", "completed", "")
    jobs = kube.resources.get(api_version="batch/v1", kind="Job")
    assert not [job for job in jobs.get(namespace=namespace).items if not job.metadata.deletionTimestamp]


def test_a_job_that_cannot_run_fails_with_what_is_known(cloud: Connection, kube: DynamicClient, namespace: str):
    quotas = kube.resources.get(api_version="v1", kind="ResourceQuota")
    quota = {"metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}}
    quotas.create(namespace=namespace, body={"apiVersion": "v1", "kind": "ResourceQuota", **quota})
    stuck = Job("smoke", namespace, IMAGE, timeout=2)
    (found,) = observe([stuck], cloud, SOAK)
    assert found.result == "fail"
    assert "did not end within 2 s" in found.detail or "DeadlineExceeded" in found.detail


def test_a_job_in_a_namespace_that_is_not_there_is_unknown(cloud: Connection):
    (found,) = observe([Job("smoke", "nowhere", IMAGE)], cloud, SOAK)
    assert found.result == "unknown"
    assert "nowhere" in found.detail
