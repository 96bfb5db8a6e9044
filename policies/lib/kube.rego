# Pods and what makes them, in one form.
package mlops.lib.kube

import data.mlops.lib

# Where the pod template lies, by kind.
template_of := {
	"Pod": [],
	"Deployment": ["spec", "template"],
	"StatefulSet": ["spec", "template"],
	"DaemonSet": ["spec", "template"],
	"ReplicaSet": ["spec", "template"],
	"ReplicationController": ["spec", "template"],
	"Job": ["spec", "template"],
	"CronJob": ["spec", "jobTemplate", "spec", "template"],
}

kind_of(type) := regex.replace(type, "^.*:", "")

# Resources of a Kubernetes kind, in whatever version of its group.
of_kind(kind) := {urn |
	some type in object.get(types, kind, set())
	some urn in input.by_type[type]
}

types := {kind: found |
	some kind in {pair[0] | some pair in kinds}
	found := {type |
		some pair in kinds
		kind == pair[0]
		type := pair[1]
	}
}

kinds := [[kind_of(type), type] |
	some type, _ in input.by_type
	startswith(type, "kubernetes:")
]

# Every pod: who makes it, where its spec lies, the spec, and its template's annotations.
pods contains pod if {
	some type, urns in input.by_type
	startswith(type, "kubernetes:")
	template := template_of[kind_of(type)]
	some urn in urns
	inputs := input.resources[urn].inputs
	spec := object.get(inputs, array.concat(template, ["spec"]), {})
	is_object(spec)
	pod := {
		"urn": urn,
		"path": array.concat(template, ["spec"]),
		"annotated": array.concat(template, ["metadata", "annotations"]),
		"spec": spec,
		"annotations": object.get(inputs, array.concat(template, ["metadata", "annotations"]), {}),
		"namespace": object.get(inputs, ["metadata", "namespace"], "default"),
	}
}

container_keys := ["initContainers", "containers", "ephemeralContainers"]

# Every container of every pod, with the path to it.
containers contains found if {
	some pod in pods
	some key in container_keys
	some index, container in lib.as_list(object.get(pod.spec, key, null))
	is_object(container)
	found := {
		"urn": pod.urn,
		"path": array.concat(pod.path, [key, index]),
		"container": container,
		"kind": key,
		"pod": pod,
	}
}

# A container's security context; empty where it has none.
context(container) := found if {
	found := container.securityContext
	is_object(found)
} else := {}

# The pod's and the containers' security contexts with their paths, for what may be said at either.
contexts contains {"urn": pod.urn, "path": array.concat(pod.path, ["securityContext"]), "context": pod.spec.securityContext, "pod": pod} if {
	some pod in pods
	is_object(pod.spec.securityContext)
}

contexts contains {"urn": found.urn, "path": array.concat(found.path, ["securityContext"]), "context": context(found.container), "pod": found.pod} if {
	some found in containers
	is_object(context(found.container))
}

# Pods of Windows are spared what Linux alone has (Pod Security Standards, since 1.25).
is_windows(pod) if pod.spec.os.name == "windows"

# Pods in a user namespace of their own are spared what that makes harmless (Pod Security Standards, since 1.35).
has_user_namespace(pod) if pod.spec.hostUsers == false

# A container's setting, or else its pod's; null where neither says.
inherited(found, path) := own if {
	own := object.get(context(found.container), path, null)
	own != null
} else := object.get(context(found.pod.spec), path, null)

# The rules of RBAC roles, with the path to each.
role_rules contains {"urn": urn, "path": ["rules", index], "kind": kind, "rule": rule} if {
	some kind in ["ClusterRole", "Role"]
	some urn in of_kind(kind)
	some index, rule in lib.list(urn, ["rules"])
}

# Bindings of RBAC, with their subjects.
bindings contains {"urn": urn, "kind": kind, "role": lib.value(urn, ["roleRef", "name"]), "subjects": lib.list(urn, ["subjects"])} if {
	some kind in ["ClusterRoleBinding", "RoleBinding"]
	some urn in of_kind(kind)
}

# A resource's namespace; the default one where it names none.
namespace(urn) := object.get(input.resources[urn].inputs, ["metadata", "namespace"], "default")

named(urn) := lib.value(urn, ["metadata", "name"])
