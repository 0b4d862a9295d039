"""From the confirmed order to the parcel and the invoice; or to its cancellation on the way."""
