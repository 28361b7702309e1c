"""The whole M-step, which homeworks 6 and 7 both ask for: each goes to students without the other's answers."""

import numpy as np

from gmm_lib import m_step


def whole_step(X: np.ndarray, responsibilities: np.ndarray, floor: float = 0.0) -> dict[str, np.ndarray]:
    """Weights (k,), means (k, m) and covariances (k, m, m), ``floor`` added to every variance.

    The bare formulas: the library would refuse components that have lost their volume, which a floor is to mend.
    """
    counts = responsibilities.sum(axis=0)
    means = m_step.means(X, responsibilities)
    residuals = X[:, np.newaxis] - means
    scatters = np.einsum("ij,ija,ijb->jab", responsibilities, residuals, residuals)
    return {
        "weights": responsibilities.mean(axis=0),
        "means": means,
        "covariances": scatters / counts[:, np.newaxis, np.newaxis] + floor * np.eye(X.shape[1]),
    }
