# METADATA
# title: What the rules say of an environment
# description: >-
#   Collects every rule's findings, each with its rule's id, and what every rule says about itself. Only this package is asked by the tool.
# schemas:
#   - input: schema.input
package mlops.governance

# Every finding of every rule.
findings contains object.union(finding, {"rule": found.about.custom.id}) if {
	some found in all
	some finding in found.findings
}

# What every rule says about itself, by id.
rules := {found.about.custom.id: about |
	some found in all
	about := object.union(found.about.custom, {"title": found.about.title, "description": found.about.description})
}

# A rule is a package `mlops.<family>.<rule>` with `about` and `findings`. Families are named one by one, because a package cannot look
# at all of the tree that it is part of; a family that is missing here would be noticed by its test.
all contains {"about": rule.about, "findings": rule.findings} if some rule in data.mlops.pii

all contains {"about": rule.about, "findings": rule.findings} if some rule in data.mlops.access

all contains {"about": rule.about, "findings": rule.findings} if some rule in data.mlops.audit

all contains {"about": rule.about, "findings": rule.findings} if some rule in data.mlops.encryption

all contains {"about": rule.about, "findings": rule.findings} if some rule in data.mlops.network

all contains {"about": rule.about, "findings": rule.findings} if some rule in data.mlops.workload

all contains {"about": rule.about, "findings": rule.findings} if some rule in data.mlops.resilience

all contains {"about": rule.about, "findings": rule.findings} if some rule in data.mlops.cost

all contains {"about": rule.about, "findings": rule.findings} if some rule in data.mlops.model
