"""Reinsurance: one file a treaty, and the programme that applies them in their order."""

from typing import Annotated

from pydantic import Field

from techinsure.reinsurance.aggregate_excess import AggregateExcess
from techinsure.reinsurance.excess_of_loss import ExcessOfLoss
from techinsure.reinsurance.quota_share import QuotaShare
from techinsure.reinsurance.state_backstop import StateBackstop
from techinsure.reinsurance.stop_loss import StopLoss
from techinsure.reinsurance.surplus import Surplus

Treaty = Annotated[
    QuotaShare | Surplus | ExcessOfLoss | StopLoss | AggregateExcess | StateBackstop,
    Field(discriminator="kind"),
]
"""A treaty has `ceded(subject, premium, insured) -> (n_losses,)` and `flows(subject, premium,
insured) -> {kind: (n_years,)}`, of a year's subject premium and the sums insured as it sees them;
`shares(portfolio, insured) -> (n_items,)`, the part of each item that is ceded whatever is lost;
and `years`, of a sequence that it carries something over. All but shares are the same of the rows
that `touched(subject)` names, which are all that can cede something.

Kinds of flow, all >= 0: `ceded_premium`, `reinstatement_premium` and `additional_premium` are paid
to the reinsurers, what is `RECEIVED` comes from them.
"""

RECEIVED = ("ceding_commission", "profit_commission", "experience_refund")
"""Flows that the reinsurers pay; all others are paid to them."""
