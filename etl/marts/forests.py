"""From the fitted classifiers of scikit-learn to forests that need no scikit-learn."""

from typing import Any

from sklearn.ensemble import HistGradientBoostingClassifier

from backend.recommend.forest import MOST_LEAVES, Forest, forest_of_trees

_EVERY_LEAF = (1 << MOST_LEAVES) - 1


def forest_of(classifier: HistGradientBoostingClassifier) -> Forest:
    """Answer the classifier as arrays. It must know two classes, no categories, and trees of at most MOST_LEAVES.

    The library has no public way to its trees; the ones used here have had this shape since they came (0.21), and a
    test compares the answers.
    """
    trees = [_tree(predictor.nodes) for (predictor,) in classifier._predictors]  # noqa: SLF001
    return forest_of_trees(trees, float(classifier._baseline_prediction.item()))  # noqa: SLF001


def _tree(nodes: Any) -> tuple[list[tuple[int, float, int]], list[float]]:
    """Answer splits and leaf values of one tree, given as the library's records."""
    if nodes["is_categorical"].any():
        raise ValueError("splits by category are not told by a threshold")
    splits: list[tuple[int, float, int]] = []
    leaves: list[float] = []

    def walk(place: int) -> None:
        node = nodes[place]
        if node["is_leaf"]:
            leaves.append(float(node["value"]))
            return
        first = len(leaves)
        walk(int(node["left"]))
        ruled_out = ((1 << len(leaves)) - 1) & ~((1 << first) - 1)
        splits.append((int(node["feature_idx"]), float(node["num_threshold"]), _EVERY_LEAF & ~ruled_out))
        walk(int(node["right"]))

    walk(0)
    if len(leaves) > MOST_LEAVES:
        raise ValueError(f"a tree of {len(leaves)} leaves; at most {MOST_LEAVES} can be told")
    return splits, leaves
