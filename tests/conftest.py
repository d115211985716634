"""What every test shares."""

from hypothesis import settings

# No deadline: two workers share two cores. Derandomised: a failure can be run again.
settings.register_profile("techinsure", deadline=None, derandomize=True)
settings.load_profile("techinsure")
