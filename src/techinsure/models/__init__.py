"""Loss models: exposure and parameters in, ground-up losses by year out."""

from typing import Annotated

from pydantic import Field

from techinsure.models.compound import Compound, Contract
from techinsure.models.dispute import Dispute, Patents
from techinsure.models.equipment import Equipment, Site
from techinsure.models.joint import Campaign, Joint
from techinsure.models.staged import Project, Staged

Model = Annotated[Staged | Equipment | Dispute | Compound | Joint, Field(discriminator="kind")]
"""Any loss model: the `[model]` table of a product file."""

Exposure = Project | Site | Patents | Contract | Campaign
"""What is insured, in the terms of its loss model."""

EXPOSURE_OF: dict[
    str, type[Project] | type[Site] | type[Patents] | type[Contract] | type[Campaign]
] = {
    "staged": Project,
    "equipment": Site,
    "dispute": Patents,
    "compound": Contract,
    "joint": Campaign,
}

RISK_UNIT_OF = {
    "staged": "id",
    "equipment": "site",
    "dispute": "family",
    "compound": "family",
    "joint": "id",
}
"""The column whose label is the risk unit: what one occurrence can destroy."""
