"""Losses, planted at every place in simulated days: does the silent-loss meter find them all?"""
