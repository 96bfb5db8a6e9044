# What tests are written with: small graphs, and short questions about findings.
package mlops.lib.testing

# An input document of some resources: objects with `urn`, `type` and whatever else matters to the test. `refs` maps a property to the
# URN that it refers to.
doc(resources) := with_config(resources, {})

with_config(resources, config) := env_config("staging", resources, config)

env_config(name, resources, config) := {
	"version": 1,
	"today": "2026-11-24",
	"environment": {
		"name": name,
		"target": "sandbox",
		"project": "test",
		"region": "eu-central-1",
		"account": "111100000032",
		"parameters": {},
	},
	"resources": {resource.urn: object.union(object.union(defaults, unknowns(resource)), resource) | some resource in resources},
	"edges": {resource.urn: edges(resource) | some resource in resources},
	"by_type": {type: [resource.urn | some resource in resources; resource.type == type] | some type in types(resources)},
	"config": config,
}

# A document with other parameters of rules.
where(parameters, document) := object.union(document, {"environment": {"parameters": parameters}})

types(resources) := {resource.type | some resource in resources}

defaults := {
	"name": "x",
	"part": "foundation",
	"plane": "aws",
	"parent": null,
	"inputs": {},
	"outputs": {},
	"documents": {},
	"protect": false,
	"config_path": [],
	"unknown": [],
}

unknowns(resource) := {"unknown": [path | walk(object.get(resource, "inputs", {}), [path, value]); value == unknown]}

edges(resource) := [{"to": to, "kind": "property", "path": [property]} |
	some property, to in object.get(resource, "refs", {})
]

# A resource.
res(urn, type, inputs) := {"urn": urn, "type": type, "inputs": inputs}

# A resource with references to others.
ref(urn, type, inputs, refs) := {"urn": urn, "type": type, "inputs": inputs, "refs": refs}

# A resource with a policy document.
policy(urn, type, property, statements) := {
	"urn": urn,
	"type": type,
	"inputs": {property: "…"},
	"documents": {property: {"Version": "2012-10-17", "Statement": statements}},
}

# A pod of one container, with more in its spec and in its container.
pod(spec, container) := {
	"urn": "pod",
	"type": "kubernetes:core/v1:Pod",
	"plane": "kubernetes",
	"inputs": {
		"metadata": {"name": "p", "namespace": "team"},
		"spec": object.union({"containers": [object.union({"name": "c"}, container)]}, spec),
	},
}

# A value that only the cloud knows.
unknown := {"$unknown": true}

# Whether findings are all of a status and about just these resources.
are(findings, status, urns) if {
	{finding.resource | some finding in findings} == {urn | some urn in urns}
	every finding in findings { finding.status == status }
}

fails(findings, urns) if are(findings, "fail", urns)

unclear(findings, urns) if are(findings, "unknown", urns)

none(findings) if count(findings) == 0

# Whether failures are about just these paths.
at(findings, paths) if {
	{finding.path | some finding in findings} == {path | some path in paths}
	every finding in findings { finding.status == "fail" }
}
