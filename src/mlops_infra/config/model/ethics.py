"""The ethical record of a model in serving: what it is for, whom it may treat unfairly, and who watches over it.

The classes and duties are those of the EU AI Act, Regulation (EU) 2024/1689. What a class asks for is judged by the rules in
``policies/model``; here stands only the record's form.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlops_infra.config.model.types import CardPlace, Date, Digest, Email, Line, Name, Section


class ModelCard(Section):
    """The document that tells people what the model does and how well (Art. 11 and 13)."""

    location: CardPlace = Field(examples=["https://models.meridian-health.example/fraud-scorer/3.4.1/card.html"])
    """Address, https, or path in the models' repository."""
    digest: Digest = Field(examples=["sha256:" + "0123456789abcdef" * 4])
    """Digest of the document, so that the one that was approved is the one that is read."""


class BiasEvaluation(Section):
    """One measurement of how differently the model treats groups of people (Art. 10(2)(f) and (g))."""

    metric: Literal[
        "demographic-parity-difference",
        "equal-opportunity-difference",
        "equalized-odds-difference",
        "accuracy-difference",
        "calibration-difference",
    ] = Field(examples=["equal-opportunity-difference"])
    """What was measured: a difference between groups, 0 where all are treated alike."""
    groups: Annotated[list[Line], Field(min_length=2, max_length=50)] = Field(
        examples=[["female", "male"], ["under 40", "40 to 64", "65 and over"]]
    )
    """The groups that were compared."""
    value: Annotated[float, Field(ge=0, le=1)] = Field(examples=[0.03])
    """The largest difference between two of them, 0 to 1."""
    date: Date = Field(examples=["2026-09-15"])
    """The day of the measurement, YYYY-MM-DD."""
    dataset: Name = Field(examples=["claims-history"])
    """Dataset of this environment that it was measured on."""


class Oversight(Section):
    """Who may stop the model or overrule it, and how (Art. 14 and 26(2))."""

    role: Line = Field(examples=["claims investigator"])
    """Role of the people who oversee the model."""
    contact: Email = Field(examples=["investigations@meridian-health.example"])
    """Where they are reached."""
    how: Line = Field(examples=["Every flagged claim is decided by an investigator; the score alone rejects nothing."])
    """What they do, and how they overrule the model."""


class EthicalRecord(Section):
    """What is known about a model before it decides about people."""

    intended_use: Line = Field(examples=["Ranks claims for review by investigators; not for rejecting claims."])
    """What the model is for, and what it is not for (Art. 13(3)(b)(i))."""
    risk_class: Literal["prohibited", "high", "limited", "minimal"] = Field(examples=["high", "limited"])
    """Class under the EU AI Act: prohibited (Art. 5), high (Art. 6 and Annex III), limited (Art. 50), minimal."""
    basis: Line | None = Field(default=None, examples=["Annex III 5(c)"])
    """Why it is in this class: the clause that names the use; required for a high-risk model."""
    card: ModelCard | None = Field(
        default=None,
        examples=[
            {
                "location": "https://models.meridian-health.example/fraud-scorer/3.4.1/card.html",
                "digest": "sha256:" + "0123456789abcdef" * 4,
            }
        ],
    )
    """The model card."""
    bias: Annotated[list[BiasEvaluation], Field(min_length=1, max_length=50)] = Field(
        examples=[
            [
                {
                    "metric": "equal-opportunity-difference",
                    "groups": ["female", "male"],
                    "value": 0.03,
                    "date": "2026-09-15",
                    "dataset": "claims-history",
                }
            ]
        ]
    )
    """Evaluations of bias, at least one."""
    oversight: Oversight | None = Field(
        default=None,
        examples=[
            {
                "role": "claims investigator",
                "contact": "investigations@meridian-health.example",
                "how": "Every flagged claim is decided by an investigator.",
            }
        ],
    )
    """Human oversight."""
