"""Helpers of the tests that run against real servers."""
