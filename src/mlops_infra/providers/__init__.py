"""The live APIs of both planes, served to the engine as attached Pulumi providers.

`ProviderHost` starts one child process (`serve`) that serves `kubernetes.provider.KubernetesProvider` and `aws.provider.AwsProvider` on
two loopback ports; the engine attaches to them (``PULUMI_DEBUG_PROVIDERS``). `servicer` speaks the engine's protocol, `wire` holds the
data that crosses it, `caller` says which engine is asking. Providers turn requests into API calls and know nothing of processes.
"""

from mlops_infra.providers.host import ProviderHost

__all__ = ["ProviderHost"]
