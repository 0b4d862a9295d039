"""Golden pairs: what is swept becomes its document; what is ordered becomes its rows."""

import json
from pathlib import Path

import pytest

import crossdock.connectors.odoo
from crossdock.connectors.odoo.mapping import (
    from_party,
    from_sales_order,
    from_shipment,
    to_erp_order_seen,
    to_stock_level,
)
from crossdock.domain.fulfilment import Shipment
from crossdock.domain.model import CanonicalModel
from crossdock.domain.parties import Party
from crossdock.domain.sales_order import SalesOrder
from crossdock.testing.contract.golden_samples import GoldenSamples

SAMPLES = Path(crossdock.connectors.odoo.__file__).parent / "samples"
OUTBOUND = sorted(path.name.split(".")[0] for path in SAMPLES.glob("*.to_load.json"))
SHIPMENTS = sorted(path.name.split(".")[0] for path in SAMPLES.glob("*.to_shipment_request.json"))


class TestGoldenSamples(GoldenSamples):
    samples = SAMPLES

    def translate(self, name: str, body: bytes) -> CanonicalModel:
        return to_stock_level(body) if name.startswith("stock_") else to_erp_order_seen(body)

    def test_there_are_outbound_samples(self):
        assert len(OUTBOUND) >= 4

    @pytest.mark.parametrize("stem", OUTBOUND)
    def test_each_document_becomes_its_rows(self, stem: str):
        resolved = json.loads((SAMPLES / f"{stem}.resolved.json").read_text("utf-8"))
        raw = (SAMPLES / f"{stem}.document.json").read_bytes()
        if stem.startswith("party"):
            made = from_party(Party.model_validate_json(raw), resolved)
        else:
            made = from_sales_order(SalesOrder.model_validate_json(raw), resolved)
        wanted = json.loads((SAMPLES / f"{stem}.to_load.json").read_text("utf-8"))
        assert json.loads(made) == wanted

    @pytest.mark.parametrize("stem", SHIPMENTS)
    def test_each_shipment_becomes_its_request(self, stem: str):
        resolved = json.loads((SAMPLES / f"{stem}.resolved.json").read_text("utf-8"))
        raw = (SAMPLES / f"{stem}.document.json").read_bytes()
        made = from_shipment(Shipment.model_validate_json(raw), resolved)
        wanted = json.loads((SAMPLES / f"{stem}.to_shipment_request.json").read_text("utf-8"))
        assert json.loads(made) == wanted
