"""Promotion: releases move from one environment to the next one, with gates, approvals, receipts, and a way back.

Data flow: ``release`` (what moves) → ``binding`` (what is observed of the source) → ``promote`` (lock, ``stage`` the edited stack file,
preview) → ``assess`` (``delta``, ``receipt``, ``approvals``, ``evidence``, ``gates`` by Rego) → ``journal`` → ``steps`` (write, deploy,
judge, ``verification``, and back to ``snapshots`` of what ran). ``rollback`` goes the same way; ``guard`` keeps plain `up` from going
around it; ``running`` and ``status`` read ledgers. ``rooms`` are the ports between these, which tests replace.
"""
