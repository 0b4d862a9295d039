from pathlib import Path

import crossdock.connectors.shopify
from crossdock.connectors.shopify.mapping import to_sales_order
from crossdock.domain.model import CanonicalModel
from crossdock.testing.contract.golden_samples import GoldenSamples

SAMPLES = Path(crossdock.connectors.shopify.__file__).parent / "samples"


class TestGoldenSamples(GoldenSamples):
    samples = SAMPLES

    def translate(self, name: str, body: bytes) -> CanonicalModel:
        return to_sales_order(body, is_node=name.startswith("node_"))

    def test_both_shapes_of_one_order_are_one_document(self):
        rest = (SAMPLES / "order_1001.in.json").read_bytes()
        node = (SAMPLES / "node_1001.in.json").read_bytes()
        assert self.translate("order_", rest) == self.translate("node_", node)
