# Resources, unknown values and findings: what every rule uses.
#
# A rule never indexes `input.resources` by hand: `lib.of_type` gives the URNs of a type, `lib.value` a property that may be unknown, and
# `lib.fail`, `lib.unknown` and `lib.must_be` make findings of one shape.
#
# Nothing takes time by the square of what there is: see "Cost" in policies/README.md.
package mlops.lib

# The URNs of one type; none where the graph has no such resource.
of_type(type) := object.get(input.by_type, type, [])

# The property at `path` of a resource's inputs: its value, the mark of an unknown value where it or what it lies in is unknown,
# and null where it is not set.
value(urn, path) := found if {
	found := object.get(input.resources[urn].inputs, path, null)
	found != null
} else := {"$unknown": true} if {
	some veiled in input.resources[urn].unknown
	veiled == array.slice(path, 0, count(veiled))
} else := null if {
	input.resources[urn]
}

# Whether a value is the mark of an unknown one.
is_unknown(value) if {
	is_object(value)
	value["$unknown"] == true
}

# Whether a value is unknown or has an unknown value inside of it.
holds_unknown(value) if {
	walk(value, [_, inner])
	is_unknown(inner)
}

# The value as a list: lists as they are, null as no item, anything else as the only item.
as_list(value) := value if is_array(value)

else := [] if value == null

else := [value]

# What lies at `path`, a key or a list of them, of a value that may be of any kind; `usual` where nothing does.
get(holder, path, usual) := object.get(holder, path, usual) if is_object(holder)

get(holder, _, usual) := usual if not is_object(holder)

# The values at `path` of a resource as a list; none where it is not set.
list(urn, path) := as_list(value(urn, path))

# A tag of an AWS resource; null where it is not set.
tag(urn, key) := value(urn, ["tags", key])

# Booleans travel as text in some places of the AWS API.
truthy := {true, "true"}

# A finding: the resource breaks the rule, and the value at `path` is why.
fail(urn, path, message) := finding(urn, path, message, "fail")

# A finding: whether the rule holds hangs on a value that only the cloud knows.
unknown(urn, path, message) := finding(urn, path, message, "unknown")

finding(urn, path, message, status) := object.union(
	{"resource": urn, "path": path, "message": message, "status": status},
	shown(urn, path),
)

shown(urn, path) := {"value": found} if {
	found := object.get(input.resources[urn].inputs, path, null)
	found != null
	not holds_unknown(found)
} else := {}

# A finding about the stack file itself: no resource, and `path` is the stack-file key.
fail_config(path, message, found) := {
	"resource": "",
	"path": path,
	"message": message,
	"value": found,
	"status": "fail",
}

# A finding about a path through the graph; `trail` is the list of URNs along it.
fail_along(urn, path, message, trail) := object.union(fail(urn, path, message), {"trail": trail})

unknown_along(urn, path, message, trail) := object.union(unknown(urn, path, message), {"trail": trail})

# The findings of a property that must have one of the `allowed` values: none, or one.
must_be(urn, path, allowed, message) := judged(urn, path, message, value(urn, path), allowed)

judged(urn, path, message, found, allowed) := set() if found in allowed

else := {unknown(urn, path, message)} if is_unknown(found)

else := {fail(urn, path, message)}

# The findings of a property that must be set, to whatever.
must_be_set(urn, path, message) := {fail(urn, path, message)} if value(urn, path) in {null, "", [], {}}

must_be_set(urn, path, _) := set() if not value(urn, path) in {null, "", [], {}}

# The findings of a number that must be at least or at most a limit.
at_least(urn, path, least, message) := bounded(urn, path, value(urn, path), message, {"least": least})

at_most(urn, path, most, message) := bounded(urn, path, value(urn, path), message, {"most": most})

bounded(urn, path, found, message, bounds) := set() if within(found, bounds)

else := {unknown(urn, path, message)} if is_unknown(found)

else := {fail(urn, path, message)}

within(found, bounds) if {
	is_number(found)
	found >= object.get(bounds, "least", found)
	found <= object.get(bounds, "most", found)
}

# Who refers to a resource: by the resource, the property that refers to it, and the type of who has that property. Each key comes once.
incoming := {key: found |
	some key in {reference[0] | some reference in references}
	found := {from |
		some reference in references
		key == reference[0]
		from := reference[1]
	}
}

references := [[[edge.to, edge.path[0], input.resources[from].type], from] |
	some from, edges in input.edges
	some edge in edges
	edge.kind == "property"
]

# The URNs of `type` whose `property` refers to `urn`.
sources(urn, type, property) := object.get(incoming, [[urn, property, type]], set())

# The URNs of `type` that a resource's `property` refers to.
targets(urn, property, type) := {edge.to |
	some edge in object.get(input.edges, urn, [])
	edge.kind == "property"
	edge.path[0] == property
	input.resources[edge.to].type == type
}

# How sensitive a class of data is; what is personal stands above what is not.
rank := {"public": 0, "internal": 1, "pii": 2, "phi": 3}

personal := {"pii", "phi"}

# What a rule's number is in this environment: the stack file's parameter (`policies.<name>`), else the rule's own.
parameter(name, usual) := object.get(input.environment.parameters, name, usual)

is_development if input.environment.name == "dev"
