"""The mistakes of a whole M-step, which homeworks 6 and 7 share; each is recognised in one part of the output."""

from collections.abc import Callable

import numpy as np

from gmm_lib import m_step

from ..checker.exercise import Mistake
from . import m_step_formulas as formulas

CHAPTER = "09_m_step"


def part_mistake(name: str, part: str, wrong: Callable, message: str, link: str | None = None) -> Mistake:
    """A mistake of one part, recognised also when another part has a fault of its own."""
    return Mistake(name=name, wrong=wrong, part=part, message=message, link=link)


def _covariances_by(rule):
    """The whole step with the floor, its covariances by another rule: rule(X, responsibilities, means)."""

    def step(X, responsibilities, current, reg_covar):
        found = rule(X, responsibilities, m_step.means(X, responsibilities))
        return formulas.whole_step(X, responsibilities) | {"covariances": found + reg_covar * np.eye(X.shape[1])}

    return step


def _step_counts(X, responsibilities, current, reg_covar):
    return formulas.whole_step(X, responsibilities, reg_covar, weights=lambda X, w: w.sum(axis=0))


def _step_old_weights(X, responsibilities, current, reg_covar):
    return formulas.whole_step(X, responsibilities, reg_covar) | {"weights": current.weights}


def _step_equal_weights(X, responsibilities, current, reg_covar):
    return formulas.whole_step(X, responsibilities, reg_covar) | {
        "weights": np.full(responsibilities.shape[1], 1 / responsibilities.shape[1])
    }


def _step_as_printed(X, responsibilities, current, reg_covar):
    means = formulas.means_by_n(X, responsibilities)
    floor = reg_covar * np.eye(X.shape[1])
    return {
        "weights": responsibilities.mean(axis=0),
        "means": means,
        "covariances": formulas.cov_by_n(X, responsibilities, means) + floor,
    }


def _step_printed_means(X, responsibilities, current, reg_covar):
    return formulas.whole_step(X, responsibilities, reg_covar, means=formulas.means_by_n)


def _step_old_means(X, responsibilities, current, reg_covar):
    return _covariances_by(lambda X, w, means: formulas.covariances(X, w, current.means))(
        X, responsibilities, current, reg_covar
    )


def _step_means_kept(X, responsibilities, current, reg_covar):
    return _step_old_means(X, responsibilities, current, reg_covar) | {"means": current.means}


def _step_no_floor(X, responsibilities, current, reg_covar):
    return formulas.whole_step(X, responsibilities)


def _step_floor_everywhere(X, responsibilities, current, reg_covar):
    exact = formulas.whole_step(X, responsibilities)
    return exact | {"covariances": exact["covariances"] + reg_covar}


def _step_floor_divided(X, responsibilities, current, reg_covar):
    exact = formulas.whole_step(X, responsibilities)
    return exact | {
        "covariances": exact["covariances"] + reg_covar * np.eye(X.shape[1]) / formulas.counts(responsibilities)
    }


def _step_floor_squared(X, responsibilities, current, reg_covar):
    return formulas.whole_step(X, responsibilities, reg_covar**2)


def _step_floor_rooted(X, responsibilities, current, reg_covar):
    return formulas.whole_step(X, responsibilities, np.sqrt(reg_covar))


def _step_weights_by_k(X, responsibilities, current, reg_covar):
    return formulas.whole_step(X, responsibilities, reg_covar, weights=lambda X, w: w.sum(axis=0) / w.shape[1])


def _step_floor_as_maximum(X, responsibilities, current, reg_covar):
    exact = formulas.whole_step(X, responsibilities)
    covariances, diagonal = exact["covariances"].copy(), np.arange(X.shape[1])
    covariances[:, diagonal, diagonal] = np.maximum(covariances[:, diagonal, diagonal], reg_covar)
    return exact | {"covariances": covariances}


def _step_floor_on_first(X, responsibilities, current, reg_covar):
    exact = formulas.whole_step(X, responsibilities)
    covariances = exact["covariances"].copy()
    covariances[:, 0, 0] += reg_covar
    return exact | {"covariances": covariances}


_FLOOR_LINK = "10_model#erratum-20"

STEP_MISTAKES = (
    part_mistake(
        "weights sum to n",
        "weights",
        _step_counts,
        "Your weights sum to n: they are the effective counts. A mixture needs shares.",
        "08_e_step#erratum-10",
    ),
    part_mistake(
        "weights divided by k",
        "weights",
        _step_weights_by_k,
        "Your weights are the effective counts divided by the number of components. The counts are out of n points.",
        "08_e_step#eq-12",
    ),
    Mistake(
        name="both as printed",
        wrong=_step_as_printed,
        message="You divide the means and the covariances by n: both formulas as the article prints them. What is the mass that one component answers for?",
        link=f"{CHAPTER}#erratum-11",
    ),
    Mistake(
        name="means divided by n",
        wrong=_step_printed_means,
        part="means",  # which alone show it, whatever covariances follow from them
        message="Your means are divided by n: formula (13) as the article prints it. They are pulled to the origin.",
        link=f"{CHAPTER}#erratum-11",
    ),
    part_mistake(
        "covariances divided by n",
        "covariances",
        _covariances_by(formulas.cov_by_n),
        "Your covariances are divided by n: formula (14) as the article prints it. Around the right mean they come out too narrow.",
        f"{CHAPTER}#erratum-12",
    ),
    part_mistake(
        "means kept",
        "means",
        _step_means_kept,
        "Your means are the current ones: they have not moved. What says where the points of a component lie now?",
        f"{CHAPTER}#eq-13",
    ),
    part_mistake(
        "old means in the covariances",
        "covariances",
        _step_old_means,
        "Your covariances are measured from the current means, those that the E-step used. They come out too wide, by the outer product of the shift: forget the past estimates.",
        f"{CHAPTER}#eq-9-2",
    ),
    part_mistake(
        "weights kept",
        "weights",
        _step_old_weights,
        "Your weights are the current ones. The responsibilities say anew how common each component is.",
        "08_e_step#eq-12",
    ),
    part_mistake(
        "equal weights",
        "weights",
        _step_equal_weights,
        "Your weights are all equal, whatever the responsibilities say. They tell how common each component is.",
        "08_e_step#eq-12",
    ),
    part_mistake(
        "floor forgotten",
        "covariances",
        _step_no_floor,
        "Right, but without the floor: reg_covar has no say. A component on two points would be flat.",
        _FLOOR_LINK,
    ),
    part_mistake(
        "floor added to all entries",
        "covariances",
        _step_floor_everywhere,
        "The floor is added to every entry of the table. It is a variance, not a covariance: where in the table do the variances stand?",
        _FLOOR_LINK,
    ),
    part_mistake(
        "floor divided by the count",
        "covariances",
        _step_floor_divided,
        "The floor is divided by the effective count along with the sum. It should be the same for all components, however few points they hold: add it at the very end.",
        _FLOOR_LINK,
    ),
    part_mistake(
        "floor squared",
        "covariances",
        _step_floor_squared,
        "The floor enters with its square. It is given in squared units of the data already.",
        _FLOOR_LINK,
    ),
    part_mistake(
        "floor rooted",
        "covariances",
        _step_floor_rooted,
        "The floor enters with its square root. It is a variance, in squared units of the data, like what it is added to.",
        _FLOOR_LINK,
    ),
    part_mistake(
        "floor as a maximum",
        "covariances",
        _step_floor_as_maximum,
        "You lift only the variances that lie below the floor. That does not keep a tilted covariance from being flat; here the floor is added to every variance.",
        _FLOOR_LINK,
    ),
    part_mistake(
        "floor on the first variance only",
        "covariances",
        _step_floor_on_first,
        "The floor is added to the first variance of each component and not to the others. A component can be flat in any direction.",
        _FLOOR_LINK,
    ),
    part_mistake(
        "covariances not divided",
        "covariances",
        _covariances_by(formulas.scatters),
        "Your covariances are weighted sums of outer products. Twice as many points would make a component wider: what makes a sum an average?",
        f"{CHAPTER}#eq-14",
    ),
    part_mistake(
        "divided by N - 1",
        "covariances",
        _covariances_by(formulas.cov_by_count_minus_one),
        "Your covariances are divided by the effective count less one. Unbiased is not what the M-step is after: it takes the ones with the highest lower bound.",
        f"{CHAPTER}#eq-14",
    ),
    part_mistake(
        "unbiased for weights",
        "covariances",
        _covariances_by(formulas.cov_unbiased),
        "Your covariances are the unbiased ones, as np.cov gives them unless told otherwise. The M-step takes the plain weighted average.",
        f"{CHAPTER}#eq-14",
    ),
    part_mistake(
        "weights squared",
        "covariances",
        _covariances_by(formulas.cov_squared),
        "In your covariances the responsibility enters twice, once with each residual. Their product should carry it once.",
        f"{CHAPTER}#eq-14",
    ),
    part_mistake(
        "diagonal only",
        "covariances",
        _covariances_by(formulas.cov_diagonal),
        "Beside the diagonal your covariances are zero. How do two coordinates of the same point vary together?",
        f"{CHAPTER}#eq-14",
    ),
    part_mistake(
        "np.cov without weights",
        "covariances",
        _covariances_by(formulas.cov_one_for_all),
        "All components get the covariance of all the points. Each has its own: its points counted as much as it is responsible for them.",
        f"{CHAPTER}#eq-14",
    ),
    part_mistake(
        "np.cov without weights, unbiased",
        "covariances",
        _covariances_by(formulas.cov_one_for_all_unbiased),
        "All components get the covariance of all the points. Each has its own: its points counted as much as it is responsible for them.",
        f"{CHAPTER}#eq-14",
    ),
)
