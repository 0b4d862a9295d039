import json
from pathlib import Path

import pytest

import crossdock.connectors.wms
from crossdock.connectors.wms.mapping import (
    from_fulfilment_cancellation,
    from_fulfilment_order,
    to_document,
)
from crossdock.domain.fulfilment import FulfilmentCancellation, FulfilmentOrder
from crossdock.domain.model import CanonicalModel
from crossdock.testing.contract.golden_samples import GoldenSamples

SAMPLES = Path(crossdock.connectors.wms.__file__).parent / "samples"


class TestGoldenSamples(GoldenSamples):
    samples = SAMPLES

    def translate(self, name: str, body: bytes) -> CanonicalModel:
        return to_document(body)

    @pytest.mark.parametrize("name", ["order_plain", "order_full"])
    def test_an_order_becomes_its_request(self, name: str):
        document = FulfilmentOrder.model_validate_json(
            (SAMPLES / f"{name}.document.json").read_bytes()
        )
        wanted = json.loads((SAMPLES / f"{name}.to_put.json").read_bytes())
        assert json.loads(from_fulfilment_order(document)) == wanted

    def test_a_cancellation_becomes_its_request(self):
        document = FulfilmentCancellation.model_validate_json(
            (SAMPLES / "cancellation.document.json").read_bytes()
        )
        wanted = json.loads((SAMPLES / "cancellation.to_post.json").read_bytes())
        assert json.loads(from_fulfilment_cancellation(document)) == wanted
