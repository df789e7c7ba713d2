"""Fits and their errors: against libraries, by hand, and where there is nothing to fit."""

from __future__ import annotations

import time
import warnings

import numpy as np
import pytest

from telltale.core.errors import ConfigError, FormatError
from telltale.core.rng import stream
from telltale.host.glm import (
    centred,
    cluster_sums,
    fit_glm,
    independent_columns,
    jackknife,
    moved_by_each,
)
from telltale.host.shown import Array, Codes

LIKE_THE_LIBRARY = 1e-6


def draw(n: int = 400, seed: int = 1) -> tuple[Array, Array, Array, Codes, Codes]:
    """Three columns, overdispersed counts, offset, clusters, and groups of which the fourth never counts."""
    rng = stream(seed, "test glm")
    cluster, group = rng.integers(0, 9, n), rng.integers(0, 12, n)
    x, offset = rng.normal(size=(n, 3)), 0.3 * rng.normal(size=n)
    mean = np.exp(1 + x @ [0.2, -0.3, 0.0] + offset + 0.3 * rng.normal(size=12)[group])
    y = rng.poisson(mean * rng.gamma(2, 1 / 2, n)).astype(float)
    y[group == 3] = 0
    return x, y, offset, cluster, group


def levels(codes: Codes) -> Array:
    found: Array = (codes[:, None] == np.unique(codes)).astype(float)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["poisson", "ols"])
def test_equal_to_pyfixest(kind: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fixest = pytest.importorskip("pyfixest")
        pandas = pytest.importorskip("pandas")
        x, y, offset, cluster, group = draw()
        frame = pandas.DataFrame(x, columns=list("abc")).assign(y=y, group=group, cluster=cluster, o=offset)
        told = {"vcov": {"CRV1": "cluster"}, "ssc": fixest.ssc(k_fixef="full")}
        if kind == "poisson":
            theirs = fixest.fepois("y ~ a + b + c | group", frame, offset="o", iwls_tol=1e-12, **told)
            ours = fit_glm(np.column_stack([levels(group), x]), y, offset=offset, cluster=cluster)
        else:
            theirs = fixest.feols("y ~ a + b + c | group", frame, **told)
            ours = fit_glm(np.column_stack([levels(group), x]), y, kind="ols", cluster=cluster)
    np.testing.assert_allclose(ours.beta[-3:], theirs.coef(), atol=LIKE_THE_LIBRARY)
    np.testing.assert_allclose(ours.standard_error[-3:], theirs.se(), rtol=LIKE_THE_LIBRARY)
    if kind == "ols":  # Of counts theirs are by the normal distribution, ours always by Student's.
        np.testing.assert_allclose(ours.p()[-3:], theirs.pvalue(), atol=LIKE_THE_LIBRARY)


@pytest.mark.slow
def test_negative_binomial_is_that_of_statsmodels() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        api = pytest.importorskip("statsmodels.api")
        x, y, offset, cluster, _ = draw()
        x = np.column_stack([np.ones(len(y)), x])
        joint = api.NegativeBinomial(y, x, offset=offset).fit(disp=0, method="newton", maxiter=100, tol=1e-12)
        family = api.families.NegativeBinomial(alpha=joint.params[-1])
        model = api.GLM(y, x, family=family, offset=offset)
        # Their own errors by cluster take the observed information; ours take the expected one.
        bread = np.linalg.inv(-model.hessian(joint.params[:-1], observed=False))
        influence = cluster_sums(model.score_obs(joint.params[:-1]), cluster, 9) @ bread
    ours = fit_glm(x, y, kind="negbin", offset=offset, cluster=cluster)
    np.testing.assert_allclose(ours.beta, joint.params[:-1], atol=LIKE_THE_LIBRARY)
    assert 1 / ours.theta == pytest.approx(joint.params[-1], rel=LIKE_THE_LIBRARY)
    error = np.sqrt(np.diag(influence.T @ influence) * 9 / 8 * 399 / 396)
    np.testing.assert_allclose(ours.standard_error, error, rtol=LIKE_THE_LIBRARY)


@pytest.mark.slow
def test_jackknife_is_that_of_pyfixest() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fixest = pytest.importorskip("pyfixest")
        pandas = pytest.importorskip("pandas")
        x, y, _, cluster, _ = draw()
        frame = pandas.DataFrame(x, columns=list("abc")).assign(y=y, cluster=cluster)
        theirs = fixest.feols(
            "y ~ a + b + c", frame, vcov={"CRV3": "cluster"}, ssc=fixest.ssc(k_adj=False, G_adj=False)
        )
        theirs_se = np.asarray(theirs.se())
    whole = np.column_stack([np.ones(len(y)), x])
    ours = jackknife(fit_glm(whole, y, kind="ols", cluster=cluster), whole)
    ratio = np.sqrt(np.diag(ours)) / theirs_se
    # Theirs sums the squares without (G - 1) / G where its corrections are off.
    assert ratio == pytest.approx(np.full(4, ratio[0]), rel=LIKE_THE_LIBRARY)
    assert ratio[0] in (pytest.approx(1.0), pytest.approx(np.sqrt(8 / 9)))


def test_jackknife_leaves_out_each_cluster() -> None:
    x, y, _, cluster, _ = draw(120)
    whole = np.column_stack([np.ones(len(y)), x])
    fit = fit_glm(whole, y, kind="ols", cluster=cluster)
    moved = moved_by_each(fit, whole)
    for g in range(9):
        rest = cluster != g
        again = np.linalg.lstsq(whole[rest], y[rest], rcond=None)[0]
        np.testing.assert_allclose(moved[g], fit.beta - again, atol=1e-6)


def test_jackknife_stands_columns_of_one_cluster_alone() -> None:
    """A cluster's own effect cannot be found without it; the others are as if it were taken out."""
    x, y, _, cluster, _ = draw(150)
    dense = np.column_stack([levels(cluster), x])
    fit = fit_glm(dense, y, cluster=cluster)
    inside = fit_glm(x, y, cluster=cluster, group=cluster)
    np.testing.assert_allclose(jackknife(fit, dense)[-3:, -3:], jackknife(inside, x), rtol=1e-5)


@pytest.mark.parametrize("kind", ["poisson", "ols", "negbin"])
def test_groups_taken_out_are_groups_as_columns(kind: str) -> None:
    x, y, offset, _, group = draw()
    cluster = group // 2
    dense = np.column_stack([levels(group), x])
    one = fit_glm(dense, y, kind=kind, offset=offset, cluster=cluster)  # type: ignore[arg-type]
    two = fit_glm(x, y, kind=kind, offset=offset, cluster=cluster, group=group)  # type: ignore[arg-type]
    np.testing.assert_allclose(two.beta, one.beta[-3:], atol=1e-9)
    np.testing.assert_allclose(two.cov, one.cov[-3:, -3:], atol=1e-10)
    np.testing.assert_allclose(two.mu, one.mu, rtol=1e-7)


def test_weights_count_rows() -> None:
    x, y, offset, cluster, _ = draw(60)
    x = np.column_stack([np.ones(60), x])
    weight = stream(1, "weights").integers(0, 3, 60)
    twice = np.repeat(np.arange(60), weight)
    one = fit_glm(x, y, offset=offset, weight=weight.astype(float), cluster=cluster)
    two = fit_glm(x[twice], y[twice], offset=offset[twice], cluster=cluster[twice])
    np.testing.assert_allclose(one.beta, two.beta, atol=1e-9)
    np.testing.assert_allclose(one.scores, two.scores, atol=1e-8)


def test_groups_that_never_count_are_left_out() -> None:
    x, y, offset, cluster, group = draw()
    fit = fit_glm(np.column_stack([levels(group), x]), y, offset=offset, cluster=cluster)
    assert (group[fit.rows] != 3).all()
    assert len(fit.rows) == (group != 3).sum()
    assert np.isnan(fit.beta[3])


def test_a_column_that_separates_does_not_run_away() -> None:
    """Where a column shows nothing counts: those rows tell nothing of the rest."""
    x, y, *_ = draw(200)
    shows = np.where(np.arange(200) % 10 == 0, 1.0 + 0.1 * np.arange(200) / 200, 0.0)
    y = np.where(shows > 0, 0.0, y)
    one = np.ones(200)
    fit = fit_glm(np.column_stack([one, x, shows]), y)
    rest = shows == 0
    without = fit_glm(np.column_stack([one, x])[rest], y[rest])
    assert len(fit.rows) == rest.sum()
    np.testing.assert_allclose(fit.beta[:4], without.beta, atol=1e-6)


def test_columns_that_follow_are_left_out() -> None:
    x, y, *_ = draw(100)
    x = np.column_stack([np.ones(100), x[:, 0], 2 * x[:, 0] + 1, x[:, 1], np.zeros(100)])
    fit = fit_glm(x, y)
    assert fit.kept.tolist() == [0, 1, 3]
    assert np.isnan(fit.beta[[2, 4]]).all()


def test_no_overdispersion_is_poisson() -> None:
    rng = stream(3, "even")
    x = np.column_stack([np.ones(300), rng.normal(size=300)])
    y: Array = np.round(np.exp(1 + 0.3 * x[:, 1])).astype(np.float64)
    fit = fit_glm(x, y, kind="negbin")
    assert np.isinf(fit.theta)
    np.testing.assert_allclose(fit.beta, fit_glm(x, y).beta, atol=1e-8)


def test_means_of_groups_end_as_nothing() -> None:
    group = np.array([0, 0, 1, 1, 1])
    rest = centred(np.array([[1.0, 7.0], [3.0, 7.0], [0.1, 2.0], [0.1, 2.0], [0.1, 2.0]]), np.ones(5), group)
    assert rest.tolist() == [[-1, 0], [1, 0], [0, 0], [0, 0], [0, 0]]


def test_what_cannot_be_fitted_is_told_in_a_line() -> None:
    x, y, *_ = draw(50)
    with pytest.raises(FormatError, match="nothing was counted"):
        fit_glm(x, np.zeros(50))
    with pytest.raises(FormatError, match="50 rows are left for 50 columns"):
        fit_glm(stream(1, "wide").normal(size=(50, 60)), y + 1)
    with pytest.raises(FormatError, match="all of it comes from one broadcast, or from one host"):
        fit_glm(x, y, cluster=np.zeros(50, int))
    with pytest.raises(FormatError, match="negative"):
        fit_glm(x, y - 100)
    with pytest.raises(FormatError, match="no finite number"):
        fit_glm(np.where(x == x[0, 0], np.nan, x), y)
    with pytest.raises(ConfigError, match="differ in length"):
        fit_glm(x[:40], y)


@pytest.mark.slow
def test_a_study_of_a_hundred_hours_is_quick() -> None:
    rng = stream(5, "big")
    group, cluster = rng.integers(0, 200, 6000), rng.integers(0, 40, 6000)
    x = np.column_stack([levels(group), rng.normal(size=(6000, 50))])
    y = rng.poisson(np.exp(1 + 0.05 * x[:, 210])).astype(float)
    begin = time.process_time()
    fit = fit_glm(x, y, cluster=cluster)
    # About .3 s on one core of a server; the bound leaves room for a slower one.
    assert time.process_time() - begin < 2.0
    assert len(fit.kept) == len(independent_columns(x)) == 250
