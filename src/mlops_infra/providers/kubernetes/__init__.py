"""Kubernetes as an attached provider: every kind that the API server knows, by discovery and server-side apply.

A request flows `provider` (what is to happen) → `manifest` (property values → object) → `discovery` (kind → path) → `apply` →
`client` (HTTP) → the API server; the answer flows back through `manifest`. Pure rules lie beside it: `naming`, `difference`,
`immutable`, `ownership`, `projection` (what is live, in the shape of what was asked), `readiness`. `awaiting` watches until an object is
ready or gone, and `explain` says why it is not; `preview` runs dry, or asks `schema` where no dry run is possible.
"""
