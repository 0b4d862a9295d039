"""What each channel is shown of an item: policy, numbers, and why the number is what it is."""
