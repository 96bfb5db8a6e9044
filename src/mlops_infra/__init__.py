"""mlops-infra: describe an ML platform in YAML, provision it with Pulumi, prove that it meets its rules, promote it.

One way through the house: ``config`` → ``platform`` → ``graph`` → ``governance`` → ``engine`` → cloud or sandbox;
``operations`` owns the use cases and ``cli`` shows them. See docs/architecture.md.
"""

__version__ = "0.1.0"
