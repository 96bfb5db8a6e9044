# METADATA
# title: "Images come from the organisation's own registry"
# description: >-
#   Images of strangers bring code that nobody here looked at into pods that read personal data.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-020
#   severity: high
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(5)(ii)(B)"
#     - "GDPR Art. 32(1)(b)"
#     - "CIS Kubernetes 5.5.1"
#   remediation: >-
#     Mirror the image into one of `policies.registries`; those are the only places that images may come from, besides the account's ECR.
#   stack_key: "models.<model>.image"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.trusted_registry

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(found.urn, array.concat(found.path, ["image"]), sprintf("%s is not a registry of ours", [registry])) if {
	some found in kube.containers
	is_string(found.container.image)
	registry := host(found.container.image)
	not trusted(found.container.image)
}

trusted(image) if {
	some place in places
	startswith(image, sprintf("%s/", [place]))
}

# Where the stack file names no place, the platform's own services say which registry is ours.
places := named if {
	named := lib.parameter("registries", [])
	count(named) > 0
} else := [host(input.config.monitoring.prometheus_image)]

# ECR of the environment's account and region is ours too.
trusted(image) if {
	startswith(image, sprintf("%s.dkr.ecr.%s.amazonaws.com/", [input.environment.account, input.environment.region]))
}

# An image without a host is Docker Hub's (distribution reference grammar: the first part is a host if it has a dot or a colon).
host(image) := first if {
	first := split(image, "/")[0]
	count(split(image, "/")) > 1
	regex.match(`[.:]|^localhost$`, first)
} else := "docker.io"
