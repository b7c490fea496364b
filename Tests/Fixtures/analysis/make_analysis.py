"""Makes analysis.json beside this file: what other libraries compute, for BobbinAnalysis to agree with.

    python -m venv .venv && .venv/bin/pip install scikit-learn==1.9.1 scikit-image==0.26.0 openTSNE==1.0.4
    .venv/bin/python make_analysis.py

Made with Python 3.11, numpy 2.4.6, scipy 1.17.1. All inputs are stored beside the results as float32 values.

    codes             60 codes of 6 dimensions around 3 centres, with their labels
    pca               scikit-learn PCA(svd_solver="covariance_eigh"); plain and whitened scores, inverse of two components
    neighbors         scikit-learn NearestNeighbors(algorithm="brute"), 9 of each code, itself left out
    affinities        openTSNE PerplexityBasedNN(perplexity=5, method="exact"): the dense symmetric P, in float64
    map               a fixed map; its KL divergence and gradient (without the factor 4) by the formulas, in float64
    descent           openTSNE from that map: 2 iterations at exaggeration 12 with learning rate 400, where steps are cut
                      to length 5, then 8 at 1 with momentum 0.8 and learning rate 30; forces over all pairs (theta 0)
    quality           scikit-learn trustworthiness, silhouette, leave-one-out KNeighborsClassifier of codes and map
    images            two images of 20 x 17, scikit-image mean_squared_error, peak_signal_noise_ratio, structural_similarity
    classification    scikit-learn confusion_matrix, precision_recall_fscore_support(zero_division=0)
    scores            scikit-learn roc_auc_score, with ties
    features          two sets of 40 x 6 features: Frechet distance with scipy.linalg.sqrtm, unbiased polynomial MMD
    interpolation     the spherical interpolation of two codes at 5 steps, by the formula in float64
    normalQuantiles  scipy.stats.norm.ppf
"""
import json
from pathlib import Path

import numpy as np
import scipy
from openTSNE import TSNEEmbedding
from openTSNE.affinity import PerplexityBasedNN
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.metrics import (
    confusion_matrix, precision_recall_fscore_support, roc_auc_score, silhouette_score)
from sklearn.metrics.pairwise import polynomial_kernel
from sklearn.model_selection import LeaveOneOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

random = np.random.default_rng(7)
float32 = lambda values: np.asarray(values, np.float32)
lists = lambda values: np.asarray(values, np.float64).ravel().tolist()

labels = np.repeat([0, 1, 2], 20)
centres = random.normal(0, 2, (3, 6))
codes = float32(centres[labels] + random.normal(0, [1.5, 1, 0.8, 0.5, 0.3, 0.2], (60, 6)) + 3)
wide = codes.astype(np.float64)

pca = PCA(svd_solver="covariance_eigh").fit(wide)
plane = PCA(2, svd_solver="covariance_eigh").fit(wide)
white = PCA(2, whiten=True, svd_solver="covariance_eigh").fit(wide)

distances, indices = NearestNeighbors(n_neighbors=10, algorithm="brute").fit(wide).kneighbors(wide)
affinities = PerplexityBasedNN(codes, perplexity=5, method="exact", symmetrize=True).P.toarray()

positions = float32(plane.transform(wide) * 0.7 + random.normal(0, 0.3, (60, 2)))
y = positions.astype(np.float64)
difference = y[:, None] - y[None]
kernel = 1 / (1 + (difference**2).sum(-1))
np.fill_diagonal(kernel, 0)
q = kernel / kernel.sum()
present = affinities > 0
divergence = (affinities[present] * np.log(affinities[present] / q[present])).sum()
gradient = ((affinities - q) * kernel)[:, :, None] * difference

embedding = TSNEEmbedding(
    y.copy(), PerplexityBasedNN(codes, perplexity=5, method="exact", symmetrize=True), dof=1,
    negative_gradient_method="bh", theta=0, n_jobs=1)
cut = embedding.optimize(2, exaggeration=12, learning_rate=400, momentum=0.8)
descended = cut.optimize(8, exaggeration=1, learning_rate=30, momentum=0.8)

neighbor_classifier = lambda points: cross_val_score(
    KNeighborsClassifier(5), points, labels, cv=LeaveOneOut()).mean()


def preservation(count):
    near = lambda points: NearestNeighbors(n_neighbors=count).fit(points).kneighbors(return_distance=False)
    return np.mean([len(set(a) & set(b)) / count for a, b in zip(near(wide), near(y))])


first = float32(random.random((20, 17)))
second = float32(np.clip(first + random.normal(0, 0.1, first.shape), 0, 1))
a, b = first.astype(np.float64), second.astype(np.float64)

truth = random.integers(0, 4, 50)
predictions = np.where(random.random(50) < 0.6, truth, random.integers(0, 3, 50))
precision, recall, f1, support = precision_recall_fscore_support(truth, predictions, labels=range(5), zero_division=0)

positive = random.random(40) < 0.4
scores = float32(np.round(random.normal(positive * 1.0, 1), 1))

left = float32(random.normal(0, 1, (40, 6)) @ random.normal(0, 1, (6, 6)))
right = float32(random.normal(0.3, 1.2, (40, 6)))
l, r = left.astype(np.float64), right.astype(np.float64)
product_root = scipy.linalg.sqrtm(np.cov(l.T) @ np.cov(r.T)).real
frechet = ((l.mean(0) - r.mean(0))**2).sum() + np.trace(np.cov(l.T) + np.cov(r.T) - 2 * product_root)
polynomial = lambda x, z: polynomial_kernel(x, z, degree=3, gamma=1 / 6, coef0=1)
off_diagonal = lambda k: (k.sum() - np.trace(k)) / (len(k) * (len(k) - 1))
kernel_distance = off_diagonal(polynomial(l, l)) + off_diagonal(polynomial(r, r)) - 2 * polynomial(l, r).mean()

angle = np.arccos(wide[0] @ wide[1] / np.linalg.norm(wide[0]) / np.linalg.norm(wide[1]))
steps = np.linspace(0, 1, 5)[:, None]
spherical = (np.sin((1 - steps) * angle) * wide[0] + np.sin(steps * angle) * wide[1]) / np.sin(angle)

probabilities = [1e-9, 0.001, 0.05, 0.3, 0.5, 0.7, 0.95, 0.9999]
fixture = {
    "codes": lists(codes),
    "labels": labels.tolist(),
    "pca": {
        "components": lists(pca.components_), "variance": lists(pca.explained_variance_),
        "ratio": lists(pca.explained_variance_ratio_), "noise": float(plane.noise_variance_),
        "scores": lists(plane.transform(wide)), "white": lists(white.transform(wide)),
        "inverse": lists(plane.inverse_transform(plane.transform(wide)))},
    "neighbors": {"indices": indices[:, 1:].ravel().tolist(), "distances": lists(distances[:, 1:])},
    "affinities": lists(affinities),
    "map": {"positions": lists(positions), "divergence": float(divergence), "gradient": lists(gradient.sum(1))},
    "descent": {"cut": lists(cut), "final": lists(descended)},
    "quality": {
        "trustworthiness": [trustworthiness(wide, y, n_neighbors=k) for k in (5, 12)],
        "continuity": trustworthiness(y, wide, n_neighbors=5),
        "preservation": [preservation(k) for k in (5, 10)],
        "silhouetteOfCodes": float(silhouette_score(wide, labels)),
        "silhouetteOfMap": float(silhouette_score(y, labels)),
        "accuracyOfCodes": float(neighbor_classifier(wide)), "accuracyOfMap": float(neighbor_classifier(y))},
    "images": {
        "first": lists(first), "second": lists(second), "squared": float(mean_squared_error(a, b)),
        "absolute": float(np.abs(a - b).mean()), "peak": float(peak_signal_noise_ratio(a, b, data_range=1)),
        "gaussian": float(structural_similarity(
            a, b, data_range=1, gaussian_weights=True, use_sample_covariance=False)),
        "uniform": float(structural_similarity(a, b, data_range=1)),
        "uniform5": float(structural_similarity(a, b, data_range=2, win_size=5))},
    "classification": {
        "truth": truth.tolist(), "predictions": predictions.tolist(),
        "counts": confusion_matrix(truth, predictions, labels=range(5)).ravel().tolist(),
        "precision": lists(precision), "recall": lists(recall), "f1": lists(f1), "support": support.tolist()},
    "scores": {
        "values": lists(scores), "positive": positive.tolist(), "area": float(roc_auc_score(positive, scores))},
    "features": {
        "left": lists(left), "right": lists(right), "frechet": float(frechet), "kernel": float(kernel_distance)},
    "interpolation": lists(spherical),
    "normalQuantiles": {"probabilities": probabilities, "values": lists(scipy.stats.norm.ppf(probabilities))},
}
Path(__file__).with_name("analysis.json").write_text(json.dumps(fixture, indent=0) + "\n")
