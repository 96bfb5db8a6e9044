package mlops.encryption.volume_class_test

import data.mlops.encryption.volume_class as rule
import data.mlops.lib.testing as t

class(provisioner, encrypted) := t.res("s", "kubernetes:storage.k8s.io/v1:StorageClass", {
	"provisioner": provisioner,
	"parameters": {"encrypted": encrypted},
})

test_encrypted if t.none(rule.findings) with input as t.doc([class("ebs.csi.aws.com", "true")])

test_plain if t.at(rule.findings, [["parameters", "encrypted"]]) with input as t.doc([class("ebs.csi.aws.com", "false")])

test_another_driver if t.none(rule.findings) with input as t.doc([class("example.org", "false")])

test_unknown if t.unclear(rule.findings, ["s"]) with input as t.doc([class("ebs.csi.aws.com", t.unknown)])
