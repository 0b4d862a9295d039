"""Order to cash: from a captured order to the confirmed one, later to the parcel and the money."""
