# METADATA
# title: "Names and tags carry nobody's data"
# description: >-
#   Names, tags and labels are shown in consoles, bills and logs, where no control protects what they say about a person.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-PII-008
#   severity: high
#   family: pii
#   controls:
#     - "HIPAA 45 CFR 164.514(b)(2)(i)"
#     - "GDPR Art. 5(1)(c)"
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     Take the identifier out of the name or tag.
#   stack_key: "tags"
#   points: [synth, preview, live]
#   inputs: [stack, manifests, terraform]
#   subjects: [any]
#   on_unknown: defer
package mlops.pii.no_identifiers_in_names

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

# What identifies a person: social security numbers, medical record and member numbers, phone numbers, birth dates.
patterns := {
	"a social security number": `\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b`,
	"a medical record number": `(?i)\bmrn[ _:#-]?[0-9]{5,}`,
	"a member number": `(?i)\b(member|patient|insured)(-?id)?[ _:#-][0-9]{5,}`,
	"a date of birth": `(?i)\b(dob|born)[ _:#-]?(19|20)[0-9]{2}-?[0-9]{2}-?[0-9]{2}`,
	"a phone number": `\+[0-9]{1,3}[ -][0-9]{2,4}[ -][0-9]{3,}`,
}

any_pattern := concat("|", [sprintf("(%s)", [pattern]) | some pattern in patterns])

findings contains silent(urn, path, sprintf("this looks like %s", [what])) if {
	some urn in suspects
	some property in properties
	some path, text in texts(input.resources[urn].inputs, property)
	some what, pattern in patterns
	regex.match(pattern, text)
}

findings contains silent(urn, path, sprintf("this looks like %s", [what])) if {
	some urn in suspects
	some property in shown
	some inner, text in texts(metadata(urn), property)
	some what, pattern in patterns
	regex.match(pattern, text)
	path := array.concat(["metadata"], inner)
}

# The value is what must not be shown.
silent(urn, path, message) := object.union(object.remove(lib.fail(urn, path, message), ["value"]), place(urn, path))

# A tag of the whole environment is on every resource; the line to change is the one that sets it.
place(urn, path) := {"key": ["tags", name]} if {
	name := path[count(path) - 1]
	input.config.tags[name] == object.get(input.resources[urn].inputs, path, null)
} else := {}

metadata(urn) := found if {
	found := input.resources[urn].inputs.metadata
	is_object(found)
} else := {}

properties := ["name", "bucket", "tags", "displayName", "description"]

shown := ["name", "labels", "annotations"]

# Hardly any resource has one, so all that is shown of it is looked through at once first; each of the patterns has three digits in a row.
suspects contains urn if {
	some urn, resource in input.resources
	suspicious(json.marshal(object.filter(resource.inputs, properties)))
}

suspects contains urn if {
	some urn, resource in input.resources
	is_object(resource.inputs.metadata)
	suspicious(json.marshal(object.filter(resource.inputs.metadata, shown)))
}

suspicious(text) if {
	regex.match(`[0-9]{3}`, text)
	regex.match(any_pattern, replace(text, `":"`, " "))
}

texts(inputs, property) := {[property]: inputs[property]} if is_string(inputs[property])

texts(inputs, property) := {[property, key]: sprintf("%s %s", [key, text]) |
	some key, text in inputs[property]
	is_string(text)
} if {
	is_object(inputs[property])
}
