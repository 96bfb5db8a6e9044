"""The Kubernetes plane: one control plane per environment, its simulated nodes and its volumes."""
