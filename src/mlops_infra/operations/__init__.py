"""The use cases, each a short readable sequence over the rooms below; no terminal, no Typer.

Data flow: `cli` → `Context` (project, ports, how to tell people) → one function here → plain results. `up` is authorise → lock →
guard → connect → preview → judge → confirm → record the intent → apply → judge again → record the result. `session` opens what every
operation needs, `record` writes intents and results, `ports` names what the rooms below must offer, so that tests bring fakes.
"""
