"""The only room that talks to OPA: what rules say of a graph, what waivers excuse, and how people and machines read it.

Data flow: graph and stack file → ``document`` (``input`` of the rules) → ``server`` (OPA with the rules of ``policyset``) → ``answer``
(is it whole?) → ``judge`` (findings with their origin, waivers of ``waivers``) → `Verdict` → ``reports``.

Whatever keeps the rules from being asked and answering in full ends in a verdict ``fail`` that says so; see ``refusal``.
"""
