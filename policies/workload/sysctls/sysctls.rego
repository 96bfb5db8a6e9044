# METADATA
# title: "Pods set harmless kernel parameters only"
# description: >-
#   Other parameters act on the whole node.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-010
#   severity: medium
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "PSS baseline"
#   remediation: >-
#     Leave out the sysctl.
#   stack_key: "cluster.pod_security"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.sysctls

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

# Parameters that are the pod's own (Pod Security Standards, baseline, as of 1.32).
harmless := {
	"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range",
	"net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time",
	"net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem",
	"net.ipv4.tcp_wmem",
}

findings contains lib.fail(pod.urn, path, sprintf("the pod sets %s", [sysctl.name])) if {
	some pod in kube.pods
	some index, sysctl in lib.as_list(object.get(pod.spec, ["securityContext", "sysctls"], null))
	not sysctl.name in harmless
	path := array.concat(pod.path, ["securityContext", "sysctls", index])
}
