"""Loss models: exposure and parameters in, ground-up losses by year out."""

from typing import Annotated

from pydantic import Field

from techinsure.models.dispute import Dispute, Patents
from techinsure.models.equipment import Equipment, Site
from techinsure.models.staged import Project, Staged

Model = Annotated[Staged | Equipment | Dispute, Field(discriminator="kind")]
"""Any loss model: the `[model]` table of a product file."""

Exposure = Project | Site | Patents
"""What is insured, in the terms of its loss model."""

EXPOSURE_OF: dict[str, type[Project] | type[Site] | type[Patents]] = {
    "staged": Project,
    "equipment": Site,
    "dispute": Patents,
}

RISK_UNIT_OF = {"staged": "id", "equipment": "site", "dispute": "family"}
"""The column whose label is the risk unit: what one occurrence can destroy."""
