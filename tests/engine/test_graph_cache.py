"""A remembered graph is the one that synth gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mlops_infra.config import LoadedEnvironment, load_environment
from mlops_infra.engine.graph_cache import KEPT, remembered
from mlops_infra.engine.synth import synthesize
from mlops_infra.graph import Graph, Secret
from mlops_infra.graph.model import walk
from mlops_infra.resources import data_dir


def without_secrets(graph: Graph) -> Graph:
    def hide(value: object) -> object:
        if isinstance(value, Secret):
            return Secret(None)
        if isinstance(value, dict):
            return {key: hide(item) for key, item in value.items()}
        return [hide(item) for item in value] if isinstance(value, list) else value

    return Graph.of(graph.environment, [replace(r, inputs=hide(r.inputs), outputs=hide(r.outputs)) for r in graph])


class Counting:
    """Synth, and how often it was asked."""

    def __init__(self, loaded: LoadedEnvironment, graph: Graph) -> None:
        self.loaded, self.graph, self.asked = loaded, graph, 0

    def __call__(self) -> Graph:
        self.asked += 1
        return self.graph


def test_the_same_environment_is_synthesized_once_and_gives_the_same_graph(tmp_path: Path) -> None:
    loaded = load_environment(data_dir("stacks"), "dev")
    synth = Counting(loaded, synthesize(loaded.environment, loaded.origin))
    cold = remembered(tmp_path, loaded.environment, loaded.origin, synth)
    warm = remembered(tmp_path, loaded.environment, loaded.origin, synth)
    assert synth.asked == 1
    assert warm == without_secrets(cold)
    assert warm.edges == cold.edges
    written = next(tmp_path.iterdir()).read_text()
    secrets = [leaf.value for r in cold for _, leaf in walk(dict(r.inputs)) if isinstance(leaf, Secret)]
    assert all(str(secret) not in written for secret in secrets if isinstance(secret, str))


def test_another_value_is_synthesized_and_the_folder_stays_small(tmp_path: Path) -> None:
    loaded = load_environment(data_dir("stacks"), "dev")
    synth = Counting(loaded, Graph.of("dev", ()))
    for number in range(KEPT + 3):
        env = loaded.environment.model_copy(update={"cost_centre": f"CC-{number}"})
        remembered(tmp_path, env, loaded.origin, synth)
    assert synth.asked == KEPT + 3
    assert len(list(tmp_path.iterdir())) == KEPT


def test_a_damaged_file_is_none(tmp_path: Path) -> None:
    loaded = load_environment(data_dir("stacks"), "dev")
    synth = Counting(loaded, Graph.of("dev", ()))
    remembered(tmp_path, loaded.environment, loaded.origin, synth)
    for damage in ("[{", '[{"urn": "u"}]', "{}"):
        next(tmp_path.iterdir()).write_text(damage)
        assert remembered(tmp_path, loaded.environment, loaded.origin, synth) == Graph.of("dev", ())
