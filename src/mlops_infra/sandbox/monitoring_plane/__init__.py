"""One environment's monitoring in the sandbox: a real Prometheus with the environment's own rules, and simulated models that feed it.

`plane` starts, feeds and ends the process; `simulation` is what a simulated model exports, as a function of time; `exporter` is the process
that serves it live. Nothing here is started before somebody asks for it (`sandbox simulate`, `promote`).
"""
