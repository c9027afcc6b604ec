"""Writes src/statistics/fixtures/golden-values.json: what independent libraries say to the same questions.

Needs confseq 0.0.11 (by authors of the papers) and scipy from PyPI:
    python scripts/statistics-golden-values.py > src/statistics/fixtures/golden-values.json
It runs once; the tests read the file.
"""

import json

import numpy as np
from confseq import boundaries
from scipy.special import gammaln
from scipy.stats import dirichlet_multinomial, multinomial

ALPHAS = [0.05, 0.01, 0.05 / 6]


def reaches():
    """Standard errors that the two-sided normal mixture boundary allows after `units`."""
    return [
        {
            "units": units,
            "alpha": alpha,
            "tightestAt": tightest,
            "reach": float(
                boundaries.normal_mixture_bound(units, alpha, tightest, alpha_opt=alpha, is_one_sided=False)
            )
            / units**0.5,
        }
        for units in [1, 50, 100, 500, 4_000, 1_000_000]
        for alpha in ALPHAS
        for tightest in [100, 500]
    ]


def quantile_reaches():
    """The stitched boundary behind the paper's Theorem 1, from 50 values on."""
    return [
        {
            "count": count,
            "share": share,
            "alpha": alpha,
            "reach": float(
                boundaries.poly_stitching_bound(
                    share * (1 - share) * count,
                    alpha / 2,
                    share * (1 - share) * 50,
                    c=abs(1 - 2 * share) / 3,
                    s=1.4,
                    eta=2.04,
                )
            )
            / count,
        }
        for count in [20, 100, 500, 1_000, 5_000, 100_000]
        for share in [0.5, 0.95]
        for alpha in ALPHAS
    ]


def sample_ratios():
    cases = [([50, 50], [0.5, 0.5]), ([530, 470], [0.5, 0.5]), ([5300, 4700], [0.5, 0.5])]
    cases += [([900, 100], [0.9, 0.1]), ([850, 150], [0.9, 0.1]), ([0, 40], [0.8, 0.2]), ([1, 0], [0.8, 0.2])]
    return [
        {
            "counts": counts,
            "shares": shares,
            "evidence": float(
                dirichlet_multinomial.logpmf(counts, 100 * np.array(shares), sum(counts))
                - multinomial.logpmf(counts, sum(counts), shares)
            ),
        }
        for counts, shares in cases
    ]


def log_gammas():
    return [{"value": value, "result": float(gammaln(value))} for value in [0.1, 0.5, 1, 2.5, 11.9, 12, 150.25, 1e7]]


if __name__ == "__main__":
    golden = {
        "reaches": reaches(),
        "quantileReaches": quantile_reaches(),
        "sampleRatios": sample_ratios(),
        "logGammas": log_gammas(),
    }
    print(json.dumps(golden, indent=1))
