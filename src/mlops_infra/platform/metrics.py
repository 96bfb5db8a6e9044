"""What a model server must export for its SLO to be measured, and the labels that Prometheus adds.

A server answers ``GET /metrics`` on its port in the Prometheus text format:

- `REQUEST_DURATION`: histogram of response times in seconds (buckets around the latency goal make the quantile exact);
- `REQUESTS`: counter of requests with the label ``code``, the HTTP status;
- `ACCURACY`: gauge, 0 to 1, over the labelled predictions of the server's own evaluation window;
- `FEATURE_PSI`: gauge with the label ``feature``: population stability index of each input against the training data;
- `RESIDENT_MEMORY`: gauge in bytes, which the Prometheus client libraries export by themselves.
"""

from __future__ import annotations

from typing import Final

REQUEST_DURATION: Final = "model_request_duration_seconds"
REQUESTS: Final = "model_requests_total"
ACCURACY: Final = "model_accuracy"
FEATURE_PSI: Final = "model_feature_psi"
RESIDENT_MEMORY: Final = "process_resident_memory_bytes"

METRICS_PATH: Final = "/metrics"
READY_PATH: Final = "/readyz"
"""Path that answers 200 once the model is loaded."""

LIVE_PATH: Final = "/livez"
"""Path that answers 200 while the server works."""

SCRAPE_LABEL: Final = "mlops-infra/model"
"""Pod label, the model's name: pods that have it are scraped."""

MODEL: Final = "model"
TEAM: Final = "team"
"""Labels that scraping adds to every series of a model server, beside ``namespace``, ``pod`` and ``version``."""
