"""Who acts: keys, tokens and the roles that `stacks/access.yaml` gives to people and machines. Knows files and keys; no Pulumi, no OPA.

Data flow: ``access_file`` (who may be whom, with which roles) and ``signers`` (whose key is whose) → ``signatures`` (SSH) or ``oidc``
(a CI job's token) prove who somebody is → ``actor`` makes an `Identity` of it. What an identity may do is decided by Rego
(`governance.actors`). ``pseudonyms`` keeps names out of the ledger where the file asks for it.
"""
