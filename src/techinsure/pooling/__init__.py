"""A pool run: who carries what of a pool's losses, and what another programme would change."""

from techinsure.pooling.run import Sample, load_pool_folder, resolved, run_pool, sample, samples

__all__ = ["Sample", "load_pool_folder", "resolved", "run_pool", "sample", "samples"]
