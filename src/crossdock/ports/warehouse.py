"""What the order process asks of a warehouse, and the names of its messages.

`send_fulfilment_order`    FulfilmentOrder; resolved: {}
                           → {"status": "received" | "accepted" | …}
`cancel_fulfilment_order`  FulfilmentCancellation; resolved: {}
                           → `CancelAnswer`: the warehouse decides, once and for all. It answers
                           "cancelled" when nothing was picked, "refused" when it will be shipped.
                           Cancelling one it never got answers "cancelled", and a fulfilment order
                           that arrives afterwards under that id is refused.
Inbound facts carry the order's own work key (`order_key`), which we gave the warehouse: messages
about one sales order stay in one queue.
"""

from typing import Literal, TypedDict

from crossdock.ports.setting import Setting, SettingKind

SEND_FULFILMENT_ORDER = "send_fulfilment_order"
CANCEL_FULFILMENT_ORDER = "cancel_fulfilment_order"


class CancelAnswer(TypedDict):
    """What the warehouse decided."""

    result: Literal["cancelled", "refused"]
    reason: str


WAREHOUSE_SETTINGS: tuple[Setting, ...] = (
    Setting("release", "When confirmed orders go to the warehouse", default="at_confirmation",
            choices=("at_confirmation", "waves")),
    Setting("cutoffs", "Waves: local times of day, e.g. 10:00,14:00,16:30", default="16:00",
            kind=SettingKind.TIMES),
    Setting("work_days", "Waves: days of the week with a wave, 1 is Monday", default="1,2,3,4,5",
            kind=SettingKind.WEEKDAYS),
    Setting("site_time_zone", "Time zone of the site (IANA name)", default="UTC",
            kind=SettingKind.TIME_ZONE),
    Setting("short_pick", "What becomes of goods the warehouse could not find",
            default="backorder", choices=("backorder", "close_short")),
)  # fmt: skip
"""The policies of release, as data per warehouse connection."""
