"""Reinsurance: one file a treaty, and the programme that applies them in their order."""

from typing import Annotated

from pydantic import Field

from techinsure.reinsurance.excess_of_loss import ExcessOfLoss
from techinsure.reinsurance.quota_share import QuotaShare
from techinsure.reinsurance.stop_loss import StopLoss

Treaty = Annotated[QuotaShare | ExcessOfLoss | StopLoss, Field(discriminator="kind")]
"""A treaty has `ceded(subject) -> (n_losses,)`, `flows(subject, premium) -> {kind: (n_years,)}`
and `premium_share`, the part of the subject premium that goes with the losses; both are the same
of the rows that `touched(subject)` names, which are all that can cede something.

Kinds of flow, all >= 0: `ceded_premium` and `reinstatement_premium` are paid to the reinsurers,
`ceding_commission` is received from them.
"""
