"""What is known about a parameter, from where, and how well."""

from techinsure.evidence.priors import Grade, Prior

__all__ = ["Grade", "Prior"]
